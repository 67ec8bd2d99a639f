use std::borrow::Cow;
use std::io::Write;

use crate::Result;
use crate::value::Value;

/// How what is selected is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputFormat {
    Csv(CsvOutput),
    Json { record_delimiter: String },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvOutput {
    pub quote_fields: QuoteFields,
    pub field_delimiter: String,
    pub record_delimiter: String,
    pub quote: char,
    pub quote_escape: char,
}

impl Default for CsvOutput {
    fn default() -> Self {
        Self {
            quote_fields: QuoteFields::AsNeeded,
            field_delimiter: ",".to_owned(),
            record_delimiter: "\n".to_owned(),
            quote: '"',
            quote_escape: '"',
        }
    }
}

/// Which fields are quoted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum QuoteFields {
    Always,
    #[default]
    AsNeeded,
}

impl OutputFormat {
    /// Appends a record.
    ///
    /// # Errors
    /// None today: writing to memory does not fail.
    pub(crate) fn write(
        &self,
        fields: &[(Cow<'_, str>, Cow<'_, Value>)],
        output: &mut Vec<u8>,
    ) -> Result<()> {
        match self {
            Self::Csv(csv) => {
                for (at, (_, value)) in fields.iter().enumerate() {
                    if at > 0 {
                        output.extend_from_slice(csv.field_delimiter.as_bytes());
                    }
                    csv.write_field(&value.text(), output);
                }
                output.extend_from_slice(csv.record_delimiter.as_bytes());
            }
            Self::Json { record_delimiter } => {
                let mut separator: &[u8] = b"{";
                for (name, value) in fields {
                    if **value == Value::Missing {
                        continue;
                    }
                    output.extend_from_slice(separator);
                    separator = b",";
                    serde_json::to_writer(&mut *output, name).map_err(std::io::Error::from)?;
                    output.write_all(b":")?;
                    serde_json::to_writer(&mut *output, value.as_ref())
                        .map_err(std::io::Error::from)?;
                }
                if separator == b"{" {
                    output.push(b'{');
                }
                output.push(b'}');
                output.extend_from_slice(record_delimiter.as_bytes());
            }
        }
        Ok(())
    }
}

impl CsvOutput {
    fn write_field(&self, text: &str, output: &mut Vec<u8>) {
        let needed = text.contains(&self.field_delimiter)
            || text.contains(&self.record_delimiter)
            || text.contains([self.quote, '\n', '\r']);
        if self.quote_fields == QuoteFields::AsNeeded && !needed {
            output.extend_from_slice(text.as_bytes());
            return;
        }
        let mut quoted = String::with_capacity(text.len() + 2);
        quoted.push(self.quote);
        for character in text.chars() {
            if character == self.quote || character == self.quote_escape {
                quoted.push(self.quote_escape);
            }
            quoted.push(character);
        }
        quoted.push(self.quote);
        output.extend_from_slice(quoted.as_bytes());
    }
}
