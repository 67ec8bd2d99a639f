//! Values of these types, as kernels take and answer them.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, DurationMillisecondBuilder, FixedSizeBinaryArray,
    FixedSizeBinaryBuilder, Int16Array, Int16Builder, Int32Array, Int32Builder, Int64Array,
    Int64Builder, IntervalYearMonthBuilder, NullBufferBuilder, PrimitiveArray, StringArray,
    StringBuilder, StructArray,
};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, DurationMillisecondType, Fields, Int64Type, IntervalYearMonthType, TimeUnit,
};
use datafusion::common::{Result, internal_err};

use super::{Moment, Own, Zone, ZonedTime};
use crate::functions::scalar::{Input, Output};

/// The text of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Json<T>(pub(crate) T);

/// A text without the blanks that fill it up to its type's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Char<T>(pub(crate) T);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Uuid(pub(crate) [u8; 16]);

/// An address of IPv6, or one of IPv4 as IPv6 maps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IpAddress(pub(crate) [u8; 16]);

/// Picoseconds since midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimeOfDay(pub(crate) i64);

/// A moment in UTC, and the zone whose clocks show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ZonedMoment {
    pub(crate) moment: Moment,
    pub(crate) zone: Zone,
}

/// An interval year to month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Months(pub(crate) i32);

/// An interval day to second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Milliseconds(pub(crate) i64);

macro_rules! intervals {
    ($($name:ident, $arrow:ty, $builder:ty;)*) => {
        $(impl<'a> Input<'a> for $name {
            type Column = &'a PrimitiveArray<$arrow>;

            fn column(array: &'a ArrayRef) -> Result<Self::Column> {
                match array.as_primitive_opt() {
                    Some(intervals) => Ok(intervals),
                    None => internal_err!("expected intervals, got {}", array.data_type()),
                }
            }

            fn get(column: &Self::Column, row: usize) -> Option<Self> {
                column.is_valid(row).then(|| Self(column.value(row)))
            }
        }

        impl Output for $name {
            type Builder = $builder;

            fn builder(rows: usize, _: &DataType) -> Result<Self::Builder> {
                Ok(<$builder>::with_capacity(rows))
            }

            fn append(value: Option<Self>, builder: &mut Self::Builder) {
                builder.append_option(value.map(|value| value.0));
            }

            fn finish(mut builder: Self::Builder) -> ArrayRef {
                Arc::new(builder.finish())
            }
        })*
    };
}

intervals! {
    Months, IntervalYearMonthType, IntervalYearMonthBuilder;
    Milliseconds, DurationMillisecondType, DurationMillisecondBuilder;
}

pub(super) fn fields(array: &ArrayRef) -> Result<&StructArray> {
    match array.as_struct_opt() {
        Some(row) => Ok(row),
        None => internal_err!("expected a type of Trino's own, got {}", array.data_type()),
    }
}

/// A value without its nulls, which are those of the struct.
pub(super) type Nulls<'a> = Option<&'a NullBuffer>;

pub(super) fn is_null(nulls: Nulls<'_>, row: usize) -> bool {
    nulls.is_some_and(|nulls| nulls.is_null(row))
}

macro_rules! text_inputs {
    ($($name:ident)*) => {
        $(impl<'a> Input<'a> for $name<&'a str> {
            type Column = (&'a StringArray, Nulls<'a>);

            fn column(array: &'a ArrayRef) -> Result<Self::Column> {
                let row = fields(array)?;
                Ok((row.column(0).as_string(), row.nulls()))
            }

            fn get((texts, nulls): &Self::Column, row: usize) -> Option<Self> {
                (!is_null(*nulls, row)).then(|| Self(texts.value(row)))
            }
        })*
    };
}

text_inputs! { Json Char }

