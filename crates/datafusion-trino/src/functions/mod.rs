//! Trino's functions where DataFusion has none of that name, or one that means something else.
//!
//! Knows DataFusion and nothing else of this crate. Functions that are another one's synonym or
//! shorthand are rewritten in the AST ([`rewrite`]); the others are functions of their own, one
//! file each.

mod aggregate;
mod collection;
mod conversion;
mod datetime;
mod json;
mod rewrite;
mod scalar;
mod text;

use datafusion::logical_expr::{AggregateUDF, ScalarUDF};

pub use conversion::typeof_::type_name;
pub(crate) use rewrite::rewrite;

/// The scalar functions of their own, to be registered with a session.
pub(crate) fn scalar_functions() -> Vec<ScalarUDF> {
    vec![
        collection::element_at::udf(),
        conversion::typeof_::udf(),
        datetime::date_add::udf(),
        datetime::date_diff::udf(),
        datetime::date_format::udf(),
        datetime::date_parse::udf(),
        datetime::date_trunc::udf(),
        datetime::from_unixtime::udf(),
        json::json_extract::udf(),
        json::json_extract_scalar::udf(),
        text::regexp_extract::udf(),
        text::regexp_replace::udf(),
    ]
}

/// The aggregate functions of their own, to be registered with a session.
pub(crate) fn aggregate_functions() -> Vec<AggregateUDF> {
    vec![aggregate::approx_percentile::udaf()]
}
