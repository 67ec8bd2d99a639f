//! `regexp_replace(string, pattern, function) -> varchar`: replaces every match by what a function
//! makes of the array of its groups; null if that is null once. Trino manual, "Regular expression
//! functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(
//!     evaluate(r"regexp_replace('new york', '(\w)(\w*)', x -> upper(x[1]) || lower(x[2]))"),
//!     "New York"
//! );
//! ```

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, ListBuilder, StringBuilder, UInt64Builder};
use arrow::compute::take_arrays;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature,
    HigherOrderUDF, HigherOrderUDFImpl, LambdaParametersProgress, ValueOrLambda, Volatility,
};

use super::pattern::Pattern;
use crate::error::TrinoError;
use crate::functions::compiled::Compiled;
use crate::functions::scalar::Input;
use crate::types::type_name;

pub(in crate::functions) fn udf() -> HigherOrderUDF {
    HigherOrderUDF::new_from_impl(RegexpReplaceBy {
        signature: HigherOrderSignature::any(3, Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct RegexpReplaceBy {
    signature: HigherOrderSignature,
}

impl HigherOrderUDFImpl for RegexpReplaceBy {
    fn name(&self) -> &str {
        "$regexp_replace"
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    fn lambda_parameters(
        &self,
        _: usize,
        _: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> Result<LambdaParametersProgress> {
        let groups = DataType::new_list(DataType::Utf8, true);
        let groups: FieldRef = Arc::new(Field::new("groups", groups, false));
        Ok(LambdaParametersProgress::Complete(vec![vec![groups]]))
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs<'_>) -> Result<FieldRef> {
        let is_text =
            |field: &FieldRef| field.data_type().is_string() || field.data_type().is_null();
        match args.arg_fields {
            [
                ValueOrLambda::Value(text),
                ValueOrLambda::Value(pattern),
                ValueOrLambda::Lambda(body),
            ] if [text, pattern, body].into_iter().all(is_text) => {
                Ok(Arc::new(Field::new("", DataType::Utf8, true)))
            }
            arguments => {
                let names: Vec<String> = arguments
                    .iter()
                    .map(|argument| match argument {
                        ValueOrLambda::Value(field) => type_name(field.data_type()),
                        ValueOrLambda::Lambda(_) => "function".to_owned(),
                    })
                    .collect();
                Err(TrinoError::wrong_types(format!(
                    "Unexpected parameters ({}) for function regexp_replace. Expected: regexp_replace(varchar, varchar, function(array(varchar), varchar))",
                    names.join(", ")
                )))
            }
        }
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        let [
            ValueOrLambda::Value(texts),
            ValueOrLambda::Value(patterns),
            ValueOrLambda::Lambda(function),
        ] = args.args.as_slice()
        else {
            return internal_err!("regexp_replace takes two texts and a function");
        };
        let texts = as_texts(texts, args.number_rows)?;
        let patterns = as_texts(patterns, args.number_rows)?;
        let matches = Matches::find(&texts, &patterns, args.number_rows)?;
        let groups = || Ok(Arc::clone(&matches.groups));
        let replaced = function
            .evaluate(&[&groups], |captures| {
                Ok(take_arrays(captures, &matches.rows, None)?)
            })?
            .into_array(matches.ranges.len())?;
        let replaced = arrow::compute::cast(&replaced, &DataType::Utf8)?;
        Ok(ColumnarValue::Array(matches.replace(&texts, &replaced)?))
    }
}

fn as_texts(value: &ColumnarValue, rows: usize) -> Result<ArrayRef> {
    Ok(arrow::compute::cast(
        &value.to_array(rows)?,
        &DataType::Utf8,
    )?)
}

/// The matches of all rows, one behind the other.
struct Matches {
    /// Each match's groups, but the whole match.
    groups: ArrayRef,
    /// The row of each match.
    rows: ArrayRef,
    /// Where in its text each match stands.
    ranges: Vec<Range<usize>>,
    /// Which matches are a row's; none where a text or pattern is null.
    of_rows: Vec<Option<Range<usize>>>,
}

impl Matches {
    fn find(texts: &ArrayRef, patterns: &ArrayRef, count: usize) -> Result<Self> {
        let (texts, patterns) = (<&str>::column(texts)?, <&str>::column(patterns)?);
        let mut compiled = Compiled::with(Pattern::compile);
        let mut groups = ListBuilder::new(StringBuilder::new());
        let mut rows = UInt64Builder::new();
        let mut ranges = Vec::new();
        let mut of_rows = Vec::with_capacity(count);
        for row in 0..count {
            let (Some(text), Some(pattern)) =
                (<&str>::get(&texts, row), <&str>::get(&patterns, row))
            else {
                of_rows.push(None);
                continue;
            };
            let begin = ranges.len();
            for found in compiled.get(pattern)?.captures(text) {
                let found = found?;
                for group in found.iter().skip(1) {
                    groups
                        .values()
                        .append_option(group.map(|group| group.as_str()));
                }
                groups.append(true);
                rows.append_value(row as u64);
                ranges.extend(found.get(0).map(|whole| whole.range()));
            }
            of_rows.push(Some(begin..ranges.len()));
        }
        Ok(Self {
            groups: Arc::new(groups.finish()),
            rows: Arc::new(rows.finish()),
            ranges,
            of_rows,
        })
    }

    fn replace(&self, texts: &ArrayRef, replaced: &ArrayRef) -> Result<ArrayRef> {
        let (texts, replaced) = (<&str>::column(texts)?, <&str>::column(replaced)?);
        let mut answers = StringBuilder::new();
        for (row, matches) in self.of_rows.iter().enumerate() {
            let (Some(text), Some(matches)) = (<&str>::get(&texts, row), matches) else {
                answers.append_null();
                continue;
            };
            let mut end = 0;
            let mut answer = Some(String::with_capacity(text.len()));
            for found in matches.clone() {
                let range = &self.ranges[found];
                let by = <&str>::get(&replaced, found);
                answer = answer
                    .zip(by)
                    .map(|(answer, by)| answer + &text[end..range.start] + by);
                end = range.end;
            }
            answers.append_option(answer.map(|answer| answer + &text[end..]));
        }
        Ok(Arc::new(answers.finish()))
    }
}
