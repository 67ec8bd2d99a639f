//! The sections of a document, in their order.

use std::collections::BTreeMap;

use super::operand::{self, Variables};
use super::rule::{self, Definitions};
use super::stream::Stream;
use super::token::{Kind, tokenize};
use super::{DqdlError, Ruleset};

pub(super) fn parse(text: &str) -> Result<Ruleset, DqdlError> {
    let mut stream = Stream::new(tokenize(text)?);
    if stream.is_word("Metadata") {
        let place = stream.place();
        let metadata = dictionary(&mut stream)?;
        if let Some(key) = metadata.keys().find(|key| *key != "Version") {
            let message = format!("Metadata has no key '{key}'; it knows Version");
            return Err(stream.error_since(place, message));
        }
    }
    // Runs say themselves what their sources are; this section is for those who read the text.
    if stream.is_word("DataSources") {
        let place = stream.place();
        let sources = dictionary(&mut stream)?;
        let known = ["Primary", "AdditionalDataSources"];
        if let Some(key) = sources.keys().find(|key| !known.contains(&key.as_str())) {
            let message = format!(
                "DataSources has no key '{key}'; it knows {}",
                known.join(", ")
            );
            return Err(stream.error_since(place, message));
        }
    }
    let mut given = Definitions {
        variables: variables(&mut stream)?,
        labels: BTreeMap::new(),
    };
    if stream.is_word("DefaultLabels") {
        given.labels = rule::labels(&mut stream, "DefaultLabels")?;
    }
    let rules = section(&mut stream, "Rules", &given, rule::parse)?;
    let analyzers = section(&mut stream, "Analyzers", &given, rule::analyzer)?;
    let at_end = stream.peek().kind == Kind::End;
    match (rules, analyzers) {
        (None, None) => Err(stream.expected("'Rules = [' or 'Analyzers = ['")),
        _ if !at_end => Err(stream.expected("the end of the text")),
        (rules, analyzers) => {
            let (rules, analyzers) = (rules.unwrap_or_default(), analyzers.unwrap_or_default());
            if rules.is_empty() && analyzers.is_empty() {
                let message = "no rules or analyzers provided".to_owned();
                return Err(stream.error_since(0, message));
            }
            Ok(Ruleset { rules, analyzers })
        }
    }
}

/// `Name = [ entry, … ]`; nothing if the section is not there.
fn section<T>(
    stream: &mut Stream,
    name: &str,
    given: &Definitions,
    entry: fn(&mut Stream, &Definitions) -> Result<T, DqdlError>,
) -> Result<Option<Vec<T>>, DqdlError> {
    if !stream.take_word(name) {
        return Ok(None);
    }
    stream.expect_sign("=")?;
    if stream.is_sign("[") && matches!(stream.ahead(1).kind, Kind::Sign("]")) {
        stream.advance();
        stream.advance();
        return Ok(Some(Vec::new()));
    }
    stream.list(|stream| entry(stream, given)).map(Some)
}

/// `name = "text"` or `name = ["text", …]`, any number of them.
fn variables(stream: &mut Stream) -> Result<Variables, DqdlError> {
    const SECTIONS: &[&str] = &["DefaultLabels", "Rules", "Analyzers"];
    let mut variables = Variables::new();
    while let Kind::Word(name) = stream.peek().kind.clone() {
        if SECTIONS.contains(&name.as_str()) || !matches!(stream.ahead(1).kind, Kind::Sign("=")) {
            break;
        }
        let place = stream.place();
        if name.starts_with(['.', '_']) {
            return Err(stream.expected("a variable whose name begins with a letter"));
        }
        stream.advance();
        stream.advance();
        let values = if stream.is_sign("[") {
            stream.list(operand::text)?
        } else {
            vec![operand::text(stream)?]
        };
        if variables.insert(name.clone(), values).is_some() {
            let message = format!("variable '{name}' is already defined");
            return Err(stream.error_since(place, message));
        }
    }
    Ok(variables)
}

/// `Name = { "key": "value", "key": ["value", …] }`.
fn dictionary(stream: &mut Stream) -> Result<BTreeMap<String, Vec<String>>, DqdlError> {
    stream.advance();
    stream.expect_sign("=")?;
    stream.expect_sign("{")?;
    let mut entries = BTreeMap::new();
    loop {
        let key = stream.expect_quoted("a key")?;
        stream.expect_sign(":")?;
        let values = if stream.is_sign("[") {
            stream.list(|stream| stream.expect_quoted("a value"))?
        } else {
            vec![stream.expect_quoted("a value")?]
        };
        entries.insert(key, values);
        if !stream.take_sign(",") {
            break;
        }
    }
    stream.expect_sign("}")?;
    Ok(entries)
}
