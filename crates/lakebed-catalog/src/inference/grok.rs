//! Logs of which a grok pattern takes every line apart.

use std::sync::Arc;

use lakebed_grok::FieldType;

use super::column_type::ColumnType;
use super::format::{Format, GrokFormat};
use super::recognition::{Recognition, Verdict};
use super::schema::FileSchema;
use super::surprise::Surprise;

/// A grok pattern and the classification of the logs it is for.
#[derive(Debug, Clone)]
pub(crate) struct Grok {
    pub(super) format: GrokFormat,
    pub(super) compiled: Arc<lakebed_grok::Grok>,
}

impl Grok {
    /// Compiles the pattern.
    pub(crate) fn compile(
        classification: &str,
        pattern: &str,
        custom_patterns: &str,
    ) -> Result<Self, lakebed_grok::Error> {
        Ok(Self {
            format: GrokFormat {
                classification: classification.to_owned(),
                pattern: pattern.to_owned(),
                custom_patterns: custom_patterns.to_owned(),
            },
            compiled: Arc::new(lakebed_grok::Grok::compile(pattern, custom_patterns)?),
        })
    }

    /// The same table, but lines must match from their start to their end to be recognised.
    pub(super) fn compile_for_whole_lines(
        classification: &str,
        pattern: &str,
        custom_patterns: &str,
    ) -> Result<Self, lakebed_grok::Error> {
        let anchored = Self::compile(classification, &format!("^(?:{pattern})$"), custom_patterns)?;
        Ok(Self {
            format: GrokFormat {
                pattern: pattern.to_owned(),
                ..anchored.format
            },
            ..anchored
        })
    }

    /// The schema that the pattern's fields make.
    pub(super) fn schema(&self) -> FileSchema {
        let columns = self
            .compiled
            .fields()
            .iter()
            .map(|field| (field.name.clone(), column_type(field.kind)))
            .collect();
        FileSchema::new(Format::Grok(self.format.clone()), columns)
    }
}

/// The columns of a log; as certain as the part of its lines that the pattern matches.
pub(super) fn infer_grok(text: &str, truncated: bool, grok: &Grok) -> Verdict {
    let mut matched = 0_u64;
    let mut all = 0_u64;
    for line in lines(text, truncated) {
        all += 1;
        let captures = grok
            .compiled
            .captures(line)
            .map_err(|error| error.to_string())?;
        if captures.is_some() {
            matched += 1;
        }
    }
    let schema = grok.schema();
    if matched == 0 || schema.columns.is_empty() {
        return Ok(None);
    }
    let surprises = (matched < all).then_some(Surprise::LinesDoNotMatch {
        lines: all - matched,
        of: all,
    });
    Ok(Some(Recognition {
        schema: schema.sampled(all, text.len() as u64).surprising(surprises),
        certainty: matched as f64 / all as f64,
    }))
}

/// The lines that are not empty, without one that is cut at the sample's end.
pub(super) fn lines(text: &str, truncated: bool) -> impl Iterator<Item = &str> {
    let whole = match (truncated, text.rfind('\n')) {
        (true, Some(end)) => &text[..end],
        _ => text,
    };
    whole.lines().filter(|line| !line.trim().is_empty())
}

fn column_type(kind: FieldType) -> ColumnType {
    match kind {
        FieldType::Byte => ColumnType::TinyInt,
        FieldType::Boolean => ColumnType::Boolean,
        FieldType::Double => ColumnType::Double,
        FieldType::Short => ColumnType::SmallInt,
        FieldType::Int => ColumnType::Int,
        FieldType::Long => ColumnType::BigInt,
        FieldType::Float => ColumnType::Float,
        FieldType::String => ColumnType::String,
    }
}