macro_rules! bytes_inputs {
    ($($name:ident)*) => {
        $(impl<'a> Input<'a> for $name {
            type Column = (&'a FixedSizeBinaryArray, Nulls<'a>);

            fn column(array: &'a ArrayRef) -> Result<Self::Column> {
                let row = fields(array)?;
                Ok((row.column(0).as_fixed_size_binary(), row.nulls()))
            }

            fn get((bytes, nulls): &Self::Column, row: usize) -> Option<Self> {
                if is_null(*nulls, row) {
                    return None;
                }
                Some(Self(bytes.value(row).try_into().ok()?))
            }
        })*
    };
}

bytes_inputs! { Uuid IpAddress }

impl<'a> Input<'a> for TimeOfDay {
    type Column = (&'a Int64Array, Nulls<'a>);

    fn column(array: &'a ArrayRef) -> Result<Self::Column> {
        let row = fields(array)?;
        Ok((row.column(0).as_primitive(), row.nulls()))
    }

    fn get((picos, nulls): &Self::Column, row: usize) -> Option<Self> {
        (!is_null(*nulls, row)).then(|| Self(picos.value(row)))
    }
}

impl<'a> Input<'a> for ZonedTime {
    type Column = (&'a Int64Array, &'a Int16Array, Nulls<'a>);

    fn column(array: &'a ArrayRef) -> Result<Self::Column> {
        let row = fields(array)?;
        let (picos, offsets) = (row.column(0), row.column(1));
        Ok((picos.as_primitive(), offsets.as_primitive(), row.nulls()))
    }

    fn get((picos, offsets, nulls): &Self::Column, row: usize) -> Option<Self> {
        (!is_null(*nulls, row)).then(|| Self {
            utc_picos: picos.value(row),
            offset: offsets.value(row),
        })
    }
}

/// Timestamps without zone in whichever form they come.
pub(crate) enum Moments<'a> {
    Ticks(PrimitiveArray<Int64Type>, TimeUnit),
    Own(&'a Int64Array, &'a Int32Array, Nulls<'a>),
}

impl<'a> Input<'a> for Moment {
    type Column = Moments<'a>;

    fn column(array: &'a ArrayRef) -> Result<Self::Column> {
        Ok(match array.data_type() {
            // The same buffer under another name.
            DataType::Timestamp(unit, _) => {
                let ticks = cast(array, &DataType::Int64)?;
                Moments::Ticks(ticks.as_primitive().clone(), *unit)
            }
            _ => {
                let row = fields(array)?;
                let (micros, picos) = (row.column(0), row.column(1));
                Moments::Own(micros.as_primitive(), picos.as_primitive(), row.nulls())
            }
        })
    }

    fn get(column: &Self::Column, row: usize) -> Option<Self> {
        match column {
            Moments::Ticks(ticks, unit) => {
                let ticks = ticks.is_valid(row).then(|| ticks.value(row))?;
                Self::from_ticks(ticks, *unit)
            }
            Moments::Own(micros, picos, nulls) => (!is_null(*nulls, row)).then(|| Self {
                micros: micros.value(row),
                picos: picos.value(row),
            }),
        }
    }
}

pub(crate) type ZonedMoments<'a> = (Moments<'a>, &'a Int16Array);

impl<'a> Input<'a> for ZonedMoment {
    type Column = ZonedMoments<'a>;

    fn column(array: &'a ArrayRef) -> Result<Self::Column> {
        Ok((
            Moment::column(array)?,
            fields(array)?.column(2).as_primitive(),
        ))
    }

    fn get((moments, zones): &Self::Column, row: usize) -> Option<Self> {
        Some(Self {
            moment: Moment::get(moments, row)?,
            zone: Zone::from_key(zones.value(row)),
        })
    }
}

fn struct_fields(data_type: &DataType) -> Result<Fields> {
    match data_type {
        DataType::Struct(fields) => Ok(fields.clone()),
        other => internal_err!("{other} is no type of Trino's own"),
    }
}

/// Collects structs whose fields are never null by themselves.
pub(crate) struct StructBuilder<T> {
    fields: Fields,
    pub(super) columns: T,
    pub(super) nulls: NullBufferBuilder,
}

impl<T> StructBuilder<T> {
    pub(super) fn new(data_type: &DataType, rows: usize, columns: T) -> Result<Self> {
        Ok(Self {
            fields: struct_fields(data_type)?,
            columns,
            nulls: NullBufferBuilder::new(rows),
        })
    }

