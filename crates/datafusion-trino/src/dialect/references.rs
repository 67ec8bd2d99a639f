//! The tables and functions a query names, with their places.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, Query, Spanned, TableFactor, Visit, VisitMut, Visitor, VisitorMut,
};

use super::parse::location;
use crate::error::Location;
use crate::functions;

/// A table as a query names it, folded; missing parts are empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableReference {
    pub catalog: Option<String>,
    pub database: Option<String>,
    pub table: String,
}

impl TableReference {
    /// The table that `name` means; none for names that are no tables'.
    pub fn of(name: &ObjectName) -> Option<Self> {
        let mut parts: Vec<String> = name
            .0
            .iter()
            .filter_map(|part| part.as_ident())
            .map(fold)
            .collect();
        Some(Self {
            table: parts.pop()?,
            database: parts.pop(),
            catalog: parts.pop(),
        })
    }
}

/// The tables that `query` reads, each with the first place it is named at. Names of common table
/// expressions are none.
pub fn tables(query: &Query) -> BTreeMap<TableReference, Location> {
    let mut tables = Tables::default();
    let _ = query.visit(&mut tables);
    tables.found
}

#[derive(Default)]
struct Tables {
    found: BTreeMap<TableReference, Location>,
    /// Names of common table expressions that can be seen from here.
    visible: Vec<String>,
}

impl Visitor for Tables {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let Some(with) = &query.with else {
            return ControlFlow::Continue(());
        };
        for expression in &with.cte_tables {
            // What an expression reads is looked at before its own name can be seen. It is
            // visited again with the query, which finds nothing new.
            if !with.recursive {
                expression.visit(self)?;
            }
            self.visible.push(fold(&expression.alias.name));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let names = query.with.as_ref().map_or(0, |with| with.cte_tables.len());
        self.visible.truncate(self.visible.len() - names);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        // A table function is no table.
        if let TableFactor::Table {
            name, args: None, ..
        } = factor
        {
            self.note(name);
        }
        ControlFlow::Continue(())
    }
}

impl Tables {
    fn note(&mut self, name: &ObjectName) {
        let Some(reference) = TableReference::of(name) else {
            return;
        };
        if reference.database.is_none() && self.visible.contains(&reference.table) {
            return;
        }
        let place = location(name.span().start);
        self.found.entry(reference).or_insert(place);
    }
}

fn fold(ident: &Ident) -> String {
    ident.value.to_lowercase()
}

/// Replaces Trino's functions by what DataFusion calls them.
pub(crate) fn rewrite_functions(query: &mut Query) {
    let _ = query.visit(&mut RewriteFunctions);
}

struct RewriteFunctions;

impl VisitorMut for RewriteFunctions {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr
            && let Some(replacement) = functions::rewrite(function)
        {
            *expr = replacement;
        }
        ControlFlow::Continue(())
    }
}

/// The first function that `known` does not know, as written, and its place.
pub(crate) fn unknown_function(
    query: &Query,
    known: impl Fn(&str) -> bool,
) -> Option<(String, Location)> {
    let found = query.visit(&mut UnknownFunction(known));
    match found {
        ControlFlow::Break(found) => Some(found),
        ControlFlow::Continue(()) => None,
    }
}

struct UnknownFunction<F>(F);

impl<F: Fn(&str) -> bool> Visitor for UnknownFunction<F> {
    type Break = (String, Location);

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Self::Break> {
        let Expr::Function(function) = expr else {
            return ControlFlow::Continue(());
        };
        let name = function.name.to_string().replace('"', "").to_lowercase();
        match (self.0)(&name) {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break((name, location(function.name.span().start))),
        }
    }
}

/// Where a column called `name` is first spoken of.
pub(crate) fn column_location(query: &Query, name: &str) -> Option<Location> {
    match query.visit(&mut ColumnLocation(name)) {
        ControlFlow::Break(found) => Some(found),
        ControlFlow::Continue(()) => None,
    }
}

struct ColumnLocation<'a>(&'a str);

impl Visitor for ColumnLocation<'_> {
    type Break = Location;

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Location> {
        let (first, idents) = match expr {
            Expr::Identifier(ident) => (ident, std::slice::from_ref(ident)),
            Expr::CompoundIdentifier(idents) => match idents.first() {
                Some(first) => (first, idents.as_slice()),
                None => return ControlFlow::Continue(()),
            },
            _ => return ControlFlow::Continue(()),
        };
        match idents.iter().any(|ident| fold(ident) == self.0) && first.span.start.line > 0 {
            true => ControlFlow::Break(location(first.span.start)),
            false => ControlFlow::Continue(()),
        }
    }
}
