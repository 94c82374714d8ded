//! Traces of this crate's own format.

use std::io::BufReader;

use super::sink::Delivery;
use super::source::Source;
use super::{ImportError, ImportOptions, ImportSummary};
use crate::trace::TraceOps;

/// Delivers what a trace holds, op by op.
pub(super) fn import(
    source: &mut Source<'_>,
    options: &ImportOptions,
    mut delivery: Delivery<'_>,
) -> Result<ImportSummary, ImportError> {
    let record = source.record;
    let unreadable = |source| ImportError::Unreadable { record: record.to_owned(), line: 0, source };
    let bytes = source.decompressed().map_err(unreadable)?;
    let mut ops = TraceOps::new(record, BufReader::new(bytes), options)?;
    delivery.begin(ops.name().to_owned(), ops.initial())?;
    delivery.hold(ops.hold())?;
    while let Some(op) = ops.next()? {
        delivery.op(op)?;
    }
    delivery.left_out(ops.left_out());
    if !ops.complete() {
        delivery.cut_off();
    }
    Ok(delivery.finish(0))
}
