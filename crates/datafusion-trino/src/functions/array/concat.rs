//! `concat(array(T), …)` and `||`: arrays, and arrays with an element; `flatten(array(array(T)))`,
//! `reverse(array(T))`, `shuffle(array(T))`, `zip(array(T), array(U), …) -> array(row)`. Trino
//! manual, "Array functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("ARRAY[1] || ARRAY[2, 3]"), "[1, 2, 3]");
//! assert_eq!(evaluate("0 || ARRAY[1]"), "[0, 1]");
//! assert_eq!(evaluate("concat(ARRAY[1], CAST(NULL AS array(integer)))"), "null");
//! assert_eq!(evaluate("flatten(ARRAY[ARRAY[1], NULL, ARRAY[2]])"), "[1, 2]");
//! assert_eq!(evaluate("reverse(ARRAY[1, 2])"), "[2, 1]");
//! assert_eq!(evaluate("zip(ARRAY[1, 2], ARRAY['a'])"), "[{1, a}, {2, null}]");
//! ```

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, ListArray, NullBufferBuilder, StructArray, UInt32Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use rand::seq::SliceRandom;

use super::lists::{ListMaker, Lists};
use crate::functions::scalar::Kind::{Any, Array as ArrayOf, T};
use crate::functions::scalar::{Call, Returns, Scalar, scalar};

/// `a || b` where one is an array.
pub(crate) fn operator() -> ScalarUDF {
    let array = ArrayOf(&T);
    scalar("$concat")
        .sign("||")
        .overload([array, array], array, |call| join(call, [true, true]))
        .overload([array, T], array, |call| join(call, [true, false]))
        .overload([T, array], array, |call| join(call, [false, true]))
        .udf()
}

/// Overloads of functions that texts have, too.
pub(in crate::functions) fn with_reverse(reverse: Scalar) -> Scalar {
    reverse.overload([ArrayOf(&T)], ArrayOf(&T), |call| {
        reordered(call, |places| places.reverse())
    })
}

pub(in crate::functions) fn udfs() -> [ScalarUDF; 3] {
    let array = ArrayOf(&T);
    [
        scalar("flatten")
            .overload([ArrayOf(&ArrayOf(&T))], array, flatten)
            .udf(),
        scalar("shuffle")
            .overload([array], array, |call| {
                reordered(call, |places| places.shuffle(&mut rand::rng()))
            })
            .volatile()
            .udf(),
        scalar("zip")
            .variadic([Any, Any], Returns::Of(zipped), zip)
            .udf(),
    ]
}

/// Null if one is null; an element may be.
fn join(call: &Call<'_>, are_arrays: [bool; 2]) -> Result<ArrayRef> {
    let arrays = [call.array(0)?, call.array(1)?];
    let elements = [0, 1].map(|side| match are_arrays[side] {
        true => Arc::clone(arrays[side].as_list::<i32>().values()),
        false => Arc::clone(&arrays[side]),
    });
    let mut made = ListMaker::new(call.rows());
    for row in 0..call.rows() {
        let places = [0, 1].map(|side| match are_arrays[side] {
            true => {
                let list = arrays[side].as_list::<i32>();
                let offsets = list.value_offsets();
                let range = offsets[row] as usize..offsets[row + 1] as usize;
                list.is_valid(row).then_some(range)
            }
            false => Some(row..row + 1),
        });
        let [first, second] = places;
        made.push(first.zip(second).map(|(first, second)| {
            first
                .map(|place| (0, place))
                .chain(second.map(|place| (1, place)))
        }));
    }
    made.finish_of(&[&elements[0], &elements[1]])
}

fn reordered(call: &Call<'_>, order: fn(&mut Vec<usize>)) -> Result<ArrayRef> {
    let arrays = Lists::of(call, 0)?;
    let mut made = ListMaker::new(call.rows());
    for row in 0..call.rows() {
        made.push(arrays.get(row).map(|range| {
            let mut places: Vec<usize> = range.collect();
            order(&mut places);
            places
        }));
    }
    made.finish(arrays.elements())
}

fn flatten(call: &Call<'_>) -> Result<ArrayRef> {
    let arrays = Lists::of(call, 0)?;
    let inner = arrays.elements().as_list::<i32>();
    let offsets = inner.value_offsets();
    let mut made = ListMaker::new(call.rows());
    for row in 0..call.rows() {
        made.push(arrays.get(row).map(|range| {
            let known = range.filter(|place| inner.is_valid(*place));
            known.flat_map(|place| offsets[place] as usize..offsets[place + 1] as usize)
        }));
    }
    made.finish(inner.values())
}

fn zipped(types: &[DataType]) -> Result<DataType> {
    let fields: Fields = types
        .iter()
        .enumerate()
        .map(|(place, data_type)| {
            let element = match data_type {
                DataType::List(field) => field.data_type().clone(),
                DataType::Null => DataType::Null,
                other => {
                    return Err(crate::error::TrinoError::wrong_types(format!(
                        "Unexpected parameters ({}) for function zip",
                        crate::types::type_name(other)
                    )));
                }
            };
            Ok(Field::new(format!("c{place}"), element, true))
        })
        .collect::<Result<_>>()?;
    Ok(DataType::new_list(DataType::Struct(fields), true))
}

fn zip(call: &Call<'_>) -> Result<ArrayRef> {
    let lists: Vec<Lists> = (0..call.len())
        .map(|argument| Lists::of(call, argument))
        .collect::<Result<_>>()?;
    let mut places: Vec<Vec<Option<u32>>> = vec![Vec::new(); lists.len()];
    let mut lengths = Vec::with_capacity(call.rows());
    let mut nulls = NullBufferBuilder::new(call.rows());
    for row in 0..call.rows() {
        let ranges: Option<Vec<_>> = lists.iter().map(|list| list.get(row)).collect();
        nulls.append(ranges.is_some());
        let ranges = ranges.unwrap_or_default();
        let length = ranges.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
        for (places, range) in places.iter_mut().zip(ranges) {
            let at = |place: usize| (place < range.len()).then(|| (range.start + place) as u32);
            places.extend((0..length).map(at));
        }
        lengths.push(length);
    }
    let columns: Vec<ArrayRef> = lists
        .iter()
        .zip(places)
        .map(|(list, places)| Ok(take(list.elements(), &UInt32Array::from(places), None)?))
        .collect::<Result<_>>()?;
    let DataType::List(element) = call.return_type() else {
        return datafusion::common::internal_err!("zipped arrays are an array");
    };
    let DataType::Struct(fields) = element.data_type() else {
        return datafusion::common::internal_err!("zipped arrays are rows");
    };
    let rows = StructArray::try_new(fields.clone(), columns, None)?;
    Ok(Arc::new(ListArray::try_new(
        Arc::clone(element),
        OffsetBuffer::from_lengths(lengths),
        Arc::new(rows),
        nulls.finish(),
    )?))
}