    pub(super) fn finish(mut self, columns: Vec<ArrayRef>) -> ArrayRef {
        let length = self.nulls.len();
        let nulls = self.nulls.finish();
        match StructArray::try_new_with_length(self.fields.clone(), columns, nulls, length) {
            Ok(array) => Arc::new(array),
            // Not to be: the builders fit the fields.
            Err(_) => Arc::new(StructArray::new_null(self.fields, length)),
        }
    }
}

macro_rules! text_outputs {
    ($($name:ident)*) => {
        $(impl<T: AsRef<str>> Output for $name<T> {
            type Builder = StructBuilder<StringBuilder>;

            fn builder(rows: usize, data_type: &DataType) -> Result<Self::Builder> {
                let texts = StringBuilder::with_capacity(rows, rows * 16);
                StructBuilder::new(data_type, rows, texts)
            }

            fn append(value: Option<Self>, builder: &mut Self::Builder) {
                builder.nulls.append(value.is_some());
                let text = value.as_ref().map_or("", |value| value.0.as_ref());
                builder.columns.append_value(text);
            }

            fn finish(mut builder: Self::Builder) -> ArrayRef {
                let texts = Arc::new(builder.columns.finish());
                builder.finish(vec![texts])
            }
        })*
    };
}

text_outputs! { Json Char }

macro_rules! bytes_outputs {
    ($($name:ident)*) => {
        $(impl Output for $name {
            type Builder = StructBuilder<FixedSizeBinaryBuilder>;

            fn builder(rows: usize, data_type: &DataType) -> Result<Self::Builder> {
                let bytes = FixedSizeBinaryBuilder::with_capacity(rows, 16);
                StructBuilder::new(data_type, rows, bytes)
            }

            fn append(value: Option<Self>, builder: &mut Self::Builder) {
                builder.nulls.append(value.is_some());
                // All values have the width of the builder.
                let _ = builder.columns.append_value(value.map_or([0; 16], |value| value.0));
            }

            fn finish(mut builder: Self::Builder) -> ArrayRef {
                let bytes = Arc::new(builder.columns.finish());
                builder.finish(vec![bytes])
            }
        })*
    };
}

bytes_outputs! { Uuid IpAddress }

impl Output for TimeOfDay {
    type Builder = StructBuilder<Int64Builder>;

    fn builder(rows: usize, data_type: &DataType) -> Result<Self::Builder> {
        StructBuilder::new(data_type, rows, Int64Builder::with_capacity(rows))
    }

    fn append(value: Option<Self>, builder: &mut Self::Builder) {
        builder.nulls.append(value.is_some());
        builder.columns.append_value(value.map_or(0, |time| time.0));
    }

    fn finish(mut builder: Self::Builder) -> ArrayRef {
        let picos = Arc::new(builder.columns.finish());
        builder.finish(vec![picos])
    }
}

impl Output for ZonedTime {
    type Builder = StructBuilder<(Int64Builder, Int16Builder)>;

    fn builder(rows: usize, data_type: &DataType) -> Result<Self::Builder> {
        let picos = Int64Builder::with_capacity(rows);
        StructBuilder::new(data_type, rows, (picos, Int16Builder::with_capacity(rows)))
    }

    fn append(value: Option<Self>, builder: &mut Self::Builder) {
        builder.nulls.append(value.is_some());
        let (picos, offsets) = &mut builder.columns;
        picos.append_value(value.map_or(0, |time| time.utc_picos));
        offsets.append_value(value.map_or(0, |time| time.offset));
    }

    fn finish(mut builder: Self::Builder) -> ArrayRef {
        let (picos, offsets) = &mut builder.columns;
        let columns: Vec<ArrayRef> = vec![Arc::new(picos.finish()), Arc::new(offsets.finish())];
        builder.finish(columns)
    }
}

/// Collects timestamps without zone in the form their type has.
pub(crate) enum MomentBuilder {
    Ticks(Int64Builder, TimeUnit, DataType),
    Own(StructBuilder<(Int64Builder, Int32Builder)>),
}

/// What is beyond the range of the answer's type is null: kernels check their values before.
impl Output for Moment {
    type Builder = MomentBuilder;

