//! What a filter says of each partition key, as far as it helps to project fewer partitions: the
//! engine looks at every partition again.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Value, ValueWithSpan};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

/// The values a key can have, as texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) equal_to: Option<BTreeSet<String>>,
    /// Inclusive, also where the filter is not.
    pub(super) low: Option<String>,
    pub(super) high: Option<String>,
}

/// The bounds by key. An expression that cannot be read bounds nothing.
pub(super) fn read(expression: Option<&str>) -> BTreeMap<String, Bounds> {
    let mut bounds = BTreeMap::new();
    let parsed = expression
        .and_then(|text| Parser::new(&GenericDialect {}).try_with_sql(text).ok())
        .and_then(|mut parser| parser.parse_expr().ok());
    if let Some(parsed) = parsed {
        note(&parsed, &mut bounds);
    }
    bounds
}

fn note(expression: &Expr, bounds: &mut BTreeMap<String, Bounds>) {
    match expression {
        Expr::Nested(inner) => note(inner, bounds),
        Expr::BinaryOp { left, op, right } => match op {
            BinaryOperator::And => {
                note(left, bounds);
                note(right, bounds);
            }
            BinaryOperator::Or => {
                // Values of one key that are allowed one by one are a list of values.
                if let Some((key, values)) = alternatives(expression) {
                    restrict(bounds.entry(key).or_default(), values);
                }
            }
            _ => {
                if let (Some(key), Some(value)) = (key(left), literal(right)) {
                    let bounds = bounds.entry(key).or_default();
                    match op {
                        BinaryOperator::Eq => restrict(bounds, BTreeSet::from([value])),
                        BinaryOperator::Gt | BinaryOperator::GtEq => bounds.low = Some(value),
                        BinaryOperator::Lt | BinaryOperator::LtEq => bounds.high = Some(value),
                        _ => {}
                    }
                }
            }
        },
        Expr::Between {
            expr,
            negated: false,
            low,
            high,
        } => {
            if let (Some(key), Some(low), Some(high)) = (key(expr), literal(low), literal(high)) {
                let bounds = bounds.entry(key).or_default();
                bounds.low = Some(low);
                bounds.high = Some(high);
            }
        }
        Expr::InList {
            expr,
            list,
            negated: false,
        } => {
            let values: Option<BTreeSet<String>> = list.iter().map(literal).collect();
            if let (Some(key), Some(values)) = (key(expr), values) {
                restrict(bounds.entry(key).or_default(), values);
            }
        }
        _ => {}
    }
}

fn restrict(bounds: &mut Bounds, values: BTreeSet<String>) {
    bounds.equal_to = Some(match bounds.equal_to.take() {
        Some(before) => before.intersection(&values).cloned().collect(),
        None => values,
    });
}

/// The key and the values of `key = a OR key = b OR …`.
fn alternatives(expression: &Expr) -> Option<(String, BTreeSet<String>)> {
    match expression {
        Expr::Nested(inner) => alternatives(inner),
        Expr::BinaryOp { left, op, right } => match op {
            BinaryOperator::Or => {
                let (name, mut values) = alternatives(left)?;
                let (other, more) = alternatives(right)?;
                values.extend(more);
                (name == other).then_some((name, values))
            }
            BinaryOperator::Eq => Some((key(left)?, BTreeSet::from([literal(right)?]))),
            _ => None,
        },
        _ => None,
    }
}

fn key(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Identifier(name) => Some(name.value.clone()),
        _ => None,
    }
}

fn literal(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Value(ValueWithSpan { value, .. }) => match value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            Value::Number(number, _) => Some(number.to_string()),
            _ => None,
        },
        Expr::UnaryOp { expr, .. } => literal(expr).map(|number| format!("-{number}")),
        _ => None,
    }
}
