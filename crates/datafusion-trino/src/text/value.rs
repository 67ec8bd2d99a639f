//! One column of a record batch, ready to be written value by value.

use std::fmt::Write;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Decimal256Array, FixedSizeListArray,
    GenericByteArray, LargeListArray, ListArray, MapArray, PrimitiveArray, StringViewArray,
    StructArray,
};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Decimal256Type, DecimalType,
    Float32Type, Float64Type, GenericBinaryType, GenericStringType, Int8Type, Int16Type, Int32Type,
    Int64Type, IntervalMonthDayNanoType, IntervalUnit, IntervalYearMonthType, TimeUnit, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow::error::ArrowError;

use super::{float, temporal};
use crate::types::{
    Moment, Own, field_names, picos_per_step, unit_precision, write_date, write_time,
};

/// Writes the values of one Arrow array as Athena's text. The types are looked at once, not once
/// a value.
pub struct TextColumn {
    values: Values,
    array: ArrayRef,
}

enum Values {
    Null,
    Boolean(BooleanArray),
    Int8(PrimitiveArray<Int8Type>),
    Int16(PrimitiveArray<Int16Type>),
    Int32(PrimitiveArray<Int32Type>),
    Int64(PrimitiveArray<Int64Type>),
    UInt8(PrimitiveArray<UInt8Type>),
    UInt16(PrimitiveArray<UInt16Type>),
    UInt32(PrimitiveArray<UInt32Type>),
    UInt64(PrimitiveArray<UInt64Type>),
    Float32(PrimitiveArray<Float32Type>),
    Float64(PrimitiveArray<Float64Type>),
    Decimal128(Decimal128Array, u8, i8),
    Decimal256(Decimal256Array, u8, i8),
    Text(GenericByteArray<GenericStringType<i32>>),
    LargeText(GenericByteArray<GenericStringType<i64>>),
    TextView(StringViewArray),
    Binary(GenericByteArray<GenericBinaryType<i64>>),
    Date(PrimitiveArray<Date32Type>),
    Time(PrimitiveArray<Int64Type>, TimeUnit),
    Timestamp(PrimitiveArray<Int64Type>, TimeUnit),
    Zoned(PrimitiveArray<Int64Type>, TimeUnit, Box<str>),
    Own(ArrayRef, Own),
    Months(PrimitiveArray<IntervalYearMonthType>),
    MonthDayNano(PrimitiveArray<IntervalMonthDayNanoType>),
    Millis(PrimitiveArray<Int64Type>),
    List(ListArray, Box<TextColumn>),
    LargeList(LargeListArray, Box<TextColumn>),
    FixedSizeList(FixedSizeListArray, Box<TextColumn>),
    Map(MapArray, Box<TextColumn>, Box<TextColumn>),
    Row(Vec<(Option<String>, TextColumn)>),
}

impl TextColumn {
    /// Prepares an array for writing.
    ///
    /// # Errors
    /// If Arrow cannot bring an unusual encoding of the values into a usual one.
    pub fn new(array: &ArrayRef) -> Result<Self, ArrowError> {
        Ok(Self {
            values: Values::of(array)?,
            array: array.clone(),
        })
    }

    /// Whether the value of `row` is null.
    pub fn is_null(&self, row: usize) -> bool {
        matches!(self.values, Values::Null) || self.array.is_null(row)
    }

    /// The text of the value of `row`; none if it is null.
    pub fn text(&self, row: usize) -> Option<String> {
        if self.is_null(row) {
            return None;
        }
        let mut text = String::new();
        self.write(row, &mut text);
        Some(text)
    }

