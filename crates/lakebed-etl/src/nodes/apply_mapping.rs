//! ApplyMapping: renames, casts, moves and drops columns.
//!
//! "Using ApplyMapping to remap data property keys", Glue Studio guide: names match in any case.
//! A mapping whose source is not there is left out, as on AWS; the run's log says so.

use datafusion::arrow::datatypes::{DataType, Fields};
use datafusion::logical_expr::{Expr, lit, when};
use datafusion::prelude::DataFrame;
use datafusion::scalar::ScalarValue;
use lakebed_wire::glue;

use super::{Input, NodeLog};
use crate::columns::{self, Found};
use crate::error::NodeError;
use crate::nesting::ColumnTree;
use crate::spark::cast::spark_cast;
use crate::types;

pub(super) fn map(
    settings: &glue::ApplyMapping,
    input: Input,
    log: &NodeLog<'_>,
) -> Result<DataFrame, NodeError> {
    let mut columns = ColumnTree::default();
    place(&settings.mapping, &[], input.fields(), &mut columns, log)?;
    if columns.is_empty() {
        return Err(NodeError::Setting(format!(
            "no mapping keeps a column of the input; available: {}",
            columns::names(input.fields())
        )));
    }
    Ok(input.frame.select(columns.into_columns())?)
}

fn place(
    mappings: &[glue::Mapping],
    parent: &[String],
    fields: &Fields,
    columns: &mut ColumnTree,
    log: &NodeLog<'_>,
) -> Result<(), NodeError> {
    for mapping in mappings {
        if mapping.dropped == Some(true) {
            continue;
        }
        let own_path = mapping.from_path.as_deref().unwrap_or_default();
        let from: Vec<String> = [parent, own_path].concat();
        // Children may repeat their parent's path or leave it out.
        let Some(found) =
            columns::try_find(fields, &from).or_else(|| columns::try_find(fields, own_path))
        else {
            log.warn(&format!(
                "column '{}' not found, so its mapping is left out; available: {}",
                from.join("."),
                columns::names(fields)
            ));
            continue;
        };
        let target = mapping
            .to_key
            .as_deref()
            .map_or_else(|| found.path.clone(), target_path);
        let children = mapping.children.as_deref().unwrap_or_default();
        if children.is_empty() {
            columns.insert(&target, converted(&found, mapping)?);
            continue;
        }
        if !matches!(found.data_type, DataType::Struct(_)) {
            return Err(NodeError::Setting(format!(
                "column '{}' is {} and has no children to map",
                found.path.join("."),
                found.data_type
            )));
        }
        let mut inner = ColumnTree::default();
        place(children, &found.path, fields, &mut inner, log)?;
        let built = inner.into_struct();
        columns.insert(&target, null_where_null(&found.expr, built)?);
    }
    Ok(())
}

/// Dots nest, except in backticks.
fn target_path(key: &str) -> Vec<String> {
    match key.strip_prefix('`').and_then(|key| key.strip_suffix('`')) {
        Some(verbatim) => vec![verbatim.to_owned()],
        None => key.split('.').map(str::to_owned).collect(),
    }
}

fn converted(found: &Found, mapping: &glue::Mapping) -> Result<Expr, NodeError> {
    let Some(wanted) = mapping.to_type.as_deref().filter(|text| !text.is_empty()) else {
        return Ok(found.expr.clone());
    };
    let nested = matches!(wanted.to_lowercase().as_str(), "struct" | "array" | "map");
    // Studio writes just "struct" or "array" for a value that stays as it is.
    if nested && found.data_type.is_nested() {
        return Ok(found.expr.clone());
    }
    let wanted = types::parse(wanted).map_err(|error| {
        NodeError::Setting(format!("mapping of '{}': {error}", found.path.join(".")))
    })?;
    if found.data_type == wanted {
        return Ok(found.expr.clone());
    }
    Ok(spark_cast(found.expr.clone(), &wanted))
}

/// A struct that is null stays null, rather than become a struct of nulls.
pub(super) fn null_where_null(original: &Expr, built: Expr) -> Result<Expr, NodeError> {
    Ok(when(original.clone().is_null(), lit(ScalarValue::Null)).otherwise(built)?)
}
