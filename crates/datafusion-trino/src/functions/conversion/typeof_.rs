//! `typeof(expr) -> varchar`: the type's name with its parameters. Trino manual, "Conversion
//! functions".

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::DataType;
use datafusion::logical_expr::ScalarUDF;

use crate::functions::untyped::ScalarFunction;
use crate::types::type_name;

pub(in crate::functions) fn udf() -> ScalarUDF {
    ScalarFunction {
        name: "typeof",
        arguments: 1..=1,
        return_type: |_| Ok(DataType::Utf8),
        invoke: |arguments, _| {
            let name = type_name(arguments[0].data_type());
            let names = StringArray::from(vec![name; arguments[0].len()]);
            Ok(Arc::new(names) as ArrayRef)
        },
    }
    .into_udf()
}
