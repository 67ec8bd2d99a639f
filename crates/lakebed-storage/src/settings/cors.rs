use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The most rules a bucket may have.
const MOST_RULES: usize = 100;

/// The longest id of a rule, in characters.
const LONGEST_ID: usize = 255;

const METHODS: [&str; 5] = ["GET", "PUT", "HEAD", "POST", "DELETE"];

const WILDCARD: &str = "*";

/// What pages of other origins may do with a bucket.
///
/// S3 user guide, "Using cross-origin resource sharing (CORS)".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cors {
    pub rules: Vec<CorsRule>,
}

/// Origins, and what they may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorsRule {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// With at most one `*` each.
    pub allowed_origins: Vec<String>,
    pub allowed_methods: Vec<String>,
    /// With at most one `*` each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_headers: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expose_headers: Vec<String>,
    /// How long a browser may remember a preflight answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<i32>,
}

/// What is answered to an origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorsAnswer<'a> {
    pub rule: &'a CorsRule,
    /// The origin that is allowed; `*` if the rule allows every one.
    pub origin: &'a str,
}

impl CorsAnswer<'_> {
    /// Whether pages may send cookies and the like: never if every origin is allowed.
    #[must_use]
    pub fn credentials(&self) -> bool {
        self.origin != WILDCARD
    }
}

impl Cors {
    /// Checks the rules as S3 does.
    ///
    /// # Errors
    /// `MalformedXML`, `InvalidRequest`.
    pub fn accept(self) -> Result<Self> {
        if self.rules.is_empty() {
            return Err(Error::MalformedXml);
        }
        if self.rules.len() > MOST_RULES {
            return Err(refused(format!(
                "The number of CORS rules should not exceed allowed limit of {MOST_RULES} rules."
            )));
        }
        for rule in &self.rules {
            rule.check()?;
        }
        Ok(self)
    }

    /// The first rule that lets a page of `origin` call `method` with these request headers.
    #[must_use]
    pub fn answer<'a>(
        &'a self,
        origin: &'a str,
        method: &str,
        headers: &[&str],
    ) -> Option<CorsAnswer<'a>> {
        self.rules.iter().find_map(|rule| {
            let allowed = rule
                .allowed_origins
                .iter()
                .find(|pattern| fits(pattern, origin))?;
            let fitting = rule.allowed_methods.iter().any(|one| one == method)
                && headers.iter().all(|header| rule.allows_header(header));
            fitting.then_some(CorsAnswer {
                rule,
                origin: if allowed == WILDCARD {
                    WILDCARD
                } else {
                    origin
                },
            })
        })
    }
}

impl CorsRule {
    fn check(&self) -> Result<()> {
        if self.allowed_origins.is_empty() || self.allowed_methods.is_empty() {
            return Err(Error::MalformedXml);
        }
        if self
            .id
            .as_ref()
            .is_some_and(|id| id.chars().count() > LONGEST_ID)
        {
            return Err(refused(format!(
                "ID length should not exceed allowed limit of {LONGEST_ID}"
            )));
        }
        for method in &self.allowed_methods {
            if !METHODS.contains(&method.as_str()) {
                return Err(refused(format!(
                    "Found unsupported HTTP method in CORS config. Unsupported method is {method}"
                )));
            }
        }
        for (element, patterns) in [
            ("AllowedOrigin", &self.allowed_origins),
            ("AllowedHeader", &self.allowed_headers),
        ] {
            if let Some(pattern) = patterns.iter().find(|one| one.matches('*').count() > 1) {
                return Err(refused(format!(
                    "{element} \"{pattern}\" can not have more than one wildcard."
                )));
            }
        }
        if let Some(header) = self.expose_headers.iter().find(|one| one.contains('*')) {
            return Err(refused(format!(
                "ExposeHeader \"{header}\" contains wildcard. We currently do not support wildcard for ExposeHeader."
            )));
        }
        Ok(())
    }

