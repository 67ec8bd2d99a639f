//! SparkSQL: one query over the node's inputs, each under its alias.

use datafusion::prelude::DataFrame;
use lakebed_core::Timestamp;
use lakebed_wire::glue;

use super::Input;
use crate::error::NodeError;
use crate::spark::{self, Alias};

pub(super) async fn run(
    settings: &glue::SparkSQL,
    inputs: Vec<Input>,
    now: Timestamp,
) -> Result<DataFrame, NodeError> {
    for alias in &settings.sql_aliases {
        if !inputs.iter().any(|input| input.id == alias.from) {
            return Err(NodeError::Setting(format!(
                "alias '{}' is for '{}', which is not an input of this node",
                alias.alias, alias.from
            )));
        }
    }
    let named = inputs
        .into_iter()
        .map(|input| {
            let alias = settings
                .sql_aliases
                .iter()
                .find(|alias| alias.from == input.id)
                .map_or_else(|| input.id.clone(), |alias| alias.alias.clone());
            Alias {
                name: alias,
                frame: input.frame,
                with_file_name: input.with_file_name,
            }
        })
        .collect();
    spark::run(&settings.sql_query, named, now).await
}
