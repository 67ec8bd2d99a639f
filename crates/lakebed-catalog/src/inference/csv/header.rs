//! Whether the first record names the columns: the rules of "Built-in CSV classifier", AWS Glue
//! Developer Guide.

use std::collections::BTreeMap;

use csv::StringRecord;

use crate::inference::column_type::ColumnType;
use crate::inference::values::type_of;

/// A cell of a header is shorter than this many characters.
const CELL_CHARS: usize = 150;

/// The longest name of a column.
const NAME_BYTES: usize = 255;

/// Whether every cell could be the name of a column. A header also differs from the rows: one of
/// them has a value that is not text.
pub(super) fn reads_like_header(first: &StringRecord) -> bool {
    let last = first.len().saturating_sub(1);
    first.iter().enumerate().all(|(index, cell)| {
        let name = type_of(cell) == ColumnType::String && is_column_name(cell);
        // A trailing delimiter leaves the last cell empty.
        index == last && (name || cell.is_empty()) || name && cell.chars().count() < CELL_CHARS
    })
}

/// Glue's pattern for a single line.
fn is_column_name(cell: &str) -> bool {
    cell.len() <= NAME_BYTES && cell.chars().all(|next| next == '\t' || !next.is_control())
}

/// The header's cells as column names that differ from each other when case is folded.
pub(super) fn column_names(header: &StringRecord) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut names = Vec::with_capacity(header.len());
    for (index, cell) in header.iter().enumerate() {
        let name = match cell.trim() {
            "" => format!("col{index}"),
            name => name.to_lowercase(),
        };
        let mut unique = name.clone();
        while seen.contains_key(&unique) {
            let times = seen.entry(name.clone()).or_default();
            *times += 1;
            unique = format!("{name}_{times}");
        }
        seen.insert(unique.clone(), 0);
        names.push(unique);
    }
    names
}
