//! Numbers that stand alone, as select items or in VALUES, have Trino's types: `1` is an integer,
//! `1.5` a decimal(2,1). Inside expressions they have DataFusion's (bigint and double), which the
//! functions and operators there are made for.

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, ExactNumberInfo, Expr, SelectItem, SetExpr, Value, ValueWithSpan,
};

/// Gives the numbers that stand alone in a query's body their types.
pub(super) fn type_lone_numbers(body: &mut SetExpr) {
    match body {
        SetExpr::Select(select) => {
            for item in &mut select.projection {
                if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item
                {
                    type_number(expr);
                }
            }
        }
        SetExpr::Values(values) => {
            let cells = values
                .rows
                .iter_mut()
                .flat_map(|row| row.content.iter_mut());
            cells.for_each(type_number);
        }
        SetExpr::SetOperation { left, right, .. } => {
            type_lone_numbers(left);
            type_lone_numbers(right);
        }
        // A query in parentheses is visited as the query it is.
        _ => {}
    }
}

fn type_number(expr: &mut Expr) {
    let number = match &*expr {
        Expr::UnaryOp { expr, .. } => expr.as_ref(),
        expr => expr,
    };
    let Expr::Value(ValueWithSpan {
        value: Value::Number(digits, _),
        ..
    }) = number
    else {
        return;
    };
    let Some(data_type) = type_of(digits) else {
        return;
    };
    let literal = std::mem::replace(expr, Expr::value(Value::Null));
    *expr = Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(literal),
        data_type,
        array: false,
        format: None,
    };
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
