//! Functions that are another function's synonym, or short for an expression.

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentClause, FunctionArgumentList, FunctionArguments, Ident, LambdaFunction,
    LambdaFunctionParameter, LambdaSyntax, ObjectName, OneOrManyWithParens, OrderByExpr,
    OrderByOptions, UnaryOperator, Value,
};

use super::lambda::array_sort;
use super::now::Now;

/// Trino's name and DataFusion's, for functions that mean the same.
const SYNONYMS: &[(&str, &str)] = &[
    ("arbitrary", "any_value"),
    ("every", "bool_and"),
    ("filter", "array_filter"),
    ("stddev_samp", "stddev"),
    ("transform", "array_transform"),
    ("var_samp", "var"),
    ("variance", "var"),
];

/// The expression that DataFusion shall plan instead of this function call; none to leave it.
pub(crate) fn rewrite(function: &mut Function, now: &Now) -> Option<Expr> {
    let [name] = function.name.0.as_mut_slice() else {
        return None;
    };
    let name = name.as_ident()?.value.to_lowercase();
    if let Some(current) = now.value(&name, function) {
        return Some(current);
    }
    match name.as_str() {
        "date" => {
            let [value] = plain_arguments(function)?;
            return Some(cast(value, DataType::Date));
        }
        "array_sort" if has_lambda(function) => rename(function, array_sort::NAME),
        "concat" => return chain(function, &BinaryOperator::StringConcat),
        "mod" => return chain(function, &BinaryOperator::Modulo),
        "if" => return conditional(function),
        "try" => return tried(function),
        "regexp_replace" => replace_by_function(function),
        "count_if" => count_if(function),
        "normalize" => name_form(function),
        "listagg" => listagg(function),
        "max_by" => extreme_by(function, false),
        "min_by" => extreme_by(function, true),
        _ => {
            let (_, ours) = SYNONYMS.iter().find(|(trino, _)| *trino == name)?;
            rename(function, ours);
        }
    }
    None
}

fn has_lambda(function: &Function) -> bool {
    let FunctionArguments::List(list) = &function.args else {
        return false;
    };
    list.args.iter().any(|argument| {
        matches!(
            argument,
            FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Lambda(_)))
        )
    })
}

fn rename(function: &mut Function, name: &str) {
    let span = function
        .name
        .0
        .first()
        .and_then(|part| part.as_ident())
        .map(|ident| ident.span);
    let mut ident = Ident::new(name);
    ident.span = span.unwrap_or(ident.span);
    function.name = ObjectName::from(vec![ident]);
}

/// The arguments, if there are exactly `N` and each is a plain expression.
fn plain_arguments<const N: usize>(function: &Function) -> Option<[Expr; N]> {
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    let arguments: Option<Vec<Expr>> = list
        .args
        .iter()
        .map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
            _ => None,
        })
        .collect();
    arguments?.try_into().ok()
}

fn all_arguments(function: &Function) -> Option<Vec<Expr>> {
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    list.args
        .iter()
        .map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
            _ => None,
        })
        .collect()
}

fn cast(expr: Expr, data_type: DataType) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(expr),
        data_type,
        array: false,
        format: None,
    }
}

/// A number as the parser makes them, which is a bigint where the query has none at its place.
pub(crate) fn whole_number(number: i64) -> Expr {
    let digits = Expr::value(Value::Number(number.unsigned_abs().to_string(), false));
    match number < 0 {
        true => negative(digits),
        false => digits,
    }
}

fn negative(expr: Expr) -> Expr {
    Expr::UnaryOp {
        op: UnaryOperator::Minus,
        expr: Box::new(expr),
    }
}

/// A call of a function.
pub(crate) fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let args = arguments
        .into_iter()
        .map(|expr| FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)))
        .collect();
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args,
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// `f(a, b, c)` as `a ∘ b ∘ c`: DataFusion's `concat` skips nulls, Trino's does not.
fn chain(function: &Function, operator: &BinaryOperator) -> Option<Expr> {
    let arguments = all_arguments(function)?;
    if arguments.len() < 2 {
        return None;
    }
    let joined = arguments.into_iter().reduce(|left, right| Expr::BinaryOp {
        left: Box::new(left),
        op: operator.clone(),
        right: Box::new(right),
    })?;
    Some(Expr::Nested(Box::new(joined)))
}

fn case(condition: Expr, result: Expr, otherwise: Option<Expr>) -> Expr {
    Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen { condition, result }],
        else_result: otherwise.map(Box::new),
    }
}

/// `if(condition, value[, otherwise])`.
fn conditional(function: &Function) -> Option<Expr> {
    let mut arguments = all_arguments(function)?.into_iter();
    let (condition, result) = (arguments.next()?, arguments.next()?);
    let otherwise = arguments.next();
    match arguments.next() {
        None => Some(case(condition, result, otherwise)),
        Some(_) => None,
    }
}

/// `try(x)` as a function of `_ -> x`, which evaluates `x` itself.
fn tried(function: &Function) -> Option<Expr> {
    let [body] = plain_arguments(function)?;
    let name = Ident::with_quote('"', "$row");
    let parameter = LambdaFunctionParameter {
        name,
        data_type: None,
    };
    let lambda = LambdaFunction {
        params: OneOrManyWithParens::One(parameter),
        body: Box::new(body),
        syntax: LambdaSyntax::Arrow,
    };
    Some(call("$try", vec![Expr::Lambda(lambda)]))
}

/// `regexp_replace(x, y, z -> …)` is another function than the one with a text for `z`.
fn replace_by_function(function: &mut Function) {
    if let Some([_, _, Expr::Lambda(_)]) = plain_arguments(function) {
        rename(function, "$regexp_replace");
    }
}

/// The form in `normalize(x, NFD)` is a word, not a column.
fn name_form(function: &mut Function) {
    if let FunctionArguments::List(list) = &mut function.args
        && let [_, FunctionArg::Unnamed(FunctionArgExpr::Expr(form))] = list.args.as_mut_slice()
        && let Expr::Identifier(name) = form
    {
        *form = Expr::value(Value::SingleQuotedString(name.value.to_uppercase()));
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

/// `listagg(x, ',') WITHIN GROUP (ORDER BY y)` orders as `string_agg(x, ',' ORDER BY y)` does.
fn listagg(function: &mut Function) {
    let order = std::mem::take(&mut function.within_group);
    if let FunctionArguments::List(list) = &mut function.args
        && !order.is_empty()
    {
        list.clauses.push(FunctionArgumentClause::OrderBy(order));
    }
    rename(function, "string_agg");
}

/// `max_by(x, y)` is the first `x` in the order of `y`, among the rows where `y` is not null.
fn extreme_by(function: &mut Function, ascending: bool) {
    let Some([value, by]) = plain_arguments(function) else {
        return;
    };
    let known = Expr::IsNotNull(Box::new(by.clone()));
    let filter = match function.filter.take() {
        Some(filter) => Expr::BinaryOp {
            left: filter,
            op: BinaryOperator::And,
            right: Box::new(known),
        },
        None => known,
    };
    function.filter = Some(Box::new(filter));
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

fn set_argument(function: &mut Function, argument: Expr, clauses: Vec<FunctionArgumentClause>) {
    function.args = FunctionArguments::List(FunctionArgumentList {
        duplicate_treatment: None,
        args: vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))],
        clauses,
    });
}
