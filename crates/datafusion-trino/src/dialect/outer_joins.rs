//! `RIGHT JOIN LATERAL` and `FULL JOIN UNNEST`: what they join cannot look at the other side, so it
//! is a relation like any other, and the planner gets to see it as one.

use datafusion::sql::sqlparser::ast::{Join, JoinOperator, TableFactor, TableWithJoins};

/// Makes plain relations of the right sides of right and full joins.
pub(super) fn rewrite(table: &mut TableWithJoins) {
    for join in table.joins.iter_mut().filter(|join| keeps_right(join)) {
        match &mut join.relation {
            TableFactor::Derived { lateral, .. } => *lateral = false,
            // In parentheses it is no longer the join's own.
            relation @ TableFactor::UNNEST { .. } => {
                let unnest = TableWithJoins {
                    relation: relation.clone(),
                    joins: Vec::new(),
                };
                *relation = TableFactor::NestedJoin {
                    table_with_joins: Box::new(unnest),
                    alias: None,
                };
            }
            _ => {}
        }
    }
}

fn keeps_right(join: &Join) -> bool {
    matches!(
        join.join_operator,
        JoinOperator::Right(_) | JoinOperator::RightOuter(_) | JoinOperator::FullOuter(_)
    )
}
