//! Rows by value: numbers exactly, floating-point ones nearly, times without their zeros.

type Row = Vec<Option<String>>;

/// How far floating-point numbers may be apart, relative to the greater.
const TOLERANCE: f64 = 1e-6;

/// How `rows` differ from those expected, if they do.
pub(crate) fn rows(
    expected: &[Row],
    rows: &[Row],
    types: &[&str],
    any_order: bool,
) -> Option<String> {
    if expected.len() != rows.len() {
        return Some(format!(
            "expected {} rows, got {}: {rows:?}",
            expected.len(),
            rows.len()
        ));
    }
    if !any_order {
        let pairs = expected.iter().zip(rows);
        return pairs
            .into_iter()
            .find(|(expected, row)| !same_row(expected, row, types))
            .map(|(expected, row)| format!("expected {expected:?}, got {row:?}"));
    }
    let mut left: Vec<&Row> = rows.iter().collect();
    for row in expected {
        match left.iter().position(|found| same_row(row, found, types)) {
            Some(found) => {
                left.swap_remove(found);
            }
            None => return Some(format!("expected {row:?} among {left:?}")),
        }
    }
    None
}

fn same_row(expected: &Row, row: &Row, types: &[&str]) -> bool {
    let cells = expected.iter().zip(row);
    expected.len() == row.len()
        && cells
            .zip(types)
            .all(|((expected, cell), kind)| match (expected, cell) {
                (Some(expected), Some(cell)) => same_cell(expected, cell, kind),
                (None, None) => true,
                _ => false,
            })
}

fn same_cell(expected: &str, cell: &str, kind: &str) -> bool {
    if expected == cell {
        return true;
    }
    match kind {
        "varchar" => false,
        "char" => expected.trim_end() == cell.trim_end(),
        "float" | "double" | "real" => match (expected.parse::<f64>(), cell.parse::<f64>()) {
            (Ok(a), Ok(b)) => (a - b).abs() <= a.abs().max(b.abs()) * TOLERANCE,
            _ => false,
        },
        "date" | "time" | "timestamp" | "timestamp with time zone" => {
            without_zeros(expected) == without_zeros(cell)
        }
        _ => is_number(expected) && is_number(cell) && plain(expected) == plain(cell),
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty()
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// A decimal without the zeros that say nothing.
fn plain(number: &str) -> &str {
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    }
}

/// A time without a midnight and without zero fractions.
fn without_zeros(time: &str) -> &str {
    let seconds = match time.contains('.') {
        true => time.trim_end_matches('0').trim_end_matches('.'),
        false => time,
    };
    seconds.strip_suffix(" 00:00:00").unwrap_or(seconds)
}
