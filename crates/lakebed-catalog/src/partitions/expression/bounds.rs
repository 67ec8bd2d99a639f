//! What an expression leaves of one key's values, so that an index finds them.

use super::value::Value;
use super::{Condition, Expression, Operator};

/// The values of a key that can match; no others can.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::partitions) enum Bounds {
    /// One of these.
    Points(Vec<Value>),
    /// Those in between, both ends included.
    Range {
        low: Option<Value>,
        high: Option<Value>,
    },
}

impl Expression {
    /// The bounds that the expression sets to a key in all of its alternatives; none if it leaves
    /// the key open.
    pub(in crate::partitions) fn bounds(&self, key: usize) -> Option<Bounds> {
        let conditions = match &self.condition {
            Condition::And(conditions) => conditions.as_slice(),
            condition => std::slice::from_ref(condition),
        };
        let (mut low, mut high) = (None, None);
        for condition in conditions {
            match condition {
                Condition::In {
                    key: named,
                    literals,
                } if *named == key => return Some(Bounds::Points(literals.clone())),
                Condition::Compare {
                    key: named,
                    operator,
                    literal,
                } if *named == key => match operator {
                    Operator::Equal => return Some(Bounds::Points(vec![literal.clone()])),
                    Operator::Less | Operator::LessOrEqual => high = Some(literal.clone()),
                    Operator::Greater | Operator::GreaterOrEqual => low = Some(literal.clone()),
                    Operator::NotEqual => {}
                },
                Condition::Between {
                    key: named,
                    low: from,
                    high: to,
                } if *named == key => {
                    low = Some(from.clone());
                    high = Some(to.clone());
                }
                _ => {}
            }
        }
        (low.is_some() || high.is_some()).then_some(Bounds::Range { low, high })
    }
}
