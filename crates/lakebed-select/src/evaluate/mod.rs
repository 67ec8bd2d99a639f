//! What an expression is for a record.

mod aggregate;
mod arithmetic;
mod cast;
mod functions;
mod like;
mod path;
mod time;

use std::borrow::Cow;
use std::cmp::Ordering;

pub(crate) use aggregate::Accumulator;
pub(crate) use path::{Record, position, records};

use crate::Result;
use crate::statement::{BinaryOperator, Expression};
use crate::value::Value;

/// What expressions see: a record, or the aggregates of all of them.
pub(crate) struct Scope<'r, R> {
    pub(crate) record: Option<&'r R>,
    pub(crate) aggregates: &'r [Value],
}

/// Evaluates an expression.
///
/// # Errors
/// The evaluator's codes of S3, such as `CastFailed`.
pub(crate) fn evaluate<'v, R: Record>(
    expression: &'v Expression,
    scope: &Scope<'v, R>,
) -> Result<Cow<'v, Value>> {
    let owned = |value: Value| Ok(Cow::Owned(value));
    match expression {
        Expression::Literal(value) => Ok(Cow::Borrowed(value)),
        Expression::Path(steps) => Ok(match scope.record {
            Some(record) => record.get(steps),
            None => Cow::Owned(Value::Missing),
        }),
        Expression::Aggregate(number) => Ok(scope
            .aggregates
            .get(*number)
            .map_or(Cow::Owned(Value::Null), Cow::Borrowed)),
        Expression::Not(part) => owned(match truth(&*evaluate(part, scope)?) {
            Some(truth) => Value::Bool(!truth),
            None => Value::Null,
        }),
        Expression::Negate(part) => owned(arithmetic::negate(&*evaluate(part, scope)?)?),
        Expression::Binary(left, operator, right) => owned(binary(left, *operator, right, scope)?),
        Expression::In(part, list) => {
            let value = evaluate(part, scope)?;
            let mut unknown = value.is_absent();
            for candidate in list {
                match equal(&value, &*evaluate(candidate, scope)?) {
                    Some(true) => return owned(Value::Bool(true)),
                    Some(false) => {}
                    None => unknown = true,
                }
            }
            owned(if unknown {
                Value::Null
            } else {
                Value::Bool(false)
            })
        }
        Expression::Between(part, low, high) => {
            let value = evaluate(part, scope)?;
            let above = order(&value, &*evaluate(low, scope)?).map(Ordering::is_ge);
            let below = order(&value, &*evaluate(high, scope)?).map(Ordering::is_le);
            owned(match (above, below) {
                (Some(false), _) | (_, Some(false)) => Value::Bool(false),
                (Some(true), Some(true)) => Value::Bool(true),
                _ => Value::Null,
            })
        }
        Expression::Like {
            text,
            pattern,
            escape,
        } => {
            let (text, pattern) = (evaluate(text, scope)?, evaluate(pattern, scope)?);
            let escape = match escape {
                Some(escape) => Some(evaluate(escape, scope)?),
                None => None,
            };
            owned(like::like(&text, &pattern, escape.as_deref())?)
        }
        Expression::IsNull(part) => owned(Value::Bool(evaluate(part, scope)?.is_absent())),
        Expression::IsMissing(part) => {
            owned(Value::Bool(*evaluate(part, scope)? == Value::Missing))
        }
        Expression::Case {
            operand,
            branches,
            otherwise,
        } => {
            let operand = match operand {
                Some(operand) => Some(evaluate(operand, scope)?),
                None => None,
            };
            for (when, then) in branches {
                let when = evaluate(when, scope)?;
                let chosen = match &operand {
                    Some(operand) => equal(operand, &when),
                    None => truth(&when),
                };
                if chosen == Some(true) {
                    return evaluate(then, scope);
                }
            }
            match otherwise {
                Some(otherwise) => evaluate(otherwise, scope),
                None => owned(Value::Null),
            }
        }
        Expression::Cast(part, to) => owned(cast::cast(&*evaluate(part, scope)?, *to)?),
        Expression::Call(function, arguments) => {
            let mut values = Vec::with_capacity(arguments.len());
            for argument in arguments {
                values.push(evaluate(argument, scope)?.into_owned());
            }
            owned(functions::call(*function, &values)?)
        }
    }
}

/// The truth of a value; none if it is not known.
pub(crate) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Text(text) => text.to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

fn binary<'v, R: Record>(
    left: &'v Expression,
    operator: BinaryOperator,
    right: &'v Expression,
    scope: &Scope<'v, R>,
) -> Result<Value> {
    let first = evaluate(left, scope)?;
    // What is decided by one side needs no look at the other.
    match (operator, truth(&first)) {
        (BinaryOperator::And, Some(false)) => return Ok(Value::Bool(false)),
        (BinaryOperator::Or, Some(true)) => return Ok(Value::Bool(true)),
        _ => {}
    }
    let second = evaluate(right, scope)?;
    let compared = |holds: fn(Ordering) -> bool| match order(&first, &second) {
        Some(order) => Value::Bool(holds(order)),
        None => Value::Null,
    };
    Ok(match operator {
        BinaryOperator::And => match (truth(&first), truth(&second)) {
            (Some(true), Some(true)) => Value::Bool(true),
            (_, Some(false)) => Value::Bool(false),
            _ => Value::Null,
        },
        BinaryOperator::Or => match (truth(&first), truth(&second)) {
            (_, Some(true)) => Value::Bool(true),
            (Some(false), Some(false)) => Value::Bool(false),
            _ => Value::Null,
        },
        BinaryOperator::Equal => equal(&first, &second).map_or(Value::Null, Value::Bool),
        BinaryOperator::NotEqual => {
            equal(&first, &second).map_or(Value::Null, |equal| Value::Bool(!equal))
        }
        BinaryOperator::Less => compared(Ordering::is_lt),
        BinaryOperator::LessOrEqual => compared(Ordering::is_le),
        BinaryOperator::Greater => compared(Ordering::is_gt),
        BinaryOperator::GreaterOrEqual => compared(Ordering::is_ge),
        BinaryOperator::Concatenate => {
            if first.is_absent() || second.is_absent() {
                Value::Null
            } else {
                Value::Text(format!("{}{}", first.text(), second.text()))
            }
        }
        BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Modulo => arithmetic::compute(&first, operator, &second)?,
    })
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    if left.is_absent() || right.is_absent() {
        return None;
    }
    left.compare(right)
}

/// Values of kinds that do not compare are unlike each other.
fn equal(left: &Value, right: &Value) -> Option<bool> {
    if left.is_absent() || right.is_absent() {
        return None;
    }
    Some(left.compare(right) == Some(Ordering::Equal))
}
