//! `+`, `-`, `*`, `/` and `%` of numbers: integers are checked, decimals exact by Trino's rules of
//! precision and scale. Trino manual, "Mathematical functions and operators" and "Decimal functions
//! and operators".

use std::cmp::{max, min};
use std::sync::LazyLock;

use arrow::array::{self, ArrayRef, Datum};
use arrow::compute::kernels::numeric;
use arrow::datatypes::{DataType, i256};
use arrow::error::ArrowError;
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::error::{ErrorCode, TrinoError};
use crate::functions::decimal::{MAX_PRECISION, divide_rounding, parts, power_of_ten};
use crate::functions::scalar::Kind::{Bigint, Decimal, Double, Integer, Real, Smallint, Tinyint};
use crate::functions::scalar::{Call, Returns, Scalar, scalar};

/// The function that an operator is for numbers; none if it is no arithmetic one.
pub(crate) fn operation(operator: &BinaryOperator) -> Option<&'static Scalar> {
    let place = match operator {
        BinaryOperator::Plus => 0,
        BinaryOperator::Minus => 1,
        BinaryOperator::Multiply => 2,
        BinaryOperator::Divide => 3,
        BinaryOperator::Modulo => 4,
        _ => return None,
    };
    OPERATIONS.get(place)
}

macro_rules! operator {
    ($name:literal, $kernel:path, $decimal_type:ident, $decimal:ident, $what:literal, $sign:literal) => {{
        let mut function = scalar(concat!("$", $name)).sign($sign);
        for kind in [Tinyint, Smallint, Integer, Bigint, Real, Double] {
            function = function.overload([kind, kind], kind, |call| numbers(call, $kernel, $what));
        }
        function.overload([Decimal, Decimal], Returns::Of($decimal_type), $decimal)
    }};
}

static OPERATIONS: LazyLock<[Scalar; 5]> = LazyLock::new(|| {
    [
        operator!("add", numeric::add, sum_type, add, "addition", "+"),
        operator!(
            "subtract",
            numeric::sub,
            sum_type,
            subtract,
            "subtraction",
            "-"
        ),
        operator!(
            "multiply",
            numeric::mul,
            product_type,
            multiply,
            "multiplication",
            "*"
        ),
        operator!(
            "divide",
            numeric::div,
            quotient_type,
            divide,
            "division",
            "/"
        ),
        operator!("modulus", numeric::rem, rest_type, rest, "modulus", "%"),
    ]
});

type NumericKernel = fn(&dyn Datum, &dyn Datum) -> Result<ArrayRef, ArrowError>;

fn numbers(call: &Call<'_>, kernel: NumericKernel, what: &str) -> Result<ArrayRef> {
    let computed = match (call.is_constant_at(0), call.is_constant_at(1)) {
        (false, true) => kernel(&call.array(0)?, &array::Scalar::new(call.value(1))),
        (true, false) => kernel(&array::Scalar::new(call.value(0)), &call.array(1)?),
        _ => kernel(&call.array(0)?, &call.array(1)?),
    };
    computed.map_err(|error| match error {
        ArrowError::ArithmeticOverflow(message) => {
            let operands = message.strip_prefix("Overflow happened on: ");
            let operands = operands.unwrap_or(&message);
            let kind = crate::types::type_name(call.data_type(0));
            overflow(format!("{kind} {what} overflow: {operands}"))
        }
        other => other.into(),
    })
}

fn overflow(message: String) -> DataFusionError {
    TrinoError::new(ErrorCode::NumericValueOutOfRange, message).into()
}

fn decimal_type(precision: i16, scale: i16) -> Result<DataType> {
    match (u8::try_from(precision), i8::try_from(scale)) {
        (Ok(precision), Ok(scale)) if scale.unsigned_abs() <= MAX_PRECISION => Ok(
            DataType::Decimal128(precision.clamp(1, MAX_PRECISION), scale),
        ),
        _ => Err(TrinoError::wrong_types(format!(
            "DECIMAL scale must be in range [0, precision ({MAX_PRECISION})]: {scale}"
        ))),
    }
}

fn operands(types: &[DataType]) -> [(i16, i16); 2] {
    [0, 1].map(|operand| {
        let (precision, scale) = parts(&types[operand]);
        (precision.into(), scale.into())
    })
}

fn sum_type(types: &[DataType]) -> Result<DataType> {
    let [(p, s), (q, t)] = operands(types);
    let scale = max(s, t);
    decimal_type(min(38, max(p - s, q - t) + scale + 1), scale)
}

