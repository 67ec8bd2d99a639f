//! DropDuplicates: keeps one row of those that are alike, in all columns or in the named ones.

use datafusion::logical_expr::ident;
use datafusion::prelude::DataFrame;
use lakebed_wire::glue;

use super::Input;
use crate::columns;
use crate::error::NodeError;

pub(super) fn drop(settings: &glue::DropDuplicates, input: Input) -> Result<DataFrame, NodeError> {
    let keys = settings.columns.as_deref().unwrap_or_default();
    if keys.is_empty() {
        return Ok(input.frame.distinct()?);
    }
    let fields = input.fields();
    let mut on = Vec::with_capacity(keys.len());
    for key in keys {
        on.push(columns::find(fields, key)?.expr);
    }
    let all: Vec<_> = fields.iter().map(|field| ident(field.name())).collect();
    Ok(input.frame.distinct_on(on, all, None)?)
}
