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
        let verdict = classifier.rules.judge(text, sample.truncated);
        (classifier.name.as_str(), verdict)
    });
    let built_in = BUILT_IN
        .iter()
        .map(|(name, judge)| (*name, judge(text, sample.truncated)));
    // Each is asked only when those before it were not certain.
    for (name, verdict) in custom.chain(built_in) {
        match verdict {
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
    best.ok_or_else(|| {
        if reasons.is_empty() {
            logs::hint(text)
                .unwrap_or("no classifier recognises the file")
                .to_owned()
        } else {
            reasons.join("; ")
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rstest::rstest;

    fn lines(name: &str, pattern: &str) -> CustomClassifier {
        CustomClassifier {
            name: name.to_owned(),
            rules: Rules::Grok(Grok::compile(name, pattern, "").unwrap()),
        }
    }

    fn decide(text: &str, custom: &[CustomClassifier]) -> Result<String, String> {
        let sample = Sample {
            bytes: text.as_bytes(),
            truncated: false,
        };
        let (name, recognition) = classify(sample, custom)?;
        Ok(format!("{name} {:.2}", recognition.certainty))
    }

    #[rstest]
    #[case("id,n\n1,2\n", &["^%{INT:a},"], "csv 1.00")]
    #[case("id,n\n1,2\n", &["^%{INT:a},", "^%{WORD:w},"], "custom1 1.00")]
    #[case("one\n2\n3\n", &["^%{INT:n}$", "^[a-z]+(?<x>)$"], "custom0 0.67")]
    #[case("one\n2\n", &["^%{INT:n}$", "^(?<x>[a-z]+)$"], "custom0 0.50")]
    #[case("{\"a\":1}\n", &[], "json 1.00")]
    fn the_first_certain_classifier_decides_or_else_the_most_certain(
        #[case] text: &str,
        #[case] patterns: &[&str],
        #[case] expected: &str,
    ) {
        let custom: Vec<_> = patterns
            .iter()
            .enumerate()
            .map(|(place, pattern)| lines(&format!("custom{place}"), pattern))
            .collect();
        assert_eq!(decide(text, &custom).as_deref(), Ok(expected));
    }

    #[rstest]
    #[case("words\n", "no classifier recognises the file")]
    #[case(" \n", "the file holds no data")]
    #[case(
        "{\"a\":1}\n{\"a\":}\n",
        "json: malformed JSON at byte 6 of line 2: expected value"
    )]
    fn nobody_decides(#[case] text: &str, #[case] reason: &str) {
        assert_eq!(decide(text, &[]).unwrap_err(), reason);
    }
}
