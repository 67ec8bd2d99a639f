//! Cuts a statement into words, quoted names, strings, numbers and symbols, leaving out comments.

use datafusion_trino::Location;

use crate::error::{ErrorKind, QueryError, Result};

/// How strings spell characters that cannot stand for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StringStyle {
    /// Hive's DDL: backslash escapes.
    Hive,
    /// Trino's SQL: a quote is doubled, a backslash is a backslash.
    Trino,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A keyword or a bare name.
    Word,
    /// Text between single quotes, unescaped.
    String(String),
    /// Text between double quotes: a name to Trino, a string to Hive.
    DoubleQuoted(String),
    /// A name between backticks.
    Backticked(String),
    Number,
    Symbol(char),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    /// Byte offsets into the statement's text.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// All tokens of `text`.
///
/// # Errors
/// `SYNTAX_ERROR` if a quote or a comment is not closed.
pub(crate) fn tokenize(text: &str, style: StringStyle) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = Rest { text, at: 0, style };
    while let Some(first) = rest.skip_blanks_and_comments()? {
        let start = rest.at;
        let kind = match first {
            '\'' => TokenKind::String(rest.quoted('\'')?),
            '"' => TokenKind::DoubleQuoted(rest.quoted('"')?),
            '`' => TokenKind::Backticked(rest.quoted('`')?),
            '0'..='9' => {
                rest.number();
                TokenKind::Number
            }
            first if is_word_start(first) => {
                rest.advance_while(is_word_part);
                TokenKind::Word
            }
            symbol => {
                rest.at += symbol.len_utf8();
                TokenKind::Symbol(symbol)
            }
        };
        tokens.push(Token {
            kind,
            start,
            end: rest.at,
        });
    }
    Ok(tokens)
}

fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_word_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '@')
}

struct Rest<'a> {
    text: &'a str,
    at: usize,
    style: StringStyle,
}

impl Rest<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn advance_while(&mut self, belongs: impl Fn(char) -> bool) {
        let rest = &self.text[self.at..];
        self.at += rest.find(|c: char| !belongs(c)).unwrap_or(rest.len());
    }

    /// Goes to the next character that means something.
    fn skip_blanks_and_comments(&mut self) -> Result<Option<char>> {
        loop {
            self.advance_while(char::is_whitespace);
            let rest = &self.text[self.at..];
            if rest.starts_with("--") {
                self.advance_while(|c| c != '\n');
            } else if rest.starts_with("/*") {
                let Some(length) = rest.find("*/") else {
                    return Err(self.unclosed(self.at, "comment"));
                };
                self.at += length + 2;
            } else {
                return Ok(self.peek());
            }
        }
    }

    fn number(&mut self) {
        self.advance_while(|c| c.is_ascii_alphanumeric() || c == '.');
    }

    /// Reads past the closing quote; doubled quotes stand for one.
    fn quoted(&mut self, quote: char) -> Result<String> {
        let start = self.at;
        let mut value = String::new();
        let escapes = self.style == StringStyle::Hive && quote != '`';
        self.at += quote.len_utf8();
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            if c == quote {
                if self.peek() != Some(quote) {
                    return Ok(value);
                }
                self.at += quote.len_utf8();
                value.push(quote);
            } else if escapes && c == '\\' {
                self.escape(&mut value);
            } else {
                value.push(c);
            }
        }
        Err(self.unclosed(start, "quote"))
    }

    /// Hive's escapes: the usual letters, three octal digits, four hexadecimal digits after `u`.
    fn escape(&mut self, value: &mut String) {
        let rest = &self.text[self.at..];
        let coded = if let Some(digits) = rest.strip_prefix('u').and_then(|rest| rest.get(..4)) {
            u32::from_str_radix(digits, 16).ok().map(|code| (code, 5))
        } else {
            rest.get(..3)
                .filter(|digits| digits.bytes().all(|b| matches!(b, b'0'..=b'7')))
                .and_then(|digits| u32::from_str_radix(digits, 8).ok())
                .map(|code| (code, 3))
        };
        if let Some((c, length)) = coded.and_then(|(code, n)| Some((char::from_u32(code)?, n))) {
            value.push(c);
            self.at += length;
            return;
        }
        let Some(c) = rest.chars().next() else {
            value.push('\\');
            return;
        };
        self.at += c.len_utf8();
        match c {
            'n' => value.push('\n'),
            't' => value.push('\t'),
            'r' => value.push('\r'),
            'b' => value.push('\u{8}'),
            '0' => value.push('\0'),
            'Z' => value.push('\u{1a}'),
            // Patterns keep their backslash: LIKE and regular expressions read it.
            '%' | '_' => value.extend(['\\', c]),
            other => value.push(other),
        }
    }

    fn unclosed(&self, start: usize, what: &str) -> QueryError {
        let location = Location::of(self.text, start);
        QueryError::at(
            ErrorKind::SyntaxError,
            location,
            format!("{what} that begins here is not closed"),
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn comments_and_blanks_are_left_out() {
        let text = "SHOW -- a comment\n /* another; */ TABLES;";
        let words: Vec<&str> = tokenize(text, StringStyle::Hive)
            .unwrap()
            .into_iter()
            .map(|token| &text[token.start..token.end])
            .collect();
        assert_eq!(words, ["SHOW", "TABLES", ";"]);
    }

    #[test]
    fn hive_strings_have_escapes_and_trino_strings_do_not() {
        let text = r"'a\tb\\c\001d\u0041'";
        let value = |style| match tokenize(text, style).unwrap().remove(0).kind {
            TokenKind::String(value) => value,
            other => unreachable!("{other:?}"),
        };
        assert_eq!(value(StringStyle::Hive), "a\tb\\c\u{1}dA");
        assert_eq!(value(StringStyle::Trino), r"a\tb\\c\001d\u0041");
    }

    #[test]
    fn an_open_quote_is_located() {
        let error = tokenize("SELECT\n  'abc", StringStyle::Trino).unwrap_err();
        assert_eq!(error.location(), Some(Location { line: 2, column: 3 }));
    }
}
