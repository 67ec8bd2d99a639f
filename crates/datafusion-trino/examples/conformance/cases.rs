//! The corpora's files.

use std::fs;
use std::path::Path;

use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Functions,
    Expressions,
    Queries,
}

impl Part {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Functions => "functions",
            Self::Expressions => "expressions",
            Self::Queries => "queries",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) group: String,
    pub(crate) sql: String,
    pub(crate) expected: Expected,
}

impl Case {
    pub(crate) fn is_wanted(&self, only: Option<&str>) -> bool {
        only.is_none_or(|text| self.group.contains(text) || self.sql.contains(text))
    }
}

#[derive(Debug)]
pub(crate) enum Expected {
    /// The one value's text; `null` stands for NULL.
    Text(String),
    /// A refusal; by the analyser already, or not before there are values.
    Error { analysis: bool },
    Rows {
        rows: Vec<Vec<Option<String>>>,
        any_order: bool,
    },
}

pub(crate) fn read(corpus: &Path, part: Part) -> Result<Vec<Case>, String> {
    let file = corpus.join(match part {
        Part::Functions => "functions.csv",
        Part::Expressions => "unit_exprs.jsonl",
        Part::Queries => "unit_queries.jsonl",
    });
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    match part {
        Part::Functions => functions(&text),
        Part::Expressions => lines(&text, expression),
        Part::Queries => lines(&text, query),
    }
    .map_err(|reason| format!("{}: {reason}", file.display()))
}

fn functions(text: &str) -> Result<Vec<Case>, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut cases = Vec::new();
    for (row, record) in reader.records().enumerate() {
        let record = record.map_err(|error| error.to_string())?;
        let [function, category, _, sql, expected] =
            std::array::from_fn(|column| record.get(column).unwrap_or_default().to_owned());
        if sql.is_empty() {
            continue;
        }
        cases.push(Case {
            id: format!("{function}#{row}"),
            sql,
            // Those of the language are refused by the analyser.
            expected: text_or_error(&expected, category.ends_with("semantics")),
            group: category,
        });
    }
    Ok(cases)
}

fn lines(text: &str, case: fn(&Value) -> Option<Case>) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for line in text.lines() {
        let value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        cases.extend(case(&value));
    }
    Ok(cases)
}

fn expression(value: &Value) -> Option<Case> {
    if value["scorable"] != true {
        return None;
    }
    let analysis = value["analysis"] == true;
    common(value, text_or_error(value["text"].as_str()?, analysis))
}

fn query(value: &Value) -> Option<Case> {
    if value["source"] != "unit_scorable" {
        return None;
    }
    let expected = &value["expected"];
    let cell = |cell: &Value| cell.as_str().map(str::to_owned);
    let rows = expected["rows"].as_array()?.iter();
    let rows = rows
        .map(|row| row.as_array().map(|row| row.iter().map(cell).collect()))
        .collect::<Option<_>>()?;
    let any_order = expected["ignoreOrder"] == true;
    common(value, Expected::Rows { rows, any_order })
}

fn common(value: &Value, expected: Expected) -> Option<Case> {
    Some(Case {
        id: value["id"].as_str()?.to_owned(),
        group: value["group"].as_str()?.to_owned(),
        sql: value["sql"].as_str()?.to_owned(),
        expected,
    })
}

fn text_or_error(text: &str, analysis: bool) -> Expected {
    match text {
        "<error>" => Expected::Error { analysis },
        text => Expected::Text(text.to_owned()),
    }
}
