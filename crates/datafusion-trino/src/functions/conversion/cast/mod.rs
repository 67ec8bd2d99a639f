//! `CAST(value AS type)` and `TRY_CAST(value AS type)`. Trino manual, "Conversion functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("CAST('2025-1-31' AS date)"), "2025-01-31");
//! assert_eq!(evaluate("CAST(2.5 AS bigint)"), "3");
//! assert_eq!(evaluate("CAST('x' AS integer)"), "INVALID_CAST_ARGUMENT: Cannot cast 'x' to INT");
//! assert_eq!(evaluate("TRY_CAST('x' AS integer)"), "null");
//! assert_eq!(evaluate("CAST('abc' AS varchar(2))"), "ab");
//! assert_eq!(evaluate("CAST(MAP(ARRAY['b', 'a'], ARRAY[1, 2]) AS json)"), r#"{"a":2,"b":1}"#);
//! assert_eq!(evaluate("CAST(JSON '[1, \"2\", null]' AS array(integer))"), "[1, 2, null]");
//! ```

mod binary;
mod char;
mod container;
mod from_json;
mod from_text;
mod number;
mod temporal;
mod to_json;
mod to_text;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::compute::concat;
use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::error::{ErrorCode, TrinoError};
use crate::types::{Own, type_name};

pub(in crate::functions) use to_text::varchar_udfs;

/// The cast of an expression whose type is `from`.
///
/// # Errors
/// `TYPE_MISMATCH` if Trino has no such cast.
pub(crate) fn cast(expr: Expr, from: &DataType, to: &DataType, is_try: bool) -> Result<Expr> {
    if from == to {
        return Ok(expr);
    }
    if is_arrows(from, to) {
        return Ok(datafusion::logical_expr::cast(expr, to.clone()));
    }
    if !is_castable(from, to) {
        return Err(TrinoError::wrong_types(format!(
            "Cannot cast {} to {}",
            type_name(from),
            type_name(to)
        )));
    }
    let function = Cast {
        to: to.clone(),
        is_try,
        signature: Signature::any(1, Volatility::Immutable),
    };
    Ok(ScalarUDF::from(function).call(vec![expr]))
}

/// Whether Arrow's cast does the same as Trino's, and cannot fail: such casts stay the engine's,
/// which sees through them.
fn is_arrows(from: &DataType, to: &DataType) -> bool {
    use DataType::{Date32, Dictionary, Float32, Float64, Int8, Int16, Int32, Int64, Timestamp};
    match (from, to) {
        (DataType::Null, _) => Own::of(to).is_none() && !to.is_nested(),
        (Int8, Int16 | Int32 | Int64 | Float32 | Float64)
        | (Int16, Int32 | Int64 | Float32 | Float64)
        | (Int32, Int64 | Float32 | Float64)
        | (Int64, Float32 | Float64)
        | (Float32, Float64)
        | (
            Date32,
            Timestamp(TimeUnit::Second | TimeUnit::Millisecond | TimeUnit::Microsecond, None),
        ) => true,
        (Timestamp(coarse, None), Timestamp(fine, None)) => {
            coarse < fine && *fine != TimeUnit::Nanosecond
        }
        (Dictionary(_, values), to) => values.as_ref() == to || is_arrows(values, to),
        _ => is_text(from) && is_text(to) || is_bytes(from) && is_bytes(to),
    }
}

fn is_text(data_type: &DataType) -> bool {
    data_type.is_string()
}

fn is_bytes(data_type: &DataType) -> bool {
    data_type.is_binary() || matches!(data_type, DataType::FixedSizeBinary(_))
}

/// A family of types that casts treat alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Unknown,
    Boolean,
    Number,
    Text,
    Bytes,
    Date,
    Time,
    TimeWithZone,
    Timestamp,
    TimestampWithZone,
    YearToMonth,
    DayToSecond,
    Json,
    Uuid,
    IpAddress,
    Char,
    Array,
    Map,
    Row,
    Sketch,
    /// Without casts, but from null.
    Opaque,
}

