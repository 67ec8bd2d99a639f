//! Conditions and measures as the clause has them, taken apart into what they read of a match and
//! an expression over that.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::{DFSchema, DFSchemaRef, Result, internal_err};
use datafusion::execution::context::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::planner::RelationPlannerContext;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{
    Aggregate, EmptyRelation, Expr as LogicalExpr, LogicalPlan, Projection,
};
use datafusion::optimizer::Analyzer;
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::aggregate::LoweredAggregateBuilder;
use datafusion::physical_expr::create_physical_expr;
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, OneOrManyWithParens,
    Spanned, Value, ValueWithSpan, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::clause::Clause;
use super::expression::{Aggregation, Computation, Input, LabelSet, Navigation};
use crate::coercion;
use crate::dialect::location;
use crate::error::{ErrorCode, TrinoError};

/// What stands for a label in an expression, before its number.
const LABEL: &str = "$label_";
/// What stands for something read of a match, before its number.
const INPUT: &str = "$in_";
/// What the label and the match's number of an aggregated row are called.
const CLASSIFIER: &str = "$classifier";
const NUMBER: &str = "$match_number";

/// What a row of the input's column is called.
pub(super) fn column_name(column: usize) -> String {
    format!("$column_{column}")
}

/// The labels that a number stands for: one label's, or a set's.
pub(super) fn labels(clause: &Clause, number: usize) -> Vec<usize> {
    match number.checked_sub(clause.labels.len()) {
        Some(subset) => clause.subsets.get(subset).cloned().unwrap_or_default(),
        None => vec![number],
    }
}

/// Plans conditions and measures over an input's columns.
pub(super) struct Compiler<'a> {
    pub(super) clause: &'a Clause,
    /// The input as written, whose columns expressions name.
    pub(super) input: &'a DFSchema,
    pub(super) context: &'a mut dyn RelationPlannerContext,
}

impl Compiler<'_> {
    /// Plans one expression.
    pub(super) fn compile(&mut self, mut expr: Expr) -> Result<Computation> {
        let mut lower = Lower {
            clause: self.clause,
            input: self.input,
            context: &*self.context,
            read: Vec::new(),
            navigation: Navigation::CURRENT,
            parameters: Vec::new(),
        };
        if let ControlFlow::Break(refusal) = VisitMut::visit(&mut expr, &mut lower) {
            return Err((*refusal).into());
        }
        let read = lower.read;
        let mut inputs = Vec::with_capacity(read.len());
        let mut fields = Vec::with_capacity(read.len());
        for (number, read) in read.into_iter().enumerate() {
            let (input, data_type) = self.input(read)?;
            inputs.push(input);
            fields.push(Field::new(format!("{INPUT}{number}"), data_type, true));
        }
        let schema = DFSchema::from_unqualified_fields(fields.into(), Default::default())?;
        let expr = self.context.sql_to_expr(expr, &schema)?;
        let arrow = Arc::clone(schema.inner());
        let plan = Projection::try_new(vec![expr], nothing(schema))?;
        let LogicalPlan::Projection(plan) = analyzed(LogicalPlan::Projection(plan))? else {
            return internal_err!("a projection became another plan");
        };
        let [expr] = plan.expr.as_slice() else {
            return internal_err!("one expression became several");
        };
        let schema = plan.input.schema();
        let expr = simplified(expr.clone().unalias(), schema)?;
        let props = ExecutionProps::new();
        let physical =
            create_physical_expr(&expr, schema, &props, &PhysicalPlanningContext::default())?;
        Ok(Computation {
            inputs,
            schema: arrow,
            expr: physical,
            data_type: plan.schema.field(0).data_type().clone(),
        })
    }

    fn input(&mut self, read: Read) -> Result<(Input, DataType)> {
        Ok(match read {
            Read::Column(navigation, column) => {
                let data_type = self.input.field(column).data_type().clone();
                (Input::Column(navigation, column), data_type)
            }
            Read::Classifier(navigation) => (Input::Classifier(navigation), DataType::Utf8),
            Read::MatchNumber => (Input::MatchNumber, DataType::Int64),
            Read::Aggregate {
                labels,
                is_final,
                call,
            } => {
                let aggregation = self.aggregation(*call, labels, is_final)?;
                let data_type = aggregation.function.field().data_type().clone();
                (Input::Aggregate(aggregation), data_type)
            }
        })
    }

    fn aggregation(&mut self, call: Expr, labels: LabelSet, is_final: bool) -> Result<Aggregation> {
        let columns = self.input.fields().iter().enumerate();
        let mut fields: Vec<Field> = columns
            .map(|(column, field)| Field::new(column_name(column), field.data_type().clone(), true))
            .collect();
        fields.push(Field::new(CLASSIFIER, DataType::Utf8, true));
        fields.push(Field::new(NUMBER, DataType::Int64, true));
        let schema = DFSchema::from_unqualified_fields(fields.into(), Default::default())?;
        let call = self.context.sql_to_expr(call, &schema)?;
        let plan = Aggregate::try_new(nothing(schema), Vec::<LogicalExpr>::new(), vec![call])?;
        let LogicalPlan::Aggregate(plan) = analyzed(LogicalPlan::Aggregate(plan))? else {
            return internal_err!("an aggregation became another plan");
        };
        let [call] = plan.aggr_expr.as_slice() else {
            return internal_err!("one aggregation became several");
        };
        let logical = plan.input.schema();
        let call = &simplified(call.clone(), logical)?;
        let arrow = Arc::clone(logical.inner());
        let props = ExecutionProps::new();
        let planning = PhysicalPlanningContext::default();
        let lowered = LoweredAggregateBuilder::new(call, logical, &arrow, &props, &planning);
        let lowered = lowered.with_name("aggregate").build()?;
        Ok(Aggregation {
            labels,
            is_final,
            function: lowered.aggregate,
            filter: lowered.filter,
            order: lowered.order_bys,
            schema: arrow,
        })
    }
}

