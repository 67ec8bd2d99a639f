//! Conditions on the values of a column, as predicates that are true or false for every row.
//!
//! Null fails all of them but `!=` and `not in`, unless `NULL` is named. Source: "ColumnValues",
//! "Null behavior".

use arrow::datatypes::{DataType, TimeUnit};
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use datafusion::common::ScalarValue;
use datafusion::functions::expr_fn::{btrim, character_length, coalesce, lower, regexp_like};
use datafusion::logical_expr::{Expr, TryCast, lit};

use super::CheckError;
use crate::dqdl::{Formula, Instant, Relation, TextMatch, TextOperand};

/// How a kind of operand is compared.
trait Operand {
    fn is_null(&self) -> bool;
    /// Whether `subject` is this value; may be null where the subject is.
    fn equals(&self, subject: &Expr) -> Expr;
    /// The value, for the operators of order.
    fn value(&self) -> Expr;
}

impl Operand for Option<Expr> {
    fn is_null(&self) -> bool {
        self.is_none()
    }

    fn equals(&self, subject: &Expr) -> Expr {
        subject.clone().eq(self.value())
    }

    fn value(&self) -> Expr {
        self.clone().unwrap_or_else(|| lit(ScalarValue::Null))
    }
}

impl Operand for TextOperand {
    fn is_null(&self) -> bool {
        *self == Self::Null
    }

    fn equals(&self, subject: &Expr) -> Expr {
        match self {
            Self::WhitespacesOnly => regexp_like(subject.clone(), lit(r"^\s+$"), None),
            _ => subject.clone().eq(self.value()),
        }
    }

    fn value(&self) -> Expr {
        match self {
            Self::Text(text) => lit(text.clone()),
            Self::Empty => lit(""),
            Self::Null | Self::WhitespacesOnly => lit(ScalarValue::Null),
        }
    }
}

/// Whether a comparison is true, neither false nor unknown. `IS TRUE` is not used: DataFusion 55
/// takes it for nullable in one place and not in another, and refuses plans that share one.
fn holds(comparison: Expr) -> Expr {
    coalesce(vec![comparison, lit(false)])
}

fn relate<T: Operand>(subject: &Expr, relation: &Relation<T>) -> Result<Expr, CheckError> {
    let one_of = |many: &[&T]| {
        let (nulls, values): (Vec<&T>, Vec<&T>) = many.iter().partition(|one| one.is_null());
        let any = values
            .into_iter()
            .map(|one| one.equals(subject))
            .reduce(Expr::or)
            .map(holds);
        let null = (!nulls.is_empty()).then(|| subject.clone().is_null());
        match (any, null) {
            (Some(any), Some(null)) => any.or(null),
            (Some(any), None) => any,
            (None, Some(null)) => null,
            (None, None) => lit(false),
        }
    };
    let ordered = |operand: &T| {
        if operand.is_null() {
            return Err(CheckError::new("NULL is compared with =, != and in only"));
        }
        Ok(operand.value())
    };
    let subject = || subject.clone();
    Ok(match relation {
        Relation::Equal(one) => one_of(&[one]),
        Relation::In(many) => one_of(&many.iter().collect::<Vec<_>>()),
        Relation::NotEqual(one) => !one_of(&[one]),
        Relation::NotIn(many) => !one_of(&many.iter().collect::<Vec<_>>()),
        Relation::Greater(one) => holds(subject().gt(ordered(one)?)),
        Relation::GreaterOrEqual(one) => holds(subject().gt_eq(ordered(one)?)),
        Relation::Less(one) => holds(subject().lt(ordered(one)?)),
        Relation::LessOrEqual(one) => holds(subject().lt_eq(ordered(one)?)),
        Relation::Between(low, high) => {
            let (low, high) = (ordered(low)?, ordered(high)?);
            holds(subject().gt(low).and(subject().lt(high)))
        }
        Relation::NotBetween(low, high) => {
            let (low, high) = (ordered(low)?, ordered(high)?);
            holds(subject().lt_eq(low).or(subject().gt_eq(high)))
        }
    })
}

/// A cast that gives null for what it cannot read.
pub(super) fn try_cast(expr: Expr, data_type: DataType) -> Expr {
    Expr::TryCast(TryCast::new(Box::new(expr), data_type))
}

/// The column as text.
pub(super) fn text(column: Expr) -> Expr {
    try_cast(column, DataType::Utf8)
}

/// The column as number.
pub(super) fn number(column: Expr) -> Expr {
    try_cast(column, DataType::Float64)
}

/// The length of each value in characters; null has none, which counts as 0. Source:
/// "ColumnLength", "Null behavior".
pub(super) fn length(column: Expr) -> Expr {
    let length = character_length(text(column));
    number(coalesce(vec![length, lit(0_i32)]))
}

/// Whether the texts are as a condition wants them.
pub(super) fn texts(
    column: Expr,
    wanted: &TextMatch,
    ignore_case: bool,
) -> Result<Expr, CheckError> {
    let mut subject = text(column);
    match wanted {
        TextMatch::Relation(relation) => {
            let mut relation = relation.clone();
            if ignore_case {
                subject = lower(subject);
                relation = relation.try_map(|operand| {
                    Ok::<_, CheckError>(match operand {
                        TextOperand::Text(text) => TextOperand::Text(text.to_lowercase()),
                        other => other.clone(),
                    })
                })?;
            }
            relate(&subject, &relation)
        }
        TextMatch::Matches(pattern) => Ok(holds(whole_match(subject, pattern)?)),
        TextMatch::NotMatches(pattern) => Ok(holds(!whole_match(subject, pattern)?)),
    }
}

