use crate::{Error, Result};

/// A piece of an expression and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// In bytes.
    pub(super) at: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// A keyword or a name, as it is written.
    Word(String),
    /// A name in double quotes.
    Quoted(String),
    /// A text in single quotes.
    Text(String),
    /// A time in backquotes.
    Ion(String),
    Int(i64),
    Float(f64),
    Symbol(&'static str),
    End,
}

/// Longer ones first.
const SYMBOLS: [&str; 20] = [
    "<=", ">=", "<>", "!=", "||", "(", ")", "[", "]", ",", ".", "*", "+", "-", "/", "%", "=", "<",
    ">", ";",
];

pub(super) fn tokens(text: &str) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else {
            tokens.push(Token {
                kind: TokenKind::End,
                at,
            });
            return Ok(tokens);
        };
        let (kind, length) = match first {
            '\'' | '"' | '`' => quoted(text, at, first)?,
            _ if rest.starts_with("--") => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '0'..='9' => number(text, at)?,
            '.' if rest[1..].starts_with(|next: char| next.is_ascii_digit()) => number(text, at)?,
            _ if first.is_alphabetic() || first == '_' => {
                let end = rest
                    .find(|next: char| !(next.is_alphanumeric() || next == '_'))
                    .unwrap_or(rest.len());
                (TokenKind::Word(rest[..end].to_owned()), end)
            }
            _ => match SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
                Some(symbol) => (TokenKind::Symbol(symbol), symbol.len()),
                None => {
                    return Err(error_at(
                        text,
                        at,
                        "LexerInvalidChar",
                        format!("The SQL expression contains an invalid character '{first}'"),
                    ));
                }
            },
        };
        tokens.push(Token { kind, at });
        at += length;
    }
}

/// A text between quotes, in which a doubled quote stands for one.
fn quoted(text: &str, at: usize, quote: char) -> Result<(TokenKind, usize)> {
    let mut content = String::new();
    let mut characters = text[at..].char_indices().skip(1).peekable();
    while let Some((offset, character)) = characters.next() {
        if character != quote {
            content.push(character);
        } else if characters.next_if(|(_, next)| *next == quote).is_some() {
            content.push(quote);
        } else {
            let kind = match quote {
                '\'' => TokenKind::Text(content),
                '"' => TokenKind::Quoted(content),
                _ => TokenKind::Ion(content),
            };
            return Ok((kind, offset + 1));
        }
    }
    Err(error_at(
        text,
        at,
        "LexerInvalidLiteral",
        "The SQL expression contains a quote that is not closed",
    ))
}

fn number(text: &str, at: usize) -> Result<(TokenKind, usize)> {
    let rest = &text[at..];
    let digits = |from: usize| {
        rest[from..]
            .find(|next: char| !next.is_ascii_digit())
            .map_or(rest.len(), |end| from + end)
    };
    let mut end = digits(0);
    if rest[end..].starts_with('.') {
        end = digits(end + 1);
    }
    if rest[end..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[end + 1..].starts_with(['+', '-']));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    let literal = &rest[..end];
    let kind = match literal.parse() {
        Ok(value) => TokenKind::Int(value),
        Err(_) => match literal.parse() {
            Ok(value) => TokenKind::Float(value),
            Err(_) => {
                return Err(error_at(
                    text,
                    at,
                    "LexerInvalidLiteral",
                    format!("The SQL expression contains the invalid number '{literal}'"),
                ));
            }
        },
    };
    Ok((kind, end))
}

/// An error with line and column, both from 1.
pub(super) fn error_at(
    text: &str,
    at: usize,
    code: &'static str,
    message: impl Into<String>,
) -> Error {
    let before = &text[..at.min(text.len())];
    Error::Parse {
        code,
        message: message.into(),
        line: before.matches('\n').count() + 1,
        column: before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1,
    }
}
