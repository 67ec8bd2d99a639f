//! `array_distinct(array(T))`, `array_union(a, b)`, `array_intersect(a, b)`, `array_except(a, b)`:
//! each element once, in the order of the first; `arrays_overlap(a, b) -> boolean`: null if only a
//! null could be in both. Trino manual, "Array functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("array_distinct(ARRAY[1, NULL, 1, NULL])"), "[1, null]");
//! assert_eq!(evaluate("array_union(ARRAY[1, 2], ARRAY[2, 3])"), "[1, 2, 3]");
//! assert_eq!(evaluate("array_intersect(ARRAY[1, 2, NULL], ARRAY[NULL, 2])"), "[2, null]");
//! assert_eq!(evaluate("array_except(ARRAY[1, 2, 1], ARRAY[2])"), "[1]");
//! assert_eq!(evaluate("arrays_overlap(ARRAY[1, NULL], ARRAY[2])"), "null");
//! ```

use std::collections::HashSet;
use std::ops::Range;

use arrow::array::{Array, ArrayRef};
use arrow::row::{Row, RowConverter, Rows, SortField};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::lists::{ListMaker, Lists};
use crate::functions::scalar::Kind::{Array as ArrayOf, Boolean, T};
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udfs() -> [ScalarUDF; 5] {
    let array = ArrayOf(&T);
    [
        scalar("array_distinct")
            .overload([array], array, distinct)
            .udf(),
        scalar("array_union")
            .overload([array, array], array, union)
            .udf(),
        scalar("array_intersect")
            .overload([array, array], array, |call| filtered(call, true))
            .udf(),
        scalar("array_except")
            .overload([array, array], array, |call| filtered(call, false))
            .udf(),
        scalar("arrays_overlap")
            .overload([array, array], Boolean, overlap)
            .udf(),
    ]
}

/// Elements as keys that are equal if they are.
struct Keys(Rows);

impl Keys {
    fn of(elements: &ArrayRef) -> Result<Self> {
        let converter = RowConverter::new(vec![SortField::new(elements.data_type().clone())])?;
        Ok(Self(
            converter.convert_columns(std::slice::from_ref(elements))?,
        ))
    }

    fn set(&self, range: Range<usize>) -> HashSet<Row<'_>> {
        range.map(|place| self.0.row(place)).collect()
    }
}

fn distinct(call: &Call<'_>) -> Result<ArrayRef> {
    let arrays = Lists::of(call, 0)?;
    let keys = Keys::of(arrays.elements())?;
    let mut made = ListMaker::new(call.rows());
    for row in 0..call.rows() {
        let mut seen = HashSet::new();
        made.push(
            arrays
                .get(row)
                .map(|range| range.filter(|place| seen.insert(keys.0.row(*place)))),
        );
    }
    made.finish(arrays.elements())
}

fn union(call: &Call<'_>) -> Result<ArrayRef> {
    let lists = [Lists::of(call, 0)?, Lists::of(call, 1)?];
    let keys = [
        Keys::of(lists[0].elements())?,
        Keys::of(lists[1].elements())?,
    ];
    let mut made = ListMaker::new(call.rows());
    for row in 0..call.rows() {
        let mut seen = HashSet::new();
        let ranges = lists[0].get(row).zip(lists[1].get(row));
        made.push(ranges.map(|(a, b)| {
            let places = a.map(|place| (0, place)).chain(b.map(|place| (1, place)));
            places.filter(|(list, place)| seen.insert(keys[*list].0.row(*place)))
        }));
    }
    made.finish_of(&[lists[0].elements(), lists[1].elements()])
}

/// The elements of the first array that the second has, or has not.
fn filtered(call: &Call<'_>, wanted: bool) -> Result<ArrayRef> {
    let (first, second) = (Lists::of(call, 0)?, Lists::of(call, 1)?);
    let (keys, others) = (Keys::of(first.elements())?, Keys::of(second.elements())?);
    let mut made = ListMaker::new(call.rows());
    for row in 0..call.rows() {
        made.push(first.get(row).zip(second.get(row)).map(|(range, other)| {
            let other = others.set(other);
            let mut seen = HashSet::new();
            let mut places: Vec<usize> = range.collect();
            places.retain(|place| {
                let key = keys.0.row(*place);
                other.contains(&key) == wanted && seen.insert(key)
            });
            places
        }));
    }
    made.finish(first.elements())
}

fn overlap(call: &Call<'_>) -> Result<ArrayRef> {
    let (first, second) = (Lists::of(call, 0)?, Lists::of(call, 1)?);
    let (keys, others) = (Keys::of(first.elements())?, Keys::of(second.elements())?);
    call.collect(|row| {
        let Some((a, b)) = first.get(row).zip(second.get(row)) else {
            return Ok(None);
        };
        if a.is_empty() || b.is_empty() {
            return Ok(Some(false));
        }
        let has_null = a.clone().any(|place| first.elements().is_null(place))
            || b.clone().any(|place| second.elements().is_null(place));
        let known = b.filter(|place| second.elements().is_valid(*place));
        let others: HashSet<Row<'_>> = known.map(|place| others.0.row(place)).collect();
        let mut known = a.filter(|place| first.elements().is_valid(*place));
        match known.any(|place| others.contains(&keys.0.row(place))) {
            true => Ok(Some(true)),
            false => Ok((!has_null).then_some(false)),
        }
    })
}
