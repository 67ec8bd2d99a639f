//! Names of columns, which Spark matches in any case and shows as they were written.

use std::collections::HashMap;

use datafusion::logical_expr::ident;
use datafusion::prelude::DataFrame;
use datafusion::sql::sqlparser::ast::{Expr, Query, Select, SelectItem, SetExpr};

use crate::error::NodeError;

/// The frame with all names in lower case, as the query will ask for them.
pub(super) fn lowered(frame: DataFrame) -> Result<DataFrame, NodeError> {
    let mut seen: HashMap<String, String> = HashMap::new();
    let mut columns = Vec::new();
    for field in frame.schema().fields() {
        let lower = field.name().to_lowercase();
        if let Some(other) = seen.insert(lower.clone(), field.name().clone()) {
            return Err(NodeError::Setting(format!(
                "columns '{other}' and '{}' differ only by case; rename one of them first",
                field.name()
            )));
        }
        columns.push(ident(field.name()).alias(lower));
    }
    Ok(frame.select(columns)?)
}

/// How the columns of a query's result are to be spelt.
#[derive(Debug, Default)]
pub(super) struct Spelling {
    /// The names of the outermost select list by position, where no wildcard stands before them.
    listed: Vec<Option<String>>,
    /// Spellings by lower-case name.
    by_name: HashMap<String, String>,
}

impl Spelling {
    /// Reads the names a query gives its columns; what comes in by `*` is spelt as in the inputs.
    pub(super) fn of(query: &Query, input_columns: impl Iterator<Item = String>) -> Self {
        let mut spelling = Self::default();
        for name in input_columns {
            spelling.by_name.entry(name.to_lowercase()).or_insert(name);
        }
        let mut positions_known = true;
        for item in first_select(&query.body).map_or(&[][..], |select| &select.projection) {
            match shown_name(item) {
                Some(name) => {
                    spelling.by_name.insert(name.to_lowercase(), name.clone());
                    if positions_known {
                        spelling.listed.push(Some(name));
                    }
                }
                None => positions_known = false,
            }
        }
        spelling
    }

    /// Renames the columns of a result.
    pub(super) fn apply(&self, frame: DataFrame) -> Result<DataFrame, NodeError> {
        let mut columns = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        for (position, (qualifier, field)) in frame.schema().iter().enumerate() {
            let listed = self.listed.get(position).cloned().flatten();
            let name = listed.unwrap_or_else(|| {
                let lower = field.name().to_lowercase();
                self.by_name
                    .get(&lower)
                    .cloned()
                    .unwrap_or_else(|| field.name().clone())
            });
            if seen.contains(&name) {
                return Err(NodeError::Setting(format!(
                    "the query's result has two columns named '{name}'; give one of them an alias"
                )));
            }
            seen.push(name.clone());
            let column = datafusion::common::Column::from((qualifier, field.as_ref()));
            columns.push(datafusion::logical_expr::Expr::Column(column).alias(name));
        }
        Ok(frame.select(columns)?)
    }
}

/// The select whose list names the columns of a set operation.
fn first_select(body: &SetExpr) -> Option<&Select> {
    match body {
        SetExpr::Select(select) => Some(select),
        SetExpr::Query(query) => first_select(&query.body),
        SetExpr::SetOperation { left, .. } => first_select(left),
        _ => None,
    }
}

/// The name Spark shows for a column; none for a wildcard.
fn shown_name(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(name.value.clone()),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => {
            parts.last().map(|name| name.value.clone())
        }
        SelectItem::UnnamedExpr(expr) => Some(match expr.to_string().as_str() {
            "count(*)" | "COUNT(*)" => "count(1)".to_owned(),
            text => text.to_owned(),
        }),
        _ => None,
    }
}
