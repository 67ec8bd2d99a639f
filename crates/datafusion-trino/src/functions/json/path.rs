//! JSON paths as `json_extract` takes them: `$.store.book[0]["title"]`.

use datafusion::common::Result;

use crate::error::TrinoError;
use crate::types::json::{Malformed, Reader, Token};

/// The names and places from the root to a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct JsonPath(Vec<Step>);

/// A member's name, or an element's place: which of them, the value tells.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    name: String,
    place: Option<usize>,
}

impl JsonPath {
    /// # Errors
    /// `INVALID_FUNCTION_ARGUMENT` if it is none.
    pub(super) fn compile(path: &str) -> Result<Self> {
        parse(path)
            .map(Self)
            .ok_or_else(|| TrinoError::invalid_argument(format!("Invalid JSON path: '{path}'")))
    }

    /// What `answer` makes of the value that the path leads to; it is given the value's first
    /// token. None if it leads nowhere, or the text up to there is no JSON.
    pub(super) fn find<'a, T>(
        &self,
        text: &'a str,
        answer: impl FnOnce(&mut Reader<'a>, Token<'a>) -> Result<Option<T>, Malformed>,
    ) -> Option<T> {
        let mut reader = Reader::new(text);
        let token = self.walk(&mut reader).ok()??;
        answer(&mut reader, token).ok()?
    }

    fn walk<'a>(&self, reader: &mut Reader<'a>) -> Result<Option<Token<'a>>, Malformed> {
        let mut token = reader.expect()?;
        for step in &self.0 {
            let found = match token {
                Token::BeginObject => find_member(reader, &step.name)?,
                Token::BeginArray => match step.place {
                    Some(place) => find_element(reader, place)?,
                    None => None,
                },
                _ => None,
            };
            match found {
                Some(found) => token = found,
                None => return Ok(None),
            }
        }
        Ok(Some(token))
    }
}

fn find_member<'a>(reader: &mut Reader<'a>, name: &str) -> Result<Option<Token<'a>>, Malformed> {
    while let Token::Key(key) = reader.expect()? {
        let value = reader.expect()?;
        if key == name {
            return Ok(Some(value));
        }
        reader.skip(&value)?;
    }
    Ok(None)
}

fn find_element<'a>(reader: &mut Reader<'a>, place: usize) -> Result<Option<Token<'a>>, Malformed> {
    let mut left = place;
    loop {
        let token = reader.expect()?;
        if token == Token::EndArray || left == 0 {
            return Ok((token != Token::EndArray).then_some(token));
        }
        reader.skip(&token)?;
        left -= 1;
    }
}

fn parse(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (name, after) = if let Some(after) = rest.strip_prefix('.') {
            unquoted(after, |c| c == ':' || is_word(c))?
        } else {
            let after = rest.strip_prefix('[')?;
            let (name, after) = match after.strip_prefix('"') {
                Some(quoted) => unescape(quoted)?,
                None => unquoted(after, is_word)?,
            };
            (name, after.strip_prefix(']')?)
        };
        rest = after;
        let place = name.parse().ok();
        steps.push(Step { name, place });
    }
    Some(steps)
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// The characters of a name at the beginning, of which there is one at least, and the rest.
fn unquoted(text: &str, is_part: impl Fn(char) -> bool) -> Option<(String, &str)> {
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (!name.is_empty()).then(|| (name.to_owned(), rest))
}

/// A name up to its closing quote, and the rest behind that.
fn unescape(quoted: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = quoted.chars();
    loop {
        match rest.next()? {
            '"' => return Some((name, rest.as_str())),
            '\\' => match rest.next()? {
                escaped @ ('"' | '\\') => name.push(escaped),
                _ => return None,
            },
            c => name.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::types::json::copy;

    #[test]
    fn paths_lead_to_values() {
        let text = r#"{"a": {"b c": [1, {"d": "x"}], "0": true}} and more"#;
        for (path, expected) in [
            ("$[\"a\"]['b c']", None),
            ("$.a[\"b c\"][0]", Some("1")),
            ("$.a[\"b c\"][1].d", Some("\"x\"")),
            ("$.a[0]", Some("true")),
            ("$.a", Some(r#"{"b c":[1,{"d":"x"}],"0":true}"#)),
            ("$.a.missing", None),
            ("$.a[\"b c\"][7]", None),
        ] {
            let found = JsonPath::compile(path).ok().and_then(|path| {
                path.find(text, |reader, token| {
                    let mut out = String::new();
                    copy(reader, token, &mut out)?;
                    Ok(Some(out))
                })
            });
            assert_eq!(found.as_deref(), expected, "{path}");
        }
        for wrong in [
            "", "a", "$a", "$.", "$[x", "$[\"a\"", "$.a b", "$[-1]", "$[*]", " $",
        ] {
            assert!(JsonPath::compile(wrong).is_err(), "{wrong}");
        }
    }
}
