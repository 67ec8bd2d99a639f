//! Output names in `GROUP BY` and `HAVING`, where Trino does not see them and DataFusion does
//! unless a column has the name.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, GroupByExpr, Ident, Query, Select, SelectItem, Visit, VisitMut, Visitor, VisitorMut,
};

use super::parse::location;
use crate::error::{ErrorCode, Location, TrinoError};

/// Output names that `GROUP BY` or `HAVING` mention. They may be columns', too.
pub(crate) fn mentioned(query: &Query) -> Vec<Mention> {
    let mut collect = Collect::default();
    let _ = query.visit(&mut collect);
    collect.mentions
}

/// An output name where Trino would look for a column.
#[derive(Debug)]
pub(crate) struct Mention {
    name: String,
    place: Location,
    /// Which of the query's selects.
    select: usize,
}

impl Mention {
    /// The query without the output name: it is refused unless there is such a column.
    pub(crate) fn hidden(&self, query: &Query) -> Box<Query> {
        let mut query = Box::new(query.clone());
        let mut hide = Hide {
            mention: self,
            selects: 0,
        };
        let _ = VisitMut::visit(&mut *query, &mut hide);
        query
    }

    /// What Trino says if `refusal`, of the query without the output name, is for want of it.
    pub(crate) fn unresolved(&self, refusal: &TrinoError) -> Option<TrinoError> {
        let quoted = format!("'{}'", self.name);
        let is_meant =
            refusal.code() == ErrorCode::ColumnNotFound && refusal.message().contains(&quoted);
        let message = refusal.message().to_owned();
        is_meant.then(|| TrinoError::at(ErrorCode::ColumnNotFound, self.place, message))
    }
}

#[derive(Default)]
struct Collect {
    mentions: Vec<Mention>,
    selects: usize,
}

impl Visitor for Collect {
    type Break = ();

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        let number = self.selects;
        self.selects += 1;
        let mut find = Identifiers::default();
        if let GroupByExpr::Expressions(keys, _) = &select.group_by {
            let _ = keys.visit(&mut find);
        }
        let _ = select.having.visit(&mut find);
        if find.found.is_empty() {
            return ControlFlow::Continue(());
        }
        let names: Vec<&Ident> = select.projection.iter().filter_map(output_name).collect();
        let is_output = |found: &Ident| names.iter().any(|name| name.value == found.value);
        let mentioned = find.found.into_iter().filter(is_output);
        self.mentions.extend(mentioned.map(|found| Mention {
            name: found.value,
            place: location(found.span.start),
            select: number,
        }));
        ControlFlow::Continue(())
    }
}

/// The name that an item has unless it is the column's of that name.
fn output_name(item: &SelectItem) -> Option<&Ident> {
    let SelectItem::ExprWithAlias { expr, alias } = item else {
        return None;
    };
    let column = match expr {
        Expr::Identifier(column) => Some(column),
        Expr::CompoundIdentifier(parts) => parts.last(),
        _ => None,
    };
    let is_column = column.is_some_and(|column| column.value.eq_ignore_ascii_case(&alias.value));
    (!is_column).then_some(alias)
}

/// Names without a relation's, but for those in subqueries.
#[derive(Default)]
struct Identifiers {
    found: Vec<Ident>,
    queries: usize,
}

impl Visitor for Identifiers {
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
        if let (Expr::Identifier(name), 0) = (expr, self.queries) {
            self.found.push(Ident {
                value: name.value.to_lowercase(),
                ..name.clone()
            });
        }
        ControlFlow::Continue(())
    }
}

struct Hide<'a> {
    mention: &'a Mention,
    selects: usize,
}

impl VisitorMut for Hide<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        // It may be ordered by the output name.
        query.order_by = None;
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        if self.selects == self.mention.select {
            for item in &mut select.projection {
                if let SelectItem::ExprWithAlias { alias, .. } = item
                    && alias.value.eq_ignore_ascii_case(&self.mention.name)
                {
                    alias.value.push('\0');
                }
            }
        }
        self.selects += 1;
        ControlFlow::Continue(())
    }
}
