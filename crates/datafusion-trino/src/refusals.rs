//! The engine's errors in Trino's words.

mod wording;

use std::error::Error;

use arrow::error::ArrowError;
use datafusion::common::{Diagnostic, SchemaError};
use datafusion::error::DataFusionError;

use crate::dialect::{parse, references};
use crate::error::{ErrorCode, Location, TrinoError};

/// What planning the query `text` was refused for.
pub(crate) fn planning_error(
    error: &DataFusionError,
    text: &str,
    parameters: &[String],
) -> TrinoError {
    let told = TrinoError::from(error);
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

impl From<&DataFusionError> for TrinoError {
    /// An error of planning or execution by its cause.
    fn from(error: &DataFusionError) -> Self {
        if let Some(told) = find_cause(error, |cause| cause.downcast_ref::<Self>().cloned()) {
            return told;
        }
        match error.find_root() {
            DataFusionError::SchemaError(schema_error, _) => schema_message(schema_error),
            DataFusionError::ArrowError(arrow_error, _) => arrow_message(arrow_error),
            DataFusionError::Plan(message) => plan_message(message),
            DataFusionError::Execution(message) => execution_message(message),
            DataFusionError::NotImplemented(message) => {
                // What follows is DataFusion's own form of the syntax tree.
                let told = message
                    .split_once(": ")
                    .map_or(&**message, |(told, _)| told);
                let is_tree = message.contains("Span(");
                Self::new(
                    ErrorCode::NotSupported,
                    if is_tree { told } else { message },
                )
            }
            DataFusionError::ResourcesExhausted(message) => Self::new(
                ErrorCode::ExceededMemoryLimit,
                format!("Query exhausted resources at this scale factor: {message}"),
            ),
            DataFusionError::SQL(parser_error, _) => {
                Self::new(ErrorCode::SyntaxError, parser_error.to_string())
            }
            other => Self::new(ErrorCode::GenericInternalError, other.strip_backtrace()),
        }
    }
}

/// The first of an error's causes that `wanted` knows, wherever DataFusion, Arrow or Parquet have
/// wrapped it.
pub fn find_cause<T>(
    error: &DataFusionError,
    wanted: impl Fn(&(dyn Error + 'static)) -> Option<T>,
) -> Option<T> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(found) = wanted(current) {
            return Some(found);
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

fn schema_message(error: &SchemaError) -> TrinoError {
    match error {
        SchemaError::FieldNotFound { field, .. } => TrinoError::new(
            ErrorCode::ColumnNotFound,
            format!(
                "Column '{}' cannot be resolved or requester is not authorized to access requested resources",
                column_name(field)
            ),
        ),
        SchemaError::AmbiguousReference { field } => TrinoError::new(
            ErrorCode::AmbiguousName,
            format!("Column '{}' is ambiguous", field.name),
        ),
        SchemaError::DuplicateQualifiedField { name, .. }
        | SchemaError::DuplicateUnqualifiedField { name } => TrinoError::new(
            ErrorCode::DuplicateColumnName,
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

fn arrow_message(error: &ArrowError) -> TrinoError {
    match error {
        ArrowError::DivideByZero => TrinoError::new(ErrorCode::DivisionByZero, "Division by zero"),
        ArrowError::ArithmeticOverflow(message) => {
            TrinoError::new(ErrorCode::NumericValueOutOfRange, message.clone())
        }
        ArrowError::CastError(message) => {
            TrinoError::new(ErrorCode::InvalidCastArgument, cast_message(message))
        }
        ArrowError::InvalidArgumentError(message) if message.contains("to store in a Decimal") => {
            TrinoError::new(ErrorCode::InvalidCastArgument, decimal_message(message))
        }
        ArrowError::ParseError(message) => {
            TrinoError::new(ErrorCode::InvalidCastArgument, message.clone())
        }
        other => TrinoError::new(ErrorCode::GenericInternalError, other.to_string()),
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

/// `123.45 is too large to store in a Decimal128 of precision 4. Max is 99.99`.
fn decimal_message(message: &str) -> String {
    let value = message.split_whitespace().next().unwrap_or_default();
    let precision = message
        .split_once("of precision ")
        .and_then(|(_, rest)| rest.split('.').next());
    match precision {
        Some(precision) => format!("Cannot cast {value} to a DECIMAL of {precision} digits"),
        None => message.to_owned(),
    }
}

fn plan_message(message: &str) -> TrinoError {
    if let Some(refusal) = refused_arguments(message) {
        return refusal;
    }
    let first_line = message.lines().next().unwrap_or_default();
    if let Some(refusal) = wording::trinos(first_line) {
        return refusal;
    }
    let kind = if message.contains("Cannot coerce")
        || message.contains("Cannot infer common argument type")
        || message.contains("No function matches the given name and argument types")
        || message.contains("incompatible types")
        || message.contains("expected") && message.contains("argument")
    {
        ErrorCode::TypeMismatch
    } else if message.contains("GROUP BY") {
        ErrorCode::ExpressionNotAggregate
    } else if message.contains("Invalid function") {
        ErrorCode::FunctionNotFound
    } else {
        ErrorCode::GenericUserError
    };
    TrinoError::new(kind, first_line)
}

/// What a function of ours said of its arguments' types; DataFusion passes it on as text.
fn refused_arguments(message: &str) -> Option<TrinoError> {
    let (_, refusal) = message.split_once("External error: TYPE_MISMATCH: ")?;
    let end = refusal.find(". No function matches the given name");
    Some(TrinoError::new(
        ErrorCode::TypeMismatch,
        refusal.get(..end.unwrap_or(refusal.len()))?,
    ))
}

fn execution_message(message: &str) -> TrinoError {
    let lower = message.to_lowercase();
    if let Some(refusal) = refused_arguments(message).or_else(|| wording::trinos(message)) {
        return refusal;
    }
    if lower.contains("divide by zero") || lower.contains("division by zero") {
        return TrinoError::new(ErrorCode::DivisionByZero, "Division by zero");
    }
    if lower.contains("overflow") {
        return TrinoError::new(ErrorCode::NumericValueOutOfRange, message);
    }
    if lower.contains("cast") || lower.contains("parse") {
        return TrinoError::new(ErrorCode::InvalidCastArgument, cast_message(message));
    }
    TrinoError::new(ErrorCode::GenericUserError, message)
}
