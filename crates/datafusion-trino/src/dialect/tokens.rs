//! Rewrites on the tokens of a query, where Trino's grammar is wider than the parser's.
//!
//! Tokens keep their places, so that errors point into the text the user wrote.

use std::collections::HashMap;

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Word};

use super::{foreign_tokens, relations, sql_json, types};
use crate::error::Result;

/// Quoted names as they were written, by the place where they begin.
pub(super) type WrittenNames = HashMap<Location, String>;

/// The tokens as the parser wants them, and the names whose case was folded.
///
/// # Errors
/// `INVALID_LITERAL` for a literal that is no value of its type, `SYNTAX_ERROR` for tokens that
/// Trino and clauses that SQL/JSON does not have.
pub(super) fn prepare(tokens: Vec<TokenWithSpan>) -> Result<(Vec<TokenWithSpan>, WrittenNames)> {
    let mut tokens = sql_json::rewrite(tokens)?;
    foreign_tokens::refuse(&tokens)?;
    let written = fold_quoted_names(&mut tokens);
    let tokens = relations::rewrite(&types::rewrite(tokens)?);
    Ok((parenthesize_value_rows(tokens), written))
}

/// Trino compares quoted names without case, too. `TOP` is a name like any other.
fn fold_quoted_names(tokens: &mut [TokenWithSpan]) -> WrittenNames {
    let mut written = WrittenNames::new();
    for TokenWithSpan { token, span } in tokens {
        if let Token::Word(word) = token
            && word.keyword == Keyword::TOP
        {
            word.keyword = Keyword::NoKeyword;
        }
        if let Token::Word(word) = token
            && word.quote_style.is_some()
        {
            let folded = word.value.to_lowercase();
            written.insert(span.start, std::mem::replace(&mut word.value, folded));
        }
    }
    written
}

/// Where `FOR TIMESTAMP|VERSION AS OF` stands, which only Iceberg tables have.
pub(super) fn time_travel(tokens: &[TokenWithSpan]) -> Option<Location> {
    tokens
        .windows(4)
        .find(|window| {
            let [first, second, third, fourth] = window else {
                return false;
            };
            keyword(&first.token) == Keyword::FOR
                && matches!(
                    keyword(&second.token),
                    Keyword::TIMESTAMP | Keyword::VERSION | Keyword::SYSTEM_TIME
                )
                && keyword(&third.token) == Keyword::AS
                && keyword(&fourth.token) == Keyword::OF
        })
        .and_then(|window| window.first())
        .map(|token| token.span.start)
}

pub(crate) fn keyword(token: &Token) -> Keyword {
    match token {
        Token::Word(Word {
            quote_style: None,
            keyword,
            ..
        }) => *keyword,
        _ => Keyword::NoKeyword,
    }
}

/// Where the parenthesis that stands at `open` closes.
pub(crate) fn closing(tokens: &[TokenWithSpan], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (position, token) in tokens.iter().enumerate().skip(open) {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen if depth <= 1 => return Some(position),
            Token::RParen => depth -= 1,
            _ => {}
        }
    }
    None
}

/// `VALUES 1, 2` is `VALUES (1), (2)` to the parser, and `VALUES ROW(1, 'a')` is
/// `VALUES (1, 'a')`.
fn parenthesize_value_rows(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    if !tokens
        .iter()
        .any(|token| keyword(&token.token) == Keyword::VALUES)
    {
        return tokens;
    }
    let mut rewritten = Vec::with_capacity(tokens.len() + 8);
    let mut position = 0;
    while position < tokens.len() {
        let begins_rows = keyword(&tokens[position].token) == Keyword::VALUES;
        rewritten.push(tokens[position].clone());
        position += 1;
        if begins_rows {
            position = rewrite_rows(&tokens, position, &mut rewritten);
        }
    }
    rewritten
}

/// Rewrites the rows that begin at `start`; answers where they end.
fn rewrite_rows(
    tokens: &[TokenWithSpan],
    mut start: usize,
    rewritten: &mut Vec<TokenWithSpan>,
) -> usize {
    loop {
        let end = end_of_row(tokens, start);
        rewrite_row(&tokens[start..end], rewritten);
        match tokens.get(end) {
            Some(comma) if comma.token == Token::Comma => {
                rewritten.push(comma.clone());
                start = end + 1;
            }
            _ => return end,
        }
    }
}

