//! DropFields: removes columns, and fields inside structs.
//!
//! A path that is not there is ignored, as on AWS; the run's log says so.

use datafusion::arrow::datatypes::{DataType, Fields};
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::{Expr, ident};
use datafusion::prelude::DataFrame;
use lakebed_wire::glue;

use super::apply_mapping::null_where_null;
use super::{Input, NodeLog};
use crate::columns;
use crate::error::NodeError;
use crate::nesting::ColumnTree;

pub(super) fn drop(
    settings: &glue::DropFields,
    input: Input,
    log: &NodeLog<'_>,
) -> Result<DataFrame, NodeError> {
    let fields = input.fields();
    let mut dropped = Vec::new();
    for path in &settings.paths {
        match columns::try_find(fields, path) {
            Some(found) => dropped.push(found.path),
            None => log.warn(&format!(
                "column '{}' not found, so there is nothing to drop; available: {}",
                path.join("."),
                columns::names(fields)
            )),
        }
    }
    let mut kept = Vec::new();
    for field in fields {
        let path = vec![field.name().clone()];
        if dropped.contains(&path) {
            continue;
        }
        let value = without(ident(field.name()), &path, field.data_type(), &dropped)?;
        if let Some(value) = value {
            kept.push(value.alias(field.name()));
        }
    }
    if kept.is_empty() {
        return Err(NodeError::Setting(
            "every column would be dropped".to_owned(),
        ));
    }
    Ok(input.frame.select(kept)?)
}

/// The value at `path` without its dropped fields; nothing if all of them are dropped.
fn without(
    value: Expr,
    path: &[String],
    data_type: &DataType,
    dropped: &[Vec<String>],
) -> Result<Option<Expr>, NodeError> {
    let touched = dropped
        .iter()
        .any(|dropped| dropped.len() > path.len() && dropped.starts_with(path));
    let DataType::Struct(fields) = data_type else {
        return Ok(Some(value));
    };
    if !touched {
        return Ok(Some(value));
    }
    let rest = remaining(&value, path, fields, dropped)?;
    if rest.is_empty() {
        return Ok(None);
    }
    Ok(Some(null_where_null(&value, rest.into_struct())?))
}

fn remaining(
    value: &Expr,
    path: &[String],
    fields: &Fields,
    dropped: &[Vec<String>],
) -> Result<ColumnTree, NodeError> {
    let mut rest = ColumnTree::default();
    for field in fields {
        let inner_path = [path, &[field.name().clone()]].concat();
        if dropped.contains(&inner_path) {
            continue;
        }
        let inner = get_field(value.clone(), field.name().clone());
        if let Some(inner) = without(inner, &inner_path, field.data_type(), dropped)? {
            rest.insert(&[field.name().clone()], inner);
        }
    }
    Ok(rest)
}
