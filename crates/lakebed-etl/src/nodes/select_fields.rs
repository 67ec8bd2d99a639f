//! SelectFields: keeps the named columns, and of structs the named fields.
//!
//! A path that is not there is left out, as on AWS; the run's log says so.

use datafusion::prelude::DataFrame;
use lakebed_wire::glue;

use super::{Input, NodeLog};
use crate::columns;
use crate::error::NodeError;
use crate::nesting::ColumnTree;

pub(super) fn select(
    settings: &glue::SelectFields,
    input: Input,
    log: &NodeLog<'_>,
) -> Result<DataFrame, NodeError> {
    let fields = input.fields();
    let mut kept = ColumnTree::default();
    for path in &settings.paths {
        match columns::try_find(fields, path) {
            Some(found) => kept.insert(&found.path, found.expr),
            None => log.warn(&format!(
                "column '{}' not found, so it is not selected; available: {}",
                path.join("."),
                columns::names(fields)
            )),
        }
    }
    if kept.is_empty() {
        return Err(NodeError::Setting(format!(
            "none of the selected columns exists; available: {}",
            columns::names(fields)
        )));
    }
    Ok(input.frame.select(kept.into_columns())?)
}