    fn allows_header(&self, header: &str) -> bool {
        let header = header.to_ascii_lowercase();
        self.allowed_headers
            .iter()
            .any(|pattern| fits(&pattern.to_ascii_lowercase(), &header))
    }
}

/// Whether a pattern with at most one `*` stands for a text.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => text
            .strip_prefix(start)
            .is_some_and(|rest| rest.ends_with(end)),
    }
}

fn refused(message: String) -> Error {
    Error::InvalidRequest(message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    fn rule(origins: &[&str], methods: &[&str], headers: &[&str]) -> CorsRule {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        CorsRule {
            allowed_origins: owned(origins),
            allowed_methods: owned(methods),
            allowed_headers: owned(headers),
            ..CorsRule::default()
        }
    }

    fn cors(rules: impl Into<Vec<CorsRule>>) -> Cors {
        Cors {
            rules: rules.into(),
        }
    }

    #[rstest]
    #[case("https://lake.example", "GET", &[], Some("https://lake.example"))]
    #[case("https://a.lake.example", "PUT", &["Content-Type", "X-AMZ-date"], Some("https://a.lake.example"))]
    #[case("https://a.lake.example", "PUT", &["authorization"], None)]
    #[case("https://lake.example", "PUT", &[], None)]
    #[case("https://other.example", "HEAD", &[], Some("*"))]
    #[case("https://other.example", "GET", &[], None)]
    fn the_first_rule_that_fits_answers(
        #[case] origin: &str,
        #[case] method: &str,
        #[case] headers: &[&str],
        #[case] allowed: Option<&str>,
    ) {
        let cors = cors([
            rule(&["https://lake.example"], &["GET"], &[]),
            rule(
                &["https://*.lake.example"],
                &["PUT", "GET"],
                &["content-type", "x-amz-*"],
            ),
            rule(&["*"], &["HEAD"], &[]),
        ]);
        let answer = cors.answer(origin, method, headers);
        assert_eq!(answer.as_ref().map(|answer| answer.origin), allowed);
        assert_eq!(
            answer.is_some_and(|answer| answer.credentials()),
            allowed.is_some_and(|origin| origin != "*")
        );
    }

    #[rstest]
    #[case("start*end", "startend", true)]
    #[case("start*end", "start1end", true)]
    #[case("start*end", "0start1end", false)]
    #[case("aba*aba", "aba", false)]
    #[case("*", "", true)]
    #[case("plain", "plain", true)]
    #[case("plain", "Plain", false)]
    fn a_star_stands_for_any_text(#[case] pattern: &str, #[case] text: &str, #[case] fit: bool) {
        assert_eq!(fits(pattern, text), fit);
    }

    #[rstest]
    #[case(rule(&["*"], &["OPTIONS"], &[]), "InvalidRequest")]
    #[case(rule(&["*"], &["get"], &[]), "InvalidRequest")]
    #[case(rule(&["http://*.*"], &["GET"], &[]), "InvalidRequest")]
    #[case(rule(&["*"], &["GET"], &["x-*-*"]), "InvalidRequest")]
    #[case(rule(&[], &["GET"], &[]), "MalformedXML")]
    #[case(rule(&["*"], &[], &[]), "MalformedXML")]
    #[case(CorsRule { expose_headers: vec!["x-*".to_owned()], ..rule(&["*"], &["GET"], &[]) }, "InvalidRequest")]
    #[case(CorsRule { id: Some("i".repeat(256)), ..rule(&["*"], &["GET"], &[]) }, "InvalidRequest")]
    fn rules_s3_refuses(#[case] refused: CorsRule, #[case] code: &str) {
        assert_eq!(cors([refused]).accept().unwrap_err().code(), code);
    }

    #[test]
    fn a_bucket_has_one_to_a_hundred_rules() {
        let any = rule(&["*"], &["GET"], &[]);
        assert!(cors(vec![any.clone(); 100]).accept().is_ok());
        assert_eq!(
            cors(vec![any; 101]).accept().unwrap_err().code(),
            "InvalidRequest"
        );
        assert_eq!(cors([]).accept().unwrap_err().code(), "MalformedXML");
    }
}
