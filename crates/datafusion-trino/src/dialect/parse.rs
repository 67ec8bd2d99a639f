//! Tokens, then an AST that says in DataFusion's words what Trino means.

use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, Fetch, LimitClause, Query, Select, SetExpr, Statement, TableFactor,
    UnaryOperator, Value, ValueWithSpan, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{
    Location as TokenLocation, Token, TokenWithSpan, Tokenizer, TokenizerError,
};
use std::ops::ControlFlow;

use super::grammar::TrinoDialect;
use super::literals::Counts;
use super::names::{self, OutputNames};
use super::{
    depth, foreign, frames, intervals, lambdas, outer_joins, parameters, row_subqueries, tokens,
};
use crate::error::{ErrorCode, Location, Result, TrinoError};
use crate::{functions, row_pattern, ties};

/// How deep expressions and subqueries may nest.
pub(super) const MAX_DEPTH: usize = 100;

/// A query's AST, ready to be planned.
#[derive(Debug)]
pub struct ParsedQuery {
    pub query: Box<Query>,
    pub(crate) names: OutputNames,
    pub(crate) text: String,
    pub(crate) parameters: Vec<String>,
}

impl ParsedQuery {
    /// A query that is only planned to see whether it can be.
    pub(crate) fn unnamed(query: Box<Query>) -> Self {
        Self {
            query,
            names: OutputNames::default(),
            text: String::new(),
            parameters: Vec::new(),
        }
    }
}

/// Parses a query whose `?` stand for `parameters`.
///
/// # Errors
/// `SYNTAX_ERROR` where the parser stopped, or if there are more or fewer `?`.
pub fn parse(text: &str, parameters: &[String]) -> Result<ParsedQuery> {
    let mut tokens = Tokenizer::new(&TrinoDialect, text)
        .tokenize_with_location()
        .map_err(|error| tokenizer_error(&error))?;
    tokens.retain(|token| !matches!(token.token, Token::Whitespace(_)));
    // Before parameters: `?` repeats in patterns.
    let tokens = row_pattern::rewrite(tokens)?;
    let tokens = parameters::put_in(tokens, parameters)?;
    let (tokens, written) = tokens::prepare(tokens)?;
    if depth::is_too_deep(&tokens) {
        return Err(too_large());
    }
    if let Some(at) = tokens::time_travel(&tokens) {
        return Err(
            TrinoError::new(ErrorCode::NotSupported, "FOR … AS OF is not supported")
                .or_at(location(at)),
        );
    }
    let mut parser = Parser::new(&TrinoDialect)
        .with_recursion_limit(MAX_DEPTH)
        .with_tokens_with_locations(tokens);
    let mut query = parser
        .parse_query()
        .and_then(|query| {
            parser.expect_token(&Token::EOF)?;
            Ok(query)
        })
        .map_err(|error| parser_error(&error, &parser, text))?;
    refuse_statements(&query)?;
    foreign::refuse(&query, text)?;
    if let ControlFlow::Break(error) = query.visit(&mut Adapt::default()) {
        return Err(error);
    }
    let names = names::rewrite(&mut query, &written);
    Ok(ParsedQuery {
        query,
        names,
        text: text.to_owned(),
        parameters: parameters.to_vec(),
    })
}

/// The tokens of a text that has been parsed, without blanks and comments.
pub(crate) fn tokens_of(text: &str) -> Vec<TokenWithSpan> {
    let tokens = Tokenizer::new(&TrinoDialect, text).tokenize_with_location();
    let mut tokens = tokens.unwrap_or_default();
    tokens.retain(|token| !matches!(token.token, Token::Whitespace(_)));
    tokens
}

pub(crate) fn location(at: TokenLocation) -> Location {
    Location {
        line: at.line.max(1),
        column: at.column.max(1),
    }
}

pub(super) fn tokenizer_error(error: &TokenizerError) -> TrinoError {
    TrinoError::at(
        ErrorCode::SyntaxError,
        location(error.location),
        error.message.to_lowercase(),
    )
}

