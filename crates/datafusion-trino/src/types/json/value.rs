use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use super::{Malformed, Reader, Token, write_number, write_text};

/// How deep arrays and objects may nest.
const MAX_DEPTH: usize = 1_000;

/// A JSON value as a tree, whose parts are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum JsonValue {
    Null,
    Boolean(bool),
    /// By its digits, as [`write_number`] takes them.
    Number(Rc<str>),
    /// By its digits, all of which are written. No text is read as one.
    Decimal(Rc<str>),
    Text(Rc<str>),
    Array(Rc<[Self]>),
    /// Members in order, each name once.
    Object(Rc<[(Rc<str>, Self)]>),
}

impl JsonValue {
    /// Reads the value that comes next.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let token = reader.expect()?;
        Self::begun(reader, token, 0)
    }

    /// The first value of a text, whatever follows.
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        Self::read(&mut Reader::new(text))
    }

    fn begun(reader: &mut Reader<'_>, token: Token<'_>, depth: usize) -> Result<Self, Malformed> {
        if depth > MAX_DEPTH {
            return Err(Malformed);
        }
        Ok(match token {
            Token::Null => Self::Null,
            Token::Boolean(value) => Self::Boolean(value),
            Token::Number(digits) => Self::Number(digits.into()),
            Token::Text(text) => Self::Text(text.into()),
            Token::BeginArray => {
                let mut elements = Vec::new();
                loop {
                    match reader.expect()? {
                        Token::EndArray => break,
                        token => elements.push(Self::begun(reader, token, depth + 1)?),
                    }
                }
                Self::Array(elements.into())
            }
            Token::BeginObject => {
                let mut members = Vec::new();
                while let Token::Key(key) = reader.expect()? {
                    let token = reader.expect()?;
                    members.push((key.into(), Self::begun(reader, token, depth + 1)?));
                }
                Self::object(members)
            }
            Token::EndArray | Token::EndObject | Token::Key(_) => return Err(Malformed),
        })
    }

    /// An object; of members with the same name the last one counts, at the first one's place.
    pub(crate) fn object(members: Vec<(Rc<str>, Self)>) -> Self {
        let mut places: HashMap<Rc<str>, usize> = HashMap::with_capacity(members.len());
        let mut unique: Vec<(Rc<str>, Self)> = Vec::with_capacity(members.len());
        for (key, value) in members {
            match places.get(&key) {
                Some(place) => unique[*place].1 = value,
                None => {
                    places.insert(Rc::clone(&key), unique.len());
                    unique.push((key, value));
                }
            }
        }
        Self::Object(unique.into())
    }

    /// The value with the members of its objects in order.
    pub(crate) fn sorted(self) -> Self {
        match self {
            Self::Array(elements) => {
                Self::Array(elements.iter().map(|one| one.clone().sorted()).collect())
            }
            Self::Object(members) => {
                let sorted =
                    |(key, value): &(Rc<str>, Self)| (Rc::clone(key), value.clone().sorted());
                let mut members: Vec<_> = members.iter().map(sorted).collect();
                // As Java compares texts.
                members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
                Self::Object(members.into())
            }
            scalar => scalar,
        }
    }

    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Boolean(true) => out.push_str("true"),
            Self::Boolean(false) => out.push_str("false"),
            Self::Number(digits) => write_number(digits, out),
            Self::Decimal(digits) => out.push_str(digits),
            Self::Text(text) => write_text(text, out),
            Self::Array(elements) => {
                out.push('[');
                for (place, element) in elements.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    element.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (place, (key, value)) in members.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    write_text(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

impl fmt::Display for JsonValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
    }
}
