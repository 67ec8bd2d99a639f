//! A column's values as streams of bytes.

use arrow::array::{Array, ArrayRef, AsArray, BooleanBufferBuilder};
use arrow::compute::{cast, filter, is_not_null};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int64Type, TimeUnit,
};
use arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use orc_rust::proto;
use orc_rust::proto::stream::Kind;

use super::run_length::{self, varint, zigzag};
use super::schema::unsupported;
use crate::EngineError;

/// 2015-01-01, from which timestamps count, in seconds since 1970.
const EPOCH: i64 = 1_420_070_400;
const NANOS: i64 = 1_000_000_000;

/// A stream of a stripe.
pub(super) struct Stream {
    pub(super) kind: Kind,
    pub(super) column: u32,
    pub(super) bytes: Vec<u8>,
}

/// A column, and those within it.
pub(super) struct Column {
    id: u32,
    /// Which values are there, of this stripe.
    present: BooleanBufferBuilder,
    /// Values of the whole file, without nulls.
    values: u64,
    has_null: bool,
    encoder: Encoder,
}

/// How a column's values are kept until the stripe ends.
enum Encoder {
    Boolean(BooleanBufferBuilder),
    Byte(Vec<u8>),
    Integer(Vec<u8>),
    Real(Vec<u8>),
    Bytes {
        data: Vec<u8>,
        lengths: Vec<u8>,
    },
    Timestamp {
        seconds: Vec<u8>,
        nanos: Vec<u8>,
    },
    Decimal {
        digits: Vec<u8>,
        scales: Vec<u8>,
        scale: i64,
    },
    List {
        lengths: Vec<u8>,
        item: Box<Column>,
    },
    Map {
        lengths: Vec<u8>,
        entry: Box<[Column; 2]>,
    },
    Struct(Vec<Column>),
}

impl Column {
    /// A column of a type; it and those within it take the next ids.
    ///
    /// # Errors
    /// [`EngineError::UnsupportedFormat`] for a type that ORC does not have.
    pub(super) fn new(data_type: &DataType, next_id: &mut u32) -> Result<Self, EngineError> {
        let id = *next_id;
        *next_id += 1;
        let encoder = match data_type {
            DataType::Boolean => Encoder::Boolean(BooleanBufferBuilder::new(0)),
            DataType::Int8 => Encoder::Byte(Vec::new()),
            DataType::Int16 | DataType::Int32 | DataType::Int64 | DataType::Date32 => {
                Encoder::Integer(Vec::new())
            }
            DataType::Float32 | DataType::Float64 => Encoder::Real(Vec::new()),
            DataType::Utf8 | DataType::Binary => Encoder::Bytes {
                data: Vec::new(),
                lengths: Vec::new(),
            },
            DataType::Timestamp(..) => Encoder::Timestamp {
                seconds: Vec::new(),
                nanos: Vec::new(),
            },
            DataType::Decimal128(_, scale) => Encoder::Decimal {
                digits: Vec::new(),
                scales: Vec::new(),
                scale: i64::from(*scale),
            },
            DataType::List(item) => Encoder::List {
                lengths: Vec::new(),
                item: Box::new(Self::new(item.data_type(), next_id)?),
            },
            DataType::Map(entries, _) => match entries.data_type() {
                DataType::Struct(fields) if fields.len() == 2 => Encoder::Map {
                    lengths: Vec::new(),
                    entry: Box::new([
                        Self::new(fields[0].data_type(), next_id)?,
                        Self::new(fields[1].data_type(), next_id)?,
                    ]),
                },
                _ => return Err(unsupported(data_type)),
            },
            DataType::Struct(fields) => Encoder::Struct(
                fields
                    .iter()
                    .map(|field| Self::new(field.data_type(), next_id))
                    .collect::<Result<_, _>>()?,
            ),
            _ => return Err(unsupported(data_type)),
        };
        Ok(Self {
            id,
            present: BooleanBufferBuilder::new(0),
            values: 0,
            has_null: false,
            encoder,
        })
    }

    fn within(&self) -> &[Self] {
        match &self.encoder {
            Encoder::List { item, .. } => std::slice::from_ref(item),
            Encoder::Map { entry, .. } => entry.as_slice(),
            Encoder::Struct(fields) => fields,
            _ => &[],
        }
    }

    fn within_mut(&mut self) -> &mut [Self] {
        match &mut self.encoder {
            Encoder::List { item, .. } => std::slice::from_mut(item),
            Encoder::Map { entry, .. } => entry.as_mut_slice(),
            Encoder::Struct(fields) => fields,
            _ => &mut [],
        }
    }

