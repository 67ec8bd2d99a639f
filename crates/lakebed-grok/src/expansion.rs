//! A grok pattern written out as one regular expression.

use crate::error::Error;
use crate::field_type::FieldType;
use crate::library::{Guarded, Library, UNWANTED, is_name};

/// Longer patterns than this are refused: a pattern of 2,048 characters can name others that name
/// others, and so grow without end.
const MOST_BYTES: usize = 256 << 10;

/// A pattern without references, whose capture groups are called `f0`, `f1`, …
pub(crate) struct Expansion {
    /// The pattern as it is defined.
    pub(crate) exact: String,
    /// The pattern with the cores of those that look around; none if what stands around all their
    /// matches cannot be looked at afterwards, because a group holds the last of several only.
    pub(crate) relaxed: Option<Relaxed>,
    /// What the groups hold, by their number.
    pub(crate) groups: Vec<Group>,
}

/// A pattern that looks around nowhere, and what must not stand around its groups.
pub(crate) struct Relaxed {
    pub(crate) regex: String,
    /// Of the groups `g0`, `g1`, …
    pub(crate) guards: Vec<&'static Guarded>,
}

/// A capture group and the field it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) field: String,
    pub(crate) kind: FieldType,
    /// The pattern gives the field no name: it is called like the pattern it refers to.
    pub(crate) unnamed: bool,
}

impl Expansion {
    pub(crate) fn of(pattern: &str, library: &Library<'_>) -> Result<Self, Error> {
        if pattern.contains(['\n', '\r']) {
            return Err(Error::LineBreak);
        }
        let mut exact = Expander::of(library, false);
        exact.write_out(pattern)?;
        let mut relaxed = Expander::of(library, true);
        relaxed.write_out(pattern)?;
        Ok(Self {
            exact: exact.regex,
            relaxed: (!relaxed.repeats_guard).then_some(Relaxed {
                regex: relaxed.regex,
                guards: relaxed.guards,
            }),
            groups: exact.groups,
        })
    }
}

struct Expander<'a> {
    library: &'a Library<'a>,
    /// Writes the cores of patterns that look around.
    relaxed: bool,
    regex: String,
    groups: Vec<Group>,
    /// The patterns whose definitions are being written out.
    open: Vec<String>,
    guards: Vec<&'static Guarded>,
    /// How many guards there were when each parenthesis opened.
    parentheses: Vec<usize>,
    /// A part with a guard in it can match several times.
    repeats_guard: bool,
}

impl<'a> Expander<'a> {
    fn of(library: &'a Library<'a>, relaxed: bool) -> Self {
        Self {
            library,
            relaxed,
            regex: String::new(),
            groups: Vec::new(),
            open: Vec::new(),
            guards: Vec::new(),
            parentheses: Vec::new(),
            repeats_guard: false,
        }
    }

    /// Notes whether what was written since there were so many guards is repeated by what follows.
    fn note_repetition(&mut self, guards_before: usize, after: &str) {
        self.repeats_guard |=
            self.guards.len() > guards_before && after.starts_with(['*', '+', '{']);
    }

    fn write_out(&mut self, pattern: &str) -> Result<(), Error> {
        let mut in_class = false;
        let mut rest = pattern;
        while let Some(character) = rest.chars().next() {
            if self.regex.len() > MOST_BYTES {
                return Err(Error::TooLong(MOST_BYTES));
            }
            if character == '\\' {
                let end = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                self.escape(&rest[..end], in_class)?;
                rest = &rest[end..];
            } else if !in_class && rest.starts_with("%{") {
                let (inside, after) = reference(rest)?;
                let guards = self.guards.len();
                self.refer(inside)?;
                self.note_repetition(guards, after);
                rest = after;
            } else if let Some((name, after)) = named_group(rest).filter(|_| !in_class) {
                self.parentheses.push(self.guards.len());
                self.open_group(name, FieldType::String, false);
                rest = after;
            } else {
                let after = &rest[character.len_utf8()..];
                match character {
                    '[' => in_class = true,
                    ']' => in_class = false,
                    '(' if !in_class => self.parentheses.push(self.guards.len()),
                    ')' if !in_class => {
                        let guards = self.parentheses.pop().unwrap_or_default();
                        self.note_repetition(guards, after);
                    }
                    _ => {}
                }
                self.regex.push(character);
                rest = after;
            }
        }
        Ok(())
    }

