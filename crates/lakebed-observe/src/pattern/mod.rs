//! Filter patterns. CloudWatch Logs user guide, "Filter pattern syntax for metric filters,
//! subscription filters, filter log events, and Live Tail".

mod columns;
mod condition;
mod scanner;
mod selector;
mod terms;

use serde_json::Value;

use self::columns::Columns;
use self::condition::Condition;
use self::scanner::Scanner;
use self::selector::Selector;
use self::terms::Terms;

/// A pattern is not written as patterns are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct InvalidPattern(String);

/// Which events a filter finds.
#[derive(Debug)]
pub(crate) enum Pattern {
    /// All: the pattern is empty.
    Everything,
    /// Texts that contain words: `ERROR -404 "not found"`.
    Terms(Terms),
    /// JSON objects: `{ $.status = 4* && $.bytes > 1000 }`.
    Json(Condition<Selector>),
    /// Texts of fields between spaces: `[ip, ..., status = 4*]`.
    Columns(Columns),
}

impl Pattern {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidPattern> {
        let text = text.trim();
        let mut scanner = Scanner::new(text);
        if text.is_empty() {
            Ok(Self::Everything)
        } else if scanner.take("{") {
            let condition = Condition::parse(&mut scanner, &Selector::parse)?;
            scanner.demand("}")?;
            scanner.end()?;
            Ok(Self::Json(condition))
        } else if scanner.take("[") {
            let columns = Columns::parse(&mut scanner)?;
            scanner.end()?;
            Ok(Self::Columns(columns))
        } else {
            Terms::parse(&mut scanner).map(Self::Terms)
        }
    }

    pub(crate) fn matches(&self, message: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Terms(terms) => terms.matches(message),
            Self::Json(condition) => serde_json::from_str::<Value>(message)
                .is_ok_and(|event| condition.holds(&|selector| selector.find(&event).cloned())),
            Self::Columns(columns) => columns.matches(message),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    const REQUEST: &str =
        r#"127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534"#;
    const TRAIL: &str = r#"{"eventName": "UpdateTrail", "sourceIP": "10.1.2.3", "user": {"id": 7, "name": "kim"},
        "list": [{"n": 1.5}, "b"], "ok": true, "bad": false, "none": null, "a.b": "dotted"}"#;

    #[rstest]
    #[case("", "anything", true)]
    #[case("ERROR", "[ERROR 401] UNAUTHORIZED", true)]
    #[case("ERROR", "[error 401]", false)]
    #[case("ERROR ARGUMENTS", "ERROR of ARGUMENTS", true)]
    #[case("ERROR ARGUMENTS", "ERROR", false)]
    #[case("?ERROR ?WARN", "WARN 1", true)]
    #[case("?ERROR ?WARN", "INFO 1", false)]
    #[case("?ERROR INFO", "INFO 1", true)]
    #[case("ERROR -ARGUMENTS", "ERROR of ARGUMENTS", false)]
    #[case("ERROR -\"of arg\"", "ERROR of ARGUMENTS", true)]
    #[case("\"a \\\"b\\\"\"", "say a \"b\"", true)]
    #[case("\"not found\"", "file not found", true)]
    #[case("\"not found\"", "not a file found", false)]
    #[case("%4[0-9]{2}%", "status 404", true)]
    #[case("%4[0-9]{2}%", "status 500", false)]
    #[case("오류", "심각한 오류", true)]
    #[case("{ $.eventName = \"UpdateTrail\" }", TRAIL, true)]
    #[case("{ $.eventName = Update* }", TRAIL, true)]
    #[case("{ $.eventName = update* }", TRAIL, false)]
    #[case("{ $.eventName != \"UpdateTrail\" }", TRAIL, false)]
    #[case("{ $.sourceIP = 10.1.* && $.user.id >= 7 }", TRAIL, true)]
    #[case("{ $.sourceIP != 123.123.* }", TRAIL, true)]
    #[case("{ $.user.id = 7.0 }", TRAIL, true)]
    #[case("{ $.user.id > 7 || $.user.name = %^k% }", TRAIL, true)]
    #[case(
        "{ ($.user.id > 7 || $.user.name = kim) && $.ok IS FALSE }",
        TRAIL,
        false
    )]
    #[case("{ $.list[0].n < 2e0 }", TRAIL, true)]
    #[case("{ $.list[1] = b }", TRAIL, true)]
    #[case("{ $.list[2] NOT EXISTS }", TRAIL, true)]
    #[case("{ $.ok IS TRUE && $.bad IS FALSE && $.none IS NULL }", TRAIL, true)]
    #[case("{ $.['a.b'] = dotted }", TRAIL, true)]
    #[case("{ $.missing = 1 || $.missing != 1 }", TRAIL, false)]
    #[case("{ $.eventName = \"UpdateTrail\" }", "UpdateTrail", false)]
    #[case(
        "[ip, id, user, time, request, status = 4*, bytes > 1000]",
        REQUEST,
        true
    )]
    #[case("[..., status = 404, bytes]", REQUEST, true)]
    #[case("[ip = %^127%, ...]", REQUEST, true)]
    #[case(
        "[..., request = *html*, status = 404 || status = 500, bytes]",
        REQUEST,
        true
    )]
    #[case("[..., status = 4* && status != 404, bytes]", REQUEST, false)]
    #[case("[ip, rest]", REQUEST, false)]
    fn patterns_find_what_they_say(
        #[case] pattern: &str,
        #[case] message: &str,
        #[case] expected: bool,
    ) {
        assert_eq!(Pattern::parse(pattern).unwrap().matches(message), expected);
    }

    #[rstest]
    #[case("a.b", "'.' at character 2: terms with it stand in double quotes")]
    #[case("\"open", "the end: missing \"")]
    #[case(
        "%a(b)%",
        "'(' is not part of the regular expressions that filters know"
    )]
    #[case("%[%", "regular expression '[' cannot be read")]
    #[case("{ $.a }", "'}' at character 7: expected a comparison")]
    #[case("{ a = 1 }", "'a' at character 3: expected $")]
    #[case("{ $.a = 1", "the end: expected }")]
    #[case("{ $.a = 1 } x", "'x' at character 13: expected the end")]
    #[case("{ $.a < b }", "'b' is not a number")]
    #[case("[a, ..., b, ...]", "a pattern has one ... at most")]
    fn what_is_wrong_with_a_pattern_is_told(#[case] pattern: &str, #[case] expected: &str) {
        let error = Pattern::parse(pattern).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}
