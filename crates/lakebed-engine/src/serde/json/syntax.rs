//! JSON's grammar over bytes: values are found and checked, not built.

use std::borrow::Cow;
use std::fmt;

/// Values nested deeper than this are refused.
const DEEPEST: usize = 256;

/// Text that is not JSON.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Invalid {
    reason: &'static str,
    /// Bytes before it.
    at: usize,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at character {}", self.reason, self.at)
    }
}

/// A member's name, or a string's content, as it is written between its quotes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quoted<'a> {
    pub(super) raw: &'a [u8],
    escapes: bool,
}

impl<'a> Quoted<'a> {
    /// The text that is meant.
    pub(super) fn text(self) -> Cow<'a, str> {
        let text = String::from_utf8_lossy(self.raw);
        if self.escapes {
            Cow::Owned(unescaped(&text))
        } else {
            text
        }
    }
}

/// Reads the object that a record is, member by member.
pub(super) fn record<'a>(
    record: &'a [u8],
    member: impl FnMut(Quoted<'a>, &'a [u8]),
) -> Result<(), Invalid> {
    let mut scanner = Scanner::new(record);
    scanner.space();
    if scanner.peek() != Some(b'{') {
        return Err(scanner.invalid("A JSONObject text must begin with '{'"));
    }
    scanner.object(0, member)?;
    scanner.space();
    match scanner.peek() {
        None => Ok(()),
        Some(_) => Err(scanner.invalid("Unexpected text after the object")),
    }
}

/// The members of an object inside a record that was read.
pub(super) fn members<'a>(
    object: &'a [u8],
    member: impl FnMut(Quoted<'a>, &'a [u8]),
) -> Result<(), Invalid> {
    Scanner::new(object).object(0, member)
}

/// The elements of an array inside a record that was read.
pub(super) fn elements<'a>(array: &'a [u8], element: impl FnMut(&'a [u8])) -> Result<(), Invalid> {
    Scanner::new(array).array(0, element)
}

/// The content of a string inside a record that was read.
pub(super) fn string(value: &[u8]) -> Result<Quoted<'_>, Invalid> {
    Scanner::new(value).string()
}

/// A value without the space between its parts.
pub(super) fn compact(value: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(value.len());
    let (mut quoted, mut escaped) = (false, false);
    for &byte in value {
        if quoted {
            quoted = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if byte.is_ascii_whitespace() {
            continue;
        } else {
            quoted = byte == b'"';
        }
        text.push(byte);
    }
    text
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn invalid(&self, reason: &'static str) -> Invalid {
        Invalid {
            reason,
            at: self.at,
        }
    }

    fn expect(&mut self, byte: u8, reason: &'static str) -> Result<(), Invalid> {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.invalid(reason))
        }
    }

    fn object(
        &mut self,
        depth: usize,
        mut member: impl FnMut(Quoted<'a>, &'a [u8]),
    ) -> Result<(), Invalid> {
        self.expect(b'{', "Expected an object")?;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.space();
            let name = self.string()?;
            self.space();
            self.expect(b':', "Expected a ':' after a key")?;
            let value = self.value(depth + 1)?;
            member(name, value);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.invalid("Expected a ',' or '}'")),
            }
        }
    }

    fn array(&mut self, depth: usize, mut element: impl FnMut(&'a [u8])) -> Result<(), Invalid> {
        self.expect(b'[', "Expected an array")?;
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            element(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.invalid("Expected a ',' or ']'")),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<&'a [u8], Invalid> {
        if depth > DEEPEST {
            return Err(self.invalid("Nested too deeply"));
        }
        self.space();
        let start = self.at;
        match self.peek() {
            Some(b'{') => self.object(depth, |_, _| ())?,
            Some(b'[') => self.array(depth, |_| ())?,
            Some(b'"') => {
                self.string()?;
            }
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word(b"true")?,
            Some(b'f') => self.word(b"false")?,
            Some(b'n') => self.word(b"null")?,
            Some(_) => return Err(self.invalid("Expected a value")),
            None => return Err(self.invalid("End of input")),
        }
        Ok(&self.bytes[start..self.at])
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Invalid> {
        if self.bytes[self.at..].starts_with(word) {
            self.at += word.len();
            Ok(())
        } else {
            Err(self.invalid("Expected a value"))
        }
    }

    fn number(&mut self) -> Result<(), Invalid> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        self.digits()?;
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Invalid> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.invalid("Expected a digit"));
        }
        Ok(())
    }

    fn string(&mut self) -> Result<Quoted<'a>, Invalid> {
        self.expect(b'"', "Expected a string")?;
        let start = self.at;
        let mut escapes = false;
        loop {
            match memchr::memchr2(b'"', b'\\', &self.bytes[self.at..]) {
                None => {
                    self.at = self.bytes.len();
                    return Err(self.invalid("Unterminated string"));
                }
                Some(offset) => self.at += offset,
            }
            if self.bytes[self.at] == b'"' {
                let raw = &self.bytes[start..self.at];
                self.at += 1;
                return Ok(Quoted { raw, escapes });
            }
            escapes = true;
            self.escape()?;
        }
    }

    /// A backslash and what belongs to it.
    fn escape(&mut self) -> Result<(), Invalid> {
        let length = match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') => match self.bytes.get(self.at + 2..self.at + 6) {
                Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => 6,
                _ => return Err(self.invalid("Expected four hexadecimal digits")),
            },
            _ => return Err(self.invalid("Unknown escape")),
        };
        self.at += length;
        Ok(())
    }
}

