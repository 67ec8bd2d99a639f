//! `-x` of a number or an interval that is no literal, which the dialect writes as `$negate(x)`.
//! The smallest integers have no opposite and are refused. Trino manual, "Mathematical functions
//! and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("-abs(1.50)"), "-1.50");
//! assert_eq!(evaluate("- INTERVAL '3' DAY"), "-3 00:00:00.000");
//! assert_eq!(evaluate("-(TINYINT '-128')"),
//!     "NUMERIC_VALUE_OUT_OF_RANGE: tinyint negation overflow: -128");
//! ```

use arrow::array::ArrayRef;
use arrow::compute::kernels::numeric::neg;
use arrow::error::ArrowError;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::{ErrorCode, TrinoError};
use crate::functions::scalar::Kind::{
    Bigint, DayToSecond, Decimal, Double, Integer, Real, Smallint, Tinyint, YearToMonth,
};
use crate::functions::scalar::{Call, Returns, scalar};
use crate::types::type_name;

pub(in crate::functions) fn udf() -> ScalarUDF {
    let mut function = scalar("$negate");
    for kind in [
        Bigint,
        Integer,
        Smallint,
        Tinyint,
        Double,
        Real,
        DayToSecond,
        YearToMonth,
    ] {
        function = function.overload([kind], kind, negate);
    }
    let same = Returns::Of(|types| Ok(types[0].clone()));
    function.overload([Decimal], same, negate).udf()
}

fn negate(call: &Call<'_>) -> Result<ArrayRef> {
    neg(&call.array(0)?).map_err(|error| match error {
        ArrowError::ArithmeticOverflow(message) => {
            let operand = message.rsplit(' ').next().unwrap_or_default();
            let operand = operand.trim_start_matches("--");
            let kind = type_name(call.data_type(0));
            TrinoError::new(
                ErrorCode::NumericValueOutOfRange,
                format!("{kind} negation overflow: {operand}"),
            )
            .into()
        }
        other => other.into(),
    })
}
