//! Where in a query the expression stands that planning refused. DataFusion's errors seldom tell,
//! so the query is planned again with parts of it left out: what is refused without a part was not
//! refused for that part.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::execution::SessionState;
use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    CaseWhen, Expr, Query, Spanned, Value, Visit, VisitMut, Visitor, VisitorMut,
};

use crate::dialect::shown::{place, written};
use crate::dialect::{ParsedQuery, location, tokens_of};
use crate::error::{ErrorCode, Location, TrinoError};
use crate::plan::plan_parsed;

/// Queries with more expressions than this get no place.
const MAX_EXPRESSIONS: usize = 2_000;

/// The place of what a query is refused for, by Trino's rules for places.
pub(crate) async fn locate(
    state: &SessionState,
    parsed: &ParsedQuery,
    refusal: &TrinoError,
) -> Option<Location> {
    let nodes = nodes(&parsed.query)?;
    // Inner queries first: what they are refused for, those around them are refused for, too.
    let mut roots: Vec<usize> = (0..nodes.len())
        .filter(|id| nodes[*id].parent.is_none())
        .collect();
    roots.sort_by_key(|id| (Reverse(nodes[*id].depth), *id));
    let without = |from: usize| -> HashMap<usize, Expr> {
        roots[from..].iter().map(|id| (*id, null())).collect()
    };
    let trial = Trial {
        state,
        query: &parsed.query,
        refusal,
    };
    // The least number of roots with which it is still refused.
    let (mut low, mut high) = (0, roots.len());
    while low < high {
        let middle = low.midpoint(high);
        match trial.is_same(without(middle)).await {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    if !trial.is_same(without(low)).await {
        return None;
    }
    let mut culprit = *roots.get(low.checked_sub(1)?)?;
    'deeper: loop {
        for child in &nodes[culprit].children {
            let mut replaced = without(low);
            replaced.insert(culprit, untyped(nodes[*child].expr.clone()));
            if trial.is_same(replaced).await {
                culprit = *child;
                continue 'deeper;
            }
        }
        return place(&tokens_of(&parsed.text), &nodes[culprit].expr).map(location);
    }
}

/// A column that is neither grouped nor aggregated, in Trino's words: they name the expression of
/// the clause that the column at `place` is part of.
pub(crate) fn ungrouped(parsed: &ParsedQuery, place: Location) -> Option<TrinoError> {
    let nodes = nodes(&parsed.query)?;
    let holds = |node: &&Node| {
        let span = node.expr.span();
        node.parent.is_none()
            && span.start.line > 0
            && location(span.start) <= place
            && place < location(span.end)
    };
    let clause = nodes.iter().rev().find(holds)?;
    let expr = written(&parsed.text, &clause.expr)?;
    let at = self::place(&tokens_of(&parsed.text), &clause.expr)?;
    Some(TrinoError::at(
        ErrorCode::ExpressionNotAggregate,
        location(at),
        format!("'{expr}' must be an aggregate expression or appear in GROUP BY clause"),
    ))
}

/// A query that is refused, and what for.
struct Trial<'a> {
    state: &'a SessionState,
    query: &'a Query,
    refusal: &'a TrinoError,
}

impl Trial<'_> {
    /// Whether the query is refused for the same with these expressions replaced.
    async fn is_same(&self, replaced: HashMap<usize, Expr>) -> bool {
        let mut variant = Box::new(self.query.clone());
        let mut replace = Replace {
            replaced,
            around: Vec::new(),
            next: 0,
        };
        let _ = VisitMut::visit(&mut *variant, &mut replace);
        let told = plan_parsed(self.state, ParsedQuery::unnamed(variant)).await;
        told.is_err_and(|told| {
            told.code() == self.refusal.code() && told.message() == self.refusal.message()
        })
    }
}

/// An expression and those it is made of.
struct Node {
    expr: Expr,
    /// None for what a query itself is made of.
    parent: Option<usize>,
    children: Vec<usize>,
    /// How many queries are around it.
    depth: usize,
}

/// All expressions in the order in which they are visited; none if they are too many.
fn nodes(query: &Query) -> Option<Vec<Node>> {
    let mut collect = Collect::default();
    match Visit::visit(query, &mut collect) {
        ControlFlow::Continue(()) => Some(collect.nodes),
        ControlFlow::Break(()) => None,
    }
}

#[derive(Default)]
struct Collect {
    nodes: Vec<Node>,
    /// The expressions around; none where a query begins.
    around: Vec<Option<usize>>,
    depth: usize,
}

impl Visitor for Collect {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.around.push(None);
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.around.pop();
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let id = self.nodes.len();
        if id == MAX_EXPRESSIONS {
            return ControlFlow::Break(());
        }
        let parent = self.around.last().copied().flatten();
        if let Some(parent) = parent {
            self.nodes[parent].children.push(id);
        }
        self.nodes.push(Node {
            expr: expr.clone(),
            parent,
            children: Vec::new(),
            depth: self.depth,
        });
        self.around.push(Some(id));
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, _: &Expr) -> ControlFlow<()> {
        self.around.pop();
        ControlFlow::Continue(())
    }
}

/// Replaces expressions by the order in which they are visited.
struct Replace {
    replaced: HashMap<usize, Expr>,
    around: Vec<usize>,
    next: usize,
}

impl VisitorMut for Replace {
    type Break = ();

    fn pre_visit_expr(&mut self, _: &mut Expr) -> ControlFlow<()> {
        self.around.push(self.next);
        self.next += 1;
        ControlFlow::Continue(())
    }

    // What it is made of is counted before it is replaced.
    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let id = self.around.pop();
        if let Some(other) = id.and_then(|id| self.replaced.remove(&id)) {
            *expr = other;
        }
        ControlFlow::Continue(())
    }
}

fn null() -> Expr {
    Expr::value(Value::Null)
}

/// `CASE WHEN expr IS NULL THEN NULL END`, which fits wherever an expression does.
fn untyped(expr: Expr) -> Expr {
    Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen {
            condition: Expr::IsNull(Box::new(expr)),
            result: null(),
        }],
        else_result: None,
    }
}
