//! Whether values written as one type can be read as another.

/// Whether every value that a file holds as `from` is read, unchanged, as `to`.
///
/// Files with types of their own are read as wider numbers only. Texts hold none: what was written
/// as one type is parsed as the other, and all but nested ones are read as `string`.
pub(super) fn reads_as(from: &str, to: &str, files_hold_types: bool) -> bool {
    let (from, to) = (from.to_lowercase(), to.to_lowercase());
    from == to
        || widens(&from, &to)
        || (to == "string" && is_text(&from))
        || (!files_hold_types && parses_as(&from, &to))
}

fn parses_as(from: &str, to: &str) -> bool {
    match to {
        "string" => !is_nested(from),
        // A double holds every int, but not every bigint.
        "double" => whole_number(from) < whole_number("bigint") && whole_number(from).is_some(),
        _ => false,
    }
}

fn widens(from: &str, to: &str) -> bool {
    if let (Some(from), Some(to)) = (whole_number(from), whole_number(to)) {
        return from <= to;
    }
    if let (Some((digits, scale)), Some((more_digits, more_scale))) = (decimal(from), decimal(to)) {
        return scale == more_scale && digits <= more_digits;
    }
    (from, to) == ("float", "double")
}

/// How wide a whole number is.
fn whole_number(kind: &str) -> Option<usize> {
    let widths: [&[&str]; 4] = [
        &["tinyint"],
        &["smallint"],
        &["int", "integer"],
        &["bigint"],
    ];
    widths.iter().position(|names| names.contains(&kind))
}

/// The precision and scale of a decimal.
fn decimal(kind: &str) -> Option<(u8, u8)> {
    let inner = kind.strip_prefix("decimal(")?.strip_suffix(')')?;
    let (precision, scale) = inner.split_once(',').unwrap_or((inner, "0"));
    Some((precision.trim().parse().ok()?, scale.trim().parse().ok()?))
}

fn is_text(kind: &str) -> bool {
    kind.starts_with("varchar") || kind.starts_with("char")
}

pub(super) fn is_nested(kind: &str) -> bool {
    ["struct<", "array<", "map<"]
        .iter()
        .any(|start| kind.starts_with(start))
}