fn nothing(schema: DFSchema) -> Arc<LogicalPlan> {
    Arc::new(LogicalPlan::EmptyRelation(EmptyRelation {
        produce_one_row: false,
        schema: DFSchemaRef::new(schema),
    }))
}

fn analyzed(plan: LogicalPlan) -> Result<LogicalPlan> {
    let plan = coercion::rewrite(plan)?;
    Analyzer::new().execute_and_check(plan, &ConfigOptions::default(), |_, _| {})
}

/// Some of DataFusion's functions are only ever simplified, not evaluated.
fn simplified(expr: LogicalExpr, schema: &DFSchemaRef) -> Result<LogicalExpr> {
    let context = SimplifyContext::builder().with_schema(Arc::clone(schema));
    ExprSimplifier::new(context.build()).simplify(expr)
}

/// Something read of a match.
enum Read {
    Column(Navigation, usize),
    Classifier(Navigation),
    MatchNumber,
    Aggregate {
        labels: LabelSet,
        is_final: bool,
        call: Box<Expr>,
    },
}

/// Replaces what is read of a match by names.
struct Lower<'a> {
    clause: &'a Clause,
    input: &'a DFSchema,
    context: &'a dyn RelationPlannerContext,
    read: Vec<Read>,
    navigation: Navigation,
    /// Parameters of the lambdas around.
    parameters: Vec<String>,
}

type Refused = ControlFlow<Box<TrinoError>>;

