//! `typeof(expr) -> varchar`: the type's name with its parameters. Trino manual, "Conversion
//! functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("typeof(1.50)"), "decimal(3,2)");
//! assert_eq!(evaluate("typeof(ARRAY[1])"), "array(integer)");
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::{Any, Varchar};
use crate::functions::scalar::scalar;
use crate::types::type_name;

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("typeof")
        .overload([Any], Varchar, |call| {
            let name = type_name(call.data_type(0));
            call.collect(|_| Ok(Some(name.as_str())))
        })
        .udf()
}