    /// This column and those within it.
    pub(super) fn columns(&self) -> usize {
        1 + self.within().iter().map(Self::columns).sum::<usize>()
    }

    /// How many values each column has, in the order of their ids.
    pub(super) fn statistics(&self, all: &mut Vec<proto::ColumnStatistics>) {
        all.push(proto::ColumnStatistics {
            number_of_values: Some(self.values),
            has_null: Some(self.has_null),
            ..proto::ColumnStatistics::default()
        });
        for column in self.within() {
            column.statistics(all);
        }
    }

    /// Takes values; they are of the column's type.
    pub(super) fn push(&mut self, array: &ArrayRef) -> Result<(), EngineError> {
        self.push_values(array)
            .map_err(|error| DataFusionError::from(error).into())
    }

    fn push_values(&mut self, array: &ArrayRef) -> Result<(), ArrowError> {
        // Values that are null are told by the stream of those present, and nowhere else.
        let there = match array.nulls() {
            Some(nulls) => {
                self.present.append_buffer(nulls.inner());
                self.has_null |= nulls.null_count() > 0;
                filter(array, &is_not_null(array)?)?
            }
            None => {
                self.present.append_n(array.len(), true);
                ArrayRef::clone(array)
            }
        };
        self.values += there.len() as u64;
        self.encoder.push(&there)
    }

    /// Bytes that wait for the stripe's end.
    pub(super) fn buffered_bytes(&self) -> usize {
        let own = match &self.encoder {
            Encoder::Boolean(bits) => bits.len() / 8,
            Encoder::Byte(bytes) | Encoder::Integer(bytes) | Encoder::Real(bytes) => bytes.len(),
            Encoder::Bytes { data, lengths } => data.len() + lengths.len(),
            Encoder::Timestamp { seconds, nanos } => seconds.len() + nanos.len(),
            Encoder::Decimal { digits, scales, .. } => digits.len() + scales.len(),
            Encoder::List { lengths, .. } | Encoder::Map { lengths, .. } => lengths.len(),
            Encoder::Struct(_) => 0,
        };
        let within = self.within().iter().map(Self::buffered_bytes);
        own + self.present.len() / 8 + within.sum::<usize>()
    }

    /// The stripe's streams, of this column and then of those within it.
    pub(super) fn take_streams(&mut self, streams: &mut Vec<Stream>) {
        let column = self.id;
        let mut add = |kind: Kind, bytes: Vec<u8>| {
            streams.push(Stream {
                kind,
                column,
                bytes,
            });
        };
        let present = self.present.finish();
        if present.count_set_bits() < present.len() {
            let mut bytes = Vec::new();
            run_length::bits(&present, &mut bytes);
            add(Kind::Present, bytes);
        }
        match &mut self.encoder {
            Encoder::Boolean(bits) => {
                let mut bytes = Vec::new();
                run_length::bits(&bits.finish(), &mut bytes);
                add(Kind::Data, bytes);
            }
            Encoder::Byte(bytes) | Encoder::Integer(bytes) | Encoder::Real(bytes) => {
                add(Kind::Data, std::mem::take(bytes));
            }
            Encoder::Bytes { data, lengths } => {
                add(Kind::Data, std::mem::take(data));
                add(Kind::Length, std::mem::take(lengths));
            }
            Encoder::Timestamp { seconds, nanos } => {
                add(Kind::Data, std::mem::take(seconds));
                add(Kind::Secondary, std::mem::take(nanos));
            }
            Encoder::Decimal { digits, scales, .. } => {
                add(Kind::Data, std::mem::take(digits));
                add(Kind::Secondary, std::mem::take(scales));
            }
            Encoder::List { lengths, .. } | Encoder::Map { lengths, .. } => {
                add(Kind::Length, std::mem::take(lengths));
            }
            Encoder::Struct(_) => {}
        }
        for column in self.within_mut() {
            column.take_streams(streams);
        }
    }
}

