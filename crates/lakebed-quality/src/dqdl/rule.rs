//! Rules and analyzers, one at a time.

use std::collections::BTreeMap;

use super::condition::{self, Condition, TextMatch};
use super::operand::{self, TextOperand, Variables};
use super::rule_type::Expects;
use super::stream::Stream;
use super::token::Kind;
use super::{Analyzer, Body, Check, DqdlError, Relation, Rule, RuleType};

const MOST_LABELS: usize = 10;
const LONGEST_LABEL_KEY: usize = 128;
const LONGEST_LABEL_VALUE: usize = 256;

/// What the document gives to all its rules.
pub(super) struct Definitions {
    pub(super) variables: Variables,
    pub(super) labels: BTreeMap<String, String>,
}

/// Rules joined by `or`, which binds less than `and`.
pub(super) fn parse(stream: &mut Stream, given: &Definitions) -> Result<Rule, DqdlError> {
    joined(stream, given, "or", Body::Any, |stream, given| {
        joined(stream, given, "and", Body::All, single)
    })
}

fn joined(
    stream: &mut Stream,
    given: &Definitions,
    operator: &str,
    join: fn(Vec<Rule>) -> Body,
    part: impl Fn(&mut Stream, &Definitions) -> Result<Rule, DqdlError>,
) -> Result<Rule, DqdlError> {
    let place = stream.place();
    let first = part(stream, given)?;
    if !stream.is_either_case(operator) {
        return Ok(first);
    }
    let mut parts = vec![first];
    while stream.take_either_case(operator) {
        parts.push(part(stream, given)?);
    }
    let labels = parts.iter().flat_map(|part| part.labels.clone()).collect();
    Ok(Rule {
        text: stream.text_since(place),
        labels,
        body: join(parts),
    })
}

/// One rule, or rules in parentheses.
fn single(stream: &mut Stream, given: &Definitions) -> Result<Rule, DqdlError> {
    if stream.is_sign("(") {
        let mut inner = stream.nested(|stream| parse(stream, given))?;
        if stream.is_word("labels") {
            inner.labels.extend(labels(stream, "labels")?);
        }
        return Ok(inner);
    }
    check(stream, given)
}

fn check(stream: &mut Stream, given: &Definitions) -> Result<Rule, DqdlError> {
    let place = stream.place();
    let rule_type = named_type(stream, "a rule type")?;
    if rule_type == RuleType::AllStatistics {
        let message = "AllStatistics is an analyzer, not a rule".to_owned();
        return Err(stream.error_since(place, message));
    }
    let name = rule_type.name();
    let signature = rule_type.signature();
    let parameters = parameters(stream, rule_type, &given.variables, place)?;
    let condition_at = stream.place();
    let condition = match signature.expects {
        Expects::Nothing => {
            if condition::begins(stream) {
                return Err(stream.expected(&format!("no condition after {name}")));
            }
            None
        }
        Expects::Condition(kinds) => Some(condition::parse(stream, kinds, &given.variables)?),
        Expects::Optional(kinds) if condition::begins(stream) => {
            Some(condition::parse(stream, kinds, &given.variables)?)
        }
        Expects::Optional(_) => None,
    };
    let mut check = Check {
        rule_type,
        parameters,
        condition,
        condition_text: stream.text_since(condition_at),
        filter: None,
        threshold: None,
        tags: BTreeMap::new(),
    };
    if stream.is_word("where") {
        if !signature.filter {
            return Err(stream.expected(&format!("no where clause after {name}")));
        }
        let place = stream.place();
        stream.advance();
        let filter = stream.expect_quoted("a predicate")?;
        if filter.trim().is_empty() {
            return Err(stream.error_since(place, "the where clause is empty".to_owned()));
        }
        check.filter = Some(filter);
    }
    // Labels may stand before or after the tags; they are not part of the rule's text.
    let mut text = stream.text_since(place);
    let mut all_labels = given.labels.clone();
    all_labels.extend(own_labels(stream)?);
    let tags_at = stream.place();
    while stream.is_word("with") {
        tag(stream, &mut check)?;
    }
    if stream.place() > tags_at {
        text.push(' ');
        text.push_str(&stream.text_since(tags_at));
    }
    all_labels.extend(own_labels(stream)?);
    check_file_match(stream, place, &check)?;
    if all_labels.len() > MOST_LABELS {
        return Err(stream.error_since(place, format!("a rule has at most {MOST_LABELS} labels")));
    }
    Ok(Rule {
        text,
        labels: all_labels,
        body: Body::Check(Box::new(check)),
    })
}

fn own_labels(stream: &mut Stream) -> Result<BTreeMap<String, String>, DqdlError> {
    if stream.is_word("labels") {
        labels(stream, "labels")
    } else {
        Ok(BTreeMap::new())
    }
}

/// `FileMatch` compares two paths, or what it finds with a list of checksums.
fn check_file_match(stream: &Stream, place: usize, check: &Check) -> Result<(), DqdlError> {
    if check.rule_type != RuleType::FileMatch {
        return Ok(());
    }
    let listed = matches!(
        check.condition,
        Some(Condition::Text(TextMatch::Relation(
            Relation::In(_) | Relation::NotIn(_)
        )))
    );
    if listed == (check.parameters.len() < 2) {
        return Ok(());
    }
    let message = "FileMatch takes two paths, or at most one path and 'in' with checksums";
    Err(stream.error_since(place, message.to_owned()))
}

