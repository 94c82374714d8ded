//! What the examples share: which backends they run on.

use anystream::{Backend, UnknownBackend};

/// The backend that the first argument names, or all of them.
///
/// # Errors
/// If there is no such backend; the message, which `main` shows, lists those that there are.
pub fn backends() -> Result<Vec<Backend>, String> {
    match std::env::args().nth(1) {
        Some(name) => {
            name.parse().map(|backend| vec![backend]).map_err(|error: UnknownBackend| error.to_string())
        }
        None => Ok(Backend::ALL.to_vec()),
    }
}
