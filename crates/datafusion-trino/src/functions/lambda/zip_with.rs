//! `zip_with(array(T), array(U), function(T, U, R)) -> array(R)`: the shorter array is filled up
//! with nulls. Trino manual, "Array functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("zip_with(ARRAY[1, 2], ARRAY['a', 'b'], (n, s) -> s || CAST(n AS varchar))"), "[a1, b2]");
//! assert_eq!(evaluate("zip_with(ARRAY[1], ARRAY[10, 20], (a, b) -> coalesce(a, 0) + b)"), "[11, 20]");
//! ```

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result;
use datafusion::logical_expr::HigherOrderUDF;

use super::call::{Elements, LambdaCall};
use super::{Lambda, element_type};

pub(super) fn udf() -> HigherOrderUDF {
    let parameters = |values: &[DataType], _: &[Option<DataType>]| {
        let types = values
            .iter()
            .map(|data_type| element_type("zip_with", data_type).cloned());
        Ok(vec![Some(types.collect::<Result<_>>()?)])
    };
    let returns =
        |_: &[DataType], lambdas: &[DataType]| Ok(DataType::new_list(lambdas[0].clone(), true));
    Lambda::udf("zip_with", 2, 1, parameters, returns, zip_with)
}

fn zip_with(call: &LambdaCall<'_>) -> Result<ArrayRef> {
    let arrays = [call.arrays(0)?, call.arrays(1)?];
    let [a, b] = [
        Elements::of_arrays(&arrays[0])?,
        Elements::of_arrays(&arrays[1])?,
    ];
    let mut places: [Vec<Option<u32>>; 2] = Default::default();
    let mut rows = Vec::new();
    let mut lengths = Vec::with_capacity(call.rows());
    for (row, (a, b)) in a.ranges.iter().zip(&b.ranges).enumerate() {
        let is_null = arrays.iter().any(|array| array.is_null(row));
        let length = if is_null { 0 } else { a.len().max(b.len()) };
        for (places, range) in places.iter_mut().zip([a, b]) {
            let at = |place: usize| (place < range.len()).then(|| (range.start + place) as u32);
            places.extend((0..length).map(at));
        }
        rows.extend(std::iter::repeat_n(row as u32, length));
        lengths.push(length);
    }
    let [of_a, of_b] = places.map(UInt32Array::from);
    let parameters = [
        take(&a.columns[0], &of_a, None)?,
        take(&b.columns[0], &of_b, None)?,
    ];
    let answers = call.evaluate(0, &parameters, &UInt32Array::from(rows))?;
    let nulls = NullBuffer::union(arrays[0].nulls(), arrays[1].nulls());
    Ok(Arc::new(ListArray::try_new(
        Arc::new(Field::new_list_field(answers.data_type().clone(), true)),
        OffsetBuffer::from_lengths(lengths),
        answers,
        nulls,
    )?))
}
