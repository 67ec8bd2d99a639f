//! Regular expressions, and Java's replacement texts.

use std::borrow::Cow;

use datafusion::common::Result;
use fancy_regex::{Captures, Regex};

use super::java_syntax::translate;
use crate::error::{ErrorCode, TrinoError};

/// A regular expression in Java's syntax, compiled.
#[derive(Debug)]
pub(super) struct Pattern {
    written: String,
    plain: Regex,
    /// For texts that end with a newline, where that makes a difference.
    before_newline: Option<Regex>,
}

impl Pattern {
    /// # Errors
    /// `INVALID_FUNCTION_ARGUMENT` if it is none.
    pub(super) fn compile(pattern: &str) -> Result<Self> {
        let refuse = |error: fancy_regex::Error| {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default();
            TrinoError::invalid_argument(format!("Invalid pattern '{pattern}': {reason}"))
        };
        let translated = translate(pattern);
        let before_newline = translated.before_newline.as_deref();
        Ok(Self {
            written: pattern.to_owned(),
            plain: Regex::new(&translated.plain).map_err(refuse)?,
            before_newline: before_newline.map(Regex::new).transpose().map_err(refuse)?,
        })
    }

    fn regex(&self, text: &str) -> &Regex {
        match &self.before_newline {
            Some(regex) if text.ends_with('\n') => regex,
            _ => &self.plain,
        }
    }

    fn failure(&self, error: &fancy_regex::Error) -> datafusion::error::DataFusionError {
        TrinoError::invalid_argument(format!("Cannot match pattern '{}': {error}", self.written))
    }

    pub(super) fn is_match(&self, text: &str) -> Result<bool> {
        let found = self.regex(text).is_match(text);
        found.map_err(|error| self.failure(&error))
    }

    /// All matches, the first one at `from` or behind it. An empty one may stand where another one
    /// ends, as in Java.
    pub(super) fn matches<'a>(
        &'a self,
        text: &'a str,
        from: usize,
    ) -> impl Iterator<Item = Result<(usize, usize)>> + 'a {
        let regex = self.regex(text);
        let mut start = Some(from);
        std::iter::from_fn(move || match regex.find_from_pos(text, start?) {
            Ok(found) => {
                let found = found.map(|found| (found.start(), found.end()));
                start = found.and_then(|range| next_start(text, range));
                found.map(Ok)
            }
            Err(error) => {
                start = None;
                Some(Err(self.failure(&error)))
            }
        })
    }

    /// All matches, with their groups.
    pub(super) fn captures<'a>(
        &'a self,
        text: &'a str,
    ) -> impl Iterator<Item = Result<Captures<'a, str>>> + 'a {
        let regex = self.regex(text);
        let mut start = Some(0);
        std::iter::from_fn(move || match regex.captures_from_pos(text, start?) {
            Ok(found) => {
                let range = found.as_ref().and_then(|found| found.get(0));
                start = range.and_then(|range| next_start(text, (range.start(), range.end())));
                found.map(Ok)
            }
            Err(error) => {
                start = None;
                Some(Err(self.failure(&error)))
            }
        })
    }

    /// How many groups there are, the whole match not counted.
    pub(super) fn groups(&self) -> usize {
        self.plain.captures_len() - 1
    }

    /// # Errors
    /// `INVALID_FUNCTION_ARGUMENT` if there is no such group.
    pub(super) fn check_group(&self, group: i64) -> Result<usize> {
        if group < 0 {
            return Err(TrinoError::invalid_argument("Group cannot be negative"));
        }
        usize::try_from(group)
            .ok()
            .filter(|group| *group <= self.groups())
            .ok_or_else(|| {
                TrinoError::invalid_argument(format!(
                    "Pattern has {} groups. Cannot access group {group}",
                    self.groups()
                ))
            })
    }

    /// The text with every match replaced by what `replace` appends for it.
    pub(super) fn replace_all<'t>(
        &self,
        text: &'t str,
        mut replace: impl FnMut(&Captures<'_, str>, &mut String) -> Result<()>,
    ) -> Result<Cow<'t, str>> {
        let mut replaced = String::new();
        let mut end = None;
        for found in self.captures(text) {
            let found = found?;
            let Some(range) = found.get(0) else {
                continue;
            };
            replaced.push_str(&text[end.unwrap_or(0)..range.start()]);
            replace(&found, &mut replaced)?;
            end = Some(range.end());
        }
        Ok(match end {
            Some(end) => Cow::Owned(replaced + &text[end..]),
            None => Cow::Borrowed(text),
        })
    }

    fn group_named(&self, name: &str) -> Option<usize> {
        self.plain
            .capture_names()
            .position(|group| group == Some(name))
    }
}

/// Where the search for the match after `range` begins.
fn next_start(text: &str, (start, end): (usize, usize)) -> Option<usize> {
    if start < end {
        return Some(end);
    }
    let skipped = text[end..].chars().next()?;
    Some(end + skipped.len_utf8())
}

/// What a match is replaced by: `$1` and `${name}` stand for groups, `\` makes the next character
/// stand for itself.
#[derive(Debug)]
pub(super) struct Replacement(Vec<Part>);

#[derive(Debug)]
enum Part {
    Text(String),
    Group(usize),
}

impl Replacement {
    /// # Errors
    /// `INVALID_FUNCTION_ARGUMENT` if the pattern has no such group, or a `$` or `\` stands alone.
    pub(super) fn parse(written: &str, pattern: &Pattern) -> Result<Self, TrinoError> {
        let illegal = |what: &str| {
            let message = format!("Illegal replacement sequence: {what}");
            TrinoError::new(ErrorCode::InvalidFunctionArgument, message)
        };
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = written.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '\\' => text.push(rest.next().ok_or_else(|| illegal(written))?),
                '$' => {
                    let group = match rest.next() {
                        Some('{') => {
                            let name: String =
                                std::iter::from_fn(|| rest.next_if(|c| *c != '}')).collect();
                            rest.next();
                            pattern
                                .group_named(&name)
                                .ok_or_else(|| illegal(&format!("unknown group {{ {name} }}")))?
                        }
                        first => {
                            let group = first.and_then(|first| first.to_digit(10));
                            let mut group = group.ok_or_else(|| illegal(written))? as usize;
                            if group > pattern.groups() {
                                return Err(illegal(&format!("unknown group {group}")));
                            }
                            // As many digits as name a group that there is.
                            while let Some(digit) = rest.peek().and_then(|c| c.to_digit(10)) {
                                let longer = group * 10 + digit as usize;
                                if longer > pattern.groups() {
                                    break;
                                }
                                group = longer;
                                rest.next();
                            }
                            group
                        }
                    };
                    if !text.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut text)));
                    }
                    parts.push(Part::Group(group));
                }
                literal => text.push(literal),
            }
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(Self(parts))
    }

    pub(super) fn append(&self, found: &Captures<'_, str>, out: &mut String) {
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Group(group) => {
                    out.push_str(found.get(*group).map_or("", |group| group.as_str()));
                }
            }
        }
    }
}
