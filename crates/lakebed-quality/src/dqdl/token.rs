//! A document's text as tokens, each with where it stands.

use super::DqdlError;

/// Where a token begins: lines from 1, columns from 0, as Glue's own messages count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters, digits, `_` and `.` that are not a number.
    Word(String),
    /// Digits, with a fraction or without.
    Number(String),
    /// What stands between double quotes, `\"` read as `"`.
    Quoted(String),
    /// Punctuation and comparison signs.
    Sign(&'static str),
    End,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: Position,
}

impl Token {
    /// How messages speak of the token.
    pub(super) fn describe(&self) -> String {
        match &self.kind {
            Kind::Word(text) | Kind::Number(text) => format!("'{text}'"),
            Kind::Quoted(text) => format!("\"{text}\""),
            Kind::Sign(sign) => format!("'{sign}'"),
            Kind::End => "the end of the text".to_owned(),
        }
    }
}

const SIGNS: &[&str] = &[
    "!=", ">=", "<=", ",", ":", "[", "]", "{", "}", "(", ")", "=", ">", "<", "+", "-", "*", "/",
    "$", "!",
];

/// Cuts a document into tokens; the last one is the end.
pub(super) fn tokenize(text: &str) -> Result<Vec<Token>, DqdlError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut at = Position { line: 1, column: 0 };
    while let Some(first) = rest.chars().next() {
        let (kind, length) = if first.is_whitespace() {
            (None, first.len_utf8())
        } else if first == '#' {
            (None, rest.find('\n').unwrap_or(rest.len()))
        } else if first == '"' {
            let (quoted, length) = quoted(rest).ok_or_else(|| {
                DqdlError::at(at, "a text that begins with '\"' has no end".to_owned())
            })?;
            (Some(Kind::Quoted(quoted)), length)
        } else if is_word(first) {
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            (Some(word_or_number(&rest[..length])), length)
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Some(Kind::Sign(sign)), sign.len())
        } else {
            return Err(DqdlError::at(at, format!("unexpected character '{first}'")));
        };
        if let Some(kind) = kind {
            tokens.push(Token { kind, at });
        }
        for character in rest[..length].chars() {
            if character == '\n' {
                at = Position {
                    line: at.line + 1,
                    column: 0,
                };
            } else {
                at.column += 1;
            }
        }
        rest = &rest[length..];
    }
    tokens.push(Token {
        kind: Kind::End,
        at,
    });
    Ok(tokens)
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == '.'
}

fn word_or_number(text: &str) -> Kind {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if digits(whole) && digits(fraction) {
        Kind::Number(text.to_owned())
    } else {
        Kind::Word(text.to_owned())
    }
}

/// The text in quotes at the beginning, and how many bytes it takes with its quotes.
///
/// Only `\"` is an escape that changes the text: patterns keep their backslashes.
fn quoted(rest: &str) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Some((text, index + 1)),
            '\\' => {
                let (_, escaped) = characters.next()?;
                if escaped != '"' {
                    text.push('\\');
                }
                text.push(escaped);
            }
            other => text.push(other),
        }
    }
    None
}

/// Tokens as Glue prints rules: one space between them, none inside brackets.
pub(super) fn print(tokens: &[Token]) -> String {
    let mut text = String::new();
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| &tokens[index].kind);
        if before.is_some_and(|before| {
            let earlier = index.checked_sub(2).map(|index| &tokens[index].kind);
            spaced(earlier, before, &token.kind)
        }) {
            text.push(' ');
        }
        match &token.kind {
            Kind::Word(word) | Kind::Number(word) => text.push_str(word),
            Kind::Quoted(quoted) => {
                text.push('"');
                text.push_str(&quoted.replace('"', "\\\""));
                text.push('"');
            }
            Kind::Sign(sign) => text.push_str(sign),
            Kind::End => {}
        }
    }
    text
}

fn spaced(earlier: Option<&Kind>, before: &Kind, token: &Kind) -> bool {
    const KEYWORDS: &[&str] = &["and", "AND", "or", "OR", "between", "in", "of", "OF"];
    match (before, token) {
        (Kind::Sign("[" | "(" | "," | "$"), _) | (_, Kind::Sign("]" | ")" | ",")) => false,
        (Kind::Word(word), Kind::Sign("(")) => KEYWORDS.contains(&word.as_str()),
        // A minus after an operand subtracts, elsewhere it belongs to its number.
        (Kind::Sign("-"), Kind::Number(_)) => {
            matches!(earlier, Some(Kind::Number(_) | Kind::Sign(")")))
        }
        _ => true,
    }
}
