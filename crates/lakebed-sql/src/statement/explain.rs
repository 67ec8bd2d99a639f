//! `EXPLAIN [ANALYZE] [(…)] statement`.

use super::Statement;
use super::cursor::Cursor;
use crate::error::Result;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Explain {
    pub(crate) analyze: bool,
    pub(crate) kind: ExplainType,
    pub(crate) format: ExplainFormat,
    /// A query, `INSERT`, CTAS or `UNLOAD`.
    pub(crate) statement: Box<Statement>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExplainType {
    Logical,
    Distributed,
    Validate,
    Io,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExplainFormat {
    Text,
    Json,
    Graphviz,
}

enum Choice {
    Type(ExplainType),
    Format(ExplainFormat),
}

/// After `EXPLAIN`.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Explain> {
    let analyze = cursor.take(&["ANALYZE"]);
    if analyze {
        cursor.take(&["VERBOSE"]);
    }
    let mut kind = ExplainType::Distributed;
    let mut format = None;
    if cursor.at_symbol('(') && !cursor.at_query_in_parentheses() {
        for choice in cursor.parenthesized(option)? {
            match choice {
                Choice::Type(chosen) => kind = chosen,
                Choice::Format(chosen) => format = Some(chosen),
            }
        }
    }
    // What a query reads is told as JSON alone.
    let usual = match kind {
        ExplainType::Io => ExplainFormat::Json,
        _ => ExplainFormat::Text,
    };
    Ok(Explain {
        analyze,
        kind,
        format: format.unwrap_or(usual),
        statement: Box::new(super::parse_explained(cursor)?),
    })
}

fn option(cursor: &mut Cursor<'_>) -> Result<Choice> {
    if cursor.take(&["TYPE"]) {
        let types = [
            ("LOGICAL", ExplainType::Logical),
            ("DISTRIBUTED", ExplainType::Distributed),
            ("VALIDATE", ExplainType::Validate),
            ("IO", ExplainType::Io),
        ];
        return match one_of(cursor, &types) {
            Some(kind) => Ok(Choice::Type(kind)),
            None => Err(cursor.unexpected("'DISTRIBUTED', 'IO', 'LOGICAL', 'VALIDATE'")),
        };
    }
    cursor.expect("FORMAT")?;
    let formats = [
        ("TEXT", ExplainFormat::Text),
        ("JSON", ExplainFormat::Json),
        ("GRAPHVIZ", ExplainFormat::Graphviz),
    ];
    match one_of(cursor, &formats) {
        Some(format) => Ok(Choice::Format(format)),
        None => Err(cursor.unexpected("'GRAPHVIZ', 'JSON', 'TEXT'")),
    }
}

fn one_of<T: Copy>(cursor: &mut Cursor<'_>, choices: &[(&str, T)]) -> Option<T> {
    choices
        .iter()
        .find(|(keyword, _)| cursor.take(&[keyword]))
        .map(|(_, choice)| *choice)
}
