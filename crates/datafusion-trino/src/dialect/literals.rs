//! Numbers have Trino's types: `1` is an integer, `1.5` a decimal(2,1), `1e3` a double. Where a
//! number stands for a place or a count (`GROUP BY 1`, `LIMIT 1`, `ROWS 1 PRECEDING`) it stays one.

use std::collections::HashSet;

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, ExactNumberInfo, Expr, Function, GroupByExpr, Interval, LimitClause,
    OrderByKind, Query, SetExpr, Value, ValueWithSpan, WindowFrameBound, WindowSpec, WindowType,
};
use datafusion::sql::sqlparser::tokenizer::Span;

/// The numbers that are places or counts, by where they stand in the text.
#[derive(Debug, Default)]
pub(super) struct Counts {
    places: HashSet<Span>,
}

impl Counts {
    /// Notes the counts of a query, before its expressions are visited.
    pub(super) fn note_query(&mut self, query: &Query) {
        if let Some(order_by) = &query.order_by
            && let OrderByKind::Expressions(exprs) = &order_by.kind
        {
            exprs.iter().for_each(|item| self.note(&item.expr));
        }
        if let Some(LimitClause::LimitOffset { limit, offset, .. }) = &query.limit_clause {
            limit.iter().for_each(|limit| self.note(limit));
            offset.iter().for_each(|offset| self.note(&offset.value));
        }
        if let Some(fetch) = &query.fetch {
            fetch
                .quantity
                .iter()
                .for_each(|quantity| self.note(quantity));
        }
        self.note_body(&query.body);
    }

    fn note_body(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(select) => {
                if let GroupByExpr::Expressions(exprs, _) = &select.group_by {
                    exprs.iter().for_each(|expr| self.note_group(expr));
                }
                for window in &select.named_window {
                    if let datafusion::sql::sqlparser::ast::NamedWindowExpr::WindowSpec(spec) =
                        &window.1
                    {
                        self.note_window(spec);
                    }
                }
            }
            SetExpr::SetOperation { left, right, .. } => {
                self.note_body(left);
                self.note_body(right);
            }
            // A query in parentheses is visited as the query it is.
            _ => {}
        }
    }

    /// The places in `GROUP BY 1`, `GROUP BY ROLLUP (1, 2)`.
    fn note_group(&mut self, expr: &Expr) {
        match expr {
            Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => {
                sets.iter().flatten().for_each(|expr| self.note(expr));
            }
            expr => self.note(expr),
        }
    }

    /// Notes the counts of a function's window, before it is visited.
    pub(super) fn note_function(&mut self, function: &Function) {
        if let Some(WindowType::WindowSpec(spec)) = &function.over {
            self.note_window(spec);
        }
    }

    fn note_window(&mut self, window: &WindowSpec) {
        let Some(frame) = &window.window_frame else {
            return;
        };
        for bound in std::iter::once(&frame.start_bound).chain(&frame.end_bound) {
            if let WindowFrameBound::Preceding(Some(count))
            | WindowFrameBound::Following(Some(count)) = bound
            {
                self.note(count);
            }
        }
    }

    fn note(&mut self, expr: &Expr) {
        if let Expr::Interval(interval) = expr
            && let Expr::Value(literal) = interval.value.as_ref()
        {
            self.places.insert(literal.span);
        }
        if let Expr::Value(ValueWithSpan {
            value: Value::Number(..),
            span,
        }) = expr
        {
            self.places.insert(*span);
        }
    }

    /// Whether an interval is a frame's bound.
    pub(super) fn is_bound(&self, interval: &Interval) -> bool {
        match interval.value.as_ref() {
            Expr::Value(literal) => self.places.contains(&literal.span),
            _ => false,
        }
    }

    /// Gives a number that is no count its type. Numbers that the text does not have are counts.
    pub(super) fn type_number(&self, expr: &mut Expr) {
        let Expr::Value(ValueWithSpan {
            value: Value::Number(digits, _),
            span,
        }) = expr
        else {
            return;
        };
        if *span == Span::empty() || self.places.contains(span) {
            return;
        }
        let Some(data_type) = type_of(digits) else {
            return;
        };
        let digits = std::mem::take(digits);
        let literal = match data_type {
            // Through a double it would lose digits.
            DataType::Decimal(_) => Value::SingleQuotedString(digits),
            _ => Value::Number(digits, false),
        };
        *expr = cast(literal.with_span(*span), data_type);
    }
}

fn cast(literal: ValueWithSpan, data_type: DataType) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(Expr::Value(literal)),
        data_type,
        array: false,
        format: None,
    }
}

/// Trino's type of a number, where it is not the one DataFusion gives it: numbers with an exponent
/// are doubles for both, whole ones beyond an integer are bigint for both.
fn type_of(digits: &str) -> Option<DataType> {
    if digits.contains(['e', 'E']) {
        return None;
    }
    let Some((whole, fraction)) = digits.split_once('.') else {
        return digits
            .parse::<i32>()
            .is_ok()
            .then_some(DataType::Integer(None));
    };
    let whole = whole.trim_start_matches('0').len();
    let precision = (whole + fraction.len()).max(1);
    let scale = i64::try_from(fraction.len()).ok()?;
    (precision <= 38).then_some(DataType::Decimal(ExactNumberInfo::PrecisionAndScale(
        precision as u64,
        scale,
    )))
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_types_their_digits_say() {
        let cases = [
            ("1", Some("INTEGER")),
            ("2147483647", Some("INTEGER")),
            ("2147483648", None),
            ("1.5", Some("DECIMAL(2,1)")),
            ("0.10", Some("DECIMAL(2,2)")),
            ("10.", Some("DECIMAL(2,0)")),
            ("1e3", None),
        ];
        for (digits, expected) in cases {
            assert_eq!(
                type_of(digits)
                    .map(|data_type| data_type.to_string())
                    .as_deref(),
                expected,
                "{digits}"
            );
        }
    }
}
