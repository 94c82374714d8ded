//! What the examples share: which backends they run on.

use anystream::{Backend, UnknownBackend};

/// The backend that the first argument names, or all of them.
///
/// # Errors
/// If there is no such backend; the message lists those that there are.
pub fn backends() -> Result<Vec<Backend>, UnknownBackend> {
    match std::env::args().nth(1) {
        Some(name) => Ok(vec![name.parse()?]),
        None => Ok(Backend::ALL.to_vec()),
    }
}
