//! Texts of a declared length: what `varchar(n)` and `char(n)` columns show of longer values.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, AsArray, StringArray};
use arrow::datatypes::DataType;
use datafusion::common::exec_err;
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::ProjectionExec;

/// The length of a `varchar(n)` or `char(n)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TextLimit {
    /// In characters.
    length: usize,
    /// Blanks at the end are no part of a `char(n)`'s value.
    is_char: bool,
}

impl TextLimit {
    /// The limit that a Hive type sets; none if it sets none.
    #[must_use]
    pub fn of_type(hive_type: &str) -> Option<Self> {
        let folded = hive_type.trim().to_ascii_lowercase();
        let (name, rest) = folded.split_once('(')?;
        let is_char = match name.trim() {
            "varchar" => false,
            "char" => true,
            _ => return None,
        };
        let length = rest.trim_end().strip_suffix(')')?.trim().parse().ok()?;
        Some(Self { length, is_char })
    }

    /// The text as a column of this type shows it.
    #[must_use]
    pub fn cut(self, text: &str) -> &str {
        let end = match text.len() <= self.length {
            true => None,
            false => text.char_indices().nth(self.length).map(|(end, _)| end),
        };
        let cut = end.map_or(text, |end| &text[..end]);
        match self.is_char {
            true => cut.trim_end_matches(' '),
            false => cut,
        }
    }

    fn cut_all(self, texts: &StringArray) -> StringArray {
        let fits = |text: Option<&str>| text.is_none_or(|text| self.cut(text).len() == text.len());
        if texts.iter().all(fits) {
            return texts.clone();
        }
        texts
            .iter()
            .map(|text| text.map(|text| self.cut(text)))
            .collect()
    }
}

/// The type, as SQL spells it.
impl fmt::Display for TextLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.is_char { "char" } else { "varchar" };
        write!(f, "{name}({})", self.length)
    }
}

/// The plan with the columns that have a limit cut to it; `limits` are those of its columns.
pub(crate) fn with_limits(
    plan: Arc<dyn ExecutionPlan>,
    limits: &[Option<TextLimit>],
    options: &Arc<ConfigOptions>,
) -> Result<Arc<dyn ExecutionPlan>> {
    if limits.iter().all(Option::is_none) {
        return Ok(plan);
    }
    let schema = plan.schema();
    let mut columns: Vec<(Arc<dyn PhysicalExpr>, String)> = Vec::new();
    for (place, field) in schema.fields().iter().enumerate() {
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(field.name(), place));
        let column = match limits.get(place).copied().flatten() {
            Some(limit) => {
                let cut = Arc::new(ScalarUDF::from(CutText::new(limit)));
                let options = Arc::clone(options);
                Arc::new(ScalarFunctionExpr::try_new(
                    cut,
                    vec![column],
                    &schema,
                    options,
                )?)
            }
            None => column,
        };
        columns.push((column, field.name().clone()));
    }
    Ok(Arc::new(ProjectionExec::try_new(columns, plan)?))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CutText {
    limit: TextLimit,
    signature: Signature,
}

impl CutText {
    fn new(limit: TextLimit) -> Self {
        Self {
            limit,
            signature: Signature::exact(vec![DataType::Utf8], Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for CutText {
    fn name(&self) -> &'static str {
        "cut_text"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [texts] = arguments.args.as_slice() else {
            return exec_err!("cut_text takes one text");
        };
        let texts = texts.to_array(arguments.number_rows)?;
        match texts.as_string_opt::<i32>() {
            Some(texts) => Ok(ColumnarValue::Array(Arc::new(self.limit.cut_all(texts)))),
            None => exec_err!("cut_text takes texts, not {}", texts.data_type()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lengths_count_characters() {
        for (hive_type, text, cut) in [
            ("varchar(3)", "abcd", "abc"),
            ("VARCHAR( 3 )", "한국어로", "한국어"),
            ("varchar(3)", "ab  ", "ab "),
            ("varchar(65535)", "abc", "abc"),
            ("char(3)", "a  b", "a"),
            ("char(3)", "ab", "ab"),
        ] {
            let limit = TextLimit::of_type(hive_type).unwrap();
            assert_eq!(limit.cut(text), cut, "{hive_type}");
        }
        for unlimited in ["string", "varchar", "decimal(10,2)", "array<varchar(3)>"] {
            assert_eq!(TextLimit::of_type(unlimited), None, "{unlimited}");
        }
    }
}
