//! `MATCH_RECOGNIZE (…)` in a query's tokens, which the parser does not take behind any relation
//! nor in full.
//!
//! `relation MATCH_RECOGNIZE (…)` becomes `(SELECT "$match_recognize"('…'), expressions FROM
//! relation)`. The text tells all that is no expression; the expressions, by which it is
//! partitioned and ordered, and of its measures and definitions, keep their places. Labels in them
//! become `"$label_0"` and so on, and functions that only have a meaning there get names that no
//! others have.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan, Word};
use serde::{Deserialize, Serialize};

use super::MARKER;
use super::pattern::{Labels, Pattern, label_name, read};
use crate::dialect::location;
use crate::dialect::tokens::{closing, keyword};
use crate::error::{ErrorCode, Result, TrinoError};

/// All of the clause that is no expression. Expressions follow in this order: those it is
/// partitioned by, those it is ordered by, measures, definitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Clause {
    pub(super) partition_keys: usize,
    pub(super) order: Vec<Order>,
    /// What measures are called.
    pub(super) measures: Vec<String>,
    /// The labels that are defined.
    pub(super) definitions: Vec<usize>,
    pub(super) labels: Vec<String>,
    /// Sets of labels; they are numbered after the labels.
    pub(super) subsets: Vec<Vec<usize>>,
    pub(super) pattern: Pattern,
    pub(super) rows: RowsPerMatch,
    pub(super) skip: Skip,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) is_ascending: bool,
    pub(super) nulls_first: bool,
}

/// What rows are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum RowsPerMatch {
    One,
    All { empty: bool, unmatched: bool },
}

/// Where the next match is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Skip {
    PastLastRow,
    ToNextRow,
    ToFirst(usize),
    ToLast(usize),
}

/// Replaces all `MATCH_RECOGNIZE` clauses of a query.
///
/// # Errors
/// `SYNTAX_ERROR` where a clause is none.
pub(crate) fn rewrite(mut tokens: Vec<TokenWithSpan>) -> Result<Vec<TokenWithSpan>> {
    // Those of inner queries come first.
    while let Some(at) = (0..tokens.len()).find(|at| is_clause(&tokens, *at)) {
        let open = at + 1;
        let close = closing(&tokens, open).ok_or_else(|| mismatched(tokens.last()))?;
        let start = relation_start(&tokens, at);
        let mut subquery = read_clause(&tokens[open + 1..close], tokens[at].span)?;
        subquery.push(word("FROM", tokens[at].span));
        subquery.extend_from_slice(&tokens[start..at]);
        subquery.push(TokenWithSpan::new(Token::RParen, tokens[close].span));
        tokens.splice(start..=close, subquery);
    }
    let pattern = tokens
        .windows(2)
        .find(|pair| is(&pair[0], "PATTERN") && pair[1].token == Token::LParen);
    let defines = tokens.iter().any(|token| is(token, "DEFINE"));
    match pattern {
        Some(pattern) if defines => Err(TrinoError::at(
            ErrorCode::NotSupported,
            location(pattern[0].span.start),
            "row patterns in windows are not supported: use MATCH_RECOGNIZE",
        )),
        _ => Ok(tokens),
    }
}

fn is_clause(tokens: &[TokenWithSpan], at: usize) -> bool {
    is(&tokens[at], "MATCH_RECOGNIZE")
        && tokens
            .get(at + 1)
            .is_some_and(|next| next.token == Token::LParen)
}

fn is(token: &TokenWithSpan, text: &str) -> bool {
    matches!(&token.token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(text))
}

fn word(text: &str, span: Span) -> TokenWithSpan {
    TokenWithSpan::new(Token::make_keyword(text), span)
}

fn name(text: impl Into<String>, span: Span) -> TokenWithSpan {
    let word = Word {
        value: text.into(),
        quote_style: Some('"'),
        keyword: Keyword::NoKeyword,
    };
    TokenWithSpan::new(Token::Word(word), span)
}

/// In how many parentheses and brackets each token stands.
fn depths(tokens: &[TokenWithSpan]) -> Vec<usize> {
    let mut depth = 0_usize;
    let depths = tokens.iter().map(|token| match token.token {
        Token::LParen | Token::LBracket => {
            depth += 1;
            depth - 1
        }
        Token::RParen | Token::RBracket => {
            depth = depth.saturating_sub(1);
            depth
        }
        _ => depth,
    });
    depths.collect()
}

