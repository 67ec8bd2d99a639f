use std::sync::LazyLock;

use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::planner::{
    ExprPlanner, PlannerResult, RawBinaryExpr, RawFieldAccessExpr,
};
use datafusion::logical_expr::{
    Expr, ExprSchemable, GetFieldAccess, Operator, ScalarUDF, binary_expr,
};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::common_type::{common_type, is_text};
use super::{arithmetic, comparison};
use crate::error::{ErrorCode, TrinoError};
use crate::functions::scalar::{Kind, Returns, scalar};
use crate::functions::{self, cast, interval};
use crate::types::{self, MAX_CHAR_LENGTH, Own, is_orderable, timestamp_precision, type_name};

/// Plans operators with two operands as Trino does.
#[derive(Debug)]
pub(crate) struct Operators;

impl ExprPlanner for Operators {
    fn plan_field_access(
        &self,
        access: RawFieldAccessExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawFieldAccessExpr>> {
        let given = access.expr.get_type(schema)?;
        let key = match &access.field_access {
            GetFieldAccess::ListIndex { key } => key.as_ref().clone(),
            // A text as subscript of a map is a key.
            GetFieldAccess::NamedStructField { name } if matches!(given, DataType::Map(..)) => {
                Expr::Literal(name.clone(), None)
            }
            _ => return Ok(PlannerResult::Original(access)),
        };
        let planned = match given {
            DataType::Struct(fields) => {
                let place = row_place(&key);
                let field = place.and_then(|place| fields.get(place)).ok_or_else(|| {
                    TrinoError::new(
                        ErrorCode::InvalidFunctionArgument,
                        format!("Invalid subscript index: {key}. ROW indices start at 1"),
                    )
                })?;
                get_field(access.expr, field.name().as_str())
            }
            _ => SUBSCRIPT.call(vec![access.expr, key]),
        };
        Ok(PlannerResult::Planned(planned))
    }

    fn plan_binary_op(
        &self,
        mut expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let left = expr.left.get_type(schema)?;
        let right = expr.right.get_type(schema)?;
        if is_comparison(&expr.op) {
            let Some(common) = common_type(&left, &right) else {
                return Err(no_operator(&expr.op, &left, &right));
            };
            let is_order = !matches!(expr.op, BinaryOperator::Eq | BinaryOperator::NotEq);
            if is_order && !is_orderable(&common) {
                return Err(no_operator(&expr.op, &left, &right));
            }
            expr.left = compared(expr.left, &left, &common)?;
            expr.right = compared(expr.right, &right, &common)?;
            return Ok(comparison::plan(expr, &common));
        }
        if matches!(expr.op, BinaryOperator::And | BinaryOperator::Or) {
            for given in [&left, &right] {
                if !matches!(given, DataType::Boolean | DataType::Null) {
                    return Err(TrinoError::wrong_types(format!(
                        "Logical expression term must evaluate to a boolean (actual: {})",
                        type_name(given)
                    )));
                }
            }
        }
        if let Some(function) = interval::operation(&expr.op, [&left, &right]) {
            let planned = function.call(vec![expr.left, expr.right]);
            return Ok(PlannerResult::Planned(planned));
        }
        if let Some(operation) = arithmetic::operation(&expr.op) {
            if is_number(&left) && is_number(&right) {
                let planned = operation.operation([expr.left, expr.right]);
                return Ok(PlannerResult::Planned(planned));
            }
            if is_number(&left) && is_moment(&right) || is_moment(&left) && is_number(&right) {
                return Err(no_operator(&expr.op, &left, &right));
            }
            if !left.is_null() && !right.is_null() {
                return Err(no_operator(&expr.op, &left, &right));
            }
        }
        if matches!(expr.op, BinaryOperator::StringConcat)
            && (matches!(left, DataType::List(_)) || matches!(right, DataType::List(_)))
        {
            let planned = CONCAT.call(vec![expr.left, expr.right]);
            return Ok(PlannerResult::Planned(planned));
        }
        if matches!(expr.op, BinaryOperator::StringConcat) && (is_char(&left) || is_char(&right)) {
            return char_concatenation(expr, &left, &right);
        }
        if matches!(expr.op, BinaryOperator::StringConcat)
            && !(is_concatenated(&left) && is_concatenated(&right))
        {
            return Err(TrinoError::wrong_types(format!(
                "Unexpected parameters ({}, {}) for function concat",
                type_name(&left),
                type_name(&right)
            )));
        }
        Ok(PlannerResult::Original(expr))
    }
}

fn is_concatenated(data_type: &DataType) -> bool {
    is_text(data_type) || data_type.is_null() || is_binary(data_type)
}

fn is_binary(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView
    )
}