    /// Classes are those of ASCII, as in the regular expressions of Java.
    fn escape(&mut self, escape: &str, in_class: bool) -> Result<(), Error> {
        let written = match (escape, in_class) {
            (r"\d", false) => "[0-9]",
            (r"\d", true) => "0-9",
            (r"\D", false) => "[^0-9]",
            (r"\w", false) => "[0-9A-Za-z_]",
            (r"\w", true) => "0-9A-Za-z_",
            (r"\W", false) => "[^0-9A-Za-z_]",
            (r"\s", false) => r"[ \t\r\n\x0b\x0c]",
            (r"\s", true) => r" \t\r\n\x0b\x0c",
            (r"\S", false) => r"[^ \t\r\n\x0b\x0c]",
            (r"\<", _) => "<",
            (r"\>", _) => ">",
            (r"\k" | r"\1" | r"\2" | r"\3" | r"\4" | r"\5" | r"\6" | r"\7" | r"\8" | r"\9", _) => {
                return Err(Error::BackReference(escape.to_owned()));
            }
            _ => escape,
        };
        self.regex.push_str(written);
        Ok(())
    }

    /// Writes out `PATTERN`, `PATTERN:field`, `PATTERN:field:type` or `PATTERN:field=definition`.
    fn refer(&mut self, inside: &str) -> Result<(), Error> {
        let malformed = || Error::MalformedReference(format!("%{{{inside}}}"));
        let (reference, definition) = match inside.split_once('=') {
            Some((reference, definition)) => (reference, Some(definition)),
            None => (inside, None),
        };
        let (name, field) = match reference.split_once(':') {
            Some((name, field)) => (name, Some(field)),
            None => (reference, None),
        };
        if !is_name(name) || field == Some("") {
            return Err(malformed());
        }
        if self.open.iter().any(|open| open == name) {
            return Err(Error::Cycle(name.to_owned()));
        }
        let guarded = match definition {
            None if self.relaxed => self.library.guarded(name),
            _ => None,
        };
        let definition = match (definition, guarded) {
            (Some(definition), _) => definition.to_owned(),
            (None, Some(guarded)) => guarded.core.to_owned(),
            (None, None) => self.library.definition(name)?.to_owned(),
        };
        match field {
            Some(field) => {
                let (field, kind) = match field.split_once([':', ';']) {
                    Some((field, kind)) => (
                        field,
                        FieldType::parse(kind).ok_or_else(|| Error::UnknownType {
                            field: field.to_owned(),
                            found: kind.to_owned(),
                        })?,
                    ),
                    None => (field, FieldType::String),
                };
                // "Querying Apache logs stored in Amazon S3" writes `%{DATA: returned_obj_size}`.
                let field = field.trim();
                if field == UNWANTED {
                    self.regex.push_str("(?:");
                } else {
                    self.open_group(field, kind, false);
                }
            }
            // Columns can be called like the patterns of the outermost level.
            None if self.open.is_empty() => self.open_group(name, FieldType::String, true),
            None => self.regex.push_str("(?:"),
        }
        if let Some(guarded) = guarded {
            self.regex.push_str(&format!("(?<g{}>", self.guards.len()));
            self.guards.push(guarded);
        }
        self.open.push(name.to_owned());
        self.write_out(&definition)?;
        self.open.pop();
        self.regex
            .push_str(if guarded.is_some() { "))" } else { ")" });
        Ok(())
    }

    fn open_group(&mut self, field: &str, kind: FieldType, unnamed: bool) {
        self.regex.push_str(&format!("(?<f{}>", self.groups.len()));
        self.groups.push(Group {
            field: field.to_owned(),
            kind,
            unnamed,
        });
    }
}

/// What stands between `%{` and its brace, and what follows it.
fn reference(text: &str) -> Result<(&str, &str), Error> {
    let mut depth = 0;
    for (index, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return Ok((&text[2..index], &text[index + 1..]));
                }
            }
            _ => {}
        }
    }
    Err(Error::MalformedReference(text.to_owned()))
}

/// The name of a `(?<name>` or `(?P<name>` that starts the text, and what follows it.
fn named_group(text: &str) -> Option<(&str, &str)> {
    let after = text
        .strip_prefix("(?<")
        .or_else(|| text.strip_prefix("(?P<"))?;
    let (name, rest) = after.split_once('>')?;
    is_name(name).then_some((name, rest))
}
