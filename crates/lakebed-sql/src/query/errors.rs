//! The engine's errors in Trino's words.

use std::error::Error;

use arrow::error::ArrowError;
use datafusion::common::{Diagnostic, SchemaError};
use datafusion::error::DataFusionError;

use super::parse::parse;
use super::references;
use crate::error::{ErrorKind, Location, QueryError};
use crate::functions::FunctionError;
use crate::lake;

/// What planning the query `text` was refused for.
pub(super) fn planning_error(
    error: &DataFusionError,
    text: &str,
    parameters: &[String],
) -> QueryError {
    let told = query_error(error);
    let place = error
        .diagnostic()
        .and_then(diagnostic_location)
        .or_else(|| {
            let column = missing_column(error)?;
            let parsed = parse(text, parameters).ok()?;
            references::column_location(&parsed.query, column)
        });
    match place {
        Some(place) => told.or_at(place),
        None => told,
    }
}

fn diagnostic_location(diagnostic: &Diagnostic) -> Option<Location> {
    let notes = diagnostic.notes.iter().map(|note| note.span);
    let span = std::iter::once(diagnostic.span)
        .chain(notes)
        .flatten()
        .next()?;
    Some(Location {
        line: span.start.line,
        column: span.start.column,
    })
    .filter(|location| location.line > 0)
}

fn missing_column(error: &DataFusionError) -> Option<&str> {
    match error.find_root() {
        DataFusionError::SchemaError(schema_error, _) => match schema_error.as_ref() {
            SchemaError::FieldNotFound { field, .. }
            | SchemaError::AmbiguousReference { field } => Some(field.name.as_str()),
            _ => None,
        },
        _ => None,
    }
}

/// An error of planning or execution by its cause.
pub(crate) fn query_error(error: &DataFusionError) -> QueryError {
    if let Some(told) = error_in_chain(error) {
        return told;
    }
    match error.find_root() {
        DataFusionError::SchemaError(schema_error, _) => schema_message(schema_error),
        DataFusionError::ArrowError(arrow_error, _) => arrow_message(arrow_error),
        DataFusionError::Plan(message) => plan_message(message),
        DataFusionError::Execution(message) => execution_message(message),
        DataFusionError::NotImplemented(message) => {
            QueryError::new(ErrorKind::NotSupported, message.clone())
        }
        DataFusionError::ResourcesExhausted(message) => QueryError::new(
            ErrorKind::ExceededMemoryLimit,
            format!("Query exhausted resources at this scale factor: {message}"),
        ),
        DataFusionError::SQL(parser_error, _) => {
            QueryError::new(ErrorKind::SyntaxError, parser_error.to_string())
        }
        other => QueryError::new(ErrorKind::GenericInternalError, other.strip_backtrace()),
    }
}

/// An error of ours, wherever DataFusion, Arrow or Parquet have wrapped it.
fn error_in_chain(error: &DataFusionError) -> Option<QueryError> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(refusal) = current.downcast_ref::<FunctionError>() {
            let kind = ErrorKind::from_name(refusal.name);
            return Some(QueryError::new(kind, refusal.message.clone()));
        }
        if let Some(told) = current.downcast_ref::<QueryError>() {
            return Some(told.clone());
        }
        if let Some(told) = lake::engine_error(current) {
            return Some(told);
        }
        cause = match current.downcast_ref::<DataFusionError>() {
            Some(DataFusionError::External(source)) => Some(source.as_ref()),
            Some(DataFusionError::Shared(shared)) => Some(shared.as_ref()),
            Some(DataFusionError::Context(_, source) | DataFusionError::Diagnostic(_, source)) => {
                Some(source.as_ref())
            }
            Some(DataFusionError::Collection(errors)) => {
                errors.first().map(|first| first as &(dyn Error + 'static))
            }
            _ => match current.downcast_ref::<ArrowError>() {
                Some(ArrowError::ExternalError(source)) => Some(source.as_ref()),
                _ => current.source(),
            },
        };
    }
    None
}