fn mismatched(found: Option<&TokenWithSpan>) -> TrinoError {
    match found {
        Some(found) => TrinoError::at(
            ErrorCode::SyntaxError,
            location(found.span.start),
            format!("mismatched input '{}'", found.token),
        ),
        None => TrinoError::new(ErrorCode::SyntaxError, "mismatched input ')'"),
    }
}

/// Where the relation before the clause begins.
fn relation_start(tokens: &[TokenWithSpan], clause: usize) -> usize {
    let mut depth = 0_usize;
    for at in (0..clause).rev() {
        match &tokens[at].token {
            Token::RParen => depth += 1,
            Token::LParen if depth == 0 => return at + 1,
            Token::LParen => depth -= 1,
            Token::Comma if depth == 0 => return at + 1,
            token if depth == 0 && matches!(keyword(token), Keyword::FROM | Keyword::JOIN) => {
                return at + 1;
            }
            _ => {}
        }
    }
    0
}

/// The parts of a clause, each by what begins it.
#[derive(Default)]
struct Parts<'a> {
    partition: &'a [TokenWithSpan],
    order: &'a [TokenWithSpan],
    measures: &'a [TokenWithSpan],
    rows: &'a [TokenWithSpan],
    skip: &'a [TokenWithSpan],
    pattern: &'a [TokenWithSpan],
    subsets: &'a [TokenWithSpan],
    definitions: &'a [TokenWithSpan],
}

const BEGINNINGS: [&[&str]; 9] = [
    &["PARTITION", "BY"],
    &["ORDER", "BY"],
    &["MEASURES"],
    &["ONE", "ROW"],
    &["ALL", "ROWS"],
    &["AFTER", "MATCH"],
    &["PATTERN"],
    &["SUBSET"],
    &["DEFINE"],
];

fn parts(body: &[TokenWithSpan]) -> Result<Parts<'_>> {
    let depths = depths(body);
    let begins = |at: usize| {
        let found = BEGINNINGS.iter().position(|words| {
            words
                .iter()
                .enumerate()
                .all(|(offset, word)| body.get(at + offset).is_some_and(|token| is(token, word)))
        });
        found.filter(|_| depths[at] == 0)
    };
    let starts: Vec<(usize, usize)> = (0..body.len())
        .filter_map(|at| Some((at, begins(at)?)))
        .collect();
    if starts.first().map(|(at, _)| *at) != Some(0) {
        return Err(mismatched(body.first()));
    }
    let mut parts = Parts::default();
    let mut last = None;
    for (place, (at, kind)) in starts.iter().enumerate() {
        // Either of the two ways to say what rows are answered.
        let order = if *kind == 4 { 3 } else { *kind };
        if last.is_some_and(|last| order <= last) {
            return Err(mismatched(body.get(*at)));
        }
        last = Some(order);
        let end = starts.get(place + 1).map_or(body.len(), |(next, _)| *next);
        let rest = &body[at + BEGINNINGS[*kind].len()..end];
        match kind {
            0 => parts.partition = rest,
            1 => parts.order = rest,
            2 => parts.measures = rest,
            3 | 4 => parts.rows = &body[*at..end],
            5 => parts.skip = rest,
            6 => parts.pattern = rest,
            7 => parts.subsets = rest,
            _ => parts.definitions = rest,
        }
    }
    Ok(parts)
}

