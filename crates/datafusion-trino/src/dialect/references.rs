//! The tables and functions a query names, with their places.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, Query,
    Spanned, TableFactor, Visit, VisitMut, Visitor, VisitorMut,
};

use super::parse::{location, null};
use crate::error::{ErrorCode, Location, Result, TrinoError};
use crate::functions::array::constructor::NAME as ARRAY_CONSTRUCTOR;
use crate::functions::{self, Now};

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

/// Fields that `EXTRACT` takes.
const EXTRACTED: [&str; 17] = [
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "day_of_month",
    "day_of_week",
    "dow",
    "day_of_year",
    "doy",
    "year_of_week",
    "yow",
    "hour",
    "minute",
    "second",
    "timezone_hour",
    "timezone_minute",
];

/// Replaces Trino's functions by what DataFusion calls them.
///
/// # Errors
/// `SYNTAX_ERROR` for a field that `EXTRACT` does not take.
pub(crate) fn rewrite_functions(query: &mut Query) -> Result<()> {
    match query.visit(&mut RewriteFunctions(Now::read())) {
        ControlFlow::Break(refusal) => Err(refusal),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct RewriteFunctions(Now);

impl VisitorMut for RewriteFunctions {
    type Break = TrinoError;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<TrinoError> {
        let replacement = match expr {
            Expr::Function(function) => {
                if let Err(refusal) = check_arguments(function) {
                    return ControlFlow::Break(refusal);
                }
                functions::rewrite(function, &self.0)
            }
            Expr::Extract { field, expr, .. } => {
                let name = field.to_string().to_lowercase();
                if !EXTRACTED.contains(&name.as_str()) {
                    return ControlFlow::Break(TrinoError::at(
                        ErrorCode::SyntaxError,
                        location(expr.span().start),
                        format!("Invalid EXTRACT field: {field}"),
                    ));
                }
                Some(functions::call(
                    &name,
                    vec![std::mem::replace(&mut **expr, null())],
                ))
            }
            Expr::Array(array) => {
                let elements = std::mem::take(&mut array.elem);
                Some(functions::call(ARRAY_CONSTRUCTOR, elements))
            }
            Expr::Tuple(fields) => Some(functions::call("row", std::mem::take(fields))),
            Expr::AtTimeZone {
                timestamp,
                time_zone,
            } => {
                let operands = [timestamp, time_zone];
                let operands = operands.map(|operand| std::mem::replace(&mut **operand, null()));
                Some(functions::call("at_timezone", operands.into()))
            }
            _ => None,
        };
        if let Some(replacement) = replacement {
            *expr = replacement;
        }
        ControlFlow::Continue(())
    }
}

/// Refuses what DataFusion would take, or not understand: `concat` of one text, and lambdas for
/// functions that take none.
fn check_arguments(function: &Function) -> Result<()> {
    let FunctionArguments::List(list) = &function.args else {
        return Ok(());
    };
    let name = function.name.to_string().to_lowercase();
    let refused = |code, message: String| {
        let place = location(function.name.span().start);
        Err(TrinoError::at(code, place, message))
    };
    if name == "concat" && list.args.len() < 2 {
        let message = "There must be two or more concatenation arguments";
        return refused(ErrorCode::InvalidFunctionArgument, message.to_owned());
    }
    let is_lambda = |argument: &FunctionArg| {
        matches!(
            argument,
            FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Lambda(_)))
        )
    };
    if list.args.iter().any(is_lambda) && !functions::takes_lambdas(&name) {
        let message = format!("Unexpected parameters (<function>) for function {name}");
        return refused(ErrorCode::TypeMismatch, message);
    }
    Ok(())
}

/// A function that a query names, as written.
#[derive(Debug)]
pub(crate) struct FunctionReference {
    name: String,
    place: Location,
}

impl FunctionReference {
    /// What Trino says of a function it does not have.
    pub(crate) fn not_registered(self) -> TrinoError {
        let message = format!("Function '{}' not registered", self.name);
        TrinoError::at(ErrorCode::FunctionNotFound, self.place, message)
    }
}

/// The first function of a name that is `wanted`.
pub(crate) fn function(query: &Query, wanted: impl Fn(&str) -> bool) -> Option<FunctionReference> {
    match query.visit(&mut Functions(wanted)) {
        ControlFlow::Break(found) => Some(found),
        ControlFlow::Continue(()) => None,
    }
}

struct Functions<F>(F);

impl<F: Fn(&str) -> bool> Visitor for Functions<F> {
    type Break = FunctionReference;

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Self::Break> {
        let Expr::Function(function) = expr else {
            return ControlFlow::Continue(());
        };
        let name = function.name.to_string().replace('"', "").to_lowercase();
        match (self.0)(&name) {
            true => ControlFlow::Break(FunctionReference {
                name,
                place: location(function.name.span().start),
            }),
            false => ControlFlow::Continue(()),
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
