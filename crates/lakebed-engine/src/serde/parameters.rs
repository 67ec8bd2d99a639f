use std::collections::BTreeMap;

use lakebed_wire::glue::SerDeInfo;

/// A table's settings: its SerDe's and its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameters<'a> {
    serde: Option<&'a BTreeMap<String, String>>,
    table: Option<&'a BTreeMap<String, String>>,
}

impl<'a> Parameters<'a> {
    pub(crate) fn new(
        serde: Option<&'a SerDeInfo>,
        table: Option<&'a BTreeMap<String, String>>,
    ) -> Self {
        Self {
            serde: serde.and_then(|serde| serde.parameters.as_ref()),
            table,
        }
    }

    /// A SerDe's properties alone.
    pub(crate) fn of_serde(properties: &'a BTreeMap<String, String>) -> Self {
        Self {
            serde: Some(properties),
            table: None,
        }
    }

    pub(crate) fn serde(&self, name: &str) -> Option<&'a str> {
        self.serde?.get(name).map(String::as_str)
    }

    pub(crate) fn table(&self, name: &str) -> Option<&'a str> {
        self.table?.get(name).map(String::as_str)
    }

    /// Whether a setting is `true`, wherever it stands.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.serde(name)
            .or_else(|| self.table(name))
            .is_some_and(|text| text.trim().eq_ignore_ascii_case("true"))
    }

    /// The SerDe's settings whose names begin with `prefix`, without it.
    pub(crate) fn with_prefix(
        &self,
        prefix: &'static str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.serde
            .into_iter()
            .flatten()
            .filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }

    /// A number of lines; what is none counts as zero.
    pub(crate) fn lines(&self, name: &str) -> usize {
        self.table(name)
            .or_else(|| self.serde(name))
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(0)
    }

    /// A one-character parameter: the character itself, an escape such as `\t`, or its code, as
    /// Hive writes delimiters that cannot be seen (`serialization.format` = `1`).
    pub(crate) fn byte(&self, name: &str) -> Option<u8> {
        let text = self.serde(name)?;
        match text.as_bytes() {
            [] => None,
            [digit @ b'0'..=b'9'] => Some(digit - b'0'),
            [byte] => Some(*byte),
            [b'\\', b't'] => Some(b'\t'),
            [b'\\', b'\\'] => Some(b'\\'),
            [b'\\', code @ ..] => {
                let digits = std::str::from_utf8(code).ok()?.trim_start_matches('u');
                u8::from_str_radix(digits, 8)
                    .or_else(|_| u8::from_str_radix(digits, 16))
                    .ok()
            }
            // Hive takes the first byte of a longer delimiter.
            [first, ..] => text.parse().ok().or(Some(*first)),
        }
    }
}