impl Encoder {
    /// Takes values, none of which is null.
    fn push(&mut self, array: &ArrayRef) -> Result<(), ArrowError> {
        match self {
            Self::Boolean(bits) => bits.append_buffer(array.as_boolean().values()),
            Self::Byte(out) => {
                let values = array.as_primitive::<Int8Type>().values();
                let values: Vec<u8> = values.iter().map(|value| value.cast_unsigned()).collect();
                run_length::bytes(&values, out);
            }
            Self::Integer(out) => run_length::signed(&integers(array)?, out),
            Self::Real(out) => match array.data_type() {
                DataType::Float32 => {
                    for value in array.as_primitive::<Float32Type>().values() {
                        out.extend_from_slice(&value.to_le_bytes());
                    }
                }
                _ => {
                    for value in array.as_primitive::<Float64Type>().values() {
                        out.extend_from_slice(&value.to_le_bytes());
                    }
                }
            },
            Self::Bytes { data, lengths } => {
                let binary = cast(array, &DataType::Binary)?;
                let binary = binary.as_binary::<i32>();
                for value in binary.iter().flatten() {
                    data.extend_from_slice(value);
                }
                run_length::unsigned(&lengths_of(binary.offsets()), lengths);
            }
            Self::Timestamp { seconds, nanos } => push_timestamps(array, seconds, nanos)?,
            Self::Decimal {
                digits,
                scales,
                scale,
            } => {
                for value in array.as_primitive::<Decimal128Type>().values() {
                    varint(zigzag(*value), digits);
                }
                run_length::signed(&vec![*scale; array.len()], scales);
            }
            Self::List { lengths, item } => {
                let list = array.as_list::<i32>();
                run_length::unsigned(&lengths_of(list.offsets()), lengths);
                item.push_values(&between(list.values(), list.offsets()))?;
            }
            Self::Map { lengths, entry } => {
                let map = array.as_map();
                run_length::unsigned(&lengths_of(map.offsets()), lengths);
                let [key, value] = entry.as_mut();
                key.push_values(&between(map.keys(), map.offsets()))?;
                value.push_values(&between(map.values(), map.offsets()))?;
            }
            Self::Struct(fields) => {
                for (field, values) in fields.iter_mut().zip(array.as_struct().columns()) {
                    field.push_values(values)?;
                }
            }
        }
        Ok(())
    }
}

/// Integers and dates as the widest integers.
fn integers(array: &ArrayRef) -> Result<Vec<i64>, ArrowError> {
    if let Some(days) = array.as_primitive_opt::<Date32Type>() {
        return Ok(days.values().iter().map(|day| i64::from(*day)).collect());
    }
    let wide = cast(array, &DataType::Int64)?;
    Ok(wide.as_primitive::<Int64Type>().values().to_vec())
}

fn lengths_of(offsets: &[i32]) -> Vec<i64> {
    let pairs = offsets.windows(2);
    pairs.map(|pair| i64::from(pair[1] - pair[0])).collect()
}

/// The values that offsets speak of.
fn between(values: &ArrayRef, offsets: &[i32]) -> ArrayRef {
    let first = offsets.first().copied().unwrap_or_default() as usize;
    let last = offsets.last().copied().unwrap_or_default() as usize;
    values.slice(first, last - first)
}

/// Seconds since [`EPOCH`], and nanoseconds with their trailing zeros counted.
///
/// # Errors
/// For a fraction of the last second before 1970, which ORC cannot tell from the first one after it
/// (ORC-763).
fn push_timestamps(
    array: &ArrayRef,
    seconds: &mut Vec<u8>,
    nanos: &mut Vec<u8>,
) -> Result<(), ArrowError> {
    let units = match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => 1,
        DataType::Timestamp(TimeUnit::Millisecond, _) => 1_000,
        DataType::Timestamp(TimeUnit::Microsecond, _) => 1_000_000,
        _ => NANOS,
    };
    // The same numbers, whatever their unit.
    let counts = array.to_data().into_builder().data_type(DataType::Int64);
    let counts = arrow::array::make_array(counts.build()?);
    let mut whole = Vec::with_capacity(array.len());
    let mut parts = Vec::with_capacity(array.len());
    for count in counts.as_primitive::<Int64Type>().values() {
        let mut second = count.div_euclid(units);
        let nano = count.rem_euclid(units) * (NANOS / units);
        if second == -1 && nano > 999_999 {
            return Err(ArrowError::InvalidArgumentError(
                "ORC cannot hold fractions of the last second before 1970".to_owned(),
            ));
        }
        // Readers take a second off again.
        if second < 0 && nano > 999_999 {
            second += 1;
        }
        whole.push(second - EPOCH);
        parts.push(without_trailing_zeros(nano));
    }
    run_length::signed(&whole, seconds);
    run_length::unsigned(&parts, nanos);
    Ok(())
}

/// The lowest three bits tell how many zeros were taken off, less one.
fn without_trailing_zeros(nanos: i64) -> i64 {
    if nanos == 0 || nanos % 100 != 0 {
        return nanos << 3;
    }
    let (mut nanos, mut zeros) = (nanos / 100, 1);
    while nanos % 10 == 0 && zeros < 7 {
        nanos /= 10;
        zeros += 1;
    }
    (nanos << 3) | zeros
}