/// The beginning of the subquery that a clause becomes.
fn read_clause(body: &[TokenWithSpan], span: Span) -> Result<Vec<TokenWithSpan>> {
    let parts = parts(body)?;
    let [open, pattern @ .., close] = parts.pattern else {
        return Err(mismatched(parts.pattern.first().or(body.last())));
    };
    if open.token != Token::LParen || close.token != Token::RParen {
        return Err(mismatched(Some(open)));
    }
    let mut labels = Labels::default();
    let pattern = read(pattern, &mut labels)?;
    let mut names = Names {
        labels,
        subsets: Vec::new(),
    };
    let subsets = subsets(parts.subsets, &mut names)?;
    let skip = skip(parts.skip, &names)?;

    let mut expressions = Vec::new();
    let partition = split(parts.partition);
    expressions.extend(partition.iter().map(|key| key.to_vec()));
    let mut order = Vec::new();
    for item in split(parts.order) {
        let (expression, direction) = direction(item);
        order.push(direction);
        expressions.push(expression.to_vec());
    }
    let mut measures = Vec::new();
    for measure in split(parts.measures) {
        let [expression @ .., as_, called] = measure else {
            return Err(mismatched(measure.first()));
        };
        let Token::Word(called) = &called.token else {
            return Err(mismatched(Some(as_)));
        };
        if keyword(&as_.token) != Keyword::AS || expression.is_empty() {
            return Err(mismatched(Some(as_)));
        }
        measures.push(called.value.to_lowercase());
        expressions.push(names.rewrite(expression));
    }
    let mut definitions = Vec::new();
    for definition in split(parts.definitions) {
        let [label, as_, condition @ ..] = definition else {
            return Err(mismatched(definition.first().or(body.last())));
        };
        if keyword(&as_.token) != Keyword::AS || condition.is_empty() {
            return Err(mismatched(Some(as_)));
        }
        let known = label_name(&label.token).and_then(|name| names.labels.get(&name));
        definitions.push(known.ok_or_else(|| {
            TrinoError::at(
                ErrorCode::InvalidLabel,
                location(label.span.start),
                format!(
                    "defined variable: {} is not a primary pattern variable",
                    label.token
                ),
            )
        })?);
        expressions.push(names.rewrite(condition));
    }
    let clause = Clause {
        partition_keys: partition.len(),
        order,
        measures,
        definitions,
        subsets,
        pattern,
        rows: rows_per_match(parts.rows)?,
        skip,
        labels: names.labels.into_names(),
    };
    let text = serde_json::to_string(&clause)
        .map_err(|error| TrinoError::new(ErrorCode::GenericInternalError, error.to_string()))?;
    let mut subquery = vec![
        TokenWithSpan::new(Token::LParen, span),
        word("SELECT", span),
        name(MARKER, span),
        TokenWithSpan::new(Token::LParen, span),
        TokenWithSpan::new(Token::SingleQuotedString(text), span),
        TokenWithSpan::new(Token::RParen, span),
    ];
    for expression in expressions {
        subquery.push(TokenWithSpan::new(Token::Comma, span));
        subquery.extend(expression);
    }
    Ok(subquery)
}

/// The parts between commas.
fn split(tokens: &[TokenWithSpan]) -> Vec<&[TokenWithSpan]> {
    if tokens.is_empty() {
        return Vec::new();
    }
    let depths = depths(tokens);
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, token) in tokens.iter().enumerate() {
        if token.token == Token::Comma && depths[at] == 0 {
            parts.push(&tokens[start..at]);
            start = at + 1;
        }
    }
    parts.push(&tokens[start..]);
    parts
}

/// The expression of an item of `ORDER BY`, and how it orders.
fn direction(item: &[TokenWithSpan]) -> (&[TokenWithSpan], Order) {
    let (item, nulls_first) = match item {
        [rest @ .., nulls, first] if is(nulls, "NULLS") => (rest, is(first, "FIRST")),
        item => (item, false),
    };
    let (expression, is_ascending) = match item {
        [rest @ .., last] if is(last, "ASC") => (rest, true),
        [rest @ .., last] if is(last, "DESC") => (rest, false),
        item => (item, true),
    };
    let order = Order {
        is_ascending,
        nulls_first,
    };
    (expression, order)
}

fn words(tokens: &[TokenWithSpan]) -> String {
    let words: Vec<String> = tokens
        .iter()
        .map(|token| token.token.to_string().to_uppercase())
        .collect();
    words.join(" ")
}

fn rows_per_match(tokens: &[TokenWithSpan]) -> Result<RowsPerMatch> {
    let all = |empty, unmatched| RowsPerMatch::All { empty, unmatched };
    match words(tokens).as_str() {
        "" | "ONE ROW PER MATCH" => Ok(RowsPerMatch::One),
        "ALL ROWS PER MATCH" | "ALL ROWS PER MATCH SHOW EMPTY MATCHES" => Ok(all(true, false)),
        "ALL ROWS PER MATCH OMIT EMPTY MATCHES" => Ok(all(false, false)),
        "ALL ROWS PER MATCH WITH UNMATCHED ROWS" => Ok(all(true, true)),
        _ => Err(mismatched(tokens.last())),
    }
}