impl VisitorMut for Lower<'_> {
    type Break = Box<TrinoError>;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> Refused {
        match expr {
            Expr::Function(function) => {
                let name = function.name.to_string().replace('"', "").to_lowercase();
                match name.as_str() {
                    "$final" | "$first" | "$last" | "$prev" | "$next" => {
                        *expr = self.navigate(&name, function)?;
                    }
                    CLASSIFIER => {
                        let navigation = self.classified(function)?;
                        *expr = self.named(Read::Classifier(navigation));
                    }
                    NUMBER => *expr = self.named(Read::MatchNumber),
                    name if self.is_aggregate(name) && function.over.is_none() => {
                        let is_final = self.navigation.is_final;
                        *expr = self.aggregate(expr.clone(), is_final)?;
                    }
                    _ => {}
                }
            }
            Expr::Identifier(name) if !self.is_known(name) => {
                let column = self.column(name)?;
                let navigation = self.navigation.clone();
                *expr = self.named(Read::Column(navigation, column));
            }
            Expr::CompoundIdentifier(parts) => {
                if let Some((labels, column)) = self.labelled(parts)? {
                    let navigation = Navigation {
                        labels,
                        ..self.navigation.clone()
                    };
                    *expr = self.named(Read::Column(navigation, column));
                }
            }
            Expr::Lambda(lambda) => self.parameters.extend(parameters(&lambda.params)),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> Refused {
        if let Expr::Lambda(lambda) = expr {
            let count = parameters(&lambda.params).len();
            let outer = self.parameters.len().saturating_sub(count);
            self.parameters.truncate(outer);
        }
        ControlFlow::Continue(())
    }
}

fn parameters(
    params: &OneOrManyWithParens<datafusion::sql::sqlparser::ast::LambdaFunctionParameter>,
) -> Vec<String> {
    let all = match params {
        OneOrManyWithParens::One(one) => std::slice::from_ref(one),
        OneOrManyWithParens::Many(many) => many.as_slice(),
    };
    all.iter()
        .map(|one| one.name.value.to_lowercase())
        .collect()
}

fn refused(code: ErrorCode, at: Span, message: impl Into<String>) -> Box<TrinoError> {
    Box::new(TrinoError::at(code, location(at.start), message))
}

impl Lower<'_> {
    fn is_known(&self, name: &Ident) -> bool {
        name.value.starts_with('$') || self.parameters.contains(&name.value.to_lowercase())
    }

    fn is_aggregate(&self, name: &str) -> bool {
        let provider = self.context.context_provider();
        provider.get_aggregate_meta(name).is_some()
    }

    /// The name of something read.
    fn named(&mut self, read: Read) -> Expr {
        self.read.push(read);
        let name = format!("{INPUT}{}", self.read.len() - 1);
        Expr::Identifier(Ident::with_quote('"', name))
    }

    fn column(&self, name: &Ident) -> ControlFlow<Box<TrinoError>, usize> {
        let fields = self.input.fields().iter().enumerate();
        let mut found = fields.filter(|(_, field)| field.name().eq_ignore_ascii_case(&name.value));
        let (first, second) = (found.next(), found.next());
        match (first, second) {
            (Some((column, _)), None) => ControlFlow::Continue(column),
            (Some(_), Some(_)) => {
                let message = format!("Column '{}' is ambiguous", name.value);
                ControlFlow::Break(refused(ErrorCode::AmbiguousName, name.span, message))
            }
            (None, _) => {
                let message = format!(
                    "Column '{}' cannot be resolved or requester is not authorized to access requested resources",
                    name.value
                );
                ControlFlow::Break(refused(ErrorCode::ColumnNotFound, name.span, message))
            }
        }
    }

    /// The labels and the column that `label.column` means; none for what is known otherwise.
    fn labelled(&self, parts: &[Ident]) -> ControlFlow<Box<TrinoError>, Option<(LabelSet, usize)>> {
        match parts {
            [label, column] => match self.label(label) {
                Some(labels) => {
                    let column = self.column(column)?;
                    ControlFlow::Continue(Some((Some(labels), column)))
                }
                None if self.is_known(label) => ControlFlow::Continue(None),
                None => {
                    let message = format!(
                        "Column '{}.{}' cannot be resolved: '{}' is not a pattern variable",
                        label.value, column.value, label.value
                    );
                    ControlFlow::Break(refused(ErrorCode::ColumnNotFound, label.span, message))
                }
            },
            _ => ControlFlow::Continue(None),
        }
    }

    fn label(&self, name: &Ident) -> Option<Vec<usize>> {
        let number = name.value.strip_prefix(LABEL)?.parse().ok()?;
        Some(labels(self.clause, number))
    }

    /// The row whose label is asked for.
    fn classified(&self, function: &Function) -> ControlFlow<Box<TrinoError>, Navigation> {
        let mut navigation = self.navigation.clone();
        match arguments(function).as_slice() {
            [] => {}
            [Expr::Identifier(name)] if self.label(name).is_some() => {
                navigation.labels = self.label(name);
            }
            _ => {
                let message = "CLASSIFIER function argument should be primary pattern variable or subset name";
                return ControlFlow::Break(refused(
                    ErrorCode::TypeMismatch,
                    function.span(),
                    message,
                ));
            }
        }
        ControlFlow::Continue(navigation)
    }

    /// The argument of `PREV`, `NEXT`, `FIRST`, `LAST` or `FINAL`, which reads another row.
    fn navigate(&mut self, name: &str, function: &Function) -> ControlFlow<Box<TrinoError>, Expr> {
        let mut arguments = arguments(function).into_iter();
        let (Some(mut value), offset) = (arguments.next(), arguments.next()) else {
            let message = "Pattern navigation functions take an expression and a number of rows";
            return ControlFlow::Break(refused(
                ErrorCode::InvalidArguments,
                function.span(),
                message,
            ));
        };
        let offset = match offset.as_ref().map(whole_number) {
            None => None,
            Some(Some(offset)) => Some(offset),
            Some(None) => {
                let message = "Pattern navigation offset must be a number of rows";
                return ControlFlow::Break(refused(
                    ErrorCode::InvalidArguments,
                    function.span(),
                    message,
                ));
            }
        };
        let before = self.navigation.clone();
        let rows = offset.unwrap_or(1);
        match name {
            "$final" => self.navigation.is_final = true,
            "$prev" => self.navigation.distance -= rows,
            "$next" => self.navigation.distance += rows,
            _ => {
                self.navigation.from_first = name == "$first";
                self.navigation.skipped = usize::try_from(offset.unwrap_or(0)).unwrap_or(0);
            }
        }
        VisitMut::visit(&mut value, self)?;
        self.navigation = before;
        ControlFlow::Continue(Expr::Nested(Box::new(value)))
    }

    fn aggregate(&mut self, mut call: Expr, is_final: bool) -> ControlFlow<Box<TrinoError>, Expr> {
        let mut rows = Rows {
            lower: self,
            labels: None,
        };
        VisitMut::visit(&mut call, &mut rows)?;
        let labels = rows.labels.flatten();
        ControlFlow::Continue(self.named(Read::Aggregate {
            labels,
            is_final,
            call: Box::new(call),
        }))
    }
}

