//! RenameField: gives one column another name.
//!
//! A column that is not there is ignored, as on AWS; the run's log says so.

use datafusion::logical_expr::ident;
use datafusion::prelude::DataFrame;
use lakebed_wire::glue;

use super::{Input, NodeLog};
use crate::columns;
use crate::error::NodeError;

pub(super) fn rename(
    settings: &glue::RenameField,
    input: Input,
    log: &NodeLog<'_>,
) -> Result<DataFrame, NodeError> {
    let fields = input.fields();
    let Some(found) = columns::try_find(fields, &settings.source_path) else {
        log.warn(&format!(
            "column '{}' not found, so nothing is renamed; available: {}",
            settings.source_path.join("."),
            columns::names(fields)
        ));
        return Ok(input.frame);
    };
    let ([old], [new]) = (&found.path[..], &settings.target_path[..]) else {
        return Err(NodeError::Setting(format!(
            "renaming '{}' to '{}' would reach into a struct; use an ApplyMapping node",
            found.path.join("."),
            settings.target_path.join(".")
        )));
    };
    if fields.iter().any(|field| field.name() == new && new != old) {
        return Err(NodeError::Setting(format!(
            "there is a column '{new}' already"
        )));
    }
    let renamed: Vec<_> = fields
        .iter()
        .map(|field| {
            let name = if field.name() == old {
                new
            } else {
                field.name()
            };
            ident(field.name()).alias(name)
        })
        .collect();
    Ok(input.frame.select(renamed)?)
}
