//! Patterns as they are written.

use std::collections::HashMap;

use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use serde::{Deserialize, Serialize};

use crate::dialect::location;
use crate::error::{ErrorCode, Result, TrinoError};

/// What rows in a row are to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Pattern {
    /// No row.
    Empty,
    /// A row that can have this label.
    Label(usize),
    Sequence(Vec<Pattern>),
    /// The first that matches is preferred.
    Alternatives(Vec<Pattern>),
    Repeated {
        pattern: Box<Pattern>,
        least: u32,
        most: Option<u32>,
        is_greedy: bool,
    },
    /// Rows that are matched and not shown.
    Excluded(Box<Pattern>),
    /// In any order.
    Permuted(Vec<Pattern>),
    /// The first row of the partition follows.
    Start,
    /// The last row of the partition came before.
    End,
}

/// Labels by the order in which they stand in the pattern.
#[derive(Debug, Default)]
pub(super) struct Labels {
    names: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Labels {
    /// The number of a label, which it gets if it has none yet.
    pub(super) fn number(&mut self, name: String) -> usize {
        let next = self.names.len();
        let number = *self.numbers.entry(name.clone()).or_insert(next);
        if number == next {
            self.names.push(name);
        }
        number
    }

    pub(super) fn get(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn into_names(self) -> Vec<String> {
        self.names
    }
}

/// What a label is called: without quotes it is in capitals.
pub(super) fn label_name(token: &Token) -> Option<String> {
    match token {
        Token::Word(word) if word.quote_style.is_some() => Some(word.value.clone()),
        Token::Word(word) => Some(word.value.to_uppercase()),
        _ => None,
    }
}

/// Reads a pattern, without the parentheses around it.
///
/// # Errors
/// `SYNTAX_ERROR` where it is no pattern.
pub(super) fn read(tokens: &[TokenWithSpan], labels: &mut Labels) -> Result<Pattern> {
    let mut reader = Reader {
        tokens,
        position: 0,
        labels,
    };
    let pattern = reader.alternatives()?;
    match reader.peek() {
        None => Ok(pattern),
        Some(_) => Err(reader.mismatched()),
    }
}

struct Reader<'a> {
    tokens: &'a [TokenWithSpan],
    position: usize,
    labels: &'a mut Labels,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.position).map(|token| &token.token)
    }

    fn takes(&mut self, wanted: &Token) -> bool {
        let is_next = self.peek() == Some(wanted);
        self.position += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, wanted: &Token) -> Result<()> {
        match self.takes(wanted) {
            true => Ok(()),
            false => Err(self.mismatched()),
        }
    }

    fn mismatched(&self) -> TrinoError {
        match self.tokens.get(self.position).or(self.tokens.last()) {
            Some(found) => TrinoError::at(
                ErrorCode::SyntaxError,
                location(found.span.start),
                format!("mismatched input '{}'", found.token),
            ),
            None => TrinoError::new(ErrorCode::SyntaxError, "mismatched input ')'"),
        }
    }

    fn alternatives(&mut self) -> Result<Pattern> {
        let mut all = vec![self.sequence()?];
        while self.takes(&Token::Pipe) {
            all.push(self.sequence()?);
        }
        Ok(one_or(all, Pattern::Alternatives))
    }

    fn sequence(&mut self) -> Result<Pattern> {
        let mut all = vec![self.repeated()?];
        while !matches!(
            self.peek(),
            None | Some(Token::Pipe | Token::RParen | Token::Comma | Token::Minus)
        ) {
            all.push(self.repeated()?);
        }
        Ok(one_or(all, Pattern::Sequence))
    }

    fn repeated(&mut self) -> Result<Pattern> {
        let pattern = self.primary()?;
        let (least, most) = match self.peek() {
            Some(Token::Mul) => (0, None),
            Some(Token::Plus) => (1, None),
            Some(mark) if is_question(mark) => (0, Some(1)),
            Some(Token::LBrace)
                if self.tokens.get(self.position + 1).map(|next| &next.token)
                    != Some(&Token::Minus) =>
            {
                self.position += 1;
                let least = self.count()?;
                let most = match self.takes(&Token::Comma) {
                    true => self.count()?,
                    false => least,
                };
                if self.peek() != Some(&Token::RBrace) || least > most && most.is_some() {
                    return Err(self.mismatched());
                }
                (least.unwrap_or(0), most)
            }
            _ => return Ok(pattern),
        };
        self.position += 1;
        let is_reluctant = self.peek().is_some_and(is_question);
        self.position += usize::from(is_reluctant);
        Ok(Pattern::Repeated {
            pattern: Box::new(pattern),
            least,
            most,
            is_greedy: !is_reluctant,
        })
    }

    fn count(&mut self) -> Result<Option<u32>> {
        let Some(Token::Number(digits, _)) = self.peek() else {
            return Ok(None);
        };
        let count = digits.parse().map_err(|_| self.mismatched())?;
        self.position += 1;
        Ok(Some(count))
    }

    fn primary(&mut self) -> Result<Pattern> {
        let Some(token) = self.peek().cloned() else {
            return Err(self.mismatched());
        };
        let is_call =
            self.tokens.get(self.position + 1).map(|next| &next.token) == Some(&Token::LParen);
        match &token {
            Token::LParen => {
                self.position += 1;
                if self.takes(&Token::RParen) {
                    return Ok(Pattern::Empty);
                }
                let inner = self.alternatives()?;
                self.expect(&Token::RParen)?;
                Ok(inner)
            }
            Token::LBrace => {
                self.position += 1;
                self.expect(&Token::Minus)?;
                let inner = self.alternatives()?;
                self.expect(&Token::Minus)?;
                self.expect(&Token::RBrace)?;
                Ok(Pattern::Excluded(Box::new(inner)))
            }
            Token::Caret => {
                self.position += 1;
                Ok(Pattern::Start)
            }
            Token::Placeholder(mark) if mark == "$" => {
                self.position += 1;
                Ok(Pattern::End)
            }
            Token::Word(word)
                if is_call
                    && word.quote_style.is_none()
                    && word.value.eq_ignore_ascii_case("permute") =>
            {
                self.position += 2;
                let mut all = vec![self.alternatives()?];
                while self.takes(&Token::Comma) {
                    all.push(self.alternatives()?);
                }
                self.expect(&Token::RParen)?;
                Ok(Pattern::Permuted(all))
            }
            token => match label_name(token) {
                Some(name) => {
                    self.position += 1;
                    Ok(Pattern::Label(self.labels.number(name)))
                }
                None => Err(self.mismatched()),
            },
        }
    }
}

fn is_question(token: &Token) -> bool {
    matches!(token, Token::Question) || matches!(token, Token::Placeholder(mark) if mark == "?")
}

fn one_or(mut all: Vec<Pattern>, several: fn(Vec<Pattern>) -> Pattern) -> Pattern {
    match all.len() {
        1 => all.remove(0),
        _ => several(all),
    }
}