/// Trino's words for where the parser stopped; it stops at the token it could not use.
fn parser_error(error: &ParserError, parser: &Parser<'_>, text: &str) -> TrinoError {
    let message = match error {
        ParserError::RecursionLimitExceeded => return too_large(),
        ParserError::ParserError(message) | ParserError::TokenizerError(message) => message,
    };
    let found = parser.peek_token();
    let at = stated_location(message).unwrap_or_else(|| token_location(&found, text));
    let expected = message
        .strip_prefix("Expected: ")
        .and_then(|rest| rest.split_once(", found: "));
    let message = match expected {
        Some((expected, found)) => {
            let found = found.split(" at Line: ").next().unwrap_or(found);
            let found = if found == "EOF" { "<EOF>" } else { found };
            let expected = match expected {
                "EOF" => "<EOF>",
                "identifier" => "<identifier>",
                "an expression" => "<expression>",
                expected if expected.starts_with("SELECT, VALUES") => "<query>",
                expected => expected,
            };
            format!("mismatched input '{found}'. Expecting: {expected}")
        }
        None => match found.token {
            Token::EOF => "mismatched input '<EOF>'".to_owned(),
            token => format!("mismatched input '{token}'"),
        },
    };
    TrinoError::at(ErrorCode::SyntaxError, at, message)
}

/// Trino's words for a statement nested too deep.
fn too_large() -> TrinoError {
    TrinoError::at(
        ErrorCode::SyntaxError,
        Location::START,
        "statement is too large (stack overflow during analysis)",
    )
}

/// The place in a parser's message: `… at Line: 1, Column: 8`.
fn stated_location(message: &str) -> Option<Location> {
    let (_, place) = message.rsplit_once(" at Line: ")?;
    let (line, column) = place.split_once(", Column: ")?;
    let line: u64 = line.parse().ok()?;
    Some(Location {
        line,
        column: column.parse().ok()?,
    })
    .filter(|_| line > 0)
}

fn token_location(token: &TokenWithSpan, text: &str) -> Location {
    match token.span.start.line {
        0 => Location::of(text, text.trim_end().len()),
        _ => location(token.span.start),
    }
}

/// Refuses statements in the place of a query.
fn refuse_statements(query: &Query) -> Result<()> {
    let mut body = &*query.body;
    loop {
        match body {
            SetExpr::Query(inner) => body = &*inner.body,
            SetExpr::SetOperation { left, .. } => body = left,
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => return Err(unexpected_statement(statement)),
            SetExpr::Select(_) | SetExpr::Values(_) | SetExpr::Table(_) => return Ok(()),
        }
    }
}

fn unexpected_statement(statement: &Statement) -> TrinoError {
    let text = statement.to_string();
    let word = text.split_whitespace().next().unwrap_or_default();
    TrinoError::new(
        ErrorCode::SyntaxError,
        format!("mismatched input '{word}'. Expecting: <query>"),
    )
}

/// Says in DataFusion's words what it would not understand in Trino's.
#[derive(Default)]
struct Adapt {
    counts: Counts,
    lambdas: lambdas::Parameters,
}

impl VisitorMut for Adapt {
    type Break = TrinoError;

