//! The names of a query's output columns, by Trino's rules.
//!
//! Trino lets columns share a name and calls those without one `_col0`, `_col1` and so on;
//! DataFusion wants them different and makes names of expressions. So select items get aliases
//! here, and what the user shall see is remembered beside.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, OrderByKind, Query, Select, SelectItem, SetExpr, Value, VisitMut, VisitorMut,
};

use super::tokens::WrittenNames;

/// What output columns are called, by the name they have in the plan.
#[derive(Debug, Default)]
pub(crate) struct OutputNames {
    shown: HashMap<String, Shown>,
    all_unnamed: bool,
}

#[derive(Debug)]
enum Shown {
    As(String),
    ByPosition,
}

impl OutputNames {
    /// The names to show for the plan's output fields.
    pub(crate) fn show<'a>(&self, fields: impl Iterator<Item = &'a str>) -> Vec<String> {
        fields
            .enumerate()
            .map(|(position, field)| match self.shown.get(field) {
                _ if self.all_unnamed => format!("_col{position}"),
                Some(Shown::As(name)) => name.clone(),
                Some(Shown::ByPosition) => format!("_col{position}"),
                None => field.to_owned(),
            })
            .collect()
    }
}

/// Gives the select items of `query` names that DataFusion accepts.
pub(super) fn rewrite(query: &mut Query, written: &WrittenNames) -> OutputNames {
    let mut names = OutputNames::default();
    match leftmost(&mut query.body) {
        Leftmost::Select(select) => name_outputs(select, written, &mut names),
        Leftmost::Values => names.all_unnamed = true,
        Leftmost::Other => {}
    }
    order_by_outputs(query);
    let _ = query.visit(&mut Deduplicate);
    names
}

/// What `SELECT DISTINCT` is ordered by is among its outputs; DataFusion finds it by its name.
fn order_by_outputs(query: &mut Query) {
    let (SetExpr::Select(select), Some(order_by)) = (query.body.as_ref(), &mut query.order_by)
    else {
        return;
    };
    let (Some(_), OrderByKind::Expressions(keys)) = (&select.distinct, &mut order_by.kind) else {
        return;
    };
    for key in keys {
        let written = key.expr.to_string().to_lowercase();
        let named = select.projection.iter().find_map(|item| match item {
            SelectItem::ExprWithAlias { expr, alias } => {
                (expr.to_string().to_lowercase() == written).then_some(alias)
            }
            _ => None,
        });
        if let Some(alias) = named {
            key.expr = Expr::Identifier(alias.clone());
        }
    }
}

enum Leftmost<'a> {
    Select(&'a mut Select),
    Values,
    Other,
}

/// The part of a set operation that gives the columns their names.
fn leftmost(body: &mut SetExpr) -> Leftmost<'_> {
    match body {
        SetExpr::Select(select) => Leftmost::Select(select),
        SetExpr::Query(query) => leftmost(&mut query.body),
        SetExpr::SetOperation { left, .. } => leftmost(left),
        SetExpr::Values(_) => Leftmost::Values,
        _ => Leftmost::Other,
    }
}

/// What to call an item, as the user wrote it; none where Trino gives no name.
fn written_name(item: &SelectItem, written: &WrittenNames) -> Option<String> {
    let ident = match item {
        SelectItem::ExprWithAlias { alias, .. } => alias,
        SelectItem::UnnamedExpr(expr) => last_name(expr)?,
        _ => return None,
    };
    let quoted = written.get(&ident.span.start);
    Some(quoted.unwrap_or(&ident.value).clone())
}

fn last_name(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Identifier(ident) => Some(ident),
        Expr::CompoundIdentifier(idents) => idents.last(),
        _ => None,
    }
}

/// Remembers the items' names and aliases those that have none, or one that was there before.
fn name_outputs(select: &mut Select, written: &WrittenNames, names: &mut OutputNames) {
    let mut taken = HashSet::new();
    for (position, item) in select.projection.iter_mut().enumerate() {
        if matches!(
            item,
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)
        ) {
            continue;
        }
        let shown = written_name(item, written);
        let folded = shown.as_deref().map(str::to_lowercase);
        let internal = match folded {
            Some(name) if taken.insert(name.clone()) => name,
            _ => {
                let name = format!("__output_{position}");
                set_alias(item, &name);
                name
            }
        };
        let shown = shown.map_or(Shown::ByPosition, Shown::As);
        names.shown.insert(internal, shown);
    }
    alias_plain_columns_beside_wildcards(select, names);
}

/// `SELECT *, a` would give DataFusion the same column twice.
fn alias_plain_columns_beside_wildcards(select: &mut Select, names: &mut OutputNames) {
    let has_wildcard = select.projection.iter().any(|item| {
        matches!(
            item,
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)
        )
    });
    if !has_wildcard {
        return;
    }
    for (position, item) in select.projection.iter_mut().enumerate() {
        let SelectItem::UnnamedExpr(expr) = item else {
            continue;
        };
        let Some(name) = last_name(expr).map(|ident| ident.value.to_lowercase()) else {
            continue;
        };
        let internal = format!("__output_{position}");
        set_alias(item, &internal);
        if let Some(shown) = names.shown.remove(&name) {
            names.shown.insert(internal, shown);
        }
    }
}

fn set_alias(item: &mut SelectItem, name: &str) {
    let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else {
        return;
    };
    // Moved, not copied: expressions can be large.
    let nothing = Expr::value(Value::Null);
    let expr = std::mem::replace(expr, nothing);
    let alias = Ident::with_quote('"', name);
    *item = SelectItem::ExprWithAlias { expr, alias };
}

/// Aliases select items that repeat another one, in every part of the query.
struct Deduplicate;

impl VisitorMut for Deduplicate {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let mut seen = HashSet::new();
        for (position, item) in select.projection.iter_mut().enumerate() {
            let repeated = match item {
                SelectItem::UnnamedExpr(expr) => !seen.insert(expr.to_string().to_lowercase()),
                _ => false,
            };
            if repeated {
                set_alias(item, &format!("__repeated_{position}"));
            }
        }
        ControlFlow::Continue(())
    }
}
