//! Walks over a statement's tokens; every refusal says what stood there and what was expected.

use datafusion_trino::Location;

use super::lexer::{StringStyle, Token, TokenKind, tokenize};
use crate::error::{ErrorKind, QueryError, Result};

/// A table as written: `t`, `db.t` or `awsdatacatalog.db.t`, folded to lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableName {
    pub(crate) database: Option<String>,
    pub(crate) table: String,
    pub(crate) location: Location,
}

pub(crate) struct Cursor<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str, style: StringStyle) -> Result<Self> {
        Ok(Self {
            text,
            tokens: tokenize(text, style)?,
            at: 0,
        })
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    pub(crate) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn peek_at(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead)
    }

    pub(crate) fn raw(&self, token: &Token) -> &'a str {
        &self.text[token.start..token.end]
    }

    /// Byte offset of the next token.
    pub(crate) fn offset(&self) -> usize {
        self.peek().map_or(self.text.len(), |token| token.start)
    }

    /// Byte offset behind the token taken last.
    pub(crate) fn end_of_taken(&self) -> usize {
        let taken = self.at.checked_sub(1);
        taken.map_or(0, |last| self.tokens[last].end)
    }

    pub(crate) fn location(&self) -> Location {
        Location::of(self.text, self.offset())
    }

    pub(crate) fn skip(&mut self) {
        self.at += 1;
    }

    /// Whether the next tokens are these keywords.
    pub(crate) fn at_keywords(&self, keywords: &[&str]) -> bool {
        keywords.iter().enumerate().all(|(ahead, keyword)| {
            self.peek_at(ahead).is_some_and(|token| {
                token.kind == TokenKind::Word && self.raw(token).eq_ignore_ascii_case(keyword)
            })
        })
    }

    /// Takes these keywords if they come next.
    pub(crate) fn take(&mut self, keywords: &[&str]) -> bool {
        let there = self.at_keywords(keywords);
        if there {
            self.at += keywords.len();
        }
        there
    }

    /// Takes any one of the keywords.
    pub(crate) fn take_any(&mut self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.take(&[keyword]))
    }

    pub(crate) fn expect(&mut self, keyword: &'static str) -> Result<()> {
        if self.take(&[keyword]) {
            return Ok(());
        }
        Err(self.unexpected(&format!("'{keyword}'")))
    }

    pub(crate) fn expect_all(&mut self, keywords: &[&'static str]) -> Result<()> {
        keywords.iter().try_for_each(|keyword| self.expect(keyword))
    }

    pub(crate) fn at_symbol(&self, symbol: char) -> bool {
        self.peek()
            .is_some_and(|token| token.kind == TokenKind::Symbol(symbol))
    }

    pub(crate) fn take_symbol(&mut self, symbol: char) -> bool {
        let there = self.at_symbol(symbol);
        if there {
            self.at += 1;
        }
        there
    }

    pub(crate) fn expect_symbol(&mut self, symbol: char) -> Result<()> {
        if self.take_symbol(symbol) {
            return Ok(());
        }
        Err(self.unexpected(&format!("'{symbol}'")))
    }

    /// A bare or quoted name, folded to lower case as the catalog folds all names.
    pub(crate) fn identifier(&mut self) -> Result<String> {
        let name = match self.peek() {
            Some(token) => match &token.kind {
                TokenKind::Word => self.raw(token).to_owned(),
                TokenKind::Backticked(name) | TokenKind::DoubleQuoted(name) => name.clone(),
                _ => return Err(self.unexpected("<identifier>")),
            },
            None => return Err(self.unexpected("<identifier>")),
        };
        self.at += 1;
        Ok(name.to_lowercase())
    }

    /// A name whose case counts, as those of prepared statements do.
    pub(crate) fn name_as_written(&mut self) -> Result<String> {
        let start = self.at;
        self.identifier()?;
        let written = &self.tokens[start];
        Ok(match &written.kind {
            TokenKind::Backticked(name) | TokenKind::DoubleQuoted(name) => name.clone(),
            _ => self.raw(written).to_owned(),
        })
    }

    /// A table's name with up to three parts; the first of three is the catalog.
    pub(crate) fn table_name(&mut self) -> Result<TableName> {
        let location = self.location();
        let backticked = matches!(
            self.peek().map(|token| &token.kind),
            Some(TokenKind::Backticked(_))
        );
        let mut parts = vec![self.identifier()?];
        while self.take_symbol('.') {
            parts.push(self.identifier()?);
        }
        // SHOW CREATE TABLE writes the database and the table between one pair of backticks.
        if let ([name], true) = (parts.as_slice(), backticked)
            && let Some((database, table)) = name.split_once('.')
        {
            parts = vec![database.to_owned(), table.to_owned()];
        }
        let table = parts.pop().unwrap_or_default();
        let database = parts.pop();
        match (parts.pop().as_deref(), parts.is_empty()) {
            (None | Some("awsdatacatalog" | "hive"), true) => Ok(TableName {
                database,
                table,
                location,
            }),
            (Some(catalog), true) => Err(QueryError::at(
                ErrorKind::CatalogNotFound,
                location,
                format!("Catalog '{catalog}' does not exist"),
            )),
            (_, false) => Err(QueryError::at(
                ErrorKind::SyntaxError,
                location,
                "Too many dots in table name",
            )),
        }
    }

    /// A database's name, which the catalog's may precede.
    pub(crate) fn database_name(&mut self) -> Result<String> {
        let location = self.location();
        let first = self.identifier()?;
        if !self.take_symbol('.') {
            return Ok(first);
        }
        match first.as_str() {
            "awsdatacatalog" | "hive" => self.identifier(),
            catalog => Err(QueryError::at(
                ErrorKind::CatalogNotFound,
                location,
                format!("Catalog '{catalog}' does not exist"),
            )),
        }
    }

    /// A string in single or double quotes.
    pub(crate) fn string(&mut self) -> Result<String> {
        match self.peek().map(|token| &token.kind) {
            Some(TokenKind::String(value) | TokenKind::DoubleQuoted(value)) => {
                let value = value.clone();
                self.at += 1;
                Ok(value)
            }
            _ => Err(self.unexpected("<string>")),
        }
    }

    pub(crate) fn at_string(&self) -> bool {
        matches!(
            self.peek().map(|token| &token.kind),
            Some(TokenKind::String(_) | TokenKind::DoubleQuoted(_))
        )
    }

    pub(crate) fn integer(&mut self) -> Result<u32> {
        let value = match self.peek() {
            Some(token) if token.kind == TokenKind::Number => self.raw(token).parse().ok(),
            _ => None,
        };
        let value = value.ok_or_else(|| self.unexpected("<integer>"))?;
        self.at += 1;
        Ok(value)
    }

    /// `item, item, …` between parentheses, at least one.
    pub(crate) fn parenthesized<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.expect_symbol('(')?;
        let mut items = vec![item(self)?];
        while self.take_symbol(',') {
            items.push(item(self)?);
        }
        if self.take_symbol(')') {
            return Ok(items);
        }
        Err(self.unexpected("',', ')'"))
    }

    /// `('key' = 'value', …)`, in order.
    pub(crate) fn properties(&mut self) -> Result<Vec<(String, String)>> {
        self.parenthesized(|cursor| {
            let key = cursor.string()?;
            cursor.expect_symbol('=')?;
            Ok((key, cursor.string()?))
        })
    }

    /// Takes everything up to the parenthesis that closes one taken before, and that one too.
    pub(crate) fn skip_to_closing_parenthesis(&mut self) -> Result<()> {
        let mut depth = 1;
        while depth > 0 {
            match self.peek().map(|token| &token.kind) {
                Some(TokenKind::Symbol('(')) => depth += 1,
                Some(TokenKind::Symbol(')')) => depth -= 1,
                Some(_) => {}
                None => return Err(self.unexpected("')'")),
            }
            self.at += 1;
        }
        Ok(())
    }

    /// Whether a query in parentheses comes next, rather than a list of names.
    pub(crate) fn at_query_in_parentheses(&self) -> bool {
        let mut ahead = 0;
        while self
            .peek_at(ahead)
            .is_some_and(|token| token.kind == TokenKind::Symbol('('))
        {
            ahead += 1;
        }
        self.peek_at(ahead).is_some_and(|token| {
            let word = self.raw(token);
            token.kind == TokenKind::Word
                && ["SELECT", "WITH", "VALUES", "TABLE"]
                    .iter()
                    .any(|keyword| word.eq_ignore_ascii_case(keyword))
        })
    }

    /// Nothing but an optional `;` may follow.
    pub(crate) fn end(&mut self) -> Result<()> {
        self.take_symbol(';');
        if self.peek().is_some() {
            return Err(self.unexpected("<EOF>"));
        }
        Ok(())
    }

    /// The refusal of the next token, in Trino's words.
    pub(crate) fn unexpected(&self, expected: &str) -> QueryError {
        let found = self.peek().map_or("<EOF>", |token| self.raw(token));
        QueryError::at(
            ErrorKind::SyntaxError,
            self.location(),
            format!("mismatched input '{found}'. Expecting: {expected}"),
        )
    }
}
