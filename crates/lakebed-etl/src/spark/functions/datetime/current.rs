//! `current_timestamp()`, `now()` and `current_date()`: when the query was planned, by Lakebed's
//! clock, the same for every row.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use lakebed_core::Timestamp;

use crate::casts::TIMESTAMP;

pub(super) fn functions(now: Timestamp) -> Vec<ScalarUDF> {
    let micros = now.as_millis().saturating_mul(1000);
    let days = now.as_millis().div_euclid(86_400_000);
    let moment = ScalarValue::TimestampMicrosecond(Some(micros), None);
    let today = ScalarValue::Date32(i32::try_from(days).ok());
    vec![
        constant("current_timestamp", &["now"], TIMESTAMP, moment),
        constant("current_date", &["curdate"], DataType::Date32, today),
    ]
}

fn constant(
    name: &'static str,
    aliases: &[&str],
    data_type: DataType,
    value: ScalarValue,
) -> ScalarUDF {
    ScalarUDF::new_from_impl(Constant {
        name,
        aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
        data_type,
        value,
        signature: Signature::nullary(Volatility::Stable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Constant {
    name: &'static str,
    aliases: Vec<String>,
    data_type: DataType,
    value: ScalarValue,
    signature: Signature,
}

impl ScalarUDFImpl for Constant {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.data_type.clone())
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(self.value.clone()))
    }
}
