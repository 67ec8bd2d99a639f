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

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::DataType;
use arrow::row::{RowConverter, SortField};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::coercion::common_type;
use crate::error::TrinoError;
use crate::functions::conversion::cast::cast_array;
use crate::functions::ip_address;
use crate::functions::scalar::Kind::Any;
use crate::functions::scalar::{Call, Returns, scalar};
use crate::types::type_name;

pub(in crate::functions) fn udf() -> ScalarUDF {
    let function = scalar("contains").overload(
        [Any, Any],
        Returns::Of(|types| {
            compared_type(types)?;
            Ok(DataType::Boolean)
        }),
        contains,
    );
    ip_address::contains::overload(function).udf()
}

/// The type that elements and the wanted one have in common.
fn compared_type(types: &[DataType]) -> Result<DataType> {
    let common = match types {
        [DataType::List(element), wanted] => common_type(element.data_type(), wanted),
        [DataType::Null, wanted] => Some(wanted.clone()),
        _ => None,
    };
    common.ok_or_else(|| {
        let names: Vec<String> = types.iter().map(type_name).collect();
        TrinoError::wrong_types(format!(
            "Unexpected parameters ({}) for function contains. Expected: contains(array(T), T) T:comparable, contains(varchar, ipaddress)",
            names.join(", ")
        ))
    })
}

fn contains(call: &Call<'_>) -> Result<ArrayRef> {
    let (lists, wanted) = (call.array(0)?, call.array(1)?);
    let common = compared_type(&[lists.data_type().clone(), wanted.data_type().clone()])?;
    let Some(lists) = lists.as_list_opt::<i32>() else {
        return call.collect(|_| Ok(None::<bool>));
    };
    let elements = cast_array(lists.values(), &common)?;
    let wanted = cast_array(&wanted, &common)?;
    let converter = RowConverter::new(vec![SortField::new(common)])?;
    let rows = converter.convert_columns(&[ArrayRef::clone(&elements)])?;
    let wanted_rows = converter.convert_columns(&[ArrayRef::clone(&wanted)])?;
    let nulls = elements.logical_nulls();
    let is_missing = wanted.logical_nulls();
    call.collect(|row| {
        let is_null = is_missing.as_ref().is_some_and(|nulls| nulls.is_null(row));
        if lists.is_null(row) || is_null {
            return Ok(None);
        }
        let offsets = lists.value_offsets();
        let mut range = offsets[row] as usize..offsets[row + 1] as usize;
        if range
            .clone()
            .any(|element| rows.row(element) == wanted_rows.row(row))
        {
            return Ok(Some(true));
        }
        let has_null = nulls
            .as_ref()
            .is_some_and(|nulls| range.any(|element| nulls.is_null(element)));
        Ok((!has_null).then_some(false))
    })
}
