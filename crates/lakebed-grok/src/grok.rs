//! A compiled pattern and what it finds in a line.

use fancy_regex::{Regex, RegexBuilder, RuntimeError};

use crate::error::Error;
use crate::expansion::Expansion;
use crate::field_type::FieldType;
use crate::library::Library;

/// Ways to match a line that are tried before it is given up.
const MOST_ATTEMPTS: usize = 100_000;

/// A compiled grok pattern. Compile it once: matching a line needs no more of it than `&self`.
#[derive(Debug)]
pub struct Grok {
    regex: Regex,
    /// The named fields, then those called like the pattern they refer to.
    fields: Vec<Field>,
    named: usize,
    /// Of each field the capture groups it may be found in.
    groups: Vec<Vec<usize>>,
}

/// A field of the lines that a pattern matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// As the pattern spells it.
    pub name: String,
    /// What the pattern casts it to.
    pub kind: FieldType,
}

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
        let regex = RegexBuilder::new(&expansion.regex)
            .backtrack_limit(MOST_ATTEMPTS)
            .build()
            .map_err(|error| Error::Regex(error.to_string()))?;

        let mut fields: Vec<Field> = Vec::new();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut named = 0;
        let numbered = |wanted: usize| {
            let wanted = format!("f{wanted}");
            regex
                .capture_names()
                .position(|name| name == Some(&*wanted))
        };
        for unnamed in [false, true] {
            for (index, group) in expansion.groups.iter().enumerate() {
                let Some(number) = numbered(index).filter(|_| group.unnamed == unnamed) else {
                    continue;
                };
                match fields.iter().position(|field| field.name == group.field) {
                    Some(field) => groups[field].push(number),
                    None => {
                        fields.push(Field {
                            name: group.field.clone(),
                            kind: group.kind,
                        });
                        groups.push(vec![number]);
                    }
                }
            }
            if !unnamed {
                named = fields.len();
            }
        }
        Ok(Self {
            regex,
            fields,
            named,
            groups,
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
        match self.regex.captures(line) {
            Ok(found) => Ok(found.map(|found| Captures {
                found,
                groups: &self.groups,
            })),
            Err(fancy_regex::Error::RuntimeError(
                RuntimeError::BacktrackLimitExceeded | RuntimeError::StackOverflow,
            )) => Err(Error::TooManyAttempts(line.len())),
            Err(error) => Err(Error::Regex(error.to_string())),
        }
    }
}

/// The texts of the fields of one line.
#[derive(Debug)]
pub struct Captures<'line, 'grok> {
    found: fancy_regex::Captures<'line, str>,
    groups: &'grok [Vec<usize>],
}

impl<'line> Captures<'line, '_> {
    /// The text of the field of this number, as [`Grok::fields`] and [`Grok::field`] count; none
    /// if the line has none.
    pub fn get(&self, field: usize) -> Option<&'line str> {
        self.groups
            .get(field)?
            .iter()
            .find_map(|group| self.found.get(*group))
            .map(|found| found.as_str())
    }
}
