//! The language: from text to what is asked.

mod lexer;
mod parser;

use crate::Result;
use crate::value::Value;

/// A parsed expression of S3 Select.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub(crate) items: Items,
    /// The way from the object to its records, behind `S3Object`.
    pub(crate) from: Vec<Step>,
    pub(crate) filter: Option<Expression>,
    pub(crate) limit: Option<u64>,
    /// The calls of aggregate functions, which [`Expression::Aggregate`] names by number.
    pub(crate) aggregates: Vec<Aggregate>,
}

impl Statement {
    /// Parses an expression.
    ///
    /// # Errors
    /// The codes of S3 that begin with `Parse` and `Lexer`, and `UnsupportedSyntax`.
    pub fn parse(text: &str) -> Result<Self> {
        parser::parse(text)
    }
}

/// What is selected.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Items {
    /// `*`
    All,
    Some(Vec<Item>),
}

/// One column of the answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    pub(crate) expression: Expression,
    pub(crate) name: Option<String>,
}

/// A step into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A name that means what is written in it in any case.
    Name(String),
    /// A name in quotes, which means itself only.
    Quoted(String),
    /// `[3]`
    At(usize),
    /// `[*]`
    Each,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    Literal(Value),
    Path(Vec<Step>),
    Not(Box<Self>),
    Negate(Box<Self>),
    Binary(Box<Self>, BinaryOperator, Box<Self>),
    In(Box<Self>, Vec<Self>),
    Between(Box<Self>, Box<Self>, Box<Self>),
    Like {
        text: Box<Self>,
        pattern: Box<Self>,
        escape: Option<Box<Self>>,
    },
    /// `IS NULL` is also true of what is missing.
    IsNull(Box<Self>),
    IsMissing(Box<Self>),
    Case {
        operand: Option<Box<Self>>,
        branches: Vec<(Self, Self)>,
        otherwise: Option<Box<Self>>,
    },
    Cast(Box<Self>, Type),
    Call(Function, Vec<Self>),
    Aggregate(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BinaryOperator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Concatenate,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Bool,
    Int,
    Float,
    Decimal,
    Text,
    Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DatePart {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    TimezoneHour,
    TimezoneMinute,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Coalesce,
    NullIf,
    CharLength,
    Lower,
    Upper,
    Substring,
    Trim(TrimSide),
    DateAdd(DatePart),
    DateDiff(DatePart),
    Extract(DatePart),
    ToString,
    ToTimestamp,
    UtcNow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TrimSide {
    Both,
    Leading,
    Trailing,
}

/// A call of an aggregate function. Without an argument it is `COUNT(*)`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Aggregate {
    pub(crate) kind: AggregateKind,
    pub(crate) argument: Option<Expression>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AggregateKind {
    Average,
    Count,
    Maximum,
    Minimum,
    Sum,
}
