//! The expressions that stand for a query's `?`. Athena user guide, "Use parameterized queries".

use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::grammar::TrinoDialect;
use super::parse::MAX_DEPTH;
use crate::error::{ErrorCode, Location, Result, TrinoError};

/// The tokens with each `?` replaced by its expression, which takes its place in the text.
///
/// # Errors
/// `SYNTAX_ERROR` if there are more or fewer `?`, or something else than an expression is given.
pub(super) fn put_in(
    tokens: Vec<TokenWithSpan>,
    parameters: &[String],
) -> Result<Vec<TokenWithSpan>> {
    let expected = tokens.iter().filter(|token| is_placeholder(token)).count();
    if expected != parameters.len() {
        return Err(TrinoError::at(
            ErrorCode::SyntaxError,
            Location::START,
            format!(
                "Incorrect number of parameters: expected {expected} but found {}",
                parameters.len()
            ),
        ));
    }
    if parameters.is_empty() {
        return Ok(tokens);
    }
    let mut parameters = parameters.iter();
    let mut replaced = Vec::with_capacity(tokens.len());
    for token in tokens {
        let parameter = match is_placeholder(&token) {
            true => parameters.next(),
            false => None,
        };
        let Some(parameter) = parameter else {
            replaced.push(token);
            continue;
        };
        let expression = expression(parameter)?;
        let alone = expression.len() == 1;
        if !alone {
            replaced.push(TokenWithSpan::new(Token::LParen, token.span));
        }
        replaced.extend(
            expression
                .into_iter()
                .map(|part| TokenWithSpan::new(part, token.span)),
        );
        if !alone {
            replaced.push(TokenWithSpan::new(Token::RParen, token.span));
        }
    }
    Ok(replaced)
}

fn is_placeholder(token: &TokenWithSpan) -> bool {
    matches!(&token.token, Token::Placeholder(mark) if mark == "?")
}

/// The tokens of one whole expression.
fn expression(text: &str) -> Result<Vec<Token>> {
    let refused = || {
        TrinoError::at(
            ErrorCode::SyntaxError,
            Location::START,
            format!("the parameter '{text}' is not an expression: texts need single quotes"),
        )
    };
    let tokens = Tokenizer::new(&TrinoDialect, text)
        .tokenize()
        .map_err(|_| refused())?;
    let mut parser = Parser::new(&TrinoDialect)
        .with_recursion_limit(MAX_DEPTH)
        .with_tokens(tokens.clone());
    parser
        .parse_expr()
        .and_then(|_| parser.expect_token(&Token::EOF))
        .map_err(|_| refused())?;
    let means_something = |token: &Token| !matches!(token, Token::Whitespace(_) | Token::EOF);
    Ok(tokens.into_iter().filter(means_something).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::dialect::parse;

    fn filled(text: &str, parameters: &[&str]) -> Result<String, String> {
        let parameters: Vec<String> = parameters.iter().map(|text| (*text).to_owned()).collect();
        match parse(text, &parameters) {
            Ok(parsed) => Ok(parsed.query.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn each_question_mark_is_one_expression() {
        for (text, parameters, becomes) in [
            (
                "SELECT * FROM t WHERE a = ?",
                &["'it''s'"][..],
                "SELECT * FROM t WHERE a = 'it''s'",
            ),
            (
                "SELECT * FROM t WHERE a = ? * 2",
                &["1 + 2"],
                "SELECT * FROM t WHERE a = (CAST(1 AS INTEGER) + CAST(2 AS INTEGER)) * CAST(2 AS INTEGER)",
            ),
            (
                "SELECT '?' FROM t LIMIT ?",
                &["5"],
                "SELECT '?' AS \"__output_0\" FROM t LIMIT 5",
            ),
        ] {
            assert_eq!(filled(text, parameters).unwrap(), becomes, "{text}");
        }
    }

    #[test]
    fn nothing_but_expressions_gets_in() {
        for parameter in [
            "1) OR (1 = 1",
            "1; DROP TABLE t",
            "",
            "'open",
            "1 -- x\n) OR (1=1",
        ] {
            let refused = filled("SELECT * FROM t WHERE (a = ?)", &[parameter]).unwrap_err();
            assert!(
                refused.contains("is not an expression"),
                "{parameter}: {refused}"
            );
        }
        assert_eq!(
            filled("SELECT ?, ?", &["1"]).unwrap_err(),
            "SYNTAX_ERROR: line 1:1: Incorrect number of parameters: expected 2 but found 1"
        );
    }
}
