//! Casts, functions' arguments, and coercion where an expression has more than two operands: IN,
//! BETWEEN, CASE.

use std::any::Any;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::expr::{ScalarFunction, WindowFunctionParams};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    Cast, Expr, ExprSchemable, Join, LogicalPlan, Operator, TryCast, Union, WindowFrameBound,
    WindowFrameUnits,
};

use super::common_type::common_type;
use super::comparison;
use super::operators::{has_zone, no_operator, without_zone};
use crate::error::TrinoError;
use crate::functions::cast;
use crate::functions::scalar::Scalar;
use crate::types::{Own, has_own, type_name};

/// The plan with the operands of such expressions cast to the type they have in common.
pub(crate) fn rewrite(plan: LogicalPlan) -> Result<LogicalPlan> {
    let rewritten = plan.transform_up_with_subqueries(|plan| {
        match &plan {
            LogicalPlan::Union(union) => check_union(union)?,
            LogicalPlan::Join(join) => check_join(join)?,
            _ => {}
        }
        let schema = merge_schema(&plan.inputs());
        // What is above knows expressions by their names, which casts are part of here and there.
        let names = NamePreserver::new(&plan);
        let coerced = plan.map_expressions(|expr| {
            let name = names.save(&expr);
            let coerced = expr.transform_up(|expr| coerce(expr, &schema))?;
            Ok(coerced.update_data(|expr| name.restore(expr)))
        })?;
        coerced.map_data(LogicalPlan::recompute_schema)
    });
    Ok(rewritten?.data)
}

/// Refuses conditions that are no booleans, and keys that cannot be compared.
fn check_join(join: &Join) -> Result<()> {
    if let Some(condition) = &join.filter {
        let given = condition.get_type(&join.schema)?;
        if !matches!(given, DataType::Boolean | DataType::Null) {
            return Err(TrinoError::wrong_types(format!(
                "JOIN ON clause must evaluate to a boolean: actual type {}",
                type_name(&given)
            )));
        }
    }
    for (left, right) in &join.on {
        let left = left.get_type(join.left.schema())?;
        let right = right.get_type(join.right.schema())?;
        if common_type(&left, &right).is_none() {
            return Err(no_operator(&Operator::Eq, &left, &right));
        }
    }
    Ok(())
}

/// Refuses columns whose types have nothing in common.
fn check_union(union: &Union) -> Result<()> {
    let Some((first, others)) = union.inputs.split_first() else {
        return Ok(());
    };
    for (column, field) in first.schema().fields().iter().enumerate() {
        let mut common = field.data_type().clone();
        for other in others {
            let given = other.schema().field(column).data_type();
            common = common_type(&common, given).ok_or_else(|| {
                TrinoError::wrong_types(format!(
                    "column {} in UNION query has incompatible types: {}, {}",
                    column + 1,
                    type_name(&common),
                    type_name(given)
                ))
            })?;
        }
    }
    Ok(())
}