    /// Appends the text of the value of `row`; `null` stands for nulls, which only occur inside
    /// arrays, maps and rows.
    pub fn write(&self, row: usize, out: &mut String) {
        if self.is_null(row) {
            return out.push_str("null");
        }
        match &self.values {
            Values::Null => out.push_str("null"),
            Values::Boolean(values) => {
                out.push_str(if values.value(row) { "true" } else { "false" });
            }
            Values::Int8(values) => write_integer(values, row, out),
            Values::Int16(values) => write_integer(values, row, out),
            Values::Int32(values) => write_integer(values, row, out),
            Values::Int64(values) => write_integer(values, row, out),
            Values::UInt8(values) => write_integer(values, row, out),
            Values::UInt16(values) => write_integer(values, row, out),
            Values::UInt32(values) => write_integer(values, row, out),
            Values::UInt64(values) => write_integer(values, row, out),
            Values::Float32(values) => float::write(values.value(row), out),
            Values::Float64(values) => float::write(values.value(row), out),
            Values::Decimal128(values, precision, scale) => {
                out.push_str(&Decimal128Type::format_decimal(
                    values.value(row),
                    *precision,
                    *scale,
                ));
            }
            Values::Decimal256(values, precision, scale) => {
                out.push_str(&Decimal256Type::format_decimal(
                    values.value(row),
                    *precision,
                    *scale,
                ));
            }
            Values::Text(values) => out.push_str(values.value(row)),
            Values::LargeText(values) => out.push_str(values.value(row)),
            Values::TextView(values) => out.push_str(values.value(row)),
            Values::Binary(values) => write_bytes(values.value(row), out),
            Values::Date(values) => write_date(values.value(row), out),
            Values::Time(values, unit) => {
                let precision = unit_precision(*unit);
                let picos = values.value(row) * picos_per_step(precision);
                write_time(picos, precision, out);
            }
            Values::Timestamp(values, unit) => match Moment::from_ticks(values.value(row), *unit) {
                Some(moment) => moment.write(unit_precision(*unit), out),
                None => out.push_str("timestamp out of range"),
            },
            Values::Zoned(values, unit, zone) => {
                let precision = unit_precision(*unit);
                temporal::write_zoned(values.value(row), *unit, precision, zone, out);
            }
            Values::Own(values, own) => own.write(values, row, out),
            Values::Months(values) => temporal::write_months(values.value(row).into(), out),
            Values::MonthDayNano(values) => {
                let interval = values.value(row);
                if interval.months != 0 && interval.days == 0 && interval.nanoseconds == 0 {
                    temporal::write_months(interval.months.into(), out);
                } else {
                    let days = i64::from(interval.days) + i64::from(interval.months) * 30;
                    let millis = days * 86_400_000 + interval.nanoseconds / 1_000_000;
                    temporal::write_duration_millis(millis, out);
                }
            }
            Values::Millis(values) => temporal::write_duration_millis(values.value(row), out),
            Values::List(list, elements) => {
                let offsets = list.value_offsets();
                write_list(
                    elements,
                    offsets[row] as usize..offsets[row + 1] as usize,
                    out,
                );
            }
            Values::LargeList(list, elements) => {
                let offsets = list.value_offsets();
                write_list(
                    elements,
                    offsets[row] as usize..offsets[row + 1] as usize,
                    out,
                );
            }
            Values::FixedSizeList(list, elements) => {
                let start = list.value_offset(row) as usize;
                write_list(elements, start..start + list.value_length() as usize, out);
            }
            Values::Map(map, keys, values) => {
                let offsets = map.value_offsets();
                let entries = offsets[row] as usize..offsets[row + 1] as usize;
                write_map(keys, values, entries, out);
            }
            Values::Row(fields) => write_row(fields, row, out),
        }
    }
}

