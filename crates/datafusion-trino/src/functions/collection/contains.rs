//! `contains(array, element) -> boolean`: null if the element is not found among nulls. With a text
//! and an address it is [`crate::functions::ip_address`]'s. Trino manual, "Array functions and
//! operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("contains(ARRAY[1, 2], 2)"), "true");
//! assert_eq!(evaluate("contains(ARRAY[1, NULL], 2)"), "null");
//! assert_eq!(evaluate("contains(ARRAY[1, 2], NULL)"), "null");
//! ```

use arrow::array::{Array, ArrayRef, AsArray, make_comparator};
use arrow::compute::SortOptions;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::functions::ip_address;
use crate::functions::scalar::Kind::{Array as ArrayOf, Boolean, T};
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udf() -> ScalarUDF {
    let function = scalar("contains").overload([ArrayOf(&T), T], Boolean, contains);
    ip_address::contains::overload(function).udf()
}

fn contains(call: &Call<'_>) -> Result<ArrayRef> {
    let (lists, wanted) = (call.array(0)?, call.array(1)?);
    let lists = lists.as_list::<i32>();
    let elements = lists.values();
    let compare = make_comparator(elements, &wanted, SortOptions::default())?;
    let nulls = elements.logical_nulls();
    let is_null = |element| nulls.as_ref().is_some_and(|nulls| nulls.is_null(element));
    let missing = wanted.logical_nulls();
    call.collect(|row| {
        let is_missing = missing.as_ref().is_some_and(|nulls| nulls.is_null(row));
        if lists.is_null(row) || is_missing {
            return Ok(None);
        }
        let offsets = lists.value_offsets();
        let mut range = offsets[row] as usize..offsets[row + 1] as usize;
        if range
            .clone()
            .any(|element| !is_null(element) && compare(element, row).is_eq())
        {
            return Ok(Some(true));
        }
        Ok((!range.any(is_null)).then_some(false))
    })
}