fn whole_match(subject: Expr, pattern: &str) -> Result<Expr, CheckError> {
    regex::Regex::new(pattern).map_err(|error| {
        CheckError::new(format!("the pattern '{pattern}' cannot be read: {error}"))
    })?;
    Ok(regexp_like(subject, lit(format!("^(?:{pattern})$")), None))
}

/// Whether the numbers are as a condition wants them; its formulas are resolved already.
pub(super) fn numbers(subject: &Expr, relation: &Relation<f64>) -> Result<Expr, CheckError> {
    relate(
        subject,
        &relation.try_map(|one| Ok::<_, CheckError>(Some(lit(*one))))?,
    )
}

/// The same with `NULL` among the operands; such conditions hold no formulas.
pub(super) fn numbers_or_null(
    subject: &Expr,
    relation: &Relation<Formula>,
) -> Result<Expr, CheckError> {
    let relation = relation.try_map(|operand| match operand {
        Formula::Number(number) => Ok(Some(lit(*number))),
        Formula::Null => Ok(None),
        _ => Err(CheckError::new("NULL stands beside plain numbers only")),
    })?;
    relate(subject, &relation)
}

/// Whether the dates or timestamps are as a condition wants them. Dates are compared as dates;
/// times of day and `now()` as timestamps, where the column has a time of day.
pub(super) fn dates(
    column: Expr,
    column_type: &DataType,
    relation: &Relation<Instant>,
    now: DateTime<Utc>,
) -> Result<Expr, CheckError> {
    let has_time = matches!(column_type, DataType::Timestamp(..));
    let dates_only = relation
        .operands()
        .iter()
        .all(|one| matches!(one, Instant::Date(_) | Instant::Null));
    let as_timestamp = DataType::Timestamp(TimeUnit::Microsecond, None);
    let subject = try_cast(column, as_timestamp);
    if has_time && !dates_only {
        let relation = relation.try_map(|one| {
            Ok::<_, CheckError>(moment(one, now)?.map(|at| {
                lit(ScalarValue::TimestampMicrosecond(
                    Some(at.and_utc().timestamp_micros()),
                    None,
                ))
            }))
        })?;
        return relate(&subject, &relation);
    }
    let relation = relation.try_map(|one| {
        Ok::<_, CheckError>(moment(one, now)?.map(|at| {
            let days = at
                .date()
                .signed_duration_since(NaiveDate::default())
                .num_days();
            lit(ScalarValue::Date32(Some(days as i32)))
        }))
    })?;
    relate(&try_cast(subject, DataType::Date32), &relation)
}

/// The point in time an operand means; none for `NULL`.
pub(super) fn moment(
    instant: &Instant,
    now: DateTime<Utc>,
) -> Result<Option<NaiveDateTime>, CheckError> {
    let beyond = || CheckError::new("the date is beyond what can be computed");
    Ok(match instant {
        Instant::Null => None,
        Instant::Date(date) => Some(date.and_time(NaiveTime::MIN)),
        Instant::Time(time) => Some(now.date_naive().and_time(*time)),
        Instant::FromNow(seconds) => {
            let days = Days::new(seconds.unsigned_abs() / 86_400);
            let rest = chrono::TimeDelta::try_seconds(seconds % 86_400).ok_or_else(beyond)?;
            let moved = if *seconds < 0 {
                now.naive_utc().checked_sub_days(days)
            } else {
                now.naive_utc().checked_add_days(days)
            };
            Some(
                moved
                    .and_then(|at| at.checked_add_signed(rest))
                    .ok_or_else(beyond)?,
            )
        }
    })
}

/// Whether a value can be read as a type that `ColumnDataType` names.
pub(super) fn readable_as(column: Expr, data_type: &str) -> Result<Expr, CheckError> {
    let wanted = data_type.to_uppercase();
    let decimal = || {
        let digits = wanted.strip_prefix("DECIMAL(")?.strip_suffix(')')?;
        let (precision, scale) = digits.split_once(',')?;
        Some(DataType::Decimal128(
            precision.trim().parse().ok()?,
            scale.trim().parse().ok()?,
        ))
    };
    let target = match wanted.as_str() {
        "BOOLEAN" => DataType::Boolean,
        "INTEGER" => DataType::Int32,
        "LONG" => DataType::Int64,
        "FLOAT" => DataType::Float32,
        "DOUBLE" => DataType::Float64,
        "DATE" => {
            let at = try_cast(column, DataType::Timestamp(TimeUnit::Microsecond, None));
            return Ok(try_cast(at, DataType::Date32).is_not_null());
        }
        "TIMESTAMP" => DataType::Timestamp(TimeUnit::Microsecond, None),
        _ => decimal().ok_or_else(|| {
            CheckError::new(format!(
                "Unrecognized data type: {data_type}; known: Boolean, Date, Timestamp, Integer, \
                 Long, Float, Double, Decimal(p,s)"
            ))
        })?,
    };
    Ok(try_cast(btrim_if_text(column), target).is_not_null())
}

/// Spark's casts of texts overlook blanks around them.
fn btrim_if_text(column: Expr) -> Expr {
    btrim(vec![text(column)])
}

/// How many seconds ago the column's timestamp was.
pub(super) fn age(column: Expr, now: DateTime<Utc>) -> Expr {
    let at = try_cast(column, DataType::Timestamp(TimeUnit::Microsecond, None));
    let micros = try_cast(at, DataType::Int64);
    number(lit(now.timestamp_micros()) - micros) / lit(1e6)
}
