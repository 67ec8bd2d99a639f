//! Rows of `VALUES` whose literals have no type in common. DataFusion would read the texts among
//! them as numbers.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    DataType, Expr, Query, SetExpr, Spanned, Value, ValueWithSpan, Values, Visit, Visitor,
};

use super::parse::location;
use crate::error::{ErrorCode, Result, TrinoError};

/// Refuses columns with literals of several kinds.
///
/// # Errors
/// `TYPE_MISMATCH` at the first literal of another kind.
pub(crate) fn check(query: &Query) -> Result<()> {
    match query.visit(&mut Rows) {
        ControlFlow::Break(refusal) => Err(*refusal),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Rows;

impl Visitor for Rows {
    type Break = Box<TrinoError>;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        body(&query.body)
    }
}

/// Queries in parentheses are visited as the queries they are.
fn body(body: &SetExpr) -> ControlFlow<Box<TrinoError>> {
    match body {
        SetExpr::Values(values) => rows(values),
        SetExpr::SetOperation { left, right, .. } => {
            self::body(left)?;
            self::body(right)
        }
        _ => ControlFlow::Continue(()),
    }
}

fn rows(values: &Values) -> ControlFlow<Box<TrinoError>> {
    let mut columns: Vec<Option<Literal>> = Vec::new();
    for row in &values.rows {
        columns.resize(columns.len().max(row.len()), None);
        for (known, cell) in columns.iter_mut().zip(row.iter()) {
            match (&*known, Literal::of(cell)) {
                (Some(before), Some(found)) if before.kind != found.kind => {
                    let message = format!(
                        "Values rows have mismatched types: {} vs {}",
                        before.type_name, found.type_name
                    );
                    return ControlFlow::Break(Box::new(TrinoError::at(
                        ErrorCode::TypeMismatch,
                        location(cell.span().start),
                        message,
                    )));
                }
                (None, found) => *known = found,
                _ => {}
            }
        }
    }
    ControlFlow::Continue(())
}

#[derive(Clone)]
struct Literal {
    kind: Kind,
    type_name: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Boolean,
    Number,
}

impl Literal {
    /// The literal that an expression is, if it is one; numbers have got their types.
    fn of(expr: &Expr) -> Option<Self> {
        let (kind, type_name) = match expr {
            Expr::Value(ValueWithSpan { value, .. }) => match value {
                Value::SingleQuotedString(_) => (Kind::Text, "varchar".to_owned()),
                Value::Boolean(_) => (Kind::Boolean, "boolean".to_owned()),
                Value::Number(digits, _) if digits.contains(['e', 'E']) => {
                    (Kind::Number, "double".to_owned())
                }
                Value::Number(..) => (Kind::Number, "bigint".to_owned()),
                _ => return None,
            },
            Expr::Cast {
                data_type: data_type @ (DataType::Integer(None) | DataType::Decimal(_)),
                ..
            } => (Kind::Number, data_type.to_string().to_lowercase()),
            _ => return None,
        };
        Some(Self { kind, type_name })
    }
}
