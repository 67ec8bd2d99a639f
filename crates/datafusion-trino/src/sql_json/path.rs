//! A path as a tree.

use datafusion::common::ScalarValue;
use datafusion::sql::sqlparser::ast::BinaryOperator;
use fancy_regex::Regex;

/// A whole path.
#[derive(Debug)]
pub(super) struct JsonPath {
    /// Whether errors of structure are overlooked, and arrays taken for their elements.
    pub(super) lax: bool,
    pub(super) root: Path,
}

#[derive(Debug)]
pub(super) enum Path {
    /// `$`
    Context,
    /// `$name`, by its place among the passed values.
    Variable(usize),
    /// `@`
    Current,
    /// `last`
    Last,
    JsonNull,
    Literal(ScalarValue),
    Sign {
        is_minus: bool,
        of: Box<Self>,
    },
    Arithmetic {
        operator: BinaryOperator,
        left: Box<Self>,
        right: Box<Self>,
    },
    /// `.key`; any member without a key.
    Member {
        of: Box<Self>,
        key: Option<String>,
    },
    /// `..key`
    Descendants {
        of: Box<Self>,
        key: String,
    },
    /// `[0, 2 to last]`; all elements without subscripts.
    Elements {
        of: Box<Self>,
        subscripts: Vec<(Self, Option<Self>)>,
    },
    /// `?(…)`
    Filter {
        of: Box<Self>,
        predicate: Box<Predicate>,
    },
    Method {
        of: Box<Self>,
        method: Method,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Abs,
    Ceiling,
    Datetime,
    Double,
    Floor,
    KeyValue,
    Size,
    Type,
}

#[derive(Debug)]
pub(super) enum Predicate {
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>),
    IsUnknown(Box<Self>),
    Exists(Path),
    Compare {
        comparison: Comparison,
        left: Path,
        right: Path,
    },
    StartsWith {
        whole: Path,
        prefix: Path,
    },
    LikeRegex {
        text: Path,
        pattern: Box<Regex>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}
