use regex::Regex;

use super::InvalidPattern;

/// What of a pattern is still to be read.
#[derive(Debug, Clone)]
pub(super) struct Scanner<'pattern> {
    text: &'pattern str,
    rest: &'pattern str,
}

impl<'pattern> Scanner<'pattern> {
    pub(super) fn new(text: &'pattern str) -> Self {
        Self { text, rest: text }
    }

    /// The next character that is no space.
    pub(super) fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    /// Takes `expected` if it comes next, after spaces.
    pub(super) fn take(&mut self, expected: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    pub(super) fn demand(&mut self, expected: &str) -> Result<(), InvalidPattern> {
        if self.take(expected) {
            return Ok(());
        }
        Err(self.wrong(&format!("expected {expected}")))
    }

    pub(super) fn end(&mut self) -> Result<(), InvalidPattern> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.wrong("expected the end")),
        }
    }

    /// Takes the characters that come next and are `wanted`.
    pub(super) fn word(&mut self, wanted: impl Fn(char) -> bool) -> &'pattern str {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// Takes a text in quotes if one comes next; a backslash lets the next character stand for
    /// itself.
    pub(super) fn quoted(&mut self, quote: char) -> Result<Option<String>, InvalidPattern> {
        let Some(inside) = self.rest.strip_prefix(quote) else {
            return Ok(None);
        };
        let mut text = String::new();
        let mut characters = inside.char_indices();
        while let Some((at, character)) = characters.next() {
            if character == quote {
                self.rest = &inside[at + character.len_utf8()..];
                return Ok(Some(text));
            }
            let escaped = (character == '\\').then(|| characters.next()).flatten();
            text.push(escaped.map_or(character, |(_, escaped)| escaped));
        }
        self.rest = "";
        Err(self.wrong(&format!("missing {quote}")))
    }

    /// Takes a regular expression between percent signs if one comes next.
    pub(super) fn regex(&mut self) -> Result<Option<Regex>, InvalidPattern> {
        let Some(inside) = self.rest.strip_prefix('%') else {
            return Ok(None);
        };
        let Some((expression, rest)) = inside.split_once('%') else {
            self.rest = "";
            return Err(self.wrong("missing %"));
        };
        self.rest = rest;
        let known = |c: char| c.is_ascii_alphanumeric() || r":_#=@/;,-^$?[]{}|\*+. ".contains(c);
        if let Some(unknown) = expression.chars().find(|c| !known(*c)) {
            return Err(InvalidPattern(format!(
                "'{unknown}' is not part of the regular expressions that filters know"
            )));
        }
        Regex::new(expression).map(Some).map_err(|_| {
            InvalidPattern(format!("regular expression '{expression}' cannot be read"))
        })
    }

    /// The error of what comes next.
    pub(super) fn wrong(&self, what: &str) -> InvalidPattern {
        let read = self.text.len() - self.rest.len();
        let at = self.text.get(..read).map_or(0, |read| read.chars().count()) + 1;
        InvalidPattern(match self.rest.chars().next() {
            Some(found) => format!("'{found}' at character {at}: {what}"),
            None => format!("the end: {what}"),
        })
    }
}
