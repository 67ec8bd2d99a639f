//! Which classifier decides: "Adding classifiers to a crawler", AWS Glue Developer Guide.

use super::Sample;
use super::csv::{self, CsvRules};
use super::encoding;
use super::grok::{self, Grok};
use super::json::{self, JsonPath};
use super::logs;
use super::schema::FileSchema;
use super::xml::{self, RowTag};

/// What a classifier that recognises a file makes of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recognition {
    pub(crate) schema: FileSchema,
    /// Above 0; with 1 no other classifier is asked.
    pub(crate) certainty: f64,
}

impl Recognition {
    pub(super) fn certain(schema: FileSchema) -> Self {
        Self {
            schema,
            certainty: 1.0,
        }
    }
}

/// What a classifier says of a text: nothing if the text is of another format, an error if it is
/// this classifier's format but broken.
pub(super) type Verdict = Result<Option<Recognition>, String>;

/// A classifier that a user made.
#[derive(Debug, Clone)]
pub(crate) struct CustomClassifier {
    pub(crate) name: String,
    pub(crate) rules: Rules,
}

/// How a custom classifier reads what it recognises.
#[derive(Debug, Clone)]
pub(crate) enum Rules {
    Csv(CsvRules),
    Grok(Grok),
    Json(JsonPath),
    Xml {
        classification: String,
        row_tag: RowTag,
    },
}

impl Rules {
    fn judge(&self, text: &str, truncated: bool) -> Verdict {
        match self {
            Self::Csv(rules) => csv::infer_csv(text, truncated, rules),
            Self::Grok(grok) => grok::infer_grok(text, truncated, grok),
            Self::Json(path) => json::infer_json(text, truncated, Some(path)),
            Self::Xml {
                classification,
                row_tag,
            } => xml::infer_xml(text, truncated, classification, Some(row_tag)),
        }
    }
}

/// A built-in classifier of text.
type BuiltIn = fn(&str, bool) -> Verdict;

/// The built-in classifiers of text in Glue's order. Each is certain or says no.
const BUILT_IN: [(&str, BuiltIn); 4] = [
    ("json", |text, truncated| {
        json::infer_json(text, truncated, None)
    }),
    ("xml", |text, truncated| {
        xml::infer_xml(text, truncated, "xml", None)
    }),
    ("log", logs::infer_log),
    ("csv", |text, truncated| {
        csv::infer_csv(text, truncated, &CsvRules::built_in())
    }),
];

/// Asks the custom classifiers in the crawler's order, then the built-in ones. The first that is
/// certain decides, otherwise the most certain of all; answers with its name too.
///
/// # Errors
/// Why nobody recognises the sample (Glue's classification `UNKNOWN`).
pub(crate) fn classify(
    sample: Sample<'_>,
    custom: &[CustomClassifier],
) -> Result<(String, Recognition), String> {
    let text = encoding::text_of(sample)?;
    if text.trim().is_empty() {
        return Err("the file holds no data".to_owned());
    }
    let mut best: Option<(String, Recognition)> = None;
    let mut reasons = Vec::new();
    let custom = custom.iter().map(|classifier| {
        let verdict = || classifier.rules.judge(text, sample.truncated);
        (
            classifier.name.as_str(),
            Box::new(verdict) as Box<dyn Fn() -> Verdict>,
        )
    });
    let built_in = BUILT_IN.iter().map(|(name, judge)| {
        let verdict = || judge(text, sample.truncated);
        (*name, Box::new(verdict) as Box<dyn Fn() -> Verdict>)
    });
    for (name, verdict) in custom.chain(built_in) {
        match verdict() {
            Ok(Some(recognition)) if recognition.certainty >= 1.0 => {
                return Ok((name.to_owned(), recognition));
            }
            Ok(Some(recognition)) => {
                let better = best
                    .as_ref()
                    .is_none_or(|(_, best)| recognition.certainty > best.certainty);
                if better {
                    best = Some((name.to_owned(), recognition));
                }
            }
            Ok(None) => {}
            Err(reason) => reasons.push(format!("{name}: {reason}")),
        }
    }
    best.ok_or_else(|| match reasons.is_empty() {
        true => logs::hint(text)
            .unwrap_or("no classifier recognises the file")
            .to_owned(),
        false => reasons.join("; "),
    })
}
