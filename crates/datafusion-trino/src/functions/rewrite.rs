//! Functions that are another function's synonym, or short for an expression.

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentClause, FunctionArgumentList, FunctionArguments, Ident, LambdaFunction,
    LambdaFunctionParameter, LambdaSyntax, ObjectName, OneOrManyWithParens, UnaryOperator, Value,
};

use super::aggregate;
use super::lambda::array_sort;
use super::now::Now;

/// Trino's name and DataFusion's, for functions that mean the same.
const SYNONYMS: &[(&str, &str)] = &[
    ("arbitrary", "any_value"),
    ("every", "bool_and"),
    ("filter", "array_filter"),
    // DataFusion plans `map` by itself.
    ("map", "$map"),
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
        "normalize" => name_form(function),
        _ => match SYNONYMS.iter().find(|(trino, _)| *trino == name) {
            Some((_, ours)) => rename(function, ours),
            None => return aggregate::rewrite::rewrite(&name, function),
        },
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

pub(super) fn rename(function: &mut Function, name: &str) {
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
pub(super) fn plain_arguments<const N: usize>(function: &Function) -> Option<[Expr; N]> {
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

pub(super) fn all_arguments(function: &Function) -> Option<Vec<Expr>> {
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

pub(super) fn case(condition: Expr, result: Expr, otherwise: Option<Expr>) -> Expr {
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

pub(super) fn set_argument(
    function: &mut Function,
    argument: Expr,
    clauses: Vec<FunctionArgumentClause>,
) {
    function.args = FunctionArguments::List(FunctionArgumentList {
        duplicate_treatment: None,
        args: vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))],
        clauses,
    });
}