fn skip(tokens: &[TokenWithSpan], names: &Names) -> Result<Skip> {
    let target = |label: &TokenWithSpan| {
        let known = label_name(&label.token).and_then(|name| names.number(&name));
        known.ok_or_else(|| {
            TrinoError::at(
                ErrorCode::InvalidLabel,
                location(label.span.start),
                format!("{} is not a primary or union pattern variable", label.token),
            )
        })
    };
    match (words(tokens).as_str(), tokens) {
        ("" | "SKIP PAST LAST ROW", _) => Ok(Skip::PastLastRow),
        ("SKIP TO NEXT ROW", _) => Ok(Skip::ToNextRow),
        (_, [skip, to, first, label]) if is(skip, "SKIP") && is(to, "TO") && is(first, "FIRST") => {
            Ok(Skip::ToFirst(target(label)?))
        }
        (_, [skip, to, last, label]) if is(skip, "SKIP") && is(to, "TO") && is(last, "LAST") => {
            Ok(Skip::ToLast(target(label)?))
        }
        (_, [skip, to, label]) if is(skip, "SKIP") && is(to, "TO") => {
            Ok(Skip::ToLast(target(label)?))
        }
        _ => Err(mismatched(tokens.last())),
    }
}

/// `SUBSET U = (A, B), W = (C)`.
fn subsets(tokens: &[TokenWithSpan], names: &mut Names) -> Result<Vec<Vec<usize>>> {
    let mut subsets = Vec::new();
    for subset in split(tokens) {
        let [called, equals, open, members @ .., close] = subset else {
            return Err(mismatched(subset.first()));
        };
        let is_set = equals.token == Token::Eq
            && open.token == Token::LParen
            && close.token == Token::RParen;
        let called_name = label_name(&called.token).filter(|_| is_set);
        let called_name = called_name.ok_or_else(|| mismatched(Some(called)))?;
        let mut labels = Vec::new();
        for member in split(members) {
            let known = match member {
                [label] => label_name(&label.token).and_then(|name| names.labels.get(&name)),
                _ => None,
            };
            labels.push(known.ok_or_else(|| mismatched(member.first()))?);
        }
        names.subsets.push(called_name);
        subsets.push(labels);
    }
    Ok(subsets)
}

/// The names of labels and their sets.
struct Names {
    labels: Labels,
    subsets: Vec<String>,
}

impl Names {
    fn number(&self, name: &str) -> Option<usize> {
        self.labels.get(name).or_else(|| {
            let place = self.subsets.iter().position(|subset| subset == name)?;
            Some(self.labels.len() + place)
        })
    }

    /// An expression with the names that labels and functions have here.
    fn rewrite(&self, tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
        let mut rewritten: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
        // Where calls end that are to have another parenthesis.
        let mut closes = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            rewritten.push(self.rewrite_one(tokens, at));
            let next_is =
                |wanted: &Token| tokens.get(at + 1).is_some_and(|next| next.token == *wanted);
            let is_modifier = (is(token, "FINAL") || is(token, "RUNNING"))
                && matches!(tokens.get(at + 1), Some(next) if matches!(next.token, Token::Word(_)))
                && tokens
                    .get(at + 2)
                    .is_some_and(|open| open.token == Token::LParen);
            if is_modifier && !next_is(&Token::LParen) {
                rewritten.pop();
                if is(token, "FINAL") {
                    rewritten.push(name("$final", token.span));
                    rewritten.push(TokenWithSpan::new(Token::LParen, token.span));
                    closes.extend(closing(tokens, at + 2));
                }
            }
            while closes.last() == Some(&at) {
                closes.pop();
                rewritten.push(TokenWithSpan::new(Token::RParen, token.span));
            }
        }
        rewritten
    }

    fn rewrite_one(&self, tokens: &[TokenWithSpan], at: usize) -> TokenWithSpan {
        let token = &tokens[at];
        let next = tokens.get(at + 1).map(|next| &next.token);
        let before = at.checked_sub(1).map(|before| &tokens[before]);
        let follows_period = before.is_some_and(|before| before.token == Token::Period);
        if follows_period {
            return token.clone();
        }
        let in_classifier = next == Some(&Token::RParen)
            && at
                .checked_sub(2)
                .is_some_and(|before| is(&tokens[before], "CLASSIFIER"));
        if next == Some(&Token::Period) || in_classifier {
            let number = label_name(&token.token).and_then(|label| self.number(&label));
            if let Some(number) = number {
                return name(format!("$label_{number}"), token.span);
            }
        }
        if next == Some(&Token::LParen) {
            for function in [
                "classifier",
                "first",
                "last",
                "match_number",
                "next",
                "prev",
            ] {
                if is(token, function) {
                    return name(format!("${function}"), token.span);
                }
            }
        }
        token.clone()
    }
}
