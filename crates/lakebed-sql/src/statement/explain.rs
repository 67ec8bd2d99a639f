//! `EXPLAIN [ANALYZE] [(…)] query`.

use super::QueryText;
use super::cursor::Cursor;
use crate::error::Result;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Explain {
    pub(crate) analyze: bool,
    pub(crate) format: ExplainFormat,
    pub(crate) query: QueryText,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExplainFormat {
    Text,
    Json,
    Graphviz,
}

/// After `EXPLAIN`.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Explain> {
    let analyze = cursor.take(&["ANALYZE"]);
    if analyze {
        cursor.take(&["VERBOSE"]);
    }
    let mut format = ExplainFormat::Text;
    if cursor.at_symbol('(') && !cursor.at_query_in_parentheses() {
        for chosen in cursor.parenthesized(option)?.into_iter().flatten() {
            format = chosen;
        }
    }
    Ok(Explain {
        analyze,
        format,
        query: QueryText::rest(cursor)?,
    })
}

/// `FORMAT …` answers the format; the plan's `TYPE` makes no difference on one machine.
fn option(cursor: &mut Cursor<'_>) -> Result<Option<ExplainFormat>> {
    if cursor.take(&["TYPE"]) {
        let known = ["LOGICAL", "DISTRIBUTED", "VALIDATE", "IO"];
        if !cursor.take_any(&known) {
            return Err(cursor.unexpected("'DISTRIBUTED', 'IO', 'LOGICAL', 'VALIDATE'"));
        }
        return Ok(None);
    }
    cursor.expect("FORMAT")?;
    for (name, format) in [
        ("TEXT", ExplainFormat::Text),
        ("JSON", ExplainFormat::Json),
        ("GRAPHVIZ", ExplainFormat::Graphviz),
    ] {
        if cursor.take(&[name]) {
            return Ok(Some(format));
        }
    }
    Err(cursor.unexpected("'GRAPHVIZ', 'JSON', 'TEXT'"))
}
