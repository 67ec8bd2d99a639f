use lakebed_wire::glue::Column;
use regex::Regex;

use super::lexer::Token;
use super::value::{KeyType, Value};
use super::{Condition, Operator};

/// Parentheses and NOTs may nest this deep.
const DEEPEST: usize = 64;

pub(super) struct Parser<'a> {
    tokens: &'a [Token],
    keys: &'a [Column],
    types: &'a [KeyType],
    depth: usize,
}

type Parsed<T> = Result<T, String>;

impl<'a> Parser<'a> {
    pub(super) fn new(tokens: &'a [Token], keys: &'a [Column], types: &'a [KeyType]) -> Self {
        Self {
            tokens,
            keys,
            types,
            depth: 0,
        }
    }

    pub(super) fn parse(mut self) -> Parsed<Condition> {
        let condition = self.any_of()?;
        match self.tokens.first() {
            None => Ok(condition),
            Some(token) => Err(format!("expected AND, OR or the end, found {token}")),
        }
    }

    fn any_of(&mut self) -> Parsed<Condition> {
        let mut condition = self.all_of()?;
        while self.keyword("or") {
            condition = Condition::Or(Box::new(condition), Box::new(self.all_of()?));
        }
        Ok(condition)
    }

    fn all_of(&mut self) -> Parsed<Condition> {
        let mut condition = self.single()?;
        while self.keyword("and") {
            condition = Condition::And(Box::new(condition), Box::new(self.single()?));
        }
        Ok(condition)
    }

    fn single(&mut self) -> Parsed<Condition> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("it nests deeper than {DEEPEST} levels"));
        }
        let condition = if self.keyword("not") {
            Condition::Not(Box::new(self.single()?))
        } else if self.symbol("(") {
            let inner = self.any_of()?;
            self.expect(")")?;
            inner
        } else if matches!(
            self.tokens.first(),
            Some(Token::Text(_) | Token::Number(_) | Token::Symbol("-"))
        ) {
            self.reversed()?
        } else {
            self.predicate()?
        };
        self.depth -= 1;
        Ok(condition)
    }

    /// `2024 < year`.
    fn reversed(&mut self) -> Parsed<Condition> {
        let text = self.literal_text()?;
        let operator = match self.operator()? {
            Operator::Less => Operator::Greater,
            Operator::LessOrEqual => Operator::GreaterOrEqual,
            Operator::Greater => Operator::Less,
            Operator::GreaterOrEqual => Operator::LessOrEqual,
            same => same,
        };
        let key = self.key()?;
        Ok(Condition::Compare {
            key,
            operator,
            literal: self.typed(key, &text)?,
        })
    }

    fn predicate(&mut self) -> Parsed<Condition> {
        let key = self.key()?;
        if self.keyword("is") {
            let negated = self.keyword("not");
            if !self.keyword("null") {
                return Err(self.unexpected("NULL"));
            }
            return Ok(negate(negated, Condition::IsNull { key }));
        }
        let negated = self.keyword("not");
        if self.keyword("between") {
            let low = self.literal(key)?;
            if !self.keyword("and") {
                return Err(self.unexpected("AND"));
            }
            let high = self.literal(key)?;
            return Ok(negate(negated, Condition::Between { key, low, high }));
        }
        if self.keyword("in") {
            self.expect("(")?;
            let mut literals = vec![self.literal(key)?];
            while self.symbol(",") {
                literals.push(self.literal(key)?);
            }
            self.expect(")")?;
            return Ok(negate(negated, Condition::In { key, literals }));
        }
        if self.keyword("like") {
            let pattern = like_pattern(&self.literal_text()?)?;
            return Ok(negate(negated, Condition::Like { key, pattern }));
        }
        if negated {
            return Err(self.unexpected("BETWEEN, IN or LIKE"));
        }
        let operator = self.operator()?;
        Ok(Condition::Compare {
            key,
            operator,
            literal: self.literal(key)?,
        })
    }

    fn key(&mut self) -> Parsed<usize> {
        let name = match self.tokens.first() {
            Some(Token::Word(name) | Token::QuotedWord(name)) => name,
            _ => return Err(self.unexpected("a partition key")),
        };
        let key = self
            .keys
            .iter()
            .position(|key| key.name.eq_ignore_ascii_case(name))
            .ok_or_else(|| format!("column '{name}' is not a partition key"))?;
        self.tokens = &self.tokens[1..];
        Ok(key)
    }

    fn operator(&mut self) -> Parsed<Operator> {
        let operator = match self.tokens.first() {
            Some(Token::Symbol("=" | "==")) => Operator::Equal,
            Some(Token::Symbol("<>" | "!=")) => Operator::NotEqual,
            Some(Token::Symbol("<")) => Operator::Less,
            Some(Token::Symbol("<=")) => Operator::LessOrEqual,
            Some(Token::Symbol(">")) => Operator::Greater,
            Some(Token::Symbol(">=")) => Operator::GreaterOrEqual,
            _ => return Err(self.unexpected("a comparison")),
        };
        self.tokens = &self.tokens[1..];
        Ok(operator)
    }

    fn literal(&mut self, key: usize) -> Parsed<Value> {
        let text = self.literal_text()?;
        self.typed(key, &text)
    }

    fn typed(&self, key: usize, text: &str) -> Parsed<Value> {
        let kind = self.types[key];
        Value::read(kind, text)
            .ok_or_else(|| format!("'{text}' is not a value of type {}", kind.name()))
    }

    /// A text or number; `date '…'` and `timestamp '…'` are the texts in them.
    fn literal_text(&mut self) -> Parsed<String> {
        let typed = self.keyword("date") || self.keyword("timestamp");
        let negative = !typed && self.symbol("-");
        let text = match self.tokens.first() {
            Some(Token::Text(text)) if !negative => text.clone(),
            Some(Token::Number(number)) if negative => format!("-{number}"),
            Some(Token::Number(number)) if !typed => number.clone(),
            Some(Token::Word(word))
                if word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false") =>
            {
                word.clone()
            }
            _ => return Err(self.unexpected("a value")),
        };
        self.tokens = &self.tokens[1..];
        Ok(text)
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let found = matches!(self.tokens.first(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.tokens.first(), Some(Token::Symbol(next)) if *next == symbol);
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    fn expect(&mut self, symbol: &str) -> Parsed<()> {
        if self.symbol(symbol) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("'{symbol}'")))
        }
    }

    fn unexpected(&self, expected: &str) -> String {
        match self.tokens.first() {
            Some(token) => format!("expected {expected}, found {token}"),
            None => format!("expected {expected}, found the end"),
        }
    }
}

fn negate(negated: bool, condition: Condition) -> Condition {
    if negated {
        Condition::Not(Box::new(condition))
    } else {
        condition
    }
}

fn like_pattern(pattern: &str) -> Parsed<Regex> {
    let body: String = pattern
        .chars()
        .map(|character| match character {
            '%' => ".*".to_owned(),
            '_' => ".".to_owned(),
            other => regex::escape(&other.to_string()),
        })
        .collect();
    Regex::new(&format!("(?s)^{body}$")).map_err(|error| error.to_string())
}
