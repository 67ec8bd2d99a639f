//! Tokens that Trino's lexer does not have: operators, literals and names of other databases.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::parse::location;
use crate::error::{ErrorCode, Result, TrinoError};

/// Refuses what is no token of Trino's, or stands where Trino's grammar has no use for it.
///
/// # Errors
/// `SYNTAX_ERROR` at the first such token.
pub(super) fn refuse(tokens: &[TokenWithSpan]) -> Result<()> {
    for (position, found) in tokens.iter().enumerate() {
        let before = position.checked_sub(1).map(|before| &tokens[before]);
        let refusal = match &found.token {
            Token::LBracket => {
                let is_subscript = before.is_some_and(|word| ends_operand(&word.token));
                (!is_subscript).then(|| mismatched(found))
            }
            Token::Number(_, true) => Some(digits_first()),
            // `0x1F`; `X'1F'` has one more.
            Token::HexStringLiteral(digits)
                if found.span.start.column + digits.len() as u64 + 2 == found.span.end.column =>
            {
                Some(digits_first())
            }
            Token::Word(_)
                if before.is_some_and(|number| {
                    matches!(number.token, Token::Number(..)) && number.span.end == found.span.start
                }) =>
            {
                return Err(refused(before.unwrap_or(found), digits_first()));
            }
            Token::Char('`') => Some(
                "backquoted identifiers are not supported; use double quotes to quote identifiers"
                    .to_owned(),
            ),
            token => (!is_trinos(token)).then(|| mismatched(found)),
        };
        if let Some(message) = refusal {
            return Err(refused(found, message));
        }
    }
    Ok(())
}

fn refused(found: &TokenWithSpan, message: String) -> TrinoError {
    TrinoError::at(ErrorCode::SyntaxError, location(found.span.start), message)
}

fn mismatched(found: &TokenWithSpan) -> String {
    format!("mismatched input '{}'", found.token)
}

fn digits_first() -> String {
    "identifiers must not start with a digit; surround the identifier with double quotes".to_owned()
}

fn is_trinos(token: &Token) -> bool {
    matches!(
        token,
        Token::EOF
            | Token::Word(_)
            | Token::Number(_, false)
            | Token::SingleQuotedString(_)
            | Token::UnicodeStringLiteral(_)
            | Token::HexStringLiteral(_)
            | Token::LParen
            | Token::RParen
            | Token::RBracket
            | Token::Comma
            | Token::Period
            | Token::SemiColon
            | Token::Eq
            | Token::Neq
            | Token::Lt
            | Token::Gt
            | Token::LtEq
            | Token::GtEq
            | Token::Plus
            | Token::Minus
            | Token::Mul
            | Token::Div
            | Token::Mod
            | Token::StringConcat
            | Token::Arrow
            | Token::RArrow
    )
}

/// Whether `[` after this token is a subscript, or begins the elements of `ARRAY[…]`.
fn ends_operand(token: &Token) -> bool {
    match token {
        Token::Word(word) if word.quote_style.is_none() => !matches!(
            word.keyword,
            Keyword::ALL
                | Keyword::AND
                | Keyword::AS
                | Keyword::BETWEEN
                | Keyword::BY
                | Keyword::CASE
                | Keyword::DISTINCT
                | Keyword::ELSE
                | Keyword::FROM
                | Keyword::HAVING
                | Keyword::IN
                | Keyword::LIKE
                | Keyword::NOT
                | Keyword::ON
                | Keyword::OR
                | Keyword::SELECT
                | Keyword::THEN
                | Keyword::VALUES
                | Keyword::WHEN
                | Keyword::WHERE
        ),
        Token::Word(_)
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::UnicodeStringLiteral(_)
        | Token::HexStringLiteral(_)
        | Token::RParen
        | Token::RBracket => true,
        _ => false,
    }
}
