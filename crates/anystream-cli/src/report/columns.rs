//! Tables that fit a narrow terminal.

use comfy_table::{ColumnConstraint, Table};
use textwrap::core::display_width;

/// Hides the columns `least`, the least important first, until the lines of `table` are at most `room` wide.
pub(super) fn fit(table: &mut Table, room: usize, least: &[usize]) {
    for &at in least {
        // Escape sequences have no width.
        if table.lines().all(|line| display_width(line.trim_end()) <= room) {
            return;
        }
        if let Some(column) = table.column_mut(at) {
            column.set_constraint(ColumnConstraint::Hidden);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::table::table;

    #[test]
    fn a_narrow_table_lacks_the_least_important_columns_and_a_wide_one_none() {
        let shown = |room| {
            let mut table = table(&["backend", "relative", "median"]);
            table.add_row(["bytesmut", "████████", "1.25 ms"]);
            fit(&mut table, room, &[1]);
            let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
            (lines.iter().any(|line| line.contains("relative")), lines)
        };
        assert!(shown(80).0);
        let (has_relative, lines) = shown(25);
        assert!(!has_relative && lines.iter().all(|line| display_width(line) <= 25), "{lines:?}");
        assert!(lines.iter().any(|line| line.contains("1.25 ms")), "{lines:?}");
    }
}
