use crate::statement::BinaryOperator;
use crate::value::{Number, Value};
use crate::{Error, Result};

pub(super) fn negate(value: &Value) -> Result<Value> {
    if value.is_absent() {
        return Ok(Value::Null);
    }
    compute(&Value::Int(0), BinaryOperator::Subtract, value)
}

/// Computes with two numbers. Whole numbers stay whole; a division of them leaves out the rest.
///
/// # Errors
/// `EvaluatorInvalidArguments` for what is no number, `IntegerOverflow`, `DivisionByZero`.
pub(super) fn compute(left: &Value, operator: BinaryOperator, right: &Value) -> Result<Value> {
    if left.is_absent() || right.is_absent() {
        return Ok(Value::Null);
    }
    let (left, right) = (number(left)?, number(right)?);
    if let (Number::Int(left), Number::Int(right)) = (left, right) {
        let result = match operator {
            BinaryOperator::Add => left.checked_add(right),
            BinaryOperator::Subtract => left.checked_sub(right),
            BinaryOperator::Multiply => left.checked_mul(right),
            BinaryOperator::Divide | BinaryOperator::Modulo if right == 0 => {
                return Err(Error::evaluate("DivisionByZero", "division by zero"));
            }
            BinaryOperator::Divide => left.checked_div(right),
            _ => left.checked_rem(right),
        };
        return result.map(Value::Int).ok_or_else(|| {
            Error::evaluate(
                "IntegerOverflow",
                "an integer is out of the range of 64 bits",
            )
        });
    }
    let (left, right) = (left.float(), right.float());
    Ok(Value::Float(match operator {
        BinaryOperator::Add => left + right,
        BinaryOperator::Subtract => left - right,
        BinaryOperator::Multiply => left * right,
        BinaryOperator::Divide => left / right,
        _ => left % right,
    }))
}

fn number(value: &Value) -> Result<Number> {
    value.number().ok_or_else(|| {
        Error::evaluate(
            "EvaluatorInvalidArguments",
            format!("'{}' is not a number", value.text()),
        )
    })
}
