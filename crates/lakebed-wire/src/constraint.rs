//! What a model says of its shapes beyond their types, as data.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

/// The shape of a value on the wire.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// An object with named members.
    Structure(&'static Structure),
    /// An array.
    List(&'static List),
    /// An object with arbitrary keys.
    Map(&'static Map),
    /// A text, also an enumeration's.
    Text(&'static Text),
    /// A whole number.
    Integer(&'static Range),
    /// Any number.
    Float(&'static Range),
    /// True or false.
    Boolean,
    /// A moment.
    Timestamp,
    /// Bytes.
    Blob,
}

/// A structure's members, in the model's order.
#[derive(Debug)]
pub struct Structure {
    /// The members.
    pub members: &'static [Member],
}

/// One member of a structure.
#[derive(Debug)]
pub struct Member {
    /// Its name in JSON and, unless [`Member::location`] says otherwise, in queries.
    pub name: &'static str,
    /// Its name in the query protocol where that differs.
    pub location: Option<&'static str>,
    /// Whether it must be there.
    pub required: bool,
    /// What it is.
    pub shape: Shape,
}

/// A list's length and members.
#[derive(Debug)]
pub struct List {
    /// The fewest members, if limited.
    pub min: Option<usize>,
    /// The most members, if limited.
    pub max: Option<usize>,
    /// Whether the query protocol writes the members without a level of their own.
    pub flattened: bool,
    /// What the members are.
    pub member: Shape,
}

/// A map's size, keys and values.
#[derive(Debug)]
pub struct Map {
    /// The fewest entries, if limited.
    pub min: Option<usize>,
    /// The most entries, if limited.
    pub max: Option<usize>,
    /// What the keys are.
    pub key: Shape,
    /// What the values are.
    pub value: Shape,
}

/// A text's length, pattern and allowed values.
#[derive(Debug)]
pub struct Text {
    /// The fewest characters, if limited.
    pub min: Option<usize>,
    /// The most characters, if limited.
    pub max: Option<usize>,
    /// What the whole text must match.
    pub pattern: Option<&'static Pattern>,
    /// The values of an enumeration; empty where any text goes.
    pub values: &'static [&'static str],
}

/// A number's range.
#[derive(Debug)]
pub struct Range {
    /// The least value, if limited.
    pub min: Option<f64>,
    /// The greatest value, if limited.
    pub max: Option<f64>,
}

/// A regular expression that a whole text must match, compiled at first use.
#[derive(Debug)]
pub struct Pattern {
    /// As the model writes it, for messages.
    source: &'static str,
    /// As the regex crate reads it.
    expression: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// `source` is the model's spelling, `expression` the same for the regex crate.
    #[must_use]
    pub const fn new(source: &'static str, expression: &'static str) -> Self {
        Self {
            source,
            expression,
            compiled: OnceLock::new(),
        }
    }

    /// The model's spelling.
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// Whether the whole of `text` matches. Code generation has compiled every expression once, so
    /// one that does not compile here cannot be met; it would match everything.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.compiled
            .get_or_init(|| {
                let mut builder = RegexBuilder::new(self.expression);
                // Texts such as schema definitions have several lines.
                builder.dot_matches_new_line(true).build().ok()
            })
            .as_ref()
            .is_none_or(|regex| regex.is_match(text))
    }
}