fn is_char(data_type: &DataType) -> bool {
    matches!(Own::of(data_type), Some(Own::Char(_)))
}

/// A `char` behind another, or behind a text of known length, is a `char` as long as both; its
/// blanks count.
fn char_concatenation(
    expr: RawBinaryExpr,
    left: &DataType,
    right: &DataType,
) -> Result<PlannerResult<RawBinaryExpr>> {
    let length = |operand: &Expr, data_type: &DataType| match (Own::of(data_type), operand) {
        (Some(Own::Char(length)), _) => Some(length),
        (_, Expr::Literal(text, _)) => {
            let text = text.try_as_str().flatten()?;
            u32::try_from(text.chars().count()).ok()
        }
        _ => None,
    };
    let length = length(&expr.left, left)
        .zip(length(&expr.right, right))
        .map(|(left, right)| Own::Char((left + right).min(MAX_CHAR_LENGTH)));
    let texts = binary_expr(
        cast(expr.left, left, &DataType::Utf8, false)?,
        Operator::StringConcat,
        cast(expr.right, right, &DataType::Utf8, false)?,
    );
    Ok(PlannerResult::Planned(match length {
        Some(own) => cast(texts, &DataType::Utf8, &own.data_type(), false)?,
        None => texts,
    }))
}

/// The place of a row's field, if an index says it.
fn row_place(index: &Expr) -> Option<usize> {
    match index {
        Expr::Cast(cast) => row_place(&cast.expr),
        Expr::Literal(ScalarValue::Int64(Some(index)), _) => usize::try_from(*index - 1).ok(),
        Expr::Literal(ScalarValue::Int32(Some(index)), _) => usize::try_from(*index - 1).ok(),
        _ => None,
    }
}

fn is_comparison(operator: &BinaryOperator) -> bool {
    matches!(
        operator,
        BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq
    )
}

fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric() || data_type.is_null()
}

fn is_moment(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Date32) || timestamp_precision(data_type).is_some()
}

/// The operand of a comparison as the type that both have in common.
fn compared(expr: Expr, given: &DataType, common: &DataType) -> Result<Expr> {
    let expr = cast(expr, given, common, false)?;
    Ok(match has_zone(common) {
        true => without_zone(expr),
        false => expr,
    })
}

/// Whether values of this type are compared without a part of theirs.
pub(super) fn has_zone(data_type: &DataType) -> bool {
    Own::of(data_type).is_some_and(|own| own.comparable().is_some())
}

/// What is compared of a time or timestamp with zone.
pub(super) fn without_zone(expr: Expr) -> Expr {
    WITHOUT_ZONE.call(vec![expr])
}

static CONCAT: LazyLock<ScalarUDF> = LazyLock::new(functions::array::concat::operator);

static SUBSCRIPT: LazyLock<ScalarUDF> = LazyLock::new(functions::array::subscript::udf);

static WITHOUT_ZONE: LazyLock<ScalarUDF> = LazyLock::new(|| {
    let comparable: fn(&[DataType]) -> Result<DataType> = |types| {
        let own = Own::of(&types[0]).and_then(Own::comparable);
        Ok(own.map_or_else(|| types[0].clone(), Own::data_type))
    };
    scalar("$without_zone")
        .overload([Kind::Any], Returns::Of(comparable), |call| {
            types::without_zone(&call.array(0)?)
        })
        .udf()
});

pub(super) fn no_operator(
    operator: &impl std::fmt::Display,
    left: &DataType,
    right: &DataType,
) -> datafusion::error::DataFusionError {
    TrinoError::wrong_types(format!(
        "Cannot apply operator: {} {operator} {}",
        type_name(left),
        type_name(right)
    ))
}
