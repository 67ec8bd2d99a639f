//! `*` never stands for hidden columns, even in a query that names one.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    ExcludeSelectItem, Ident, ObjectName, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, TableFactor, VisitMut, VisitorMut,
    WildcardAdditionalOptions,
};
use datafusion_trino::TableReference;
use lakebed_engine::HIDDEN_COLUMNS;

/// Whether a query's text names a hidden column.
pub(crate) fn are_named(text: &str) -> bool {
    let text = text.to_lowercase();
    HIDDEN_COLUMNS
        .iter()
        .any(|column| text.contains(&format!("\"{column}\"")))
}

/// Takes the hidden columns of `tables` out of what `*` and `t.*` stand for. A `*` over a join
/// becomes one `t.*` a table.
pub(crate) fn hide_from_wildcards(query: &mut Query, tables: &BTreeSet<TableReference>) {
    let _ = query.visit(&mut Hide {
        tables,
        visible: Vec::new(),
    });
}

struct Hide<'a> {
    tables: &'a BTreeSet<TableReference>,
    /// Names of common table expressions that can be seen from here: they have no hidden columns.
    visible: Vec<String>,
}

impl VisitorMut for Hide<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let expressions = query.with.iter().flat_map(|with| &with.cte_tables);
        self.visible
            .extend(expressions.map(|expression| expression.alias.name.value.to_lowercase()));
        self.hide(&mut query.body);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let names = query.with.as_ref().map_or(0, |with| with.cte_tables.len());
        self.visible.truncate(self.visible.len() - names);
        ControlFlow::Continue(())
    }
}

impl Hide<'_> {
    fn hide(&self, body: &mut SetExpr) {
        match body {
            SetExpr::Select(select) => self.hide_in_select(select),
            SetExpr::SetOperation { left, right, .. } => {
                self.hide(left);
                self.hide(right);
            }
            // A query in parentheses is visited as the query it is.
            _ => {}
        }
    }

    fn hide_in_select(&self, select: &mut Select) {
        let sources: Vec<(Ident, bool)> = select
            .from
            .iter()
            .flat_map(|from| {
                std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation))
            })
            .filter_map(|factor| self.source(factor))
            .collect();
        let items = std::mem::take(&mut select.projection);
        for item in items {
            match item {
                SelectItem::Wildcard(options) => match sources.as_slice() {
                    [(_, true)] => select
                        .projection
                        .push(SelectItem::Wildcard(excluding(options))),
                    [_, _, ..] => select.projection.extend(sources.iter().map(one_source)),
                    _ => select.projection.push(SelectItem::Wildcard(options)),
                },
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    options,
                ) => {
                    let qualifier = name.0.last().and_then(|part| part.as_ident()).map(folded);
                    let has_hidden = sources.iter().any(|(source, has_hidden)| {
                        *has_hidden && Some(folded(source)) == qualifier
                    });
                    let options = if has_hidden {
                        excluding(options)
                    } else {
                        options
                    };
                    select.projection.push(SelectItem::QualifiedWildcard(
                        SelectItemQualifiedWildcardKind::ObjectName(name),
                        options,
                    ));
                }
                item => select.projection.push(item),
            }
        }
    }

    /// What a source of rows is called, and whether it has hidden columns.
    fn source(&self, factor: &TableFactor) -> Option<(Ident, bool)> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                ..
            } => {
                let last = name.0.last().and_then(|part| part.as_ident())?;
                let can_be_table = name.0.len() > 1 || !self.visible.contains(&folded(last));
                let has_hidden = can_be_table
                    && TableReference::of(name)
                        .is_some_and(|reference| self.tables.contains(&reference));
                let called = alias.as_ref().map_or(last, |alias| &alias.name);
                Some((called.clone(), has_hidden))
            }
            TableFactor::Derived {
                alias: Some(alias), ..
            }
            | TableFactor::UNNEST {
                alias: Some(alias), ..
            } => Some((alias.name.clone(), false)),
            _ => None,
        }
    }
}

fn folded(name: &Ident) -> String {
    name.value.to_lowercase()
}

fn one_source((name, has_hidden): &(Ident, bool)) -> SelectItem {
    let options = WildcardAdditionalOptions::default();
    let options = if *has_hidden {
        excluding(options)
    } else {
        options
    };
    let name = ObjectName::from(vec![name.clone()]);
    SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options)
}

fn excluding(options: WildcardAdditionalOptions) -> WildcardAdditionalOptions {
    let hidden =
        HIDDEN_COLUMNS.map(|column| ObjectName::from(vec![Ident::with_quote('"', column)]));
    WildcardAdditionalOptions {
        opt_exclude: Some(ExcludeSelectItem::Multiple(hidden.to_vec())),
        ..options
    }
}
