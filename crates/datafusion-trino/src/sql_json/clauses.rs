use datafusion::common::{Result, internal_datafusion_err};
use serde::{Deserialize, Serialize};

/// The functions that have clauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Function {
    Exists,
    Query,
    Value,
    Array,
    Object,
}

impl Function {
    /// The name in a query.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "json_exists" => Self::Exists,
            "json_query" => Self::Query,
            "json_value" => Self::Value,
            "json_array" => Self::Array,
            "json_object" => Self::Object,
            _ => return None,
        })
    }

    /// The name of the function that takes the clauses as a text.
    pub(crate) fn internal_name(self) -> &'static str {
        match self {
            Self::Exists => "$json_exists",
            Self::Query => "$json_query",
            Self::Value => "$json_value",
            Self::Array => "$json_array",
            Self::Object => "$json_object",
        }
    }

    /// The name in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Exists => "JSON_EXISTS",
            Self::Query => "JSON_QUERY",
            Self::Value => "JSON_VALUE",
            Self::Array => "JSON_ARRAY",
            Self::Object => "JSON_OBJECT",
        }
    }
}

/// What a call says beside its arguments.
///
/// The arguments behind it are the input, the passed values and the defaults of `json_value` (on
/// empty, on error) as far as there are some; the elements of `json_array`; the names and values of
/// `json_object` in turns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Clauses {
    pub(crate) path: String,
    /// How the input is read.
    pub(crate) input: Option<Format>,
    /// The passed values.
    pub(crate) passing: Vec<Named>,
    /// How each element or member is read.
    pub(crate) values: Vec<Option<Format>>,
    /// The answer's type.
    pub(crate) returning: Option<String>,
    pub(crate) output: Option<Format>,
    pub(crate) wrapper: Wrapper,
    pub(crate) omits_quotes: bool,
    pub(crate) on_empty: Behavior,
    pub(crate) on_error: Behavior,
    /// Whether nulls become elements or members.
    pub(crate) null_on_null: bool,
    pub(crate) unique_keys: bool,
}

/// A passed value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) format: Option<Format>,
}

/// `FORMAT JSON [ENCODING …]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Format {
    pub(crate) encoding: Option<Encoding>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Encoding {
    Utf8,
    /// Little-endian, as the one below.
    Utf16,
    Utf32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Wrapper {
    #[default]
    Without,
    Conditional,
    Unconditional,
}

/// What is answered where there is nothing, or where something went wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Behavior {
    /// Null; `json_exists`'s unknown.
    #[default]
    Null,
    Error,
    True,
    False,
    EmptyArray,
    EmptyObject,
    /// `json_value`'s default, an argument.
    Default,
}

impl Clauses {
    /// The clauses as one text.
    pub(crate) fn to_text(&self) -> String {
        // A struct of texts and numbers always has a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// # Errors
    /// If the text is none that [`Clauses::to_text`] made.
    pub(super) fn from_text(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| internal_datafusion_err!("{error}"))
    }
}

impl Format {
    /// As it is written.
    pub(super) fn name(self) -> &'static str {
        match self.encoding {
            None => "JSON",
            Some(Encoding::Utf8) => "JSON ENCODING UTF8",
            Some(Encoding::Utf16) => "JSON ENCODING UTF16",
            Some(Encoding::Utf32) => "JSON ENCODING UTF32",
        }
    }
}

impl Encoding {
    /// # Errors
    /// None if the bytes are no text.
    pub(super) fn decode(self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes).ok().map(str::to_owned),
            Self::Utf16 => {
                let (units, rest) = bytes.as_chunks::<2>();
                let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
                let text: Result<String, _> = char::decode_utf16(units).collect();
                text.ok().filter(|_| rest.is_empty())
            }
            Self::Utf32 => {
                let (units, rest) = bytes.as_chunks::<4>();
                let units = units.iter().map(|unit| u32::from_le_bytes(*unit));
                let text: Option<String> = units.map(char::from_u32).collect();
                text.filter(|_| rest.is_empty())
            }
        }
    }

    pub(super) fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf16 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf32 => text
                .chars()
                .flat_map(|c| u32::from(c).to_le_bytes())
                .collect(),
        }
    }
}
