//! A compiled pattern and what it finds in a line.

use fancy_regex::RuntimeError;

use crate::error::Error;
use crate::expansion::{Expansion, Group, Relaxed};
use crate::field_type::FieldType;
use crate::library::{Guarded, Library};

/// Ways to match a line that are tried before it is given up.
const MOST_ATTEMPTS: usize = 100_000;

/// A compiled grok pattern. Compile it once: matching a line needs no more of it than `&self`.
#[derive(Debug)]
pub struct Grok {
    /// The named fields, then those called like the pattern they refer to.
    fields: Vec<Field>,
    named: usize,
    linear: Option<Linear>,
    exact: Exact,
}

/// A field of the lines that a pattern matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// As the pattern spells it.
    pub name: String,
    /// What the pattern casts it to.
    pub kind: FieldType,
}

/// Matches as the pattern is defined, by trying where the pattern looks around.
#[derive(Debug)]
struct Exact {
    regex: fancy_regex::Regex,
    groups: FieldGroups,
}

/// Matches in one pass whatever the pattern matches, and possibly more.
#[derive(Debug)]
struct Linear {
    regex: regex::Regex,
    groups: FieldGroups,
    /// Capture groups and what must not stand around them.
    guards: Vec<(usize, &'static Guarded)>,
}

/// Of each field the capture groups it may be found in.
type FieldGroups = Vec<Vec<usize>>;

impl Grok {
    /// Compiles a pattern that may use the built-in patterns and these custom ones, one a line:
    /// `NAME regular expression`.
    ///
    /// # Errors
    /// [`Error`] says what is wrong: unknown names and types, cycles, patterns that grow too
    /// large, malformed regular expressions.
    pub fn compile(pattern: &str, custom_patterns: &str) -> Result<Self, Error> {
        let library = Library::with_custom(custom_patterns)?;
        let expansion = Expansion::of(pattern, &library)?;
        let (fields, named) = fields_of(&expansion.groups);
        Ok(Self {
            linear: expansion
                .relaxed
                .and_then(|relaxed| Linear::compile(&relaxed, &fields, &expansion.groups)),
            exact: Exact::compile(&expansion.exact, &fields, &expansion.groups)?,
            fields,
            named,
        })
    }

    /// The fields that the pattern names, in the order in which they appear in it.
    pub fn fields(&self) -> &[Field] {
        &self.fields[..self.named]
    }

    /// The number of a field, by its name in any case. A pattern that stands in the outermost
    /// level without a field name can be asked for too: `%{SYSLOGBASE}` by `syslogbase`
    /// ("Grok SerDe", Amazon Athena User Guide).
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields
            .iter()
            .position(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// What the pattern finds in a line, anywhere in it; none if it does not match.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`] if the pattern can match this line in too many ways.
    pub fn captures<'line>(&self, line: &'line str) -> Result<Option<Captures<'line, '_>>, Error> {
        if let Some(linear) = &self.linear {
            // Trying would come to the same match first, or find none where this finds none.
            let Some(found) = linear.regex.captures(line) else {
                return Ok(None);
            };
            if linear.holds(&found, line) {
                return Ok(Some(Captures {
                    found: Found::Linear(found),
                    groups: &linear.groups,
                }));
            }
        }
        self.exact.captures(line)
    }
}

/// The fields of these groups without repetition, and how many of them have a name.
fn fields_of(groups: &[Group]) -> (Vec<Field>, usize) {
    let mut fields: Vec<Field> = Vec::new();
    let mut named = 0;
    for unnamed in [false, true] {
        for group in groups.iter().filter(|group| group.unnamed == unnamed) {
            if !fields.iter().any(|field| field.name == group.field) {
                fields.push(Field {
                    name: group.field.clone(),
                    kind: group.kind,
                });
            }
        }
        if !unnamed {
            named = fields.len();
        }
    }
    (fields, named)
}

/// Finds the fields' groups among the names of a regular expression's groups.
fn field_groups<'n>(
    fields: &[Field],
    groups: &[Group],
    names: impl Iterator<Item = Option<&'n str>>,
) -> FieldGroups {
    let mut found = vec![Vec::new(); fields.len()];
    for (number, name) in names.enumerate() {
        let group = name
            .and_then(|name| name.strip_prefix('f'))
            .and_then(|index| index.parse::<usize>().ok())
            .and_then(|index| groups.get(index));
        let field =
            group.and_then(|group| fields.iter().position(|field| field.name == group.field));
        if let Some(field) = field {
            found[field].push(number);
        }
    }
    found
}

impl Exact {
    fn compile(regex: &str, fields: &[Field], groups: &[Group]) -> Result<Self, Error> {
        let regex = fancy_regex::RegexBuilder::new(regex)
            .backtrack_limit(MOST_ATTEMPTS)
            .build()
            .map_err(|error| Error::Regex(error.to_string()))?;
        Ok(Self {
            groups: field_groups(fields, groups, regex.capture_names()),
            regex,
        })
    }