fn family(data_type: &DataType) -> Option<Family> {
    if let Some(own) = Own::of(data_type) {
        return Some(match own {
            Own::Json => Family::Json,
            Own::Uuid => Family::Uuid,
            Own::IpAddress => Family::IpAddress,
            Own::Sketch(_) => Family::Sketch,
            Own::Geometry | Own::SphericalGeography | Own::BingTile => Family::Opaque,
            Own::Char(_) => Family::Char,
            Own::Time(_) => Family::Time,
            Own::TimeWithZone(_) => Family::TimeWithZone,
            Own::Timestamp(_) => Family::Timestamp,
            Own::TimestampWithZone(_) => Family::TimestampWithZone,
        });
    }
    Some(match data_type {
        DataType::Null => Family::Unknown,
        DataType::Boolean => Family::Boolean,
        DataType::Date32 => Family::Date,
        DataType::Timestamp(_, None) => Family::Timestamp,
        DataType::Interval(arrow::datatypes::IntervalUnit::YearMonth) => Family::YearToMonth,
        DataType::Interval(_) | DataType::Duration(_) => Family::DayToSecond,
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => Family::Array,
        DataType::Map(..) => Family::Map,
        DataType::Struct(fields) if !is_opaque(fields) => Family::Row,
        other if other.is_numeric() => Family::Number,
        other if is_text(other) => Family::Text,
        other if is_bytes(other) => Family::Bytes,
        _ => return None,
    })
}

/// Types of functions' own, such as geometries, have no casts here.
fn is_opaque(fields: &arrow::datatypes::Fields) -> bool {
    fields
        .first()
        .is_some_and(|field| field.name().starts_with('$'))
}

/// Whether Trino has the cast.
pub(crate) fn has_cast(from: &DataType, to: &DataType) -> bool {
    from == to || is_castable(from, to)
}

pub(in crate::functions) fn is_castable(from: &DataType, to: &DataType) -> bool {
    use Family::{
        Array, Boolean, Bytes, Char, Date, DayToSecond, IpAddress, Json, Map, Number, Row, Text,
        Time, TimeWithZone, Timestamp, TimestampWithZone, Unknown, Uuid, YearToMonth,
    };
    if let DataType::Dictionary(_, values) = from {
        return is_castable(values, to);
    }
    let (Some(a), Some(b)) = (family(from), family(to)) else {
        return false;
    };
    match (a, b) {
        (Unknown, _) => true,
        (Family::Sketch, Bytes) | (Bytes, Family::Sketch) => true,
        (Array, Array) | (Map, Map) | (Row, Row) => {
            container::children(from, to).is_some_and(|children| {
                children
                    .iter()
                    .all(|(from, to)| from == to || is_castable(from, to))
            })
        }
        (Boolean | Number, Boolean | Number | Text) | (Text, Boolean | Number) => true,
        (Text, Text | Char | Date | Time | TimeWithZone | Timestamp | TimestampWithZone) => true,
        (Text, Bytes | Uuid | IpAddress) | (Uuid | IpAddress, Text) => true,
        (Char, Text | Char) => true,
        (Bytes, Bytes | Uuid | IpAddress) | (Uuid | IpAddress, Bytes) => true,
        (Date, Text | Timestamp | TimestampWithZone) => true,
        (Time, Text | Time | TimeWithZone | Timestamp | TimestampWithZone) => true,
        (TimeWithZone, Text | Time | TimeWithZone | Timestamp | TimestampWithZone) => true,
        (Timestamp, Text | Date | Time | TimeWithZone | Timestamp | TimestampWithZone) => true,
        (TimestampWithZone, Text | Date | Time | TimeWithZone | Timestamp | TimestampWithZone) => {
            true
        }
        (YearToMonth, Text | YearToMonth) | (DayToSecond, Text | DayToSecond) => true,
        (Json, Json) => true,
        (Json, _) => from_json::exists(to),
        (_, Json) => to_json::exists(from),
        _ => false,
    }
}

