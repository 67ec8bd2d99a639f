//! Spark's spelling of things turned into what DataFusion's planner knows, on the parsed query.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    CaseWhen, CastKind, ExceptSelectItem, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentList, FunctionArguments, Ident, ObjectName, Query, Select, SelectItem, SetExpr,
    UnaryOperator, Value, ValueWithSpan, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Span;

/// The hidden column that stands for `input_file_name()`.
pub(crate) const FILE_NAME_COLUMN: &str = "input_file_name()";

/// Rewrites a query in place. `file_name_known` says whether an input has the column
/// [`FILE_NAME_COLUMN`]; where none has, `input_file_name()` is the empty text, as in Spark.
///
/// Says whether that column is asked for.
///
/// # Errors
/// A text saying what of Spark's SQL is not supported.
pub(super) fn rewrite(query: &mut Query, file_name_known: bool) -> Result<bool, String> {
    let mut rewriter = Rewriter {
        file_name_known,
        file_name_asked: false,
    };
    if let ControlFlow::Break(message) = query.visit(&mut rewriter) {
        return Err(message);
    }
    let asked = rewriter.file_name_asked;
    if asked && let ControlFlow::Break(message) = query.visit(&mut HideFileName) {
        return Err(message);
    }
    Ok(asked)
}

struct Rewriter {
    file_name_known: bool,
    file_name_asked: bool,
}

impl VisitorMut for Rewriter {
    type Break = String;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<String> {
        for select in selects(&mut query.body) {
            if !select.lateral_views.is_empty() {
                return ControlFlow::Break(
                    "LATERAL VIEW is not supported; select explode(column) in a subquery instead"
                        .to_owned(),
                );
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<String> {
        let replacement = match expr {
            Expr::Cast {
                kind: CastKind::Cast | CastKind::DoubleColon | CastKind::TryCast,
                expr: value,
                data_type,
                format: None,
                array: false,
            } => call(
                "spark_cast",
                vec![(**value).clone(), text(&data_type.to_string())],
            ),
            Expr::RLike {
                negated,
                expr: value,
                pattern,
                ..
            } => {
                let matches = call("regexp_like", vec![(**value).clone(), (**pattern).clone()]);
                if *negated { not(matches) } else { matches }
            }
            Expr::Function(function) => match self.function(function) {
                Some(replacement) => replacement,
                None => return ControlFlow::Continue(()),
            },
            _ => return ControlFlow::Continue(()),
        };
        *expr = replacement;
        ControlFlow::Continue(())
    }
}

impl Rewriter {
    /// A function under another name or with other arguments; none to leave it as it is.
    fn function(&mut self, function: &mut Function) -> Option<Expr> {
        let name = function.name.to_string().to_lowercase();
        let arguments = arguments(function);
        match (name.as_str(), &arguments[..]) {
            ("input_file_name", []) if self.file_name_known => {
                self.file_name_asked = true;
                Some(Expr::Identifier(Ident::with_quote('`', FILE_NAME_COLUMN)))
            }
            ("input_file_name", []) => Some(text("")),
            ("isnull", [value]) => Some(Expr::IsNull(Box::new(value.clone()))),
            ("isnotnull", [value]) => Some(Expr::IsNotNull(Box::new(value.clone()))),
            ("if" | "iff", [condition, then, otherwise]) => Some(case(
                condition.clone(),
                then.clone(),
                Some(otherwise.clone()),
            )),
            ("count_if", [condition]) => Some(call(
                "count",
                vec![case(condition.clone(), number("1"), None)],
            )),
            ("rlike" | "regexp", [value, pattern]) => {
                Some(call("regexp_like", vec![value.clone(), pattern.clone()]))
            }
            ("percentile_approx" | "approx_percentile", [value, share, ..]) => Some(call(
                "approx_percentile_cont",
                vec![as_number(value.clone()), share.clone()],
            )),
            ("percentile", [value, share]) => Some(call(
                "percentile_cont",
                vec![as_number(value.clone()), share.clone()],
            )),
            ("collect_list" | "collect_set", [value]) => {
                function.filter = Some(Box::new(Expr::IsNotNull(Box::new(value.clone()))));
                if name == "collect_set"
                    && let FunctionArguments::List(list) = &mut function.args
                {
                    list.duplicate_treatment =
                        Some(datafusion::sql::sqlparser::ast::DuplicateTreatment::Distinct);
                }
                rename(function, "array_agg");
                None
            }
            (aggregate, [..]) if takes_numbers(aggregate) => {
                if let FunctionArguments::List(list) = &mut function.args {
                    for argument in &mut list.args {
                        if let FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) = argument {
                            *value = as_number(value.clone());
                        }
                    }
                }
                if let Some(name) = renamed(aggregate) {
                    rename(function, name);
                }
                None
            }
            (other, _) => {
                if let Some(name) = renamed(other) {
                    rename(function, name);
                }
                None
            }
        }
    }
}

/// Aggregates that calculate, for which Spark casts texts to doubles.
fn takes_numbers(name: &str) -> bool {
    matches!(
        name,
        "sum"
            | "avg"
            | "mean"
            | "std"
            | "stddev"
            | "stddev_samp"
            | "stddev_pop"
            | "variance"
            | "var_samp"
            | "var_pop"
            | "corr"
            | "covar_pop"
            | "covar_samp"
            | "median"
            | "skewness"
            | "kurtosis"
    )
}

/// DataFusion's name of a function Spark names otherwise.
fn renamed(name: &str) -> Option<&'static str> {
    Some(match name {
        "explode" => "unnest",
        "explode_outer" => "unnest_outer",
        "std" => "stddev",
        "variance" => "var",
        "first" => "first_value",
        "last" => "last_value",
        "approx_count_distinct" => "approx_distinct",
        "array" => "make_array",
        "element_at" => "array_element",
        "sort_array" => "array_sort",
        "array_join" => "array_to_string",
        "bool_or" | "some" | "any" => "bool_or",
        "every" => "bool_and",
        "char_length" | "len" => "character_length",
        "ucase" => "upper",
        "lcase" => "lower",
        "sign" => "signum",
        "pow" => "power",
        "ceiling" => "ceil",
        _ => return None,
    })
}

fn arguments(function: &Function) -> Vec<Expr> {
    let FunctionArguments::List(list) = &function.args else {
        return Vec::new();
    };
    list.args
        .iter()
        .filter_map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value.clone()),
            _ => None,
        })
        .collect()
}