fn coerce(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    match expr {
        Expr::Cast(Cast { expr, field }) => {
            let from = expr.get_type(schema)?;
            Ok(Transformed::yes(cast(
                *expr,
                &from,
                field.data_type(),
                false,
            )?))
        }
        Expr::TryCast(TryCast { expr, field }) => {
            let from = expr.get_type(schema)?;
            Ok(Transformed::yes(cast(
                *expr,
                &from,
                field.data_type(),
                true,
            )?))
        }
        Expr::ScalarFunction(mut function) if is_conditional(function.name()) => {
            let operands: Vec<&Expr> = function.args.iter().collect();
            let types = types(&operands, schema)?;
            let Some(common) = common_of(&types) else {
                return Err(no_common_type(function.name(), &types));
            };
            for argument in &mut function.args {
                cast_in_place(argument, &common, schema)?;
            }
            Ok(Transformed::yes(Expr::ScalarFunction(function)))
        }
        Expr::ScalarFunction(mut function) => {
            let Some(coerced) = own_coercion(&function, schema)? else {
                return Ok(Transformed::no(Expr::ScalarFunction(function)));
            };
            for (argument, wanted) in function.args.iter_mut().zip(coerced) {
                cast_in_place(argument, &wanted, schema)?;
            }
            Ok(Transformed::yes(Expr::ScalarFunction(function)))
        }
        Expr::WindowFunction(mut function) => {
            let exact = frame_type(&function.params, schema)?;
            if let (Some(exact), Some(key)) = (&exact, function.params.order_by.first_mut()) {
                cast_in_place(&mut key.expr, exact, schema)?;
            }
            let function = Expr::WindowFunction(function);
            Ok(Transformed::new_transformed(function, exact.is_some()))
        }
        // Only what the planner does not show to the operators' planner.
        Expr::BinaryExpr(mut operation) if is_distinction(operation.op) => {
            let operands = [operation.left.as_ref(), operation.right.as_ref()];
            let types = types(&operands, schema)?;
            let common = common_of(&types)
                .ok_or_else(|| no_operator(&operation.op, &types[0], &types[1]))?;
            for operand in [&mut operation.left, &mut operation.right] {
                cast_in_place(operand, &common, schema)?;
                compare_in_place(operand, &common);
            }
            Ok(Transformed::yes(Expr::BinaryExpr(operation)))
        }
        Expr::Between(mut between) => {
            let operands = [&between.expr, &between.low, &between.high];
            let types = types(&operands.map(AsRef::as_ref), schema)?;
            let common = common_of(&types).ok_or_else(|| {
                TrinoError::wrong_types(format!(
                    "Cannot check if {} is BETWEEN {} and {}",
                    type_name(&types[0]),
                    type_name(&types[1]),
                    type_name(&types[2])
                ))
            })?;
            for operand in [&mut between.expr, &mut between.low, &mut between.high] {
                cast_in_place(operand, &common, schema)?;
                compare_in_place(operand, &common);
            }
            Ok(Transformed::yes(comparison::between(between, &common)))
        }
        Expr::Like(mut like) => {
            let operands = [
                ("Left side of", like.expr.as_mut()),
                ("Pattern for", like.pattern.as_mut()),
            ];
            for (which, operand) in operands {
                let given = operand.get_type(schema)?;
                match Own::of(&given) {
                    Some(Own::Char(_)) => cast_in_place(operand, &DataType::Utf8, schema)?,
                    None if given.is_string() || given.is_null() => {}
                    None if matches!(given, DataType::Dictionary(..)) => {}
                    _ => {
                        return Err(TrinoError::wrong_types(format!(
                            "{which} LIKE expression must evaluate to a varchar (actual: {})",
                            type_name(&given)
                        )));
                    }
                }
            }
            Ok(Transformed::yes(Expr::Like(like)))
        }
        Expr::InList(mut list) => {
            let operands: Vec<&Expr> = std::iter::once(list.expr.as_ref())
                .chain(&list.list)
                .collect();
            let types = types(&operands, schema)?;
            let common = common_of(&types).ok_or_else(|| {
                let names: Vec<String> = types.iter().map(type_name).collect();
                TrinoError::wrong_types(format!(
                    "IN value and list items must be the same type or coercible to a common type. Cannot find common type between {}",
                    names.join(" and ")
                ))
            })?;
            for item in std::iter::once(list.expr.as_mut()).chain(&mut list.list) {
                cast_in_place(item, &common, schema)?;
                compare_in_place(item, &common);
            }
            Ok(Transformed::yes(Expr::InList(list)))
        }
        Expr::Case(mut case) => {
            let results = case.when_then_expr.iter().map(|(_, then)| then.as_ref());
            let results: Vec<&Expr> = results.chain(case.else_expr.as_deref()).collect();
            let types = types(&results, schema)?;
            let common = common_of(&types).ok_or_else(|| no_common_type("case", &types))?;
            for (when, _) in case.when_then_expr.iter().filter(|_| case.expr.is_none()) {
                let given = when.get_type(schema)?;
                if !matches!(given, DataType::Boolean | DataType::Null) {
                    return Err(TrinoError::wrong_types(format!(
                        "CASE WHEN clause must evaluate to a boolean (actual: {})",
                        type_name(&given)
                    )));
                }
            }
            for (_, then) in &mut case.when_then_expr {
                cast_in_place(then, &common, schema)?;
            }
            if let Some(otherwise) = &mut case.else_expr {
                cast_in_place(otherwise, &common, schema)?;
            }
            Ok(Transformed::yes(Expr::Case(case)))
        }
        other => Ok(Transformed::no(other)),
    }
}

