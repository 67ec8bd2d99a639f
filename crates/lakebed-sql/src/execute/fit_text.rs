//! Texts that are inserted into `varchar(n)` and `char(n)`: too long ones are refused, but for
//! blanks at their end.

use std::sync::Arc;

use arrow::array::{AsArray, StringArray};
use arrow::datatypes::DataType;
use datafusion::common::exec_err;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use lakebed_engine::TextLimit;

use crate::error::{ErrorKind, QueryError};

/// The text, as long as the column lets it be.
pub(super) fn fit_text(text: Expr, limit: TextLimit) -> Expr {
    let function = FitText {
        limit,
        signature: Signature::exact(vec![DataType::Utf8], Volatility::Immutable),
    };
    ScalarUDF::from(function).call(vec![text])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct FitText {
    limit: TextLimit,
    signature: Signature,
}

impl ScalarUDFImpl for FitText {
    fn name(&self) -> &'static str {
        "fit_text"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [texts] = arguments.args.as_slice() else {
            return exec_err!("fit_text takes one text");
        };
        let texts = texts.to_array(arguments.number_rows)?;
        let Some(texts) = texts.as_string_opt::<i32>() else {
            return exec_err!("fit_text takes texts, not {}", texts.data_type());
        };
        let fitting: StringArray = texts
            .iter()
            .map(|text| text.map(|text| fitting(text, self.limit)).transpose())
            .collect::<Result<_>>()?;
        Ok(ColumnarValue::Array(Arc::new(fitting)))
    }
}

fn fitting(text: &str, limit: TextLimit) -> Result<&str> {
    let cut = limit.cut(text);
    match text[cut.len()..].trim_end_matches(' ').is_empty() {
        true => Ok(cut),
        false => Err(DataFusionError::External(Box::new(QueryError::new(
            ErrorKind::InvalidCastArgument,
            format!(
                "Cannot truncate non-space characters when casting from varchar to {limit} on INSERT"
            ),
        )))),
    }
}
