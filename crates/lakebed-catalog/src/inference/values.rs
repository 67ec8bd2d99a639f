//! The type of one value written as text.

use super::column_type::ColumnType;

/// The type a CSV value has by itself; an empty one has none.
///
/// Dates and times stay text, as Glue leaves them in CSV tables.
pub(super) fn type_of(value: &str) -> ColumnType {
    if value.is_empty() {
        ColumnType::Unknown
    } else if value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false") {
        ColumnType::Boolean
    } else if !value
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
    {
        ColumnType::String
    } else if value.parse::<i64>().is_ok() {
        ColumnType::BigInt
    } else if value.parse::<f64>().is_ok() {
        ColumnType::Double
    } else {
        ColumnType::String
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", ColumnType::Unknown)]
    #[case("42", ColumnType::BigInt)]
    #[case("-7", ColumnType::BigInt)]
    #[case("00123", ColumnType::BigInt)]
    #[case("3.5", ColumnType::Double)]
    #[case("1e6", ColumnType::Double)]
    #[case("92233720368547758070", ColumnType::Double)]
    #[case("145,000", ColumnType::String)]
    #[case(" 5", ColumnType::String)]
    #[case("NaN", ColumnType::String)]
    #[case("True", ColumnType::Boolean)]
    #[case("2025-01-31", ColumnType::String)]
    #[case("2025-01-31 09:30:00", ColumnType::String)]
    #[case("010-1234-5678", ColumnType::String)]
    fn a_value_has_a_type(#[case] value: &str, #[case] expected: ColumnType) {
        assert_eq!(type_of(value), expected);
    }
}