/// Functions of DataFusion's own whose arguments have one type.
fn is_conditional(name: &str) -> bool {
    matches!(name, "coalesce" | "nullif")
}

fn no_common_type(what: &str, types: &[DataType]) -> DataFusionError {
    let names: Vec<String> = types.iter().map(type_name).collect();
    TrinoError::wrong_types(match what {
        "nullif" => format!(
            "Types are not comparable with NULLIF: {}",
            names.join(" vs ")
        ),
        _ => format!(
            "All {} must be the same type or coercible to a common type. Cannot find common type between {}",
            match what {
                "case" => "CASE results",
                _ => "COALESCE operands",
            },
            names.join(" and ")
        ),
    })
}

/// The decimal that the integer a frame's range goes over becomes, where an offset has a fraction:
/// `ORDER BY a RANGE 0.5 PRECEDING`.
fn frame_type(window: &WindowFunctionParams, schema: &DFSchema) -> Result<Option<DataType>> {
    let frame = &window.window_frame;
    let (WindowFrameUnits::Range, [key]) = (frame.units, window.order_by.as_slice()) else {
        return Ok(None);
    };
    let digits = [&frame.start_bound, &frame.end_bound].map(|bound| match bound {
        WindowFrameBound::Preceding(ScalarValue::Utf8(Some(offset)))
        | WindowFrameBound::Following(ScalarValue::Utf8(Some(offset))) => {
            offset.split_once('.').map_or(0, |(_, digits)| digits.len())
        }
        _ => 0,
    });
    let scale = i8::try_from(digits[0].max(digits[1])).unwrap_or(i8::MAX);
    let given = key.expr.get_type(schema)?;
    Ok((given.is_integer() && (1..=19).contains(&scale))
        .then(|| DataType::Decimal128(19 + scale.unsigned_abs(), scale)))
}

fn types(operands: &[&Expr], schema: &DFSchema) -> Result<Vec<DataType>> {
    operands.iter().map(|expr| expr.get_type(schema)).collect()
}

fn common_of(types: &[DataType]) -> Option<DataType> {
    let (first, rest) = types.split_first()?;
    rest.iter()
        .try_fold(first.clone(), |common, other| common_type(&common, other))
}

fn cast_in_place(expr: &mut Expr, wanted: &DataType, schema: &DFSchema) -> Result<()> {
    let given = expr.get_type(schema)?;
    if given != *wanted {
        *expr = cast(std::mem::take(expr), &given, wanted, false)?;
    }
    Ok(())
}

fn compare_in_place(expr: &mut Expr, data_type: &DataType) {
    if has_zone(data_type) {
        *expr = without_zone(std::mem::take(expr));
    }
}

/// What the arguments of a function of ours become, where DataFusion would not know how: to or
/// from types of Trino's own.
fn own_coercion(call: &ScalarFunction, schema: &DFSchema) -> Result<Option<Vec<DataType>>> {
    let function: &dyn Any = call.func.inner().as_ref();
    let Some(function) = function.downcast_ref::<Scalar>() else {
        return Ok(None);
    };
    if function.is_operator() {
        return Ok(None);
    }
    let operands: Vec<&Expr> = call.args.iter().collect();
    let types = types(&operands, schema)?;
    let coerced = function.coerced(&types)?;
    let differ = types
        .iter()
        .zip(&coerced)
        .any(|(given, wanted)| given != wanted && (has_own(given) || has_own(wanted)));
    Ok(differ.then_some(coerced))
}

fn is_distinction(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::IsDistinctFrom | Operator::IsNotDistinctFrom
    )
}
