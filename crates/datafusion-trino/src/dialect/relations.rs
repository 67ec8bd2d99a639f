//! Queries in a form that the parser takes in fewer places than Trino: `TABLE t`, `ALL (VALUES …)`;
//! and the names of `row.* AS (a, b)`, which it takes as one.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan, Word};

use super::tokens::{closing, keyword};
use super::wildcards::SEPARATOR;

/// Writes such queries as the parser takes them.
pub(super) fn rewrite(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let mut rewritten = Vec::with_capacity(tokens.len());
    // Where parentheses must close that the text does not have.
    let mut closes = Vec::new();
    let mut position = 0;
    while let Some(token) = tokens.get(position) {
        if closes.last() == Some(&position) {
            closes.pop();
            rewritten.push(TokenWithSpan::new(Token::RParen, token.span));
            continue;
        }
        if is_table_query(tokens, position) {
            rewritten.extend(select_all(token.span));
        } else if is_quantified_values(tokens, position) {
            closes.extend(closing(tokens, position + 1));
            let open = &tokens[position + 1];
            rewritten.extend([token.clone(), open.clone()]);
            rewritten.extend(select_all(open.span));
            rewritten.push(open.clone());
            position += 1;
        } else if let Some((names, end)) = field_names(tokens, position) {
            rewritten.push(token.clone());
            rewritten.push(TokenWithSpan::new(Token::make_keyword("AS"), token.span));
            rewritten.push(TokenWithSpan::new(names, token.span));
            position = end;
        } else {
            rewritten.push(token.clone());
        }
        position += 1;
    }
    rewritten
}

fn select_all(at: Span) -> [TokenWithSpan; 3] {
    [
        Token::make_keyword("SELECT"),
        Token::Mul,
        Token::make_keyword("FROM"),
    ]
    .map(|token| TokenWithSpan::new(token, at))
}

/// `TABLE name` where a query can begin.
fn is_table_query(tokens: &[TokenWithSpan], position: usize) -> bool {
    let begins = match position.checked_sub(1).map(|before| &tokens[before].token) {
        // After the parenthesis of `WITH`.
        None | Some(Token::LParen | Token::RParen) => true,
        Some(before) => matches!(
            keyword(before),
            Keyword::UNION
                | Keyword::INTERSECT
                | Keyword::EXCEPT
                | Keyword::ALL
                | Keyword::DISTINCT
        ),
    };
    let is_name = |token: &TokenWithSpan| matches!(token.token, Token::Word(_));
    begins
        && keyword(&tokens[position].token) == Keyword::TABLE
        && tokens.get(position + 1).is_some_and(is_name)
}

/// `ALL (VALUES …)`, and with `ANY` or `SOME`.
fn is_quantified_values(tokens: &[TokenWithSpan], position: usize) -> bool {
    let is = |offset: usize, wanted: &[Keyword]| {
        let token = tokens.get(position + offset);
        token.is_some_and(|token| wanted.contains(&keyword(&token.token)))
    };
    is(0, &[Keyword::ALL, Keyword::ANY, Keyword::SOME])
        && tokens
            .get(position + 1)
            .is_some_and(|token| token.token == Token::LParen)
        && is(2, &[Keyword::VALUES])
}

/// The names of `.* AS (a, b)` as one, if the star of one stands here, and where they end.
fn field_names(tokens: &[TokenWithSpan], position: usize) -> Option<(Token, usize)> {
    let before = tokens.get(position.checked_sub(1)?)?;
    let (as_, open) = (tokens.get(position + 1)?, tokens.get(position + 2)?);
    let is_list = tokens[position].token == Token::Mul
        && before.token == Token::Period
        && keyword(&as_.token) == Keyword::AS
        && open.token == Token::LParen;
    if !is_list {
        return None;
    }
    let close = closing(tokens, position + 2)?;
    let names = tokens[position + 3..close].iter();
    let names: Vec<&str> = names
        .filter_map(|token| match &token.token {
            Token::Word(word) => Some(word.value.as_str()),
            _ => None,
        })
        .collect();
    let names = Token::Word(Word {
        value: names
            .join(SEPARATOR.encode_utf8(&mut [0; 4]))
            .to_lowercase(),
        quote_style: Some('"'),
        keyword: Keyword::NoKeyword,
    });
    Some((names, close))
}