fn product_type(types: &[DataType]) -> Result<DataType> {
    let [(p, s), (q, t)] = operands(types);
    decimal_type(min(38, p + q), s + t)
}

fn quotient_type(types: &[DataType]) -> Result<DataType> {
    let [(p, s), (_, t)] = operands(types);
    decimal_type(min(38, p + t + max(t - s, 0)), max(s, t))
}

fn rest_type(types: &[DataType]) -> Result<DataType> {
    let [(p, s), (q, t)] = operands(types);
    let scale = max(s, t);
    decimal_type(min(38, min(p - s, q - t) + scale), scale)
}

fn scales(call: &Call<'_>) -> (u32, u32) {
    let scale = |operand| u32::from(parts(call.data_type(operand)).1.unsigned_abs());
    (scale(0), scale(1))
}

/// The largest number of so many digits that decimals have.
const LARGEST: i128 = 10_i128.pow(38) - 1;

fn in_range(value: Option<i128>) -> Result<Option<i128>> {
    match value.filter(|value| value.unsigned_abs() <= LARGEST.unsigned_abs()) {
        Some(value) => Ok(Some(value)),
        None => Err(overflow("Decimal overflow".to_owned())),
    }
}

fn add(call: &Call<'_>) -> Result<ArrayRef> {
    let (s, t) = scales(call);
    let (by_s, by_t) = (
        power_of_ten(t.saturating_sub(s)),
        power_of_ten(s.saturating_sub(t)),
    );
    call.try_map2(|a: i128, b: i128| {
        let (a, b) = (a.checked_mul(by_s), b.checked_mul(by_t));
        in_range(a.zip(b).and_then(|(a, b)| a.checked_add(b)))
    })
}

fn subtract(call: &Call<'_>) -> Result<ArrayRef> {
    let (s, t) = scales(call);
    let (by_s, by_t) = (
        power_of_ten(t.saturating_sub(s)),
        power_of_ten(s.saturating_sub(t)),
    );
    call.try_map2(|a: i128, b: i128| {
        let (a, b) = (a.checked_mul(by_s), b.checked_mul(by_t));
        in_range(a.zip(b).and_then(|(a, b)| a.checked_sub(b)))
    })
}

fn multiply(call: &Call<'_>) -> Result<ArrayRef> {
    call.try_map2(|a: i128, b: i128| in_range(a.checked_mul(b)))
}

/// Rounds half away from zero.
fn divide(call: &Call<'_>) -> Result<ArrayRef> {
    let (s, t) = scales(call);
    // The scale of the quotient is the greater one.
    let rescale = power_of_ten(max(s, t) + t - s);
    call.try_map2(|a: i128, b: i128| {
        if b == 0 {
            return Err(by_zero());
        }
        let exact = a.checked_mul(rescale);
        in_range(match exact {
            Some(a) => Some(divide_rounding(a, b)),
            None => divide_wide(a, rescale, b),
        })
    })
}

/// The same in 256 bits.
fn divide_wide(a: i128, rescale: i128, b: i128) -> Option<i128> {
    let a = i256::from_i128(a).checked_mul(i256::from_i128(rescale))?;
    let wide = i256::from_i128(b);
    let (quotient, rest) = (a.checked_div(wide)?, a.checked_rem(wide)?);
    let twice = rest.wrapping_abs().checked_mul(i256::from_i128(2))?;
    let quotient = match twice >= wide.wrapping_abs() {
        true => quotient.checked_add(i256::from_i128(
            match a.is_negative() == wide.is_negative() {
                true => 1,
                false => -1,
            },
        ))?,
        false => quotient,
    };
    quotient.to_i128()
}

fn rest(call: &Call<'_>) -> Result<ArrayRef> {
    let (s, t) = scales(call);
    let (by_s, by_t) = (
        power_of_ten(t.saturating_sub(s)),
        power_of_ten(s.saturating_sub(t)),
    );
    call.try_map2(|a: i128, b: i128| {
        if b == 0 {
            return Err(by_zero());
        }
        let exact = a.checked_mul(by_s).zip(b.checked_mul(by_t));
        in_range(match exact {
            Some((a, b)) => Some(a % b),
            None => {
                let a = i256::from_i128(a).checked_mul(i256::from_i128(by_s));
                let b = i256::from_i128(b).checked_mul(i256::from_i128(by_t));
                a.zip(b).and_then(|(a, b)| a.checked_rem(b)?.to_i128())
            }
        })
    })
}

fn by_zero() -> DataFusionError {
    TrinoError::new(ErrorCode::DivisionByZero, "Division by zero").into()
}