fn arguments(function: &Function) -> Vec<Expr> {
    let FunctionArguments::List(list) = &function.args else {
        return Vec::new();
    };
    let arguments = list.args.iter().filter_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
        _ => None,
    });
    arguments.collect()
}

/// The number that a literal is; it may have got its type.
fn whole_number(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Cast { expr, .. } | Expr::Nested(expr) => whole_number(expr),
        Expr::Value(ValueWithSpan {
            value: Value::Number(digits, _),
            ..
        }) => digits.parse().ok(),
        _ => None,
    }
}

/// Gives what an aggregation reads of rows the names it has there, and finds which rows it is over.
struct Rows<'a, 'b> {
    lower: &'a Lower<'b>,
    /// None if nothing has told them yet.
    labels: Option<LabelSet>,
}

impl Rows<'_, '_> {
    fn note(&mut self, labels: LabelSet, at: Span) -> Refused {
        match &self.labels {
            Some(known) if *known != labels => {
                let message = "All labels and classifiers inside the call to an aggregate function must match";
                ControlFlow::Break(refused(ErrorCode::InvalidArguments, at, message))
            }
            _ => {
                self.labels = Some(labels);
                ControlFlow::Continue(())
            }
        }
    }
}

fn row_name(name: impl Into<String>) -> Expr {
    Expr::Identifier(Ident::with_quote('"', name))
}

impl VisitorMut for Rows<'_, '_> {
    type Break = Box<TrinoError>;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> Refused {
        match expr {
            Expr::Identifier(name) if !self.lower.is_known(name) => {
                let column = self.lower.column(name)?;
                self.note(None, name.span)?;
                *expr = row_name(column_name(column));
            }
            Expr::CompoundIdentifier(parts) => {
                if let Some((labels, column)) = self.lower.labelled(parts)? {
                    self.note(labels, parts[0].span)?;
                    *expr = row_name(column_name(column));
                }
            }
            Expr::Function(function) => {
                let name = function.name.to_string().replace('"', "").to_lowercase();
                if name == CLASSIFIER {
                    let navigation = self.lower.classified(function)?;
                    self.note(navigation.labels, function.span())?;
                    *expr = row_name(CLASSIFIER);
                } else if name == NUMBER {
                    *expr = row_name(NUMBER);
                } else if super::is_part(&name) {
                    let message = format!(
                        "Cannot nest {} pattern navigation function inside an aggregation",
                        name.trim_start_matches('$').to_uppercase()
                    );
                    return ControlFlow::Break(refused(
                        ErrorCode::NestedRowPatternRecognition,
                        function.span(),
                        message,
                    ));
                } else if let FunctionArguments::List(list) = &mut function.args {
                    for argument in &mut list.args {
                        self.all_rows(argument)?;
                    }
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Rows<'_, '_> {
    /// `count(A.*)` counts the rows with a label.
    fn all_rows(&mut self, argument: &mut FunctionArg) -> Refused {
        let FunctionArg::Unnamed(FunctionArgExpr::QualifiedWildcard(name)) = argument else {
            return ControlFlow::Continue(());
        };
        let label = name.0.first().and_then(|part| part.as_ident());
        let labels = label.and_then(|label| self.lower.label(label));
        if labels.is_none() {
            let message = format!("{name} is not a primary or union pattern variable");
            return ControlFlow::Break(refused(ErrorCode::InvalidArguments, name.span(), message));
        }
        self.note(labels, name.span())?;
        *argument = FunctionArg::Unnamed(FunctionArgExpr::Wildcard);
        ControlFlow::Continue(())
    }
}

/// The field of an answered column.
pub(super) fn field(name: &str, data_type: &DataType) -> FieldRef {
    Arc::new(Field::new(name, data_type.clone(), true))
}
