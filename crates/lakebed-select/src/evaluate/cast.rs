use super::time;
use crate::statement::Type;
use crate::value::{Number, Value};
use crate::{Error, Result};

/// Makes a value one of a type. S3 user guide, "Conversion functions". Decimals are kept as
/// floating-point numbers.
///
/// # Errors
/// `CastFailed`.
pub(super) fn cast(value: &Value, to: Type) -> Result<Value> {
    if value.is_absent() {
        return Ok(Value::Null);
    }
    let failed = || {
        Error::evaluate(
            "CastFailed",
            format!(
                "Attempt to convert '{}' to {to:?} using CAST failed in the SQL expression.",
                value.text()
            ),
        )
    };
    Ok(match to {
        Type::Text => Value::Text(value.text().into_owned()),
        Type::Bool => match value {
            Value::Bool(_) => value.clone(),
            Value::Int(number) => Value::Bool(*number != 0),
            Value::Text(text) => Value::Bool(
                text.trim()
                    .to_ascii_lowercase()
                    .parse()
                    .map_err(|_| failed())?,
            ),
            _ => return Err(failed()),
        },
        Type::Int => match value {
            Value::Bool(truth) => Value::Int(i64::from(*truth)),
            _ => match value.number().ok_or_else(failed)? {
                Number::Int(number) => Value::Int(number),
                Number::Float(number) if number.abs() < 9.2e18 => Value::Int(number.trunc() as i64),
                Number::Float(_) => return Err(failed()),
            },
        },
        Type::Float => Value::Float(value.number().ok_or_else(failed)?.float()),
        Type::Decimal => Value::from(value.number().ok_or_else(failed)?),
        Type::Timestamp => match value {
            Value::Time(_) => value.clone(),
            Value::Text(text) => Value::Time(time::parse(text).ok_or_else(failed)?),
            _ => return Err(failed()),
        },
    })
}
