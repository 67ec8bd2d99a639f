//! What the parser takes and Trino's grammar does not have: clauses of other databases.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, CeilFloorKind, DateTimeField, Distinct, DuplicateTreatment, Expr,
    Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArgumentList,
    FunctionArguments, GroupByExpr, Join, JoinConstraint, JoinOperator, LimitClause, NullTreatment,
    Query, Select, SelectFlavor, SelectItem, SetExpr, SetOperator, SetQuantifier, Spanned,
    TableFactor, TableSample, TableSampleKind, TableSampleMethod, TableSampleModifier,
    TableSampleSeedModifier, TableSampleUnit, Value, ValueWithSpan, Visit, Visitor,
    WildcardAdditionalOptions,
};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Location as TokenLocation, TokenWithSpan};

use super::parse::{location, tokens_of};
use super::tokens::keyword;
use crate::error::{ErrorCode, Location, Result, TrinoError};

/// Refuses what Trino's parser would not take.
///
/// # Errors
/// `SYNTAX_ERROR` at the first such clause.
pub(super) fn refuse(query: &Query, text: &str) -> Result<()> {
    match query.visit(&mut Clauses) {
        ControlFlow::Break(foreign) => Err(foreign.refusal(text)),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// Where Trino's parser would stop.
#[derive(Debug)]
enum Foreign {
    /// At the last of these words.
    At(&'static [&'static str]),
    /// After these words.
    After(&'static [&'static str]),
    /// At or after this place.
    From(TokenLocation),
    /// At the last token before this place.
    Before(TokenLocation),
    /// At the name that an expression gets, which ends here.
    Name(TokenLocation),
}

impl Foreign {
    fn refusal(self, text: &str) -> TrinoError {
        let tokens = tokens_of(text);
        let position = match self {
            Self::At(words) => find(&tokens, words).map(|start| start + words.len() - 1),
            Self::After(words) => find(&tokens, words).map(|start| start + words.len()),
            Self::From(place) => tokens.iter().position(|token| token.span.start >= place),
            Self::Name(place) => tokens.iter().position(|token| {
                token.span.start >= place && keyword(&token.token) != Keyword::AS
            }),
            Self::Before(place) => tokens.iter().rposition(|token| token.span.start < place),
        };
        match position.and_then(|position| tokens.get(position)) {
            Some(found) => TrinoError::at(
                ErrorCode::SyntaxError,
                location(found.span.start),
                format!("mismatched input '{}'", found.token),
            ),
            None => TrinoError::at(
                ErrorCode::SyntaxError,
                Location::of(text, text.trim_end().len()),
                "mismatched input '<EOF>'",
            ),
        }
    }
}

/// Where these words stand in a row for the first time.
fn find(tokens: &[TokenWithSpan], words: &[&str]) -> Option<usize> {
    tokens.windows(words.len()).position(|window| {
        let mut pairs = window.iter().zip(words);
        pairs.all(|(token, word)| token.token.to_string().eq_ignore_ascii_case(word))
    })
}

type Found = ControlFlow<Foreign>;

/// Goes on unless there is something that Trino does not have.
fn unless(is_foreign: bool, foreign: Foreign) -> Found {
    match is_foreign {
        true => ControlFlow::Break(foreign),
        false => ControlFlow::Continue(()),
    }
}

struct Clauses;

impl Visitor for Clauses {
    type Break = Foreign;

    fn pre_visit_query(&mut self, query: &Query) -> Found {
        unless(!query.locks.is_empty(), Foreign::At(&["FOR"]))?;
        unless(query.for_clause.is_some(), Foreign::At(&["FOR"]))?;
        unless(query.settings.is_some(), Foreign::At(&["SETTINGS"]))?;
        unless(query.format_clause.is_some(), Foreign::At(&["FORMAT"]))?;
        unless(!query.pipe_operators.is_empty(), Foreign::At(&["|>"]))?;
        if let Some(clause) = &query.limit_clause {
            limit(clause)?;
        }
        body(&query.body)
    }