fn schema_message(error: &SchemaError) -> QueryError {
    match error {
        SchemaError::FieldNotFound { field, .. } => QueryError::new(
            ErrorKind::ColumnNotFound,
            format!(
                "Column '{}' cannot be resolved or requester is not authorized to access requested resources",
                column_name(field)
            ),
        ),
        SchemaError::AmbiguousReference { field } => QueryError::new(
            ErrorKind::AmbiguousName,
            format!("Column '{}' is ambiguous", field.name),
        ),
        SchemaError::DuplicateQualifiedField { name, .. }
        | SchemaError::DuplicateUnqualifiedField { name } => QueryError::new(
            ErrorKind::DuplicateColumnName,
            format!("Column name '{name}' specified more than once"),
        ),
    }
}

fn column_name(column: &datafusion::common::Column) -> String {
    match &column.relation {
        Some(relation) => format!("{}.{}", relation.table(), column.name),
        None => column.name.clone(),
    }
}

fn arrow_message(error: &ArrowError) -> QueryError {
    match error {
        ArrowError::DivideByZero => QueryError::new(ErrorKind::DivisionByZero, "Division by zero"),
        ArrowError::ArithmeticOverflow(message) => {
            QueryError::new(ErrorKind::NumericValueOutOfRange, message.clone())
        }
        ArrowError::CastError(message) => {
            QueryError::new(ErrorKind::InvalidCastArgument, cast_message(message))
        }
        ArrowError::ParseError(message) => {
            QueryError::new(ErrorKind::InvalidCastArgument, message.clone())
        }
        other => QueryError::new(ErrorKind::GenericInternalError, other.to_string()),
    }
}

/// `Cannot cast string 'abc' to value of Int64 type` is Trino's `Cannot cast 'abc' to BIGINT`.
fn cast_message(message: &str) -> String {
    let parts = message
        .strip_prefix("Cannot cast string ")
        .and_then(|rest| rest.strip_suffix(" type"))
        .and_then(|rest| rest.rsplit_once(" to value of "));
    let Some((value, kind)) = parts else {
        return message.to_owned();
    };
    let kind = match kind {
        "Int8" => "TINYINT",
        "Int16" => "SMALLINT",
        "Int32" => "INT",
        "Int64" => "BIGINT",
        "Float32" => "REAL",
        "Float64" => "DOUBLE",
        "Boolean" => "BOOLEAN",
        "Date32" => "DATE",
        other => other,
    };
    format!("Cannot cast {value} to {kind}")
}

fn plan_message(message: &str) -> QueryError {
    let kind = if message.contains("Cannot coerce")
        || message.contains("Cannot infer common argument type")
        || message.contains("No function matches the given name and argument types")
        || message.contains("incompatible types")
        || message.contains("expected") && message.contains("argument")
    {
        ErrorKind::TypeMismatch
    } else if message.contains("GROUP BY") {
        ErrorKind::ExpressionNotAggregate
    } else if message.contains("Invalid function") {
        ErrorKind::FunctionNotFound
    } else if message.contains("different number of columns") {
        ErrorKind::TypeMismatch
    } else {
        ErrorKind::GenericUserError
    };
    let first_line = message.lines().next().unwrap_or_default();
    QueryError::new(kind, first_line)
}

fn execution_message(message: &str) -> QueryError {
    let lower = message.to_lowercase();
    if lower.contains("divide by zero") || lower.contains("division by zero") {
        return QueryError::new(ErrorKind::DivisionByZero, "Division by zero");
    }
    if lower.contains("overflow") {
        return QueryError::new(ErrorKind::NumericValueOutOfRange, message);
    }
    if lower.contains("cast") || lower.contains("parse") {
        return QueryError::new(ErrorKind::InvalidCastArgument, cast_message(message));
    }
    QueryError::new(ErrorKind::GenericUserError, message)
}