impl Values {
    fn of(array: &ArrayRef) -> Result<Self, ArrowError> {
        Ok(match array.data_type() {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Boolean(array.as_boolean().clone()),
            DataType::Int8 => Self::Int8(array.as_primitive().clone()),
            DataType::Int16 => Self::Int16(array.as_primitive().clone()),
            DataType::Int32 => Self::Int32(array.as_primitive().clone()),
            DataType::Int64 => Self::Int64(array.as_primitive().clone()),
            DataType::UInt8 => Self::UInt8(array.as_primitive().clone()),
            DataType::UInt16 => Self::UInt16(array.as_primitive().clone()),
            DataType::UInt32 => Self::UInt32(array.as_primitive().clone()),
            DataType::UInt64 => Self::UInt64(array.as_primitive().clone()),
            DataType::Float32 => Self::Float32(array.as_primitive().clone()),
            DataType::Float64 => Self::Float64(array.as_primitive().clone()),
            DataType::Decimal128(precision, scale) => {
                Self::Decimal128(array.as_primitive().clone(), *precision, *scale)
            }
            DataType::Decimal256(precision, scale) => {
                Self::Decimal256(array.as_primitive().clone(), *precision, *scale)
            }
            DataType::Utf8 => Self::Text(array.as_string().clone()),
            DataType::LargeUtf8 => Self::LargeText(array.as_string().clone()),
            DataType::Utf8View => Self::TextView(array.as_string_view().clone()),
            DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_) => {
                Self::Binary(cast(array, &DataType::LargeBinary)?.as_binary().clone())
            }
            DataType::Date32 => Self::Date(array.as_primitive().clone()),
            DataType::Date64 => Self::Date(cast(array, &DataType::Date32)?.as_primitive().clone()),
            DataType::Time32(unit) => {
                let ticks = cast(&cast(array, &DataType::Int32)?, &DataType::Int64)?;
                Self::Time(ticks.as_primitive().clone(), *unit)
            }
            DataType::Time64(unit) => Self::Time(ticks(array)?, *unit),
            DataType::Timestamp(unit, None) => Self::Timestamp(ticks(array)?, *unit),
            DataType::Timestamp(unit, Some(zone)) => {
                Self::Zoned(ticks(array)?, *unit, zone.as_ref().into())
            }
            DataType::Interval(IntervalUnit::YearMonth) => {
                Self::Months(array.as_primitive().clone())
            }
            DataType::Interval(_) => {
                let wide = cast(array, &DataType::Interval(IntervalUnit::MonthDayNano))?;
                Self::MonthDayNano(wide.as_primitive().clone())
            }
            DataType::Duration(_) => Self::Millis(ticks(&cast(
                array,
                &DataType::Duration(TimeUnit::Millisecond),
            )?)?),
            DataType::List(_) => {
                let list = array.as_list::<i32>().clone();
                let elements = TextColumn::new(list.values())?;
                Self::List(list, Box::new(elements))
            }
            DataType::LargeList(_) => {
                let list = array.as_list::<i64>().clone();
                let elements = TextColumn::new(list.values())?;
                Self::LargeList(list, Box::new(elements))
            }
            DataType::FixedSizeList(..) => {
                let list = array.as_fixed_size_list().clone();
                let elements = TextColumn::new(list.values())?;
                Self::FixedSizeList(list, Box::new(elements))
            }
            DataType::Map(..) => {
                let map = array.as_map().clone();
                let keys = TextColumn::new(map.keys())?;
                let values = TextColumn::new(map.values())?;
                Self::Map(map, Box::new(keys), Box::new(values))
            }
            DataType::Struct(_) => match Own::of(array.data_type()) {
                Some(own) => Self::Own(array.clone(), own),
                None => Self::Row(row_fields(array.as_struct())?),
            },
            DataType::Dictionary(_, values) => return Self::of(&cast(array, values)?),
            DataType::RunEndEncoded(_, values) => {
                return Self::of(&cast(array, values.data_type())?);
            }
            _ => return Self::of(&cast(array, &DataType::Utf8)?),
        })
    }
}

fn ticks(array: &ArrayRef) -> Result<PrimitiveArray<Int64Type>, ArrowError> {
    Ok(cast(array, &DataType::Int64)?.as_primitive().clone())
}

/// The fields with their names; a row made by `ROW(1, 'x')` has none.
fn row_fields(row: &StructArray) -> Result<Vec<(Option<String>, TextColumn)>, ArrowError> {
    field_names(row.fields())
        .zip(row.columns())
        .map(|(name, column)| Ok((name.map(str::to_owned), TextColumn::new(column)?)))
        .collect()
}

fn write_integer<T: ArrowPrimitiveType>(values: &PrimitiveArray<T>, row: usize, out: &mut String)
where
    T::Native: std::fmt::Display,
{
    let _ = write!(out, "{}", values.value(row));
}

/// `01 ab ff`.
pub(crate) fn write_bytes(bytes: &[u8], out: &mut String) {
    for (position, byte) in bytes.iter().enumerate() {
        let blank = if position == 0 { "" } else { " " };
        let _ = write!(out, "{blank}{byte:02x}");
    }
}