/// The first token after `start` that belongs to no row: a comma, or what can follow the rows.
fn end_of_row(tokens: &[TokenWithSpan], start: usize) -> usize {
    let mut depth = 0_usize;
    for (position, token) in tokens.iter().enumerate().skip(start) {
        match token.token {
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket if depth > 0 => depth -= 1,
            Token::RParen | Token::RBracket | Token::SemiColon | Token::EOF => return position,
            Token::Comma if depth == 0 => return position,
            _ if depth == 0 => match keyword(&token.token) {
                Keyword::ORDER
                | Keyword::LIMIT
                | Keyword::OFFSET
                | Keyword::FETCH
                | Keyword::UNION
                | Keyword::INTERSECT
                | Keyword::EXCEPT => return position,
                _ => {}
            },
            _ => {}
        }
    }
    tokens.len()
}

fn rewrite_row(row: &[TokenWithSpan], rewritten: &mut Vec<TokenWithSpan>) {
    let row = match row {
        [first, rest @ ..] if keyword(&first.token) == Keyword::ROW && is_parenthesized(rest) => {
            rest
        }
        row => row,
    };
    if row.is_empty() || is_parenthesized(row) {
        // The row's own `VALUES`, in a subquery, need the same care.
        return rewritten.extend(parenthesize_value_rows(row.to_vec()));
    }
    let at = |token: &TokenWithSpan| Span::new(token.span.start, token.span.start);
    rewritten.push(TokenWithSpan::new(Token::LParen, at(&row[0])));
    rewritten.extend(parenthesize_value_rows(row.to_vec()));
    rewritten.push(TokenWithSpan::new(Token::RParen, at(&row[row.len() - 1])));
}

/// Whether one pair of parentheses holds all of these tokens.
fn is_parenthesized(tokens: &[TokenWithSpan]) -> bool {
    tokens
        .first()
        .is_some_and(|token| token.token == Token::LParen)
        && closing(tokens, 0) == Some(tokens.len() - 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    use super::*;
    use crate::dialect::grammar::TrinoDialect;

    fn rewritten(sql: &str) -> String {
        let mut tokens = Tokenizer::new(&TrinoDialect, sql)
            .tokenize_with_location()
            .unwrap();
        tokens.retain(|token| !matches!(token.token, Token::Whitespace(_)));
        let (tokens, _) = prepare(tokens).unwrap();
        let texts: Vec<String> = tokens.iter().map(|token| token.token.to_string()).collect();
        texts.join(" ")
    }

    #[test]
    fn rows_of_values_get_their_parentheses() {
        for (written, expected) in [
            ("VALUES 1, 2", "VALUES ( 1 ) , ( 2 )"),
            ("VALUES (1, 2), (3, 4)", "VALUES ( 1 , 2 ) , ( 3 , 4 )"),
            ("VALUES ROW(1, 2)", "VALUES ( 1 , 2 )"),
            ("VALUES (1)+(2)", "VALUES ( ( 1 ) + ( 2 ) )"),
            (
                "SELECT * FROM (VALUES 1, f(2, 3)) t(x)",
                "SELECT * FROM ( VALUES ( 1 ) , ( f ( 2 , 3 ) ) ) t ( x )",
            ),
            (
                "VALUES 1 UNION ALL VALUES 2 ORDER BY 1",
                "VALUES ( 1 ) UNION ALL VALUES ( 2 ) ORDER BY 1",
            ),
            (
                "VALUES ARRAY[1, 2], ARRAY[3]",
                "VALUES ( ARRAY [ 1 , 2 ] ) , ( ARRAY [ 3 ] )",
            ),
        ] {
            assert_eq!(rewritten(written), expected);
        }
    }

    #[test]
    fn quoted_names_are_folded() {
        assert_eq!(
            rewritten("SELECT \"Id\" FROM \"DB\".t"),
            "SELECT \"id\" FROM \"db\" . t"
        );
    }
}
