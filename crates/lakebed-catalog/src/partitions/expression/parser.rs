use lakebed_wire::glue::Column;
use regex::Regex;

use super::lexer::Token;
use super::value::{KeyType, Value};
use super::{Condition, Operator};
use lakebed_core::hive_path::NULL_PARTITION;

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
        let first = self.all_of()?;
        let mut others = Vec::new();
        while self.keyword("or") {
            others.push(self.all_of()?);
        }
        Ok(joined(first, others, Condition::Or))
    }

    fn all_of(&mut self) -> Parsed<Condition> {
        let first = self.single()?;
        let mut others = Vec::new();
        while self.keyword("and") {
            others.push(self.single()?);
        }
        Ok(joined(first, others, Condition::And))
    }

    fn single(&mut self) -> Parsed<Condition> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("it nests deeper than {DEEPEST} levels"));
        }
        let condition = if self.keyword("not") {
            Condition::Not(Box::new(self.single()?))
        } else if !self.starts_with_operand() && self.symbol("(") {
            let inner = self.any_of()?;
            self.expect(")")?;
            inner
        } else if self.starts_with_literal() {
            self.reversed()?
        } else {
            self.predicate()?
        };
        self.depth -= 1;
        Ok(condition)
    }

    /// Whether an operand in as many parentheses as it is closed by comes next, as in
    /// `(year) = 2025`, and not a condition in parentheses.
    fn starts_with_operand(&self) -> bool {
        let is = |token: &&Token, symbol| **token == Token::Symbol(symbol);
        let opened = self
            .tokens
            .iter()
            .take_while(|token| is(token, "("))
            .count();
        let mut rest = self.tokens[opened..].iter();
        if rest.clone().next().is_some_and(|token| is(&token, "-")) {
            rest.next();
        }
        rest.next();
        opened <= rest.take_while(|token| is(token, ")")).count()
    }

    /// Whether the next operand is a value and not a key.
    fn starts_with_literal(&self) -> bool {
        let mut rest = self
            .tokens
            .iter()
            .skip_while(|token| **token == Token::Symbol("("));
        match rest.next() {
            Some(Token::Text(_) | Token::Number(_) | Token::Symbol("-")) => true,
            // `date '2025-01-31'`, though a key may be called `date`.
            Some(Token::Word(_)) => matches!(rest.next(), Some(Token::Text(_))),
            _ => false,
        }
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
        Ok(comparison(key, operator, self.typed(key, &text)?))
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
            let kind = self.types[key];
            if kind != KeyType::Text {
                return Err(format!(
                    "{} data type doesn't support operation 'LIKE'",
                    kind.family()
                ));
            }
            let pattern = like_pattern(&self.literal_text()?)?;
            return Ok(negate(negated, Condition::Like { key, pattern }));
        }
        if negated {
            return Err(self.unexpected("BETWEEN, IN or LIKE"));
        }
        let operator = self.operator()?;
        Ok(comparison(key, operator, self.literal(key)?))
    }

    fn key(&mut self) -> Parsed<usize> {
        self.in_parentheses(Self::bare_key)
    }

    fn bare_key(&mut self) -> Parsed<usize> {
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

    fn literal_text(&mut self) -> Parsed<String> {
        self.in_parentheses(Self::bare_literal_text)
    }

    /// A text or number; `date '…'` and `timestamp '…'` are the texts in them.
    fn bare_literal_text(&mut self) -> Parsed<String> {
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

    /// An operand and the parentheses around it.
    fn in_parentheses<T>(&mut self, operand: impl Fn(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let mut opened = 0;
        while self.symbol("(") {
            opened += 1;
        }
        let operand = operand(self)?;
        for _ in 0..opened {
            self.expect(")")?;
        }
        Ok(operand)
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

/// A condition and those that are joined to it, as one.
fn joined(
    first: Condition,
    mut others: Vec<Condition>,
    join: fn(Vec<Condition>) -> Condition,
) -> Condition {
    if others.is_empty() {
        return first;
    }
    others.insert(0, first);
    join(others)
}

/// A comparison. The name of the null partition is compared with as a null: Trino asks for null
/// partitions so, and Glue knows it of `string` keys (Trino issue 13150).
fn comparison(key: usize, operator: Operator, literal: Value) -> Condition {
    let with_null = literal == Value::Text(NULL_PARTITION.to_owned());
    match operator {
        Operator::Equal if with_null => Condition::IsNull { key },
        Operator::NotEqual if with_null => negate(true, Condition::IsNull { key }),
        _ => Condition::Compare {
            key,
            operator,
            literal,
        },
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
