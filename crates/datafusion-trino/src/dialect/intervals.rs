//! Interval literals: `INTERVAL '1-2' YEAR TO MONTH` is a number of months, `INTERVAL '1 02:03' DAY
//! TO MINUTE` one of milliseconds. Trino manual, "Date and time functions and operators".

use datafusion::sql::sqlparser::ast::{
    DateTimeField, Expr, Interval, Spanned, UnaryOperator, Value,
};

use super::literals::Counts;
use super::parse::location;
use crate::error::{ErrorCode, Location, Result, TrinoError};
use crate::functions::{self, whole_number};

/// Makes a call of an interval's constructor of a literal; what bounds a frame stays as it is.
///
/// # Errors
/// `INVALID_LITERAL` for a text that is no such interval.
pub(super) fn rewrite(expr: &mut Expr, counts: &Counts) -> Result<()> {
    let Expr::Interval(interval) = expr else {
        return Ok(());
    };
    if counts.is_bound(interval) {
        return Ok(());
    }
    let (sign, text) = literal(&interval.value).ok_or_else(|| invalid(interval, ""))?;
    let length = read(interval, text).ok_or_else(|| invalid(interval, text))?;
    let (constructor, length) = match length {
        Length::Months(months) => ("$months", months),
        Length::Milliseconds(milliseconds) => ("$milliseconds", milliseconds),
    };
    *expr = functions::call(constructor, vec![whole_number(sign * length)]);
    Ok(())
}

enum Length {
    Months(i64),
    Milliseconds(i64),
}

/// `'1'`, or `-'1'`.
fn literal(value: &Expr) -> Option<(i64, &str)> {
    match value {
        Expr::Value(literal) => match &literal.value {
            Value::SingleQuotedString(text) => Some((1, text)),
            _ => None,
        },
        Expr::UnaryOp { op, expr } => {
            let (sign, text) = literal(expr)?;
            match op {
                UnaryOperator::Minus => Some((-sign, text)),
                UnaryOperator::Plus => Some((sign, text)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn invalid(interval: &Interval, text: &str) -> TrinoError {
    let place = interval.value.span().start;
    let refusal = TrinoError::new(
        ErrorCode::InvalidLiteral,
        format!("'{text}' is not a valid interval literal"),
    );
    match place.line {
        0 => refusal.or_at(Location::START),
        _ => refusal.or_at(location(place)),
    }
}

/// The fields of an interval from the longest, with what separates each from the next one, and how
/// many milliseconds it has.
const FIELDS: [(DateTimeField, char, i64); 4] = [
    (DateTimeField::Day, ' ', 86_400_000),
    (DateTimeField::Hour, ':', 3_600_000),
    (DateTimeField::Minute, ':', 60_000),
    (DateTimeField::Second, '.', 1_000),
];

fn read(interval: &Interval, text: &str) -> Option<Length> {
    let first = interval.leading_field.as_ref()?;
    let last = interval.last_field.as_ref().unwrap_or(first);
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let length = match (first, last) {
        (DateTimeField::Year, DateTimeField::Year) => {
            Length::Months(number(digits)?.checked_mul(12 * sign)?)
        }
        (DateTimeField::Month, DateTimeField::Month) => Length::Months(sign * number(digits)?),
        (DateTimeField::Year, DateTimeField::Month) => {
            let (years, months) = digits.split_once('-').unwrap_or((digits, "0"));
            let months = number(years)?
                .checked_mul(12)?
                .checked_add(number(months)?)?;
            Length::Months(sign * months)
        }
        _ => Length::Milliseconds(sign * milliseconds(first, last, digits)?),
    };
    match length {
        Length::Months(months) if i32::try_from(months).is_err() => None,
        length => Some(length),
    }
}

/// Fields at the end may be missing.
fn milliseconds(first: &DateTimeField, last: &DateTimeField, text: &str) -> Option<i64> {
    let place = |wanted: &DateTimeField| FIELDS.iter().position(|(field, ..)| field == wanted);
    let (first, last) = (place(first)?, place(last)?);
    let mut total = 0_i64;
    let mut rest = Some(text);
    for (_, separator, length) in FIELDS.get(first..=last)? {
        let Some(text) = rest else {
            break;
        };
        let (value, after) = match text.split_once(*separator) {
            Some((value, after)) => (value, Some(after)),
            None => (text, None),
        };
        total = total.checked_add(number(value)?.checked_mul(*length)?)?;
        rest = after;
    }
    match rest {
        None => Some(total),
        // The fraction of a second.
        Some(fraction) if last == FIELDS.len() - 1 && fraction.len() <= 3 => {
            let millis = number(&format!("{fraction:0<3}"))?;
            total.checked_add(millis)
        }
        Some(_) => None,
    }
}

fn number(digits: &str) -> Option<i64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit());
    is_number.then(|| digits.parse().ok())?
}
