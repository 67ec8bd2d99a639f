//! DropDuplicates: keeps one row of those that are alike, in all columns or in the named ones.
//!
//! Which one is not said, as in Spark. Rows are numbered among their like rather than grouped:
//! sorting spills where it must and carries the other columns along, where grouping would hold a
//! state a row and column.

use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::{ExprFunctionExt, ident, lit};
use datafusion::prelude::DataFrame;
use lakebed_wire::glue;

use super::Input;
use crate::columns;
use crate::error::NodeError;

const NUMBER: &str = "__number_among_its_like";

pub(super) fn drop(settings: &glue::DropDuplicates, input: Input) -> Result<DataFrame, NodeError> {
    let keys = settings.columns.as_deref().unwrap_or_default();
    if keys.is_empty() {
        return Ok(input.frame.distinct()?);
    }
    let fields = input.fields();
    let mut alike = Vec::with_capacity(keys.len());
    for key in keys {
        alike.push(columns::find(fields, key)?.expr);
    }
    let all: Vec<_> = fields.iter().map(|field| ident(field.name())).collect();
    let number = row_number().partition_by(alike).build()?.alias(NUMBER);
    Ok(input
        .frame
        .window(vec![number])?
        .filter(ident(NUMBER).eq(lit(1_u64)))?
        .select(all)?)
}