fn rename(function: &mut Function, name: &str) {
    function.name = ObjectName::from(vec![Ident::new(name)]);
}

fn as_number(value: Expr) -> Expr {
    call("spark_number", vec![value])
}

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let args = arguments
        .into_iter()
        .map(|value| FunctionArg::Unnamed(FunctionArgExpr::Expr(value)))
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

fn case(condition: Expr, result: Expr, otherwise: Option<Expr>) -> Expr {
    Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen { condition, result }],
        else_result: otherwise.map(Box::new),
    }
}

fn not(expr: Expr) -> Expr {
    Expr::UnaryOp {
        op: UnaryOperator::Not,
        expr: Box::new(Expr::Nested(Box::new(expr))),
    }
}

fn text(value: &str) -> Expr {
    literal(Value::SingleQuotedString(value.to_owned()))
}

fn number(digits: &str) -> Expr {
    literal(Value::Number(digits.to_owned(), false))
}

fn literal(value: Value) -> Expr {
    Expr::Value(ValueWithSpan {
        value,
        span: Span::empty(),
    })
}

/// Keeps the file names' column out of `*`.
struct HideFileName;

impl VisitorMut for HideFileName {
    type Break = String;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<String> {
        for select in selects(&mut query.body) {
            for item in &mut select.projection {
                if let SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) =
                    item
                {
                    let hidden = Ident::with_quote('`', FILE_NAME_COLUMN);
                    match &mut options.opt_except {
                        Some(except) => except.additional_elements.push(hidden),
                        None => {
                            options.opt_except = Some(ExceptSelectItem {
                                first_element: hidden,
                                additional_elements: Vec::new(),
                            });
                        }
                    }
                }
            }
        }
        ControlFlow::Continue(())
    }
}

/// The selects a query's body is put together from.
fn selects(body: &mut SetExpr) -> Vec<&mut Select> {
    match body {
        SetExpr::Select(select) => vec![select],
        SetExpr::SetOperation { left, right, .. } => {
            let mut both = selects(left);
            both.extend(selects(right));
            both
        }
        _ => Vec::new(),
    }
}
