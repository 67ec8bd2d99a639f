//! Aggregate functions that are short for others.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments, Ident, LambdaFunction, LambdaFunctionParameter, LambdaSyntax,
    ListAggOnOverflow, OneOrManyWithParens, OrderByExpr, OrderByOptions, Value,
};

use super::approx_distinct::ERRORS;
use crate::functions::rewrite::{all_arguments, call, case, plain_arguments, rename, set_argument};

/// The expression to be planned instead of this call of the function `name`; none if the call is to
/// be planned as it is now.
pub(in crate::functions) fn rewrite(name: &str, function: &mut Function) -> Option<Expr> {
    match name {
        "approx_distinct" => approx_distinct(function),
        "count_if" => count_if(function),
        "listagg" => return listagg(function),
        "max" if plain_arguments::<2>(function).is_some() => rename(function, "$max"),
        "min" if plain_arguments::<2>(function).is_some() => rename(function, "$min"),
        "max_by" => extreme_by(function, false),
        "min_by" => extreme_by(function, true),
        "reduce_agg" => return reduce_agg(function),
        _ => {}
    }
    None
}

/// `approx_distinct(x, e)` is `approx_distinct(x)` for every error `e` that can be asked for.
fn approx_distinct(function: &mut Function) {
    let Some([value, Expr::Cast { expr: error, .. }]) = plain_arguments(function) else {
        return;
    };
    let digits = error.to_string();
    let error: Option<f64> = digits.trim_matches('\'').parse().ok();
    if error.is_some_and(|error| ERRORS.contains(&error)) {
        set_argument(function, value, Vec::new());
    }
}

/// `count_if(x)` counts the rows where `x` is true.
fn count_if(function: &mut Function) {
    let Some([condition]) = plain_arguments(function) else {
        return;
    };
    let one = Expr::value(Value::Number("1".to_owned(), false));
    set_argument(function, case(condition, one, None), Vec::new());
    rename(function, "count");
}

/// `max_by(x, y)` is the first `x` in the order of `y`, among the rows where `y` is not null.
fn extreme_by(function: &mut Function, ascending: bool) {
    if plain_arguments::<3>(function).is_some() {
        return rename(function, if ascending { "$min_by" } else { "$max_by" });
    }
    let Some([value, by]) = plain_arguments(function) else {
        return;
    };
    filter_nulls(function, &by);
    let order = OrderByExpr {
        expr: by,
        options: OrderByOptions {
            asc: Some(ascending),
            nulls_first: Some(false),
        },
        with_fill: None,
    };
    set_argument(
        function,
        value,
        vec![FunctionArgumentClause::OrderBy(vec![order])],
    );
    rename(function, "first_value");
}

/// Only rows where `value` is not null shall count.
fn filter_nulls(function: &mut Function, value: &Expr) {
    let known = Expr::IsNotNull(Box::new(value.clone()));
    let filter = match function.filter.take() {
        Some(filter) => Expr::BinaryOp {
            left: filter,
            op: BinaryOperator::And,
            right: Box::new(known),
        },
        None => known,
    };
    function.filter = Some(Box::new(filter));
}

/// `listagg(x, ',') WITHIN GROUP (ORDER BY y)` joins `array_agg(x ORDER BY y)`.
fn listagg(function: &mut Function) -> Option<Expr> {
    let mut arguments = all_arguments(function)?.into_iter();
    let value = arguments.next()?;
    let text = |text: &str| Expr::value(Value::SingleQuotedString(text.to_owned()));
    let separator = arguments.next().unwrap_or_else(|| text(""));
    let FunctionArguments::List(list) = &mut function.args else {
        return None;
    };
    let overflow = list.clauses.iter().find_map(|clause| match clause {
        FunctionArgumentClause::OnOverflow(overflow) => Some(overflow.clone()),
        _ => None,
    });
    let (filler, with_count) = match overflow {
        Some(ListAggOnOverflow::Truncate { filler, with_count }) => (
            filler.map_or_else(|| text("..."), |filler| *filler),
            with_count,
        ),
        _ => (Expr::value(Value::Null), false),
    };
    list.args = vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(value.clone()))];
    list.clauses.clear();
    let order = std::mem::take(&mut function.within_group);
    if !order.is_empty() {
        list.clauses.push(FunctionArgumentClause::OrderBy(order));
    }
    filter_nulls(function, &value);
    rename(function, "array_agg");
    let with_count = Expr::value(Value::Boolean(with_count));
    let texts = Expr::Function(function.clone());
    Some(call("$listagg", vec![texts, separator, filler, with_count]))
}

/// `reduce_agg(x, s, f, g)` reduces `array_agg(x)`; there are no states to combine by `g`.
fn reduce_agg(function: &mut Function) -> Option<Expr> {
    let [value, state, input, _] = all_arguments(function)?.try_into().ok()?;
    filter_nulls(function, &value);
    set_argument(function, value, Vec::new());
    rename(function, "array_agg");
    let name = Ident::new("s");
    let same = Expr::Lambda(LambdaFunction {
        params: OneOrManyWithParens::One(LambdaFunctionParameter {
            name: name.clone(),
            data_type: None,
        }),
        body: Box::new(Expr::Identifier(name)),
        syntax: LambdaSyntax::Arrow,
    });
    let values = Expr::Function(function.clone());
    Some(call("reduce", vec![values, state, input, same]))
}
