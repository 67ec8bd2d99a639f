//! Union: the rows of both inputs, columns matched by position as Spark SQL's `UNION` does.

use datafusion::logical_expr::ident;
use datafusion::prelude::DataFrame;
use lakebed_wire::glue;

use super::Input;
use crate::columns;
use crate::error::NodeError;

pub(super) fn union(
    settings: &glue::Union,
    first: Input,
    second: Input,
) -> Result<DataFrame, NodeError> {
    if first.fields().len() != second.fields().len() {
        return Err(NodeError::Setting(format!(
            "both inputs need the same number of columns; '{}' has {} ({}), '{}' has {} ({})",
            first.id,
            first.fields().len(),
            columns::names(first.fields()),
            second.id,
            second.fields().len(),
            columns::names(second.fields())
        )));
    }
    let renamed: Vec<_> = first
        .fields()
        .iter()
        .zip(second.fields())
        .map(|(name, field)| ident(field.name()).alias(name.name()))
        .collect();
    let second = second.frame.select(renamed)?;
    Ok(match settings.union_type {
        glue::UnionType::All => first.frame.union(second)?,
        glue::UnionType::Distinct => first.frame.union_distinct(second)?,
    })
}
