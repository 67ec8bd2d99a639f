//! `bitwise_and_agg(x) -> bigint` and `bitwise_or_agg(x) -> bigint`, null without any. Trino manual,
//! "Bitwise aggregate functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("bitwise_and_agg(x) FROM (VALUES 12, 10, NULL) t(x)"), "8");
//! assert_eq!(evaluate("bitwise_or_agg(x) FROM (VALUES 12, 10) t(x)"), "14");
//! ```

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use arrow::compute::{bit_and, bit_or};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;

use super::aggregate;
use super::reduction::Reduction;
use crate::functions::scalar::Input;
use crate::functions::scalar::Kind::Bigint;

pub(in crate::functions) fn udafs() -> [AggregateUDF; 2] {
    let function = |name, of| aggregate(name).overload([Bigint], Bigint, Bits(of)).udaf();
    [
        function("bitwise_and_agg", bit_and),
        function("bitwise_or_agg", bit_or),
    ]
}

/// One number, null while there is none.
#[derive(Debug)]
struct Bits(fn(&Int64Array) -> Option<i64>);

impl Reduction for Bits {
    fn state(&self, _: &[DataType]) -> Vec<DataType> {
        vec![DataType::Int64]
    }

    fn prepare(&self, arguments: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        let bits = (self.0)(<i64 as Input>::column(&arguments[0])?);
        Ok(vec![Arc::new(Int64Array::from(vec![bits]))])
    }

    fn compact(&self, state: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
        self.prepare(&state)
    }

    fn finish(&self, state: &[ArrayRef], _: &DataType) -> Result<ArrayRef> {
        let bits = (self.0)(<i64 as Input>::column(&state[0])?);
        Ok(Arc::new(Int64Array::from(vec![bits])))
    }
}
