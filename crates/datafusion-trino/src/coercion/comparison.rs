//! Comparisons that mean something else to DataFusion: of arrays, maps and rows, whose nulls leave
//! it open, and of NaN, which neither equals anything nor is less or greater. Trino manual,
//! "Comparison functions and operators".

use std::sync::LazyLock;

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::planner::{PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{Between, Expr, ScalarUDF};
use datafusion::prelude::lit;
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::functions::array::comparison::equality;
use crate::functions::scalar::{Kind, scalar};
use crate::types::Own;

/// Plans the comparison of operands that have a type in common.
pub(super) fn plan(expr: RawBinaryExpr, common: &DataType) -> PlannerResult<RawBinaryExpr> {
    match (&expr.op, common) {
        (BinaryOperator::Eq, common) if is_nested(common) => {
            PlannerResult::Planned(EQUAL.call(vec![expr.left, expr.right]))
        }
        (BinaryOperator::NotEq, common) if is_nested(common) => {
            let equal = EQUAL.call(vec![expr.left, expr.right]);
            PlannerResult::Planned(Expr::Not(Box::new(equal)))
        }
        (_, DataType::Float32 | DataType::Float64) => plan_floats(expr, common),
        _ => PlannerResult::Original(expr),
    }
}

fn is_nested(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(_) | DataType::Map(..) => true,
        DataType::Struct(_) => Own::of(data_type).is_none(),
        _ => false,
    }
}

static EQUAL: LazyLock<ScalarUDF> = LazyLock::new(|| {
    scalar("$equal")
        .sign("=")
        .overload([Kind::Any, Kind::Any], Kind::Boolean, |call| {
            let (left, right) = (call.array(0)?, call.array(1)?);
            let equal = equality(&left, &right)?;
            call.collect(|row| Ok(equal(row, row)))
        })
        .udf()
});

/// Arrow sorts NaN above everything and holds it equal to itself: so what may be NaN must also be
/// no more than infinity.
fn plan_floats(expr: RawBinaryExpr, common: &DataType) -> PlannerResult<RawBinaryExpr> {
    let RawBinaryExpr { op, left, right } = expr;
    let is_known = is_number(&left) || is_number(&right);
    let number = |operand: &Expr| no_more_than_infinity(operand, common);
    let planned = match op {
        BinaryOperator::Eq if !is_known => {
            let is_number = number(&left);
            left.eq(right).and(is_number)
        }
        BinaryOperator::NotEq if !is_known => {
            let is_number = number(&left);
            left.not_eq(right).or(Expr::Not(Box::new(is_number)))
        }
        BinaryOperator::Gt if !is_number(&left) => {
            let is_number = number(&left);
            left.gt(right).and(is_number)
        }
        BinaryOperator::GtEq if !is_number(&left) => {
            let is_number = number(&left);
            left.gt_eq(right).and(is_number)
        }
        BinaryOperator::Lt if !is_number(&right) => {
            let is_number = number(&right);
            left.lt(right).and(is_number)
        }
        BinaryOperator::LtEq if !is_number(&right) => {
            let is_number = number(&right);
            left.lt_eq(right).and(is_number)
        }
        op => return PlannerResult::Original(RawBinaryExpr { op, left, right }),
    };
    PlannerResult::Planned(planned)
}

fn no_more_than_infinity(operand: &Expr, data_type: &DataType) -> Expr {
    let infinity = match data_type {
        DataType::Float32 => lit(f32::INFINITY),
        _ => lit(f64::INFINITY),
    };
    operand.clone().lt_eq(infinity)
}

/// `BETWEEN` whose operands have this type: nothing is below NaN.
pub(super) fn between(between: Between, common: &DataType) -> Expr {
    if !common.is_floating() || is_number(&between.high) {
        return Expr::Between(between);
    }
    let is_number = no_more_than_infinity(&between.high, common);
    let negated = between.negated;
    let within = Expr::Between(Between {
        negated: false,
        ..between
    });
    let within = within.and(is_number);
    match negated {
        true => Expr::Not(Box::new(within)),
        false => within,
    }
}

/// Whether it is a literal, whose casts are not folded yet, and not NaN.
fn is_number(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(ScalarValue::Float64(Some(value)), _) => !value.is_nan(),
        Expr::Literal(ScalarValue::Float32(Some(value)), _) => !value.is_nan(),
        Expr::Literal(value, _) => value.data_type().is_integer(),
        Expr::Cast(cast) => is_number(&cast.expr),
        _ => false,
    }
}
