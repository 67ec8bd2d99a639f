//! Types in the text of a query: in casts, and before literals.
//!
//! The parser knows other types than Trino. So `CAST(x AS row(a bigint))` becomes
//! `CAST(x AS "row(a bigint)")`, whose name is a type's for [`crate::types::Types`]; `TIME '09:30'`
//! becomes `CAST('09:30' AS "time(0)")`; and `CAST(x AS varchar(3))`, whose length no Arrow type
//! tells, `"$varchar"(x, 3)`.

use std::collections::HashMap;

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Word};

use super::parse::location;
use super::tokens::{closing, keyword};
use crate::error::{ErrorCode, Result, TrinoError};
use crate::types::{Moment, Own, Zone, ZonedTime, parse_type, read_date, type_name};

/// Writes the types of casts and literals as the parser takes them.
///
/// # Errors
/// `INVALID_LITERAL` for a literal that is no value of its type, `TYPE_NOT_FOUND` for a cast to a
/// type that there is not.
pub(super) fn rewrite(tokens: Vec<TokenWithSpan>) -> Result<Vec<TokenWithSpan>> {
    let tokens = rewrite_literals(tokens)?;
    let casts: Vec<Cast> = (0..tokens.len())
        .filter_map(|position| Cast::at(&tokens, position))
        .collect();
    for cast in casts.iter().filter(|cast| cast.length.is_none()) {
        let written = text(&tokens[cast.as_ + 1..cast.close]);
        if parse_type(&written).is_none() {
            let place = location(tokens[cast.begin].span.start);
            let message = format!("Unknown type: {written}");
            return Err(TrinoError::at(ErrorCode::TypeNotFound, place, message));
        }
    }
    Ok(match casts.is_empty() {
        true => tokens,
        false => rewrite_casts(&tokens, &casts),
    })
}

/// `CAST(… AS type)` by the places of its tokens.
struct Cast {
    begin: usize,
    as_: usize,
    close: usize,
    /// The length of a `varchar(n)`.
    length: Option<String>,
}

impl Cast {
    fn at(tokens: &[TokenWithSpan], begin: usize) -> Option<Self> {
        let is_cast = matches!(
            keyword(&tokens.get(begin)?.token),
            Keyword::CAST | Keyword::TRY_CAST
        );
        let open = begin + 1;
        if !is_cast || tokens.get(open)?.token != Token::LParen {
            return None;
        }
        let close = closing(tokens, open)?;
        let mut depth = 0_usize;
        let mut as_ = None;
        for (position, token) in tokens.iter().enumerate().take(close).skip(open + 1) {
            match token.token {
                Token::LParen | Token::LBracket => depth += 1,
                Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
                _ if depth == 0 && keyword(&token.token) == Keyword::AS => as_ = Some(position),
                _ => {}
            }
        }
        let as_ = as_.filter(|position| position + 1 < close)?;
        // A literal's, which is a name already.
        let is_name = |token: &TokenWithSpan| matches!(&token.token, Token::Word(word) if word.quote_style.is_some());
        if as_ + 2 == close && is_name(&tokens[as_ + 1]) {
            return None;
        }
        let length = match &tokens[as_ + 1..close] {
            [name, open, length, _]
                if is_word(&name.token, "varchar") && open.token == Token::LParen =>
            {
                match &length.token {
                    Token::Number(digits, _) => Some(digits.clone()),
                    _ => None,
                }
            }
            _ => None,
        };
        Some(Self {
            begin,
            as_,
            close,
            length,
        })
    }

    /// Appends what stands for `AS type`.
    fn rewrite_type(&self, tokens: &[TokenWithSpan], rewritten: &mut Vec<TokenWithSpan>) {
        let written = &tokens[self.as_ + 1..self.close];
        let (as_, at) = (&tokens[self.as_], written[0].span);
        match &self.length {
            Some(length) => {
                let number = Token::Number(length.clone(), false);
                rewritten.push(TokenWithSpan::new(Token::Comma, as_.span));
                rewritten.push(TokenWithSpan::new(number, at));
            }
            None => {
                rewritten.push(as_.clone());
                rewritten.push(TokenWithSpan::new(quoted(text(written)), at));
            }
        }
    }
}

fn rewrite_casts(tokens: &[TokenWithSpan], casts: &[Cast]) -> Vec<TokenWithSpan> {
    let by_begin: HashMap<usize, &Cast> = casts.iter().map(|cast| (cast.begin, cast)).collect();
    let by_as: HashMap<usize, &Cast> = casts.iter().map(|cast| (cast.as_, cast)).collect();
    let mut rewritten = Vec::with_capacity(tokens.len());
    let mut position = 0;
    while let Some(token) = tokens.get(position) {
        if let Some(cast) = by_as.get(&position) {
            cast.rewrite_type(tokens, &mut rewritten);
            position = cast.close;
            continue;
        }
        let is_bounded = by_begin
            .get(&position)
            .is_some_and(|cast| cast.length.is_some());
        rewritten.push(match keyword(&token.token) {
            Keyword::TRY_CAST if is_bounded => {
                TokenWithSpan::new(quoted("$try_varchar"), token.span)
            }
            _ if is_bounded => TokenWithSpan::new(quoted("$varchar"), token.span),
            _ => token.clone(),
        });
        position += 1;
    }
    rewritten
}

fn quoted(name: impl Into<String>) -> Token {
    Token::Word(Word {
        value: name.into(),
        quote_style: Some('"'),
        keyword: Keyword::NoKeyword,
    })
}

