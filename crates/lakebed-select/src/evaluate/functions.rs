use chrono::Utc;

use super::time;
use crate::statement::{Function, TrimSide};
use crate::value::{Number, Value};
use crate::{Error, Result};

/// Calls a function, whose number of arguments the parser has checked. Functions of texts and
/// times are null where an argument is.
pub(super) fn call(function: Function, arguments: &[Value]) -> Result<Value> {
    match function {
        Function::Coalesce => {
            let first = arguments.iter().find(|value| !value.is_absent());
            return Ok(first.cloned().unwrap_or(Value::Null));
        }
        Function::NullIf => return Ok(null_if(arguments)),
        _ if arguments.iter().any(Value::is_absent) => return Ok(Value::Null),
        _ => {}
    }
    let text = |at: usize| arguments.get(at).map(Value::text).unwrap_or_default();
    Ok(match function {
        Function::Coalesce | Function::NullIf => Value::Null,
        Function::CharLength => {
            Value::Int(i64::try_from(text(0).chars().count()).unwrap_or(i64::MAX))
        }
        Function::Lower => Value::Text(text(0).to_lowercase()),
        Function::Upper => Value::Text(text(0).to_uppercase()),
        Function::Substring => {
            let from = whole(arguments, 1)?;
            let length = match arguments.len() {
                3 => Some(whole(arguments, 2)?),
                _ => None,
            };
            Value::Text(substring(&text(0), from, length)?)
        }
        Function::Trim(side) => {
            let characters: Vec<char> = match arguments.len() {
                2 => text(1).chars().collect(),
                _ => vec![' '],
            };
            let within = |character: char| characters.contains(&character);
            let trimmed = text(0);
            Value::Text(
                match side {
                    TrimSide::Both => trimmed.trim_matches(within),
                    TrimSide::Leading => trimmed.trim_start_matches(within),
                    TrimSide::Trailing => trimmed.trim_end_matches(within),
                }
                .to_owned(),
            )
        }
        Function::DateAdd(part) => {
            let moved = time::add(part, whole(arguments, 0)?, moment(arguments, 1)?);
            Value::Time(moved.ok_or_else(|| {
                Error::evaluate(
                    "EvaluatorTimestampFormatPatternDuplicateFields",
                    "a time is out of the calendar",
                )
            })?)
        }
        Function::DateDiff(part) => Value::Int(time::difference(
            part,
            moment(arguments, 0)?,
            moment(arguments, 1)?,
        )),
        Function::Extract(part) => Value::Int(time::extract(part, &moment(arguments, 0)?)),
        Function::ToString => {
            let pattern = text(1);
            Value::Text(time::write(&moment(arguments, 0)?, &pattern).ok_or_else(|| {
                Error::evaluate(
                    "EvaluatorInvalidTimestampFormatPattern",
                    format!("Time stamp format pattern '{pattern}' is not valid in the SQL expression."),
                )
            })?)
        }
        Function::ToTimestamp => Value::Time(moment(arguments, 0)?),
        Function::UtcNow => Value::Time(Utc::now().fixed_offset()),
    })
}

fn null_if(arguments: &[Value]) -> Value {
    let [first, second] = arguments else {
        return Value::Null;
    };
    let same = !first.is_absent() && first.compare(second) == Some(std::cmp::Ordering::Equal);
    if same { Value::Null } else { first.clone() }
}

/// Characters from a position, counted from 1, that may lie before the text.
fn substring(text: &str, from: i64, length: Option<i64>) -> Result<String> {
    if length.is_some_and(|length| length < 0) {
        return Err(Error::evaluate(
            "EvaluatorNegativeLimit",
            "the length of SUBSTRING must not be negative",
        ));
    }
    let begin = usize::try_from(from.saturating_sub(1)).unwrap_or(0);
    let end = length.map_or(usize::MAX, |length| {
        usize::try_from(from.saturating_sub(1).saturating_add(length)).unwrap_or(0)
    });
    Ok(text.chars().take(end).skip(begin).collect())
}

fn whole(arguments: &[Value], at: usize) -> Result<i64> {
    match arguments.get(at).and_then(Value::number) {
        Some(Number::Int(number)) => Ok(number),
        Some(Number::Float(number)) if number.fract() == 0.0 && number.abs() < 9e15 => {
            Ok(number as i64)
        }
        _ => Err(Error::evaluate(
            "EvaluatorInvalidArguments",
            "a function needs a whole number",
        )),
    }
}

fn moment(arguments: &[Value], at: usize) -> Result<chrono::DateTime<chrono::FixedOffset>> {
    match arguments.get(at) {
        Some(Value::Time(time)) => Ok(*time),
        Some(Value::Text(text)) => time::parse(text).ok_or_else(|| {
            Error::evaluate(
                "InvalidCast",
                format!("'{text}' is not a timestamp of the form 2010-01-01T00:00:00Z"),
            )
        }),
        _ => Err(Error::evaluate(
            "EvaluatorInvalidArguments",
            "a function needs a timestamp",
        )),
    }
}
