//! Expressions in errors: where they are, and how they are written.

use datafusion::sql::sqlparser::ast::{Expr, Spanned};
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan};

/// Where Trino says that an expression is: operators are where their sign is, all else is where it
/// begins.
pub(crate) fn place(tokens: &[TokenWithSpan], expr: &Expr) -> Option<Location> {
    let after = |operand: &Expr, words: &[&str]| {
        let end = operand.span().end;
        let mut later = tokens.iter().filter(|token| token.span.start >= end);
        later.find(|token| is_one_of(token, words))
    };
    let before = |operand: &Expr, words: &[&str]| {
        let start = operand.span().start;
        let start = place(tokens, operand).map_or(start, |place| place.min(start));
        let earlier = tokens.iter().rev().filter(|token| token.span.start < start);
        let is_open =
            |token: &&TokenWithSpan| matches!(token.token, Token::LParen | Token::LBracket);
        let mut earlier = earlier.skip_while(is_open);
        earlier.next().filter(|token| is_one_of(token, words))
    };
    let found = match expr {
        Expr::BinaryOp { left, op, .. } => after(left, &[&op.to_string()]),
        Expr::IsDistinctFrom(operand, _) | Expr::IsNotDistinctFrom(operand, _) => {
            after(operand, &["IS"])
        }
        Expr::Like { expr, .. } => after(expr, &["NOT", "LIKE"]),
        Expr::Between { expr, .. } => after(expr, &["NOT", "BETWEEN"]),
        Expr::InList { expr, .. } | Expr::InSubquery { expr, .. } => after(expr, &["NOT", "IN"]),
        Expr::Cast { expr, .. } => before(expr, &["CAST", "TRY_CAST"]),
        Expr::Array(_) => before(expr, &["ARRAY"]),
        Expr::UnaryOp { op, expr } => before(expr, &[&op.to_string()]),
        Expr::Nested(inner) => return place(tokens, inner),
        _ => None,
    };
    let start = match found {
        Some(token) => token.span.start,
        None => expr.span().start,
    };
    (start.line > 0).then_some(start)
}

fn is_one_of(token: &TokenWithSpan, words: &[&str]) -> bool {
    let text = token.token.to_string();
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// An expression as the text has it; Trino shows operations in parentheses.
pub(crate) fn written(text: &str, expr: &Expr) -> Option<String> {
    let span = expr.span();
    let mut written = slice(text, span.start, span.end)?.to_owned();
    // The span of a call ends before its parenthesis.
    let opened = written.matches('(').count();
    let closed = written.matches(')').count();
    written.extend(std::iter::repeat_n(')', opened.saturating_sub(closed)));
    Some(match expr {
        Expr::BinaryOp { .. } => format!("({written})"),
        _ => written,
    })
}

/// What stands in the text between two places.
pub(crate) fn slice(text: &str, start: Location, end: Location) -> Option<&str> {
    let offset = |place: Location| {
        let line = usize::try_from(place.line).ok()?.checked_sub(1)?;
        let column = usize::try_from(place.column).ok()?.checked_sub(1)?;
        let mut lines = text.split_inclusive('\n');
        let before: usize = lines.by_ref().take(line).map(str::len).sum();
        let line = lines.next().unwrap_or_default();
        let mut offsets = line.char_indices().map(|(offset, _)| offset);
        Some(before + offsets.nth(column).unwrap_or(line.len()))
    };
    text.get(offset(start)?..offset(end)?)
}