/// `[a, b]`.
fn write_list(elements: &TextColumn, range: std::ops::Range<usize>, out: &mut String) {
    out.push('[');
    let start = range.start;
    for element in range {
        if element > start {
            out.push_str(", ");
        }
        elements.write(element, out);
    }
    out.push(']');
}

/// `{k=v, l=w}`.
fn write_map(
    keys: &TextColumn,
    values: &TextColumn,
    entries: std::ops::Range<usize>,
    out: &mut String,
) {
    out.push('{');
    let start = entries.start;
    for entry in entries {
        if entry > start {
            out.push_str(", ");
        }
        keys.write(entry, out);
        out.push('=');
        values.write(entry, out);
    }
    out.push('}');
}

/// `{a=1, b=x}`.
fn write_row(fields: &[(Option<String>, TextColumn)], row: usize, out: &mut String) {
    out.push('{');
    for (position, (name, column)) in fields.iter().enumerate() {
        if position > 0 {
            out.push_str(", ");
        }
        if let Some(name) = name {
            out.push_str(name);
            out.push('=');
        }
        column.write(row, out);
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use arrow::array::{
        BinaryArray, Int32Array, Int32Builder, ListArray, MapBuilder, StringArray, StringBuilder,
        TimestampMicrosecondArray,
    };
    use arrow::datatypes::{Field, Int32Type};

    use super::*;

    fn texts(array: impl Array + 'static) -> Vec<Option<String>> {
        let array: ArrayRef = Arc::new(array);
        let column = TextColumn::new(&array).unwrap();
        (0..array.len()).map(|row| column.text(row)).collect()
    }

    #[test]
    fn nulls_are_absent_outside_and_spelt_inside() {
        let list = ListArray::from_iter_primitive::<Int32Type, _, _>([
            Some(vec![Some(1), None, Some(3)]),
            None,
            Some(vec![]),
        ]);
        assert_eq!(
            texts(list),
            [Some("[1, null, 3]".to_owned()), None, Some("[]".to_owned())]
        );
    }

    #[test]
    fn rows_name_their_fields() {
        let field = |name: &str, kind| Arc::new(Field::new(name, kind, true));
        let row = StructArray::from(vec![
            (
                field("a", DataType::Int32),
                Arc::new(Int32Array::from(vec![1])) as ArrayRef,
            ),
            (
                field("b", DataType::Utf8),
                Arc::new(StringArray::from(vec!["x"])) as ArrayRef,
            ),
        ]);
        assert_eq!(texts(row), [Some("{a=1, b=x}".to_owned())]);
    }

    #[test]
    fn maps_bytes_decimals_and_timestamps() {
        let mut map = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
        map.keys().append_value("k");
        map.values().append_value(1);
        map.append(true).unwrap();
        assert_eq!(texts(map.finish()), [Some("{k=1}".to_owned())]);

        assert_eq!(
            texts(BinaryArray::from(vec![&[1_u8, 0xab, 0xff][..]])),
            [Some("01 ab ff".to_owned())]
        );

        let decimal = Decimal128Array::from(vec![12_345])
            .with_precision_and_scale(10, 2)
            .unwrap();
        assert_eq!(texts(decimal), [Some("123.45".to_owned())]);

        let moment = TimestampMicrosecondArray::from(vec![1_735_689_600_123_456, -1]);
        assert_eq!(
            texts(moment),
            [
                Some("2025-01-01 00:00:00.123456".to_owned()),
                Some("1969-12-31 23:59:59.999999".to_owned())
            ]
        );
    }

    #[test]
    fn zoned_timestamps_show_local_time() {
        let moment = TimestampMicrosecondArray::from(vec![1_735_689_600_000_000]);
        assert_eq!(
            texts(moment.clone().with_timezone("+00:00")),
            [Some("2025-01-01 00:00:00.000000 UTC".to_owned())]
        );
        assert_eq!(
            texts(moment.with_timezone("Asia/Seoul")),
            [Some("2025-01-01 09:00:00.000000 Asia/Seoul".to_owned())]
        );
    }
}
