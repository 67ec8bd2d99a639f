//! Whether a query answers the same as long as its tables do.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Query, TableFactor, Visit, Visitor};

/// Functions that answer something else each time.
const CHANGING: [&str; 10] = [
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
    "now",
    "rand",
    "random",
    "shuffle",
    "uuid",
];

/// Whether `query` neither looks at a clock nor throws dice.
pub fn is_deterministic(query: &Query) -> bool {
    struct Changing;
    impl Visitor for Changing {
        type Break = ();

        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            let Expr::Function(function) = expression else {
                return ControlFlow::Continue(());
            };
            let name = function.name.to_string().to_lowercase();
            match CHANGING.contains(&name.as_str()) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        }

        fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
            match factor {
                TableFactor::Table {
                    sample: Some(_), ..
                } => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        }
    }
    query.visit(&mut Changing).is_continue()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn clocks_and_dice_are_seen_wherever_they_are() {
        for (sql, deterministic) in [
            ("SELECT a, lower(b) FROM t", true),
            ("SELECT 'now()' FROM t", true),
            ("SELECT now()", false),
            ("SELECT * FROM t WHERE d < CURRENT_DATE", false),
            ("SELECT * FROM (SELECT rand() r FROM t) WHERE r < 1", false),
            ("SELECT * FROM t TABLESAMPLE BERNOULLI (10)", false),
        ] {
            let parsed = crate::dialect::parse(sql, &[]).unwrap();
            assert_eq!(is_deterministic(&parsed.query), deterministic, "{sql}");
        }
    }
}
