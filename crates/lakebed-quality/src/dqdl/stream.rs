//! Walking along the tokens of a document.

use super::DqdlError;
use super::token::{Kind, Token, print};

/// How deep parentheses may be nested: far deeper than anybody reads, and no danger to the stack.
const DEEPEST: usize = 100;

pub(super) struct Stream {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Stream {
    /// `tokens` ends with the end.
    pub(super) fn new(tokens: Vec<Token>) -> Self {
        Self {
            tokens,
            next: 0,
            depth: 0,
        }
    }

    pub(super) fn peek(&self) -> &Token {
        self.ahead(0)
    }

    /// The token `distance` after the next one; the end, beyond it.
    pub(super) fn ahead(&self, distance: usize) -> &Token {
        &self.tokens[(self.next + distance).min(self.tokens.len() - 1)]
    }

    pub(super) fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        self.next += 1;
        token
    }

    pub(super) fn place(&self) -> usize {
        self.next
    }

    /// What stands from an earlier place to here, as Glue prints it.
    pub(super) fn text_since(&self, place: usize) -> String {
        print(&self.tokens[place..self.next.min(self.tokens.len())])
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(&self.peek().kind, Kind::Word(found) if found == word)
    }

    /// For the words DQDL also takes in capitals.
    pub(super) fn is_either_case(&self, word: &str) -> bool {
        self.is_word(word) || self.is_word(&word.to_uppercase())
    }

    pub(super) fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek().kind, Kind::Sign(found) if found == sign)
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.next += usize::from(found);
        found
    }

    pub(super) fn take_either_case(&mut self, word: &str) -> bool {
        let found = self.is_either_case(word);
        self.next += usize::from(found);
        found
    }

    pub(super) fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        self.next += usize::from(found);
        found
    }

    /// What stands in parentheses, or between those of a function.
    pub(super) fn nested<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<T, DqdlError>,
    ) -> Result<T, DqdlError> {
        self.expect_sign("(")?;
        if self.depth == DEEPEST {
            return Err(self.expected(&format!("at most {DEEPEST} nested parentheses")));
        }
        self.depth += 1;
        let found = inner(self)?;
        self.depth -= 1;
        self.expect_sign(")")?;
        Ok(found)
    }

    pub(super) fn expect_sign(&mut self, sign: &str) -> Result<(), DqdlError> {
        if self.take_sign(sign) {
            return Ok(());
        }
        Err(self.expected(&format!("'{sign}'")))
    }

    pub(super) fn expect_quoted(&mut self, what: &str) -> Result<String, DqdlError> {
        match &self.peek().kind {
            Kind::Quoted(text) => {
                let text = text.clone();
                self.next += 1;
                Ok(text)
            }
            _ => Err(self.expected(&format!("{what} in double quotes"))),
        }
    }

    /// An error about the next token.
    pub(super) fn expected(&self, what: &str) -> DqdlError {
        let found = self.peek();
        DqdlError::at(
            found.at,
            format!("expected {what}, found {}", found.describe()),
        )
    }

    /// An error that begins at an earlier place.
    pub(super) fn error_since(&self, place: usize, message: String) -> DqdlError {
        let token = &self.tokens[place.min(self.tokens.len() - 1)];
        DqdlError::at(token.at, message)
    }

    /// Entries between brackets, with commas between them; at least one.
    pub(super) fn list<T>(
        &mut self,
        mut entry: impl FnMut(&mut Self) -> Result<T, DqdlError>,
    ) -> Result<Vec<T>, DqdlError> {
        self.expect_sign("[")?;
        let mut entries = vec![entry(self)?];
        while self.take_sign(",") {
            entries.push(entry(self)?);
        }
        if !self.take_sign("]") {
            return Err(self.expected("',' or ']'"));
        }
        Ok(entries)
    }
}
