//! Functions over arrays of whatever types they are given, not declared by overloads yet.

use std::hash::{Hash, Hasher};

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// A function's name, how many arguments it takes, what it returns and what it does.
pub(super) struct ScalarFunction {
    pub(super) name: &'static str,
    pub(super) arguments: std::ops::RangeInclusive<usize>,
    pub(super) return_type: fn(&[DataType]) -> Result<DataType>,
    pub(super) invoke: fn(&[ArrayRef], &DataType) -> Result<ArrayRef>,
}

impl ScalarFunction {
    pub(super) fn into_udf(self) -> ScalarUDF {
        let counts = self
            .arguments
            .clone()
            .map(datafusion::logical_expr::TypeSignature::Any)
            .collect();
        ScalarUDF::from(Udf {
            signature: Signature::one_of(counts, Volatility::Immutable),
            function: self,
        })
    }
}

struct Udf {
    signature: Signature,
    function: ScalarFunction,
}

impl std::fmt::Debug for Udf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.function.name)
    }
}

/// Functions are told apart by their names, which are unique.
impl PartialEq for Udf {
    fn eq(&self, other: &Self) -> bool {
        self.function.name == other.function.name
    }
}

impl Eq for Udf {}

impl Hash for Udf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
    }
}

impl ScalarUDFImpl for Udf {
    fn name(&self) -> &str {
        self.function.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        (self.function.return_type)(arg_types)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let all_scalar = args
            .args
            .iter()
            .all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let answer = (self.function.invoke)(&arrays, args.return_type())?;
        if all_scalar && !args.args.is_empty() {
            let value = datafusion::common::ScalarValue::try_from_array(&answer, 0)?;
            return Ok(ColumnarValue::Scalar(value));
        }
        Ok(ColumnarValue::Array(answer))
    }
}
