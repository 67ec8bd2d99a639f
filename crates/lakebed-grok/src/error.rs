//! Why a pattern cannot be compiled, or a line not be matched.

/// What is wrong with a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No pattern of this name is built in or custom.
    #[error("there is no grok pattern '{0}'")]
    UnknownPattern(String),
    /// The pattern needs itself, directly or through others.
    #[error("grok pattern '{0}' refers to itself")]
    Cycle(String),
    /// A type other than those a field can be cast to.
    #[error(
        "'{field}' cannot be cast to '{found}': the types are byte, boolean, double, short, int, long, float and string"
    )]
    UnknownType {
        /// The name of the field.
        field: String,
        /// The type that was asked for.
        found: String,
    },
    /// A reference that does not end, or has no name.
    #[error("'{0}' is not %{{PATTERN}}, %{{PATTERN:field}} or %{{PATTERN:field:type}}")]
    MalformedReference(String),
    /// A line of the custom patterns without a name and a definition.
    #[error("custom pattern line {line} is not a name and a regular expression: '{text}'")]
    MalformedCustomPattern {
        /// Counted from 1.
        line: usize,
        /// The line.
        text: String,
    },
    /// "Multiple-line patterns are not supported."
    #[error("a grok pattern must stand on one line")]
    LineBreak,
    /// `\1` or `\k<name>`.
    #[error("back references such as '{0}' are not supported in grok patterns")]
    BackReference(String),
    /// Written out, the pattern is longer than this many bytes.
    #[error("the grok pattern is longer than {0} bytes when its parts are written out")]
    TooLong(usize),
    /// The regular expression is malformed or too large.
    #[error("not a regular expression: {0}")]
    Regex(String),
    /// A line on which the pattern tries too many ways to match.
    #[error("the grok pattern gave up on a line of {0} bytes: it can match in too many ways")]
    TooManyAttempts(usize),
}
