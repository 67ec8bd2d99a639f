//! `ARRAY[1, 2]`, which the dialect writes as `$array(1, 2)`. Trino manual, "Array functions and
//! operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("ARRAY[1, 2.5]"), "[1.0, 2.5]");
//! assert_eq!(evaluate("typeof(ARRAY[])"), "array(unknown)");
//! ```

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, new_empty_array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::interleave;
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::{Array as ArrayOf, T};
use crate::functions::scalar::{Call, scalar};

/// The name that the dialect gives the constructor.
pub(crate) const NAME: &str = "$array";

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar(NAME).variadic([T], ArrayOf(&T), array).udf()
}

fn array(call: &Call<'_>) -> Result<ArrayRef> {
    let length = call.len();
    let columns: Vec<ArrayRef> = (0..length)
        .map(|argument| call.array(argument))
        .collect::<Result<_>>()?;
    let elements = match columns.is_empty() {
        true => new_empty_array(&DataType::Null),
        false => {
            let columns: Vec<&dyn Array> = columns.iter().map(AsRef::as_ref).collect();
            let places: Vec<(usize, usize)> = (0..call.rows())
                .flat_map(|row| (0..length).map(move |argument| (argument, row)))
                .collect();
            interleave(&columns, &places)?
        }
    };
    let lengths = std::iter::repeat_n(length, call.rows());
    Ok(Arc::new(ListArray::try_new(
        Arc::new(Field::new_list_field(elements.data_type().clone(), true)),
        OffsetBuffer::from_lengths(lengths),
        elements,
        None,
    )?))
}