fn named_type(stream: &mut Stream, what: &str) -> Result<RuleType, DqdlError> {
    let Kind::Word(name) = stream.peek().kind.clone() else {
        return Err(stream.expected(what));
    };
    let rule_type = RuleType::named(&name)
        .ok_or_else(|| stream.expected(&format!("{what} of DQDL (case matters)")))?;
    stream.advance();
    Ok(rule_type)
}

/// The parameters up to the condition; `of` and `and` between them say nothing.
fn parameters(
    stream: &mut Stream,
    rule_type: RuleType,
    variables: &Variables,
    place: usize,
) -> Result<Vec<String>, DqdlError> {
    const ENDS: &[&str] = &[
        "between", "in", "not", "matches", "where", "with", "labels", "and", "AND", "or", "OR",
    ];
    let mut parameters = Vec::new();
    loop {
        let connected = stream.take_either_case("of")
            || stream.is_either_case("and")
                && matches!(stream.ahead(1).kind, Kind::Quoted(_) | Kind::Word(_))
                && stream.take_either_case("and");
        match stream.peek().kind.clone() {
            Kind::Quoted(text) => {
                stream.advance();
                parameters.push(text);
            }
            Kind::Word(text) if !ENDS.contains(&text.as_str()) => {
                stream.advance();
                parameters.push(text);
            }
            Kind::Sign("$") => {
                let place = stream.place();
                match <[TextOperand; 1]>::try_from(operand::variable(stream, variables)?) {
                    Ok([TextOperand::Text(text)]) => parameters.push(text),
                    _ => {
                        let message = "a parameter must be one text".to_owned();
                        return Err(stream.error_since(place, message));
                    }
                }
            }
            _ if connected => return Err(stream.expected("a parameter")),
            _ => break,
        }
    }
    let (least, most) = rule_type.signature().parameters;
    if (least..=most).contains(&parameters.len()) {
        return Ok(parameters);
    }
    let wanted = match (least, most) {
        (least, most) if least == most => format!("{least}"),
        (least, usize::MAX) => format!("{least} or more"),
        (least, most) => format!("{least} to {most}"),
    };
    let message = format!(
        "{} takes {wanted} parameters, found {}",
        rule_type.name(),
        parameters.len()
    );
    Err(stream.error_since(place, message))
}

/// `with threshold <condition>` or `with key = value`.
fn tag(stream: &mut Stream, check: &mut Check) -> Result<(), DqdlError> {
    stream.advance();
    let place = stream.place();
    let name = check.rule_type.name();
    if stream.take_word("threshold") {
        let allowed = check.rule_type.signature().threshold
            && (check.rule_type != RuleType::CustomSql || check.condition.is_none());
        if !allowed {
            return Err(stream.error_since(place, format!("{name} takes no threshold here")));
        }
        let threshold = condition::parse_number(stream)?;
        if check.threshold.replace(threshold).is_some() {
            return Err(stream.error_since(place, "only one threshold is allowed".to_owned()));
        }
        return Ok(());
    }
    let Kind::Word(key) = stream.peek().kind.clone() else {
        return Err(stream.expected("'threshold' or the name of a tag"));
    };
    if !check.rule_type.takes_tags() {
        return Err(stream.expected(&format!("'threshold', as {name} takes no other tag")));
    }
    stream.advance();
    stream.expect_sign("=")?;
    let value = match stream.peek().kind.clone() {
        Kind::Quoted(text) | Kind::Number(text) => {
            stream.advance();
            text
        }
        Kind::Sign("[") => stream
            .list(|stream| stream.expect_quoted("a text"))?
            .join(","),
        _ => return Err(stream.expected("a number or a text")),
    };
    check.tags.insert(key, value);
    Ok(())
}

/// `labels = ["key" = "value", …]`. Limits: "Label constraints".
pub(super) fn labels(
    stream: &mut Stream,
    keyword: &str,
) -> Result<BTreeMap<String, String>, DqdlError> {
    if !stream.take_word(keyword) {
        return Err(stream.expected(&format!("'{keyword}'")));
    }
    stream.expect_sign("=")?;
    let place = stream.place();
    let pairs = stream.list(|stream| {
        let place = stream.place();
        let key = stream.expect_quoted("a label's key")?;
        stream.expect_sign("=")?;
        let value = stream.expect_quoted("a label's value")?;
        if key.is_empty() || key.len() > LONGEST_LABEL_KEY || value.len() > LONGEST_LABEL_VALUE {
            let message = format!(
                "a label's key has 1 to {LONGEST_LABEL_KEY} characters and its value at most \
                 {LONGEST_LABEL_VALUE}"
            );
            return Err(stream.error_since(place, message));
        }
        Ok((key, value))
    })?;
    let count = pairs.len();
    let labels: BTreeMap<String, String> = pairs.into_iter().collect();
    if labels.len() < count {
        return Err(stream.error_since(place, "a label's key stands twice".to_owned()));
    }
    if count > MOST_LABELS {
        return Err(stream.error_since(place, format!("a rule has at most {MOST_LABELS} labels")));
    }
    Ok(labels)
}

/// One entry of `Analyzers`.
pub(super) fn analyzer(stream: &mut Stream, given: &Definitions) -> Result<Analyzer, DqdlError> {
    let place = stream.place();
    let rule_type = named_type(stream, "an analyzer type")?;
    if !rule_type.is_analyzer() {
        let message = format!("{} is not an analyzer", rule_type.name());
        return Err(stream.error_since(place, message));
    }
    let parameters = parameters(stream, rule_type, &given.variables, place)?;
    Ok(Analyzer {
        text: stream.text_since(place),
        rule_type,
        parameters,
    })
}