/// The tokens of a type as one text.
fn text(tokens: &[TokenWithSpan]) -> String {
    let tokens: Vec<String> = tokens.iter().map(|token| token.token.to_string()).collect();
    tokens.join(" ")
}

fn is_word(token: &Token, name: &str) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(name))
}

/// Types that a literal can have before it.
const LITERAL_TYPES: [&str; 18] = [
    "bigint",
    "boolean",
    "char",
    "date",
    "dec",
    "decimal",
    "double",
    "int",
    "integer",
    "ipaddress",
    "json",
    "numeric",
    "real",
    "smallint",
    "time",
    "timestamp",
    "tinyint",
    "uuid",
];

fn rewrite_literals(tokens: Vec<TokenWithSpan>) -> Result<Vec<TokenWithSpan>> {
    let mut rewritten: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let Token::SingleQuotedString(literal) = &token.token else {
            rewritten.push(token);
            continue;
        };
        let Some(kind) = literal_type(&rewritten) else {
            rewritten.push(token);
            continue;
        };
        let data_type = typed(&kind, literal).ok_or_else(|| {
            let place = rewritten.last().map_or(token.span, |word| word.span);
            TrinoError::at(
                ErrorCode::InvalidLiteral,
                location(place.start),
                format!("'{literal}' is not a valid {kind} literal"),
            )
        })?;
        let span = rewritten.pop().map_or(token.span, |word| word.span);
        if kind == "json" {
            // A cast would make a JSON string of it.
            for token in [
                quoted("json_parse"),
                Token::LParen,
                Token::SingleQuotedString(literal.clone()),
                Token::RParen,
            ] {
                rewritten.push(TokenWithSpan::new(token, span));
            }
            continue;
        }
        for token in [
            Token::make_keyword("CAST"),
            Token::LParen,
            Token::SingleQuotedString(literal.clone()),
            Token::make_keyword("AS"),
            quoted(data_type),
            Token::RParen,
        ] {
            rewritten.push(TokenWithSpan::new(token, span));
        }
    }
    Ok(rewritten)
}

/// The type whose name stands last, if it is one and no column's.
fn literal_type(tokens: &[TokenWithSpan]) -> Option<String> {
    let (last, before) = tokens.split_last()?;
    let is_qualified = before
        .last()
        .is_some_and(|token| token.token == Token::Period);
    let Token::Word(word) = &last.token else {
        return None;
    };
    let name = word.value.to_ascii_lowercase();
    let is_type =
        word.quote_style.is_none() && !is_qualified && LITERAL_TYPES.contains(&name.as_str());
    is_type.then_some(name)
}

/// The whole name of a literal's type, which its text tells; none if it is no such literal.
fn typed(kind: &str, literal: &str) -> Option<String> {
    Some(match kind {
        "date" => {
            read_date(literal.trim())?;
            "date".to_owned()
        }
        "time" => {
            let (_, precision, offset) = ZonedTime::read(literal)?;
            match offset {
                Some(_) => Own::TimeWithZone(precision).name(),
                None => Own::Time(precision).name(),
            }
        }
        "timestamp" => {
            let written = Moment::read(literal)?;
            match written.zone {
                Some(zone) => {
                    Zone::parse(zone)?;
                    Own::TimestampWithZone(written.precision).name()
                }
                None => Own::Timestamp(written.precision).name(),
            }
        }
        "decimal" | "dec" | "numeric" => decimal(literal.trim())?,
        "char" => Own::Char(u32::try_from(literal.chars().count()).ok()?).name(),
        other => type_name(&parse_type(other)?),
    })
}

/// The type of a decimal literal: its digits say its precision and scale.
fn decimal(literal: &str) -> Option<String> {
    let unsigned = literal.strip_prefix(['-', '+']).unwrap_or(literal);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_number = (!whole.is_empty() || !fraction.is_empty())
        && whole
            .bytes()
            .chain(fraction.bytes())
            .all(|c| c.is_ascii_digit());
    let digits = whole.trim_start_matches('0').len() + fraction.len();
    let precision = digits.max(1).max(fraction.len());
    (is_number && precision <= 38).then(|| format!("decimal({precision},{})", fraction.len()))
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
        match rewrite(tokens) {
            Ok(tokens) => text(&tokens),
            Err(refusal) => refusal.to_string(),
        }
    }

    #[test]
    fn types_become_names() {
        for (sql, expected) in [
            ("CAST(x AS bigint)", r#"CAST ( x AS "bigint" )"#),
            (
                "TRY_CAST(CAST(x AS json) AS array(row(a time(3) with time zone)))",
                r#"TRY_CAST ( CAST ( x AS "json" ) AS "array ( row ( a time ( 3 ) with time zone ) )" )"#,
            ),
            ("CAST(x AS varchar(3))", r#""$varchar" ( x , 3 )"#),
            ("TIME '9:30'", r#"CAST ( '9:30' AS "time(0)" )"#),
            (
                "TIMESTAMP '2020-01-01 00:00:00.1 Asia/Seoul'",
                r#"CAST ( '2020-01-01 00:00:00.1 Asia/Seoul' AS "timestamp(1) with time zone" )"#,
            ),
            ("DECIMAL '012.50'", r#"CAST ( '012.50' AS "decimal(4,2)" )"#),
            ("t.date '2020'", "t . date '2020'"),
            (
                "SELECT DATE '2020-13-01'",
                "INVALID_LITERAL: line 1:8: '2020-13-01' is not a valid date literal",
            ),
        ] {
            assert_eq!(rewritten(sql), expected);
        }
    }
}
