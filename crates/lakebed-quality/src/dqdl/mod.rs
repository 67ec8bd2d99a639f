//! DQDL, the Data Quality Definition Language: a document's text as rules and analyzers.
//!
//! Source: AWS Glue developer guide, "Data Quality Definition Language (DQDL) reference", and the
//! grammar that AWS publishes.

mod condition;
mod document;
mod operand;
mod rule;
mod rule_type;
mod stream;
mod token;

use std::collections::BTreeMap;

pub(crate) use condition::{Condition, NumberCondition, Relation, TextMatch};
pub(crate) use operand::{Formula, Instant, TextOperand};
pub(crate) use rule_type::RuleType;

use token::Position;

/// A document that is not DQDL: where, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}:{column} {message}")]
pub struct DqdlError {
    /// From 1.
    pub line: usize,
    /// From 0.
    pub column: usize,
    pub message: String,
}

impl DqdlError {
    fn at(at: Position, message: String) -> Self {
        Self {
            line: at.line,
            column: at.column,
            message,
        }
    }
}

/// A parsed document.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruleset {
    pub(crate) rules: Vec<Rule>,
    pub(crate) analyzers: Vec<Analyzer>,
}

impl Ruleset {
    /// Parses a document.
    ///
    /// # Errors
    /// [`DqdlError`] says where the text stops being DQDL and what was expected.
    pub fn parse(text: &str) -> Result<Self, DqdlError> {
        document::parse(text)
    }

    /// How many rules there are; a composite rule is one.
    #[must_use]
    pub fn rule_count(&self) -> usize {
        self.rules.len()
    }
}

/// One entry of `Rules`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rule {
    /// The rule as Glue prints it, without its labels.
    pub(crate) text: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) body: Body,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Body {
    Check(Box<Check>),
    /// Rules joined by `and`.
    All(Vec<Rule>),
    /// Rules joined by `or`.
    Any(Vec<Rule>),
}

/// One rule type applied to its parameters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Check {
    pub(crate) rule_type: RuleType,
    pub(crate) parameters: Vec<String>,
    pub(crate) condition: Option<Condition>,
    /// The condition as it stands in the rule's text.
    pub(crate) condition_text: String,
    /// The text of the `where` clause: a predicate in Spark SQL.
    pub(crate) filter: Option<String>,
    pub(crate) threshold: Option<NumberCondition>,
    /// `with key = "value"`, for the rules about files.
    pub(crate) tags: BTreeMap<String, String>,
}

/// One entry of `Analyzers`: what is measured but not judged.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Analyzer {
    pub(crate) text: String,
    pub(crate) rule_type: RuleType,
    pub(crate) parameters: Vec<String>,
}

#[cfg(test)]
mod tests;