    fn pre_visit_select(&mut self, select: &Select) -> Found {
        let is_distinct_on = matches!(select.distinct, Some(Distinct::On(_)));
        unless(is_distinct_on, Foreign::At(&["DISTINCT", "ON"]))?;
        unless(select.exclude.is_some(), Foreign::At(&["EXCLUDE"]))?;
        unless(select.into.is_some(), Foreign::At(&["INTO"]))?;
        unless(!select.lateral_views.is_empty(), Foreign::At(&["VIEW"]))?;
        unless(select.prewhere.is_some(), Foreign::At(&["PREWHERE"]))?;
        unless(!select.connect_by.is_empty(), Foreign::At(&["CONNECT"]))?;
        unless(!select.cluster_by.is_empty(), Foreign::At(&["CLUSTER"]))?;
        unless(
            !select.distribute_by.is_empty(),
            Foreign::At(&["DISTRIBUTE"]),
        )?;
        unless(!select.sort_by.is_empty(), Foreign::At(&["SORT"]))?;
        unless(select.qualify.is_some(), Foreign::At(&["QUALIFY"]))?;
        unless(
            select.value_table_mode.is_some(),
            Foreign::At(&["SELECT", "AS"]),
        )?;
        let is_standard = matches!(select.flavor, SelectFlavor::Standard);
        unless(!is_standard, Foreign::At(&["FROM"]))?;
        match &select.group_by {
            GroupByExpr::All(_) => {
                return ControlFlow::Break(Foreign::After(&["GROUP", "BY", "ALL"]));
            }
            GroupByExpr::Expressions(_, modifiers) => {
                unless(!modifiers.is_empty(), Foreign::At(&["WITH"]))?;
            }
        }
        select.projection.iter().try_for_each(select_item)?;
        let joins = select.from.iter().flat_map(|from| &from.joins);
        joins.into_iter().try_for_each(join)
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> Found {
        match factor {
            TableFactor::Table {
                name,
                args,
                with_hints,
                with_ordinality,
                partitions,
                sample,
                index_hints,
                ..
            } => {
                unless(args.is_some(), Foreign::From(name.span().end))?;
                unless(!with_hints.is_empty(), Foreign::At(&["WITH"]))?;
                unless(*with_ordinality, Foreign::At(&["WITH", "ORDINALITY"]))?;
                unless(!partitions.is_empty(), Foreign::At(&["PARTITION"]))?;
                unless(!index_hints.is_empty(), Foreign::At(&["INDEX"]))?;
                sampled(sample.as_ref())
            }
            TableFactor::Derived { sample, .. } => sampled(sample.as_ref()),
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => table_with_joins.joins.iter().try_for_each(join),
            TableFactor::UNNEST { with_offset, .. } => {
                unless(*with_offset, Foreign::At(&["WITH", "OFFSET"]))
            }
            TableFactor::Function { name, .. } => {
                ControlFlow::Break(Foreign::From(name.span().start))
            }
            TableFactor::TableFunction { expr, .. } => {
                ControlFlow::Break(Foreign::From(expr.span().start))
            }
            TableFactor::Pivot { .. } => ControlFlow::Break(Foreign::At(&["PIVOT"])),
            TableFactor::Unpivot { .. } => ControlFlow::Break(Foreign::At(&["UNPIVOT"])),
            TableFactor::JsonTable { .. } => ControlFlow::Break(Foreign::After(&["JSON_TABLE"])),
            TableFactor::OpenJsonTable { .. } => ControlFlow::Break(Foreign::After(&["OPENJSON"])),
            TableFactor::XmlTable { .. } => ControlFlow::Break(Foreign::After(&["XMLTABLE"])),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> Found {
        let foreign = match expr {
            Expr::IsTrue(_) => Foreign::At(&["IS", "TRUE"]),
            Expr::IsNotTrue(_) => Foreign::At(&["IS", "NOT", "TRUE"]),
            Expr::IsFalse(_) => Foreign::At(&["IS", "FALSE"]),
            Expr::IsNotFalse(_) => Foreign::At(&["IS", "NOT", "FALSE"]),
            Expr::IsUnknown(_) => Foreign::At(&["IS", "UNKNOWN"]),
            Expr::IsNotUnknown(_) => Foreign::At(&["IS", "NOT", "UNKNOWN"]),
            Expr::IsNormalized { .. } => Foreign::At(&["NORMALIZED"]),
            Expr::ILike { .. } => Foreign::At(&["ILIKE"]),
            Expr::SimilarTo { .. } => Foreign::At(&["SIMILAR"]),
            Expr::RLike { regexp: true, .. } => Foreign::At(&["REGEXP"]),
            Expr::RLike { .. } => Foreign::At(&["RLIKE"]),
            Expr::Like { any: true, .. } => Foreign::At(&["LIKE", "ANY"]),
            Expr::InUnnest { .. } => Foreign::At(&["IN", "UNNEST"]),
            Expr::AnyOp { right, .. } if !matches!(**right, Expr::Subquery(_)) => {
                Foreign::After(&["ANY", "("])
            }
            Expr::AllOp { right, .. } if !matches!(**right, Expr::Subquery(_)) => {
                Foreign::After(&["ALL", "("])
            }
            Expr::Cast {
                kind: CastKind::SafeCast,
                expr,
                ..
            } => Foreign::From(expr.span().end),
            Expr::Cast {
                format: Some(_), ..
            } => Foreign::At(&["FORMAT"]),
            Expr::Ceil { field, .. } | Expr::Floor { field, .. } if has_unit(field) => {
                Foreign::At(&["TO"])
            }
            Expr::Overlay { .. } => Foreign::At(&["PLACING"]),
            Expr::Collate { .. } => Foreign::At(&["COLLATE"]),
            Expr::MemberOf(_) => Foreign::At(&["MEMBER"]),
            Expr::MatchAgainst { .. } => Foreign::At(&["AGAINST"]),
            Expr::BinaryOp { op, .. } => match op {
                BinaryOperator::Xor => Foreign::At(&["XOR"]),
                BinaryOperator::MyIntegerDivide => Foreign::At(&["DIV"]),
                BinaryOperator::Arrow => Foreign::At(&["->"]),
                BinaryOperator::Overlaps => Foreign::At(&["OVERLAPS"]),
                BinaryOperator::PGCustomBinaryOperator(_) => Foreign::At(&["OPERATOR"]),
                _ => return ControlFlow::Continue(()),
            },
            Expr::Interval(interval) => match interval.value.as_ref() {
                Expr::Value(ValueWithSpan {
                    value: Value::Number(..),
                    span,
                }) => Foreign::From(span.start),
                _ => return ControlFlow::Continue(()),
            },
            Expr::Function(function) => return call(function),
            _ => return ControlFlow::Continue(()),
        };
        ControlFlow::Break(foreign)
    }
}

fn has_unit(field: &CeilFloorKind) -> bool {
    !matches!(
        field,
        CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) | CeilFloorKind::Scale(_)
    )
}

/// In Trino's grammar `OFFSET` comes before `LIMIT`.
fn limit(clause: &LimitClause) -> Found {
    match clause {
        LimitClause::OffsetCommaLimit { offset, .. } => {
            ControlFlow::Break(Foreign::From(offset.span().end))
        }
        LimitClause::LimitOffset {
            limit,
            offset,
            limit_by,
        } => {
            for count in limit
                .iter()
                .chain(offset.iter().map(|offset| &offset.value))
            {
                match count {
                    Expr::Value(ValueWithSpan {
                        value: Value::Number(..),
                        ..
                    }) => {}
                    Expr::UnaryOp { expr, .. } => {
                        return ControlFlow::Break(Foreign::Before(expr.span().start));
                    }
                    other => return ControlFlow::Break(Foreign::From(other.span().start)),
                }
            }
            if let (Some(limit), Some(offset)) = (limit, offset) {
                let start = offset.value.span().start;
                unless(start > limit.span().start, Foreign::Before(start))?;
            }
            match limit_by.first() {
                Some(first) => ControlFlow::Break(Foreign::Before(first.span().start)),
                None => ControlFlow::Continue(()),
            }
        }
    }
}

/// Queries in parentheses are visited as the queries they are.
fn body(expr: &SetExpr) -> Found {
    let SetExpr::SetOperation {
        left,
        right,
        op,
        set_quantifier,
    } = expr
    else {
        return ControlFlow::Continue(());
    };
    unless(matches!(op, SetOperator::Minus), Foreign::At(&["MINUS"]))?;
    let is_by_name = matches!(
        set_quantifier,
        SetQuantifier::ByName | SetQuantifier::AllByName | SetQuantifier::DistinctByName
    );
    unless(is_by_name, Foreign::At(&["BY", "NAME"]))?;
    body(left)?;
    body(right)
}

fn select_item(item: &SelectItem) -> Found {
    match item {
        // A text is no name.
        SelectItem::ExprWithAlias { expr, alias } => unless(
            alias.quote_style == Some('\''),
            Foreign::Name(expr.span().end),
        ),
        SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) => {
            wildcard(options)
        }
        SelectItem::ExprWithAliases { .. } | SelectItem::UnnamedExpr(_) => {
            ControlFlow::Continue(())
        }
    }
}

fn wildcard(options: &WildcardAdditionalOptions) -> Found {
    unless(options.opt_ilike.is_some(), Foreign::At(&["ILIKE"]))?;
    unless(options.opt_exclude.is_some(), Foreign::At(&["EXCLUDE"]))?;
    unless(options.opt_except.is_some(), Foreign::At(&["*", "EXCEPT"]))?;
    unless(options.opt_replace.is_some(), Foreign::At(&["REPLACE"]))?;
    unless(options.opt_rename.is_some(), Foreign::At(&["RENAME"]))
}

fn join(join: &Join) -> Found {
    unless(join.global, Foreign::At(&["GLOBAL"]))?;
    match &join.join_operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint) => unless(
            matches!(constraint, JoinConstraint::None),
            Foreign::From(join.relation.span().end),
        ),
        JoinOperator::CrossJoin(constraint) => unless(
            !matches!(constraint, JoinConstraint::None),
            Foreign::From(join.relation.span().end),
        ),
        JoinOperator::Semi(_) | JoinOperator::LeftSemi(_) | JoinOperator::RightSemi(_) => {
            ControlFlow::Break(Foreign::At(&["SEMI"]))
        }
        JoinOperator::Anti(_) | JoinOperator::LeftAnti(_) | JoinOperator::RightAnti(_) => {
            ControlFlow::Break(Foreign::At(&["ANTI"]))
        }
        JoinOperator::CrossApply | JoinOperator::OuterApply => {
            ControlFlow::Break(Foreign::At(&["APPLY"]))
        }
        JoinOperator::AsOf { .. } => ControlFlow::Break(Foreign::At(&["ASOF"])),
        JoinOperator::StraightJoin(_) => ControlFlow::Break(Foreign::At(&["STRAIGHT_JOIN"])),
        JoinOperator::ArrayJoin | JoinOperator::LeftArrayJoin | JoinOperator::InnerArrayJoin => {
            ControlFlow::Break(Foreign::At(&["ARRAY", "JOIN"]))
        }
    }
}