    fn captures<'line>(&self, line: &'line str) -> Result<Option<Captures<'line, '_>>, Error> {
        match self.regex.captures(line) {
            Ok(found) => Ok(found.map(|found| Captures {
                found: Found::Exact(found),
                groups: &self.groups,
            })),
            Err(fancy_regex::Error::RuntimeError(
                RuntimeError::BacktrackLimitExceeded | RuntimeError::StackOverflow,
            )) => Err(Error::TooManyAttempts(line.len())),
            Err(error) => Err(Error::Regex(error.to_string())),
        }
    }
}

impl Linear {
    /// None if the pattern looks around elsewhere than in a guarded one.
    fn compile(relaxed: &Relaxed, fields: &[Field], groups: &[Group]) -> Option<Self> {
        let regex = regex::Regex::new(&relaxed.regex).ok()?;
        let guard = |name: Option<&str>| {
            let index: usize = name?.strip_prefix('g')?.parse().ok()?;
            relaxed.guards.get(index).copied()
        };
        let guards = regex
            .capture_names()
            .enumerate()
            .filter_map(|(number, name)| Some((number, guard(name)?)));
        Some(Self {
            groups: field_groups(fields, groups, regex.capture_names()),
            guards: guards.collect(),
            regex,
        })
    }

    /// Nothing stands around the guarded groups that must not.
    fn holds(&self, found: &regex::Captures<'_>, line: &str) -> bool {
        self.guards.iter().all(|(group, guarded)| {
            found.get(*group).is_none_or(|part| {
                let before = line.as_bytes()[..part.start()].last();
                let after = line.as_bytes()[part.end()..].first();
                !before.is_some_and(|byte| (guarded.not_before)(*byte))
                    && !after.is_some_and(|byte| (guarded.not_after)(*byte))
            })
        })
    }
}

/// The texts of the fields of one line.
#[derive(Debug)]
pub struct Captures<'line, 'grok> {
    found: Found<'line>,
    groups: &'grok [Vec<usize>],
}

#[derive(Debug)]
enum Found<'line> {
    Linear(regex::Captures<'line>),
    Exact(fancy_regex::Captures<'line, str>),
}

impl<'line> Captures<'line, '_> {
    /// The text of the field of this number, as [`Grok::fields`] and [`Grok::field`] count; none
    /// if the line has none.
    pub fn get(&self, field: usize) -> Option<&'line str> {
        self.groups
            .get(field)?
            .iter()
            .find_map(|group| match &self.found {
                Found::Linear(found) => found.get(*group).map(|part| part.as_str()),
                Found::Exact(found) => found.get(*group).map(|part| part.as_str()),
            })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const PATTERNS: [&str; 8] = [
        "%{NUMBER:a}.?%{NUMBER:b}",
        "%{DATA:a}%{BASE10NUM:b}%{GREEDYDATA:c}",
        "%{GREEDYDATA:a}%{INT:b}:%{IPV4:c}",
        "%{TIME:a}%{DATA:b}%{QS:c}",
        "(?:%{NUMBER:a} )+%{BASE16NUM:b}",
        "%{BASE16FLOAT:a}|%{TIME:b}",
        "^%{IPORHOST:a}%{SPACE:b}%{NUMBER:c}$",
        "%{QS:a}%{QS:b}?",
    ];

    proptest! {
        /// Matching in one pass finds what trying finds.
        #[test]
        fn both_ways_of_matching_agree(line in r#"[0-9.:+\- ax"\\']{0,24}"#, pattern in 0..PATTERNS.len()) {
            let grok = Grok::compile(PATTERNS[pattern], "").unwrap();
            let texts = |found: Option<Captures<'_, '_>>| {
                found.map(|found| {
                    (0..grok.fields.len())
                        .map(|field| found.get(field).map(str::to_owned))
                        .collect::<Vec<_>>()
                })
            };
            prop_assert_eq!(
                texts(grok.captures(&line).unwrap()),
                texts(grok.exact.captures(&line).unwrap())
            );
        }
    }

    #[test]
    fn the_built_in_log_formats_are_matched_in_one_pass() {
        for pattern in [
            "%{COMBINEDAPACHELOG}",
            "%{SYSLOGBASE}",
            "%{TIMESTAMP_ISO8601}",
        ] {
            assert!(
                Grok::compile(pattern, "").unwrap().linear.is_some(),
                "{pattern}"
            );
        }
        for pattern in ["(?:%{NUMBER} )+", "%{UNIXPATH}", "(?=a)b"] {
            assert!(
                Grok::compile(pattern, "").unwrap().linear.is_none(),
                "{pattern}"
            );
        }
    }
}
