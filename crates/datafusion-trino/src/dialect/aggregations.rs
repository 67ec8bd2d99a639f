//! Where aggregations and window functions may not be: in `WHERE`, `GROUP BY` and `ON`, and within
//! each other.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Join,
    JoinConstraint, JoinOperator, Query, Select, Spanned, Visit, Visitor, WindowType,
};

use super::parse::location;
use super::shown::slice;
use crate::error::{ErrorCode, Result, TrinoError};

/// What a function does to rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FunctionKind {
    Scalar,
    Aggregate,
    Window,
}

/// Refuses aggregations and window functions where they may not be.
///
/// # Errors
/// `EXPRESSION_NOT_SCALAR`, `NESTED_AGGREGATION`, `NESTED_WINDOW` or `MISSING_OVER` at the first.
pub(crate) fn check(query: &Query, text: &str, kind: impl Fn(&str) -> FunctionKind) -> Result<()> {
    let mut check = Check { text, kind };
    match query.visit(&mut check) {
        ControlFlow::Break(refusal) => Err(*refusal),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Check<'a, K> {
    text: &'a str,
    kind: K,
}

impl<K: Fn(&str) -> FunctionKind> Visitor for Check<'_, K> {
    type Break = Box<TrinoError>;

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Self::Break> {
        if let Some(condition) = &select.selection {
            self.scalar("WHERE clause", condition)?;
        }
        for join in select.from.iter().flat_map(|from| &from.joins) {
            if let Some(condition) = condition(join) {
                self.scalar("JOIN clause", condition)?;
            }
        }
        if let GroupByExpr::Expressions(keys, _) = &select.group_by {
            for key in keys {
                self.scalar("GROUP BY clause", key)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Self::Break> {
        let Expr::Function(function) = expr else {
            return ControlFlow::Continue(());
        };
        let name = self.name(function);
        let refused = |code, message| {
            let place = location(function.span().start);
            ControlFlow::Break(Box::new(TrinoError::at(code, place, message)))
        };
        match (self.role(function), &function.over) {
            (FunctionKind::Window, None) => {
                let message = format!("Window function {name} requires an OVER clause");
                refused(ErrorCode::MissingOver, message)
            }
            (FunctionKind::Window, Some(_)) => {
                let nested = self.within(function);
                match nested.into_iter().find(|call| call.kind == FunctionKind::Window) {
                    Some(_) => refused(
                        ErrorCode::NestedWindow,
                        "Cannot nest window functions or row pattern measures inside window function arguments".to_owned(),
                    ),
                    None => ControlFlow::Continue(()),
                }
            }
            (FunctionKind::Aggregate, _) => {
                let nested = self.within(function);
                let (windows, aggregates): (Vec<_>, Vec<_>) = nested
                    .into_iter()
                    .partition(|call| call.kind == FunctionKind::Window);
                if !aggregates.is_empty() {
                    let message = format!(
                        "Cannot nest aggregations inside aggregation '{name}': {}",
                        listed(&aggregates)
                    );
                    return refused(ErrorCode::NestedAggregation, message);
                }
                if !windows.is_empty() {
                    let message = format!(
                        "Cannot nest window functions or row pattern measures inside aggregation '{name}': {}",
                        listed(&windows)
                    );
                    return refused(ErrorCode::NestedWindow, message);
                }
                ControlFlow::Continue(())
            }
            (FunctionKind::Scalar, _) => ControlFlow::Continue(()),
        }
    }
}

fn condition(join: &Join) -> Option<&Expr> {
    match &join.join_operator {
        JoinOperator::Join(JoinConstraint::On(condition))
        | JoinOperator::Inner(JoinConstraint::On(condition))
        | JoinOperator::Left(JoinConstraint::On(condition))
        | JoinOperator::LeftOuter(JoinConstraint::On(condition))
        | JoinOperator::Right(JoinConstraint::On(condition))
        | JoinOperator::RightOuter(JoinConstraint::On(condition))
        | JoinOperator::FullOuter(JoinConstraint::On(condition)) => Some(condition),
        _ => None,
    }
}

/// An aggregation or window function, as it is shown.
struct Call {
    kind: FunctionKind,
    shown: String,
}

fn listed(calls: &[Call]) -> String {
    let shown: Vec<&str> = calls.iter().map(|call| call.shown.as_str()).collect();
    format!("[{}]", shown.join(", "))
}

impl<K: Fn(&str) -> FunctionKind> Check<'_, K> {
    fn scalar(&self, clause: &str, expr: &Expr) -> ControlFlow<Box<TrinoError>> {
        let found = self.calls(expr);
        if found.is_empty() {
            return ControlFlow::Continue(());
        }
        let message = format!(
            "{clause} cannot contain aggregations, window functions or grouping operations: {}",
            listed(&found)
        );
        let place = location(expr.span().start);
        let refusal = TrinoError::at(ErrorCode::ExpressionNotScalar, place, message);
        ControlFlow::Break(Box::new(refusal))
    }

    /// What a call is where it stands.
    fn role(&self, function: &Function) -> FunctionKind {
        let name = function.name.to_string().replace('"', "").to_lowercase();
        match (self.kind)(&name) {
            FunctionKind::Aggregate if function.over.is_some() => FunctionKind::Window,
            kind => kind,
        }
    }

    /// Aggregations and window functions within a call.
    fn within(&self, function: &Function) -> Vec<Call> {
        let mut find = Find {
            check: self,
            found: Vec::new(),
            queries: 0,
        };
        let _ = function.args.visit(&mut find);
        let _ = function.filter.visit(&mut find);
        let _ = function.within_group.visit(&mut find);
        // An aggregation may be what a window is ordered or partitioned by.
        if let Some(WindowType::WindowSpec(spec)) = &function.over {
            let _ = spec.visit(&mut find);
        }
        find.found
    }

    /// Aggregations and window functions in an expression.
    fn calls(&self, expr: &Expr) -> Vec<Call> {
        let mut find = Find {
            check: self,
            found: Vec::new(),
            queries: 0,
        };
        let _ = expr.visit(&mut find);
        find.found
    }

    /// The name as written; functions are known by others here.
    fn name(&self, function: &Function) -> String {
        let span = function.name.span();
        let written = slice(self.text, span.start, span.end).unwrap_or_default();
        match written.is_empty() {
            true => function.name.to_string().to_lowercase(),
            false => written.to_lowercase(),
        }
    }

    fn show(&self, function: &Function) -> String {
        let arguments = match &function.args {
            FunctionArguments::List(list) => match list.args.as_slice() {
                [] => "",
                [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)] => "*",
                _ => {
                    let span = function.args.span();
                    slice(self.text, span.start, span.end).unwrap_or_default()
                }
            },
            _ => "",
        };
        format!("\"{}\"({arguments})", self.name(function))
    }
}

/// Collects outermost aggregations and window functions, but for those of subqueries.
struct Find<'a, K> {
    check: &'a Check<'a, K>,
    found: Vec<Call>,
    queries: usize,
}

impl<K: Fn(&str) -> FunctionKind> Visitor for Find<'_, K> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.queries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.queries -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.queries == 0
            && let Expr::Function(function) = expr
        {
            let kind = self.check.role(function);
            if kind != FunctionKind::Scalar {
                let shown = self.check.show(function);
                self.found.push(Call { kind, shown });
            }
        }
        ControlFlow::Continue(())
    }
}