/// What `from` is worth as `to`.
///
/// # Errors
/// `INVALID_CAST_ARGUMENT` or `NUMERIC_VALUE_OUT_OF_RANGE` for the first value that is no `to`.
pub(crate) fn cast_array(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    let from = array.data_type();
    if from == to {
        return Ok(Arc::clone(array));
    }
    if let DataType::Dictionary(_, values) = from {
        return cast_array(&arrow::compute::cast(array, values)?, to);
    }
    if is_arrows(from, to) || is_text(from) && is_text(to) {
        return Ok(arrow::compute::cast(array, to)?);
    }
    match (family(from), family(to)) {
        (Some(Family::Unknown), _) => Ok(new_null_array(to, array.len())),
        (Some(Family::Sketch), _) | (_, Some(Family::Sketch)) => binary::sketch(array, to),
        (Some(Family::Json), Some(_)) => from_json::cast(array, to),
        (Some(_), Some(Family::Json)) => to_json::cast(array),
        (Some(Family::Array | Family::Map | Family::Row), _) => container::cast(array, to),
        (Some(Family::Char), _) => char::cast(array, to),
        (Some(from), Some(Family::Text)) => to_text::cast(array, from, to),
        (Some(Family::Text), Some(family)) => from_text::cast(array, family, to),
        (Some(Family::Number | Family::Boolean), Some(Family::Number | Family::Boolean)) => {
            number::cast(array, to)
        }
        (Some(Family::Bytes | Family::Uuid | Family::IpAddress), Some(_)) => {
            binary::cast(array, to)
        }
        (Some(from), Some(family)) => temporal::cast(array, from, family, to),
        _ => Err(TrinoError::wrong_types(format!(
            "Cannot cast {} to {}",
            type_name(from),
            type_name(to)
        ))),
    }
}

/// The same, with null for each row that is no `to`.
fn try_cast_array(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    if let Ok(cast) = cast_array(array, to) {
        return Ok(cast);
    }
    let null = new_null_array(to, 1);
    let rows: Vec<ArrayRef> = (0..array.len())
        .map(|row| cast_array(&array.slice(row, 1), to).unwrap_or_else(|_| Arc::clone(&null)))
        .collect();
    let rows: Vec<&dyn Array> = rows.iter().map(AsRef::as_ref).collect();
    Ok(concat(&rows)?)
}

/// A value that is none of the wanted type.
fn invalid(message: impl Into<String>) -> datafusion::error::DataFusionError {
    TrinoError::new(ErrorCode::InvalidCastArgument, message).into()
}

#[derive(Debug)]
struct Cast {
    to: DataType,
    is_try: bool,
    signature: Signature,
}

impl PartialEq for Cast {
    fn eq(&self, other: &Self) -> bool {
        self.to == other.to && self.is_try == other.is_try
    }
}

impl Eq for Cast {}

impl Hash for Cast {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to.hash(state);
        self.is_try.hash(state);
    }
}

impl ScalarUDFImpl for Cast {
    fn name(&self) -> &str {
        match self.is_try {
            true => "$try_cast",
            false => "$cast",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Another name than the value's, which may stand beside it.
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let args: String = args
            .iter()
            .map(|arg| arg.schema_name().to_string())
            .collect();
        let name = if self.is_try { "TRY_CAST" } else { "CAST" };
        Ok(format!("{name}({args} AS {})", type_name(&self.to)))
    }

    fn display_name(&self, args: &[Expr]) -> Result<String> {
        let args: String = args.iter().map(Expr::to_string).collect();
        let name = if self.is_try { "TRY_CAST" } else { "CAST" };
        Ok(format!("{name}({args} AS {})", type_name(&self.to)))
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.to.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let convert = match self.is_try {
            true => try_cast_array,
            false => cast_array,
        };
        Ok(match &args.args[0] {
            ColumnarValue::Array(array) => ColumnarValue::Array(convert(array, &self.to)?),
            ColumnarValue::Scalar(value) => {
                let array = convert(&value.to_array()?, &self.to)?;
                ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?)
            }
        })
    }
}