    /// DataFusion's patterns have a backslash as their escape character; Trino's have none unless
    /// they name one.
    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<TrinoError> {
        match expr {
            Expr::Value(literal) => {
                if let Value::UnicodeStringLiteral(text) = &mut literal.value {
                    literal.value = Value::SingleQuotedString(std::mem::take(text));
                }
            }
            Expr::Function(function) => {
                frames::rewrite_function(function);
                self.counts.note_function(function);
            }
            Expr::Subquery(subquery) | Expr::InSubquery { subquery, .. } => {
                row_subqueries::rewrite(subquery);
            }
            Expr::Lambda(lambda) => self.lambdas.enter(lambda),
            Expr::CompoundIdentifier(_) => self.lambdas.rewrite(expr),
            Expr::Substring {
                expr: text,
                substring_from,
                substring_for,
                ..
            } => {
                let arguments = [Some(text), substring_from.as_mut(), substring_for.as_mut()];
                let arguments = arguments.into_iter().flatten();
                let arguments =
                    arguments.map(|argument| std::mem::replace(&mut **argument, null()));
                *expr = functions::call("substr", arguments.collect());
            }
            Expr::CompoundFieldAccess { root, access_chain } => {
                let is_parameter = self.lambdas.has(root);
                name_fields_by_text(root, access_chain, is_parameter);
            }
            _ => {}
        }
        if let Expr::Like {
            pattern,
            escape_char,
            ..
        } = expr
        {
            match adapt_pattern(pattern, escape_char.take().map(|escape| escape.value)) {
                Ok(true) => {}
                Ok(false) => *expr = null(),
                Err(refusal) => return ControlFlow::Break(refusal),
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<TrinoError> {
        if let Expr::Lambda(_) = expr {
            self.lambdas.leave();
        }
        self.counts.type_number(expr);
        negate(expr);
        match intervals::rewrite(expr, &self.counts) {
            Ok(()) => ControlFlow::Continue(()),
            Err(refusal) => ControlFlow::Break(refusal),
        }
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<TrinoError> {
        frames::rewrite_named(select);
        select.from.iter_mut().for_each(outer_joins::rewrite);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<TrinoError> {
        if let TableFactor::NestedJoin {
            table_with_joins, ..
        } = factor
        {
            outer_joins::rewrite(table_with_joins);
        }
        ControlFlow::Continue(())
    }

    /// `FETCH FIRST n ROWS ONLY` is `LIMIT n`.
    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<TrinoError> {
        self.counts.note_query(query);
        let Some(fetch) = query.fetch.take() else {
            return ControlFlow::Continue(());
        };
        let Fetch {
            with_ties,
            percent: false,
            quantity,
        } = fetch
        else {
            return ControlFlow::Break(TrinoError::new(
                ErrorCode::SyntaxError,
                "mismatched input 'PERCENT'",
            ));
        };
        let one = || Expr::value(Value::Number("1".into(), false));
        let limit = quantity.unwrap_or_else(one);
        let offset = match query.limit_clause.take() {
            Some(LimitClause::LimitOffset { offset, .. }) => offset,
            _ => None,
        };
        query.limit_clause = Some(LimitClause::LimitOffset {
            limit: Some(match with_ties {
                true => ties::marked(limit),
                false => limit,
            }),
            offset,
            limit_by: Vec::new(),
        });
        ControlFlow::Continue(())
    }
}

/// DataFusion takes the field of a computed row, as in `courses[1].code`, by a text. Names before
/// the first subscript are columns' and stay names.
fn name_fields_by_text(root: &Expr, access_chain: &mut [AccessExpr], is_parameter: bool) {
    let mut computed =
        is_parameter || !matches!(root, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
    for access in access_chain {
        match access {
            AccessExpr::Subscript(_) => computed = true,
            AccessExpr::Dot(field) if computed => {
                if let Expr::Identifier(name) = field {
                    *field = Expr::value(Value::SingleQuotedString(name.value.to_lowercase()));
                }
            }
            AccessExpr::Dot(_) => {}
        }
    }
}

/// What is no literal is negated as Trino does.
fn negate(expr: &mut Expr) {
    let Expr::UnaryOp {
        op: UnaryOperator::Minus,
        expr: operand,
    } = expr
    else {
        return;
    };
    // A decimal's digits are a text.
    let (literal, is_cast) = match operand.as_ref() {
        Expr::Cast { expr, .. } => (expr, true),
        _ => (&*operand, false),
    };
    let is_number = match literal.as_ref() {
        Expr::Value(literal) => !matches!(literal.value, Value::SingleQuotedString(_)) || is_cast,
        _ => false,
    };
    if !is_number {
        *expr = functions::call("$negate", vec![std::mem::replace(operand, null())]);
    }
}

pub(super) fn null() -> Expr {
    Expr::value(Value::Null)
}

/// Writes a pattern of `LIKE` as DataFusion takes it; false if the escape is null, which makes null.
fn adapt_pattern(pattern: &mut Expr, escape: Option<Value>) -> Result<bool> {
    let escape = match escape {
        None => None,
        Some(Value::SingleQuotedString(escape)) => Some(escape),
        Some(_) => return Ok(false),
    };
    match pattern {
        Expr::Value(ValueWithSpan {
            value: Value::SingleQuotedString(pattern),
            ..
        }) => *pattern = functions::backslash_escapes(pattern, escape.as_deref())?,
        Expr::Value(ValueWithSpan {
            value: Value::Null, ..
        }) => {}
        pattern => {
            let written = std::mem::replace(pattern, null());
            let escape = escape.map(|escape| Expr::value(Value::SingleQuotedString(escape)));
            let arguments = std::iter::once(written).chain(escape).collect();
            *pattern = functions::call("$like_pattern", arguments);
        }
    }
    Ok(true)
}
