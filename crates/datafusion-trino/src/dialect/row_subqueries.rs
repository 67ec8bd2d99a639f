//! A subquery of several columns that stands for a value gives rows of them, as in
//! `(1, 2) IN (SELECT a, b FROM t)`.

use datafusion::sql::sqlparser::ast::{Expr, Query, SelectItem, SetExpr};

/// Makes one column of several.
pub(super) fn rewrite(query: &mut Query) {
    match query.body.as_mut() {
        SetExpr::Select(select) if select.projection.len() > 1 && query.order_by.is_none() => {
            let fields: Option<Vec<Expr>> = select.projection.iter().map(plain).collect();
            if let Some(fields) = fields {
                select.projection = vec![SelectItem::UnnamedExpr(Expr::Tuple(fields))];
            }
        }
        SetExpr::Values(values) => {
            for row in values.rows.iter_mut().filter(|row| row.len() > 1) {
                let fields = std::mem::take(&mut **row);
                row.push(Expr::Tuple(fields));
            }
        }
        SetExpr::Query(query) => rewrite(query),
        _ => {}
    }
}

fn plain(item: &SelectItem) -> Option<Expr> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            Some(expr.clone())
        }
        _ => None,
    }
}
