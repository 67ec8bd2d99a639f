//! Functions of texts.

mod concat;
mod regexp_extract;
mod regexp_replace;
mod split;
mod substring;

use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::ScalarUDF;
use regex::Regex;

pub(crate) use substring::substring;

pub(super) fn functions() -> Vec<ScalarUDF> {
    vec![
        concat::function(),
        regexp_extract::function(),
        regexp_replace::function(),
        split::function(),
        substring::function(),
    ]
}

fn pattern(text: &str) -> Result<Regex> {
    Regex::new(text).map_err(|error| {
        DataFusionError::Execution(format!("'{text}' is not a regular expression: {error}"))
    })
}