    fn builder(rows: usize, data_type: &DataType) -> Result<Self::Builder> {
        let micros = Int64Builder::with_capacity(rows);
        Ok(match data_type {
            DataType::Timestamp(unit, _) => MomentBuilder::Ticks(micros, *unit, data_type.clone()),
            _ => {
                let columns = (micros, Int32Builder::with_capacity(rows));
                MomentBuilder::Own(StructBuilder::new(data_type, rows, columns)?)
            }
        })
    }

    fn append(value: Option<Self>, builder: &mut Self::Builder) {
        match builder {
            MomentBuilder::Ticks(ticks, unit, _) => {
                ticks.append_option(value.and_then(|moment| moment.to_ticks(*unit)));
            }
            MomentBuilder::Own(own) => {
                own.nulls.append(value.is_some());
                let (micros, picos) = &mut own.columns;
                micros.append_value(value.map_or(0, |moment| moment.micros));
                picos.append_value(value.map_or(0, |moment| moment.picos));
            }
        }
    }

    fn finish(builder: Self::Builder) -> ArrayRef {
        match builder {
            MomentBuilder::Ticks(mut ticks, _, data_type) => {
                let ticks: ArrayRef = Arc::new(ticks.finish());
                // The same buffer under another name, which cannot fail.
                cast(&ticks, &data_type).unwrap_or(ticks)
            }
            MomentBuilder::Own(mut own) => {
                let (micros, picos) = &mut own.columns;
                let columns: Vec<ArrayRef> =
                    vec![Arc::new(micros.finish()), Arc::new(picos.finish())];
                own.finish(columns)
            }
        }
    }
}

impl Output for ZonedMoment {
    type Builder = StructBuilder<(Int64Builder, Int32Builder, Int16Builder)>;

    fn builder(rows: usize, data_type: &DataType) -> Result<Self::Builder> {
        let columns = (
            Int64Builder::with_capacity(rows),
            Int32Builder::with_capacity(rows),
            Int16Builder::with_capacity(rows),
        );
        StructBuilder::new(data_type, rows, columns)
    }

    fn append(value: Option<Self>, builder: &mut Self::Builder) {
        builder.nulls.append(value.is_some());
        let (micros, picos, zones) = &mut builder.columns;
        micros.append_value(value.map_or(0, |zoned| zoned.moment.micros));
        picos.append_value(value.map_or(0, |zoned| zoned.moment.picos));
        zones.append_value(value.map_or(0, |zoned| zoned.zone.key()));
    }

    fn finish(mut builder: Self::Builder) -> ArrayRef {
        let (micros, picos, zones) = &mut builder.columns;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(micros.finish()),
            Arc::new(picos.finish()),
            Arc::new(zones.finish()),
        ];
        builder.finish(columns)
    }
}

/// What is compared of values with a zone: without it.
pub(crate) fn without_zone(array: &ArrayRef) -> Result<ArrayRef> {
    let row = fields(array)?;
    let Some((own, comparable)) =
        Own::of(array.data_type()).and_then(|own| Some((own, own.comparable()?)))
    else {
        return internal_err!("{} has no zone", array.data_type());
    };
    let data_type = comparable.data_type();
    Ok(match &data_type {
        DataType::Struct(fields) => {
            let columns = row.columns()[..fields.len()].to_vec();
            Arc::new(StructArray::try_new(
                fields.clone(),
                columns,
                row.nulls().cloned(),
            )?)
        }
        _ => {
            debug_assert!(matches!(own, Own::TimestampWithZone(_)));
            let moments = Moment::column(array)?;
            let mut builder = Moment::builder(array.len(), &data_type)?;
            for place in 0..array.len() {
                Moment::append(Moment::get(&moments, place), &mut builder);
            }
            Moment::finish(builder)
        }
    })
}
