//! Traces of this crate's own format.

use std::io::BufReader;

use super::sink::Delivery;
use super::source::Source;
use super::{ImportError, ImportOptions, ImportSummary};
use crate::TraceScript;

/// Delivers what a trace holds. All of it is in memory meanwhile.
pub(super) fn import(
    source: &mut Source<'_>,
    options: &ImportOptions,
    mut delivery: Delivery<'_>,
) -> Result<ImportSummary, ImportError> {
    let record = source.record;
    let unreadable = |source| ImportError::Unreadable { record: record.to_owned(), line: 0, source };
    let bytes = source.decompressed().map_err(unreadable)?;
    let TraceScript { script, left_out, .. } = crate::read_script(record, BufReader::new(bytes), options)?;
    delivery.begin(script.name, script.initial)?;
    script.ops.into_iter().try_for_each(|op| delivery.op(op))?;
    delivery.left_out(left_out);
    Ok(delivery.finish(0))
}