fn sampled(sample: Option<&TableSampleKind>) -> Found {
    let Some(TableSampleKind::BeforeTableAlias(sample) | TableSampleKind::AfterTableAlias(sample)) =
        sample
    else {
        return ControlFlow::Continue(());
    };
    let TableSample {
        modifier,
        name,
        quantity,
        seed,
        bucket,
        ..
    } = sample.as_ref();
    let is_sample = matches!(modifier, TableSampleModifier::Sample);
    unless(is_sample, Foreign::At(&["SAMPLE"]))?;
    let has_method = matches!(
        name,
        Some(TableSampleMethod::Bernoulli | TableSampleMethod::System)
    );
    unless(!has_method, Foreign::After(&["TABLESAMPLE"]))?;
    unless(bucket.is_some(), Foreign::At(&["BUCKET"]))?;
    match quantity
        .as_ref()
        .and_then(|quantity| quantity.unit.as_ref())
    {
        Some(TableSampleUnit::Percent) => return ControlFlow::Break(Foreign::At(&["PERCENT"])),
        Some(TableSampleUnit::Rows) => return ControlFlow::Break(Foreign::At(&["ROWS"])),
        None => {}
    }
    match seed.as_ref().map(|seed| &seed.modifier) {
        Some(TableSampleSeedModifier::Repeatable) => {
            ControlFlow::Break(Foreign::At(&["REPEATABLE"]))
        }
        Some(TableSampleSeedModifier::Seed) => ControlFlow::Break(Foreign::At(&["SEED"])),
        None => ControlFlow::Continue(()),
    }
}

fn call(function: &Function) -> Found {
    let FunctionArguments::List(FunctionArgumentList {
        duplicate_treatment,
        args,
        clauses,
    }) = &function.args
    else {
        return ControlFlow::Continue(());
    };
    let is_distinct = matches!(duplicate_treatment, Some(DuplicateTreatment::Distinct));
    if let [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)] = args.as_slice() {
        unless(is_distinct, Foreign::At(&["DISTINCT", "*"]))?;
    }
    clauses.iter().try_for_each(|clause| {
        ControlFlow::Break(match clause {
            FunctionArgumentClause::IgnoreOrRespectNulls(NullTreatment::IgnoreNulls) => {
                Foreign::At(&["IGNORE"])
            }
            FunctionArgumentClause::IgnoreOrRespectNulls(NullTreatment::RespectNulls) => {
                Foreign::At(&["RESPECT"])
            }
            FunctionArgumentClause::Limit(count) => Foreign::Before(count.span().start),
            FunctionArgumentClause::Having(_) => Foreign::At(&["HAVING"]),
            FunctionArgumentClause::Separator(_) => Foreign::At(&["SEPARATOR"]),
            _ => return ControlFlow::Continue(()),
        })
    })
}
