//! What DataFusion's planner says, as Trino says it.

use std::str::FromStr;

use arrow::datatypes::DataType;

use crate::error::{ErrorCode, TrinoError};
use crate::types::type_name;

/// Trino's error for a message of DataFusion's planner; none if it is not known.
pub(super) fn trinos(message: &str) -> Option<TrinoError> {
    let (code, told) = if let Some(given) =
        message.strip_prefix("Unary operator 'NOT' requires a boolean expression, got ")
    {
        let told = format!(
            "Value of logical NOT expression must evaluate to a boolean (actual: {})",
            named(given)
        );
        (ErrorCode::TypeMismatch, told)
    } else if let Some(given) = last_of(
        message,
        "Cannot create filter with non-boolean predicate",
        " returning ",
    ) {
        let told = format!(
            "WHERE clause must evaluate to a boolean: actual type {}",
            named(given)
        );
        (ErrorCode::TypeMismatch, told)
    } else if let Some(given) =
        message.strip_prefix("Join condition must be boolean type, but got ")
    {
        let told = format!(
            "JOIN ON clause must evaluate to a boolean: actual type {}",
            named(given)
        );
        (ErrorCode::TypeMismatch, told)
    } else if let Some(position) =
        between(message, "Order by column out of bounds, specified: ", ",")
    {
        let told = format!("ORDER BY position {position} is not in select list");
        (ErrorCode::InvalidColumnReference, told)
    } else if let Some(position) =
        between(message, "Cannot find column with position ", " in SELECT")
    {
        let told = format!("GROUP BY position {position} is not in select list");
        (ErrorCode::InvalidColumnReference, told)
    } else if let Some(window) = between(message, "The window ", " is not defined!") {
        let told = format!("Cannot resolve WINDOW name {window}");
        (ErrorCode::InvalidWindowReference, told)
    } else if let Some((columns, names)) = columns_and_names(message) {
        let told =
            format!("Column alias list has {names} entries but relation has {columns} columns");
        (ErrorCode::MismatchedColumnAliases, told)
    } else if message.starts_with("For SELECT DISTINCT, ORDER BY expressions") {
        let told = "For SELECT DISTINCT, ORDER BY expressions must appear in select list";
        (ErrorCode::ExpressionNotInDistinct, told.to_owned())
    } else if message.starts_with("SELECT * with no tables") {
        let told = "SELECT * not allowed in queries without FROM clause";
        (ErrorCode::ColumnNotFound, told.to_owned())
    } else if message.starts_with("Scalar subquery should only return one column")
        || message.starts_with("InSubquery should only return one column")
    {
        let told = "Multiple columns returned by subquery are not yet supported";
        (ErrorCode::NotSupported, told.to_owned())
    } else if message.starts_with("Scalar subquery returned more than one row") {
        let told = "Scalar sub-query has returned multiple rows";
        (ErrorCode::SubqueryMultipleRows, told.to_owned())
    } else if let Some(given) =
        between(message, "Cannot access field at argument", " is not Struct")
    {
        let given = given.split_once("type ").map_or(given, |(_, given)| given);
        let told = format!("Expression of type {} is not of type ROW", named(given));
        (ErrorCode::TypeMismatch, told)
    } else if let Some(field) = between(message, "Field ", " not found in struct") {
        let told = format!("Column '{field}' cannot be resolved");
        (ErrorCode::ColumnNotFound, told)
    } else if message.contains("queries have different number of columns") {
        let operation = message.split_whitespace().next().unwrap_or_default();
        let told = format!("{operation} query has different number of fields");
        (ErrorCode::TypeMismatch, told)
    } else if message.starts_with("Inconsistent data length across values list") {
        let told = "Values rows have mismatched types: their numbers of columns differ";
        (ErrorCode::TypeMismatch, told.to_owned())
    } else {
        return None;
    };
    Some(TrinoError::new(code, told))
}

/// Trino's name of a type, by Arrow's.
fn named(arrow: &str) -> String {
    DataType::from_str(arrow.trim()).map_or_else(|_| arrow.to_owned(), |given| type_name(&given))
}

fn between<'a>(message: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let rest = message.strip_prefix(before)?;
    rest.split_once(after).map(|(between, _)| between)
}

fn last_of<'a>(message: &'a str, begin: &str, before: &str) -> Option<&'a str> {
    let (_, last) = message.strip_prefix(begin)?.rsplit_once(before)?;
    Some(last)
}

/// `Source table contains 1 columns but only 2 names given as column alias`.
fn columns_and_names(message: &str) -> Option<(&str, &str)> {
    let rest = message.strip_prefix("Source table contains ")?;
    let (columns, rest) = rest.split_once(" columns but only ")?;
    let (names, _) = rest.split_once(" names given")?;
    Some((columns, names))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn messages_of_the_planner_become_trinos() {
        for (message, expected) in [
            (
                "Unary operator 'NOT' requires a boolean expression, got Int32",
                "TYPE_MISMATCH: Value of logical NOT expression must evaluate to a boolean (actual: integer)",
            ),
            (
                "Cannot create filter with non-boolean predicate 't.x' returning Decimal128(3, 1)",
                "TYPE_MISMATCH: WHERE clause must evaluate to a boolean: actual type decimal(3,1)",
            ),
            (
                "Order by column out of bounds, specified: 2, max: 1",
                "INVALID_COLUMN_REFERENCE: ORDER BY position 2 is not in select list",
            ),
            (
                "Source table contains 1 columns but only 2 names given as column alias",
                "MISMATCHED_COLUMN_ALIASES: Column alias list has 2 entries but relation has 1 columns",
            ),
        ] {
            assert_eq!(trinos(message).unwrap().to_string(), expected);
        }
        assert!(trinos("something else").is_none());
    }
}