fn unescaped(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let (meaning, after) = escaped(&rest[at + 1..]);
        text.push(meaning);
        rest = after;
    }
    text.push_str(rest);
    text
}

/// The character that an escape stands for, after its backslash, and what follows it.
fn escaped(rest: &str) -> (char, &str) {
    let mut characters = rest.chars();
    let meaning = match characters.next() {
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('u') => return unicode(characters.as_str()),
        Some(other) => other,
        None => char::REPLACEMENT_CHARACTER,
    };
    (meaning, characters.as_str())
}

/// Four hexadecimal digits, or two times four that make one character together.
fn unicode(rest: &str) -> (char, &str) {
    let Some((first, after)) = code_unit(rest) else {
        return (char::REPLACEMENT_CHARACTER, rest);
    };
    let second = after.strip_prefix("\\u").and_then(code_unit);
    if let Some((second, after)) = second
        && let Some(Ok(pair)) = char::decode_utf16([first, second]).next()
        && char::from_u32(u32::from(first)).is_none()
    {
        return (pair, after);
    }
    let alone = char::from_u32(u32::from(first));
    (alone.unwrap_or(char::REPLACEMENT_CHARACTER), after)
}

fn code_unit(rest: &str) -> Option<(u16, &str)> {
    let (digits, after) = rest.split_at_checked(4)?;
    Some((u16::from_str_radix(digits, 16).ok()?, after))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, String> {
        let mut found = Vec::new();
        record(text.as_bytes(), |name, value| {
            found.push((
                name.text().into_owned(),
                String::from_utf8_lossy(value).into_owned(),
            ));
        })
        .map_err(|invalid| invalid.to_string())?;
        Ok(found)
    }

    #[test]
    fn members_are_found_with_their_values_as_they_are_written() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            read(" {\"a\" : [1, {\"b\":2}] , \"\\uD55C\\t\" : -1.5e+3, \"q\":\"}\\\"\"}\r")
                .unwrap(),
            [
                pair("a", "[1, {\"b\":2}]"),
                pair("한\t", "-1.5e+3"),
                pair("q", "\"}\\\"\"")
            ]
        );
        assert_eq!(read("{}").unwrap(), []);
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        for (text, reason) in [
            ("", "A JSONObject text must begin with '{' at character 0"),
            (
                "[1]",
                "A JSONObject text must begin with '{' at character 0",
            ),
            ("{\"a\": }", "Expected a value at character 6"),
            ("{\"a\": 1", "Expected a ',' or '}' at character 7"),
            ("{\"a\" 1}", "Expected a ':' after a key at character 5"),
            ("{\"a\": \"x", "Unterminated string at character 8"),
            ("{\"a\": 1.}", "Expected a digit at character 8"),
            ("{\"a\": tru}", "Expected a value at character 6"),
            ("{\"a\": \"\\x\"}", "Unknown escape at character 7"),
            (
                "{\"a\":1} x",
                "Unexpected text after the object at character 8",
            ),
            ("{\"a\":", "End of input at character 5"),
        ] {
            assert_eq!(read(text).unwrap_err(), reason, "{text}");
        }
        let deep = format!("{{\"a\":{}", "[".repeat(1_000_000));
        assert!(read(&deep).unwrap_err().starts_with("Nested too deeply"));
    }

    #[test]
    fn escapes_stand_for_characters() {
        let text = |raw: &str| string(raw.as_bytes()).unwrap().text().into_owned();
        assert_eq!(text(r#""a\"\\\/\n\u0041""#), "a\"\\/\nA");
        assert_eq!(text(r#""\ud83d\ude00!""#), "\u{1F600}!");
        assert_eq!(text(r#""\ud83dx""#), "\u{FFFD}x");
    }

    #[test]
    fn space_between_parts_is_left_out() {
        let compact = |text: &str| String::from_utf8(compact(text.as_bytes())).unwrap();
        assert_eq!(
            compact("{ \"a b\" : [1,\n\t2], \"c\\\" d\" : {} }"),
            "{\"a b\":[1,2],\"c\\\" d\":{}}"
        );
    }
}
