//! To `varchar`, with or without a length.

use std::fmt::LowerExp;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray, StringArray, StringBuilder,
};
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::{Family, invalid, is_text};
use crate::functions::scalar::Kind::{Any, Bigint, Varchar};
use crate::functions::scalar::{Call, scalar};
use crate::text::{TextColumn, write_scientific};
use crate::types::type_name;

pub(super) fn cast(array: &ArrayRef, _: Family, to: &DataType) -> Result<ArrayRef> {
    Ok(arrow::compute::cast(&texts(array)?, to)?)
}

fn texts(array: &ArrayRef) -> Result<ArrayRef> {
    match array.data_type() {
        DataType::Float32 => return scientific(array.as_primitive::<Float32Type>()),
        DataType::Float64 => return scientific(array.as_primitive::<Float64Type>()),
        _ => {}
    }
    let column = TextColumn::new(array)?;
    let mut texts = StringBuilder::with_capacity(array.len(), array.len() * 8);
    let mut text = String::new();
    for row in 0..array.len() {
        if column.is_null(row) {
            texts.append_null();
            continue;
        }
        text.clear();
        column.write(row, &mut text);
        texts.append_value(&text);
    }
    Ok(Arc::new(texts.finish()))
}

/// `1.5E0`: floating-point numbers always have an exponent. Trino's release notes, 390.
fn scientific<T: ArrowPrimitiveType>(numbers: &PrimitiveArray<T>) -> Result<ArrayRef>
where
    T::Native: Into<f64> + LowerExp,
{
    let mut texts = StringBuilder::with_capacity(numbers.len(), numbers.len() * 8);
    let mut text = String::new();
    for number in numbers {
        let Some(number) = number else {
            texts.append_null();
            continue;
        };
        text.clear();
        write_scientific(number, &mut text);
        texts.append_value(&text);
    }
    Ok(Arc::new(texts.finish()))
}

/// `CAST(value AS varchar(length))`, which the dialect writes as `$varchar(value, length)`: texts
/// are cut, everything else must fit.
pub(in crate::functions) fn varchar_udfs() -> [ScalarUDF; 2] {
    let function = |name, kernel| scalar(name).overload([Any, Bigint], Varchar, kernel).udf();
    [
        function("$varchar", |call| bounded(call, false)),
        function("$try_varchar", |call| bounded(call, true)),
    ]
}

fn bounded(call: &Call<'_>, is_try: bool) -> Result<ArrayRef> {
    let is_cut = is_text(call.data_type(0));
    let given = call.array(0)?;
    if !super::is_castable(given.data_type(), &DataType::Utf8) {
        return Err(invalid(format!(
            "Cannot cast {} to varchar",
            type_name(given.data_type())
        )));
    }
    let texts = super::cast_array(&given, &DataType::Utf8)?;
    let texts = <&str as crate::functions::scalar::Input<'_>>::column(&texts)?;
    let lengths = call.column::<i64>(1)?;
    let bounded: StringArray = (0..call.rows())
        .map(|row| {
            let text = <&str as crate::functions::scalar::Input<'_>>::get(&texts, row);
            let length = lengths
                .get(row)
                .and_then(|length| usize::try_from(length).ok());
            let (Some(text), Some(length)) = (text, length) else {
                return Ok(None);
            };
            match text.char_indices().nth(length) {
                None => Ok(Some(text.to_owned())),
                Some((end, _)) if is_cut => Ok(Some(text[..end].to_owned())),
                Some(_) if is_try => Ok(None),
                Some(_) => Err(invalid(format!(
                    "Value {text} cannot be represented as varchar({length})"
                ))),
            }
        })
        .collect::<Result<_>>()?;
    Ok(Arc::new(bounded))
}
