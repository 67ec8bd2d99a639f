//! The models' patterns, which are Java's, as the regex crate reads them.

use regex::Regex;

/// The expression that matches whole texts, or none where the pattern uses what the regex crate
/// does not have (look-around, possessive quantifiers).
pub(super) fn translate(pattern: &str) -> Option<String> {
    let four_digits = Regex::new(r"\\u([0-9A-Fa-f]{4})").ok()?;
    // Java writes what lies beyond the basic plane as surrogates, and its short classes are ASCII.
    let body = [
        (r"\uD800\uDC00-\uDBFF\uDFFF", r"\u{10000}-\u{10FFFF}"),
        (r"\w", "[0-9A-Za-z_]"),
        (r"\W", "[^0-9A-Za-z_]"),
        (r"\d", "[0-9]"),
        (r"\D", "[^0-9]"),
        (r"\s", r"[\t\n\x0B\f\r ]"),
        (r"\S", r"[^\t\n\x0B\f\r ]"),
    ]
    .into_iter()
    .fold(pattern.to_owned(), |body, (java, ours)| {
        body.replace(java, ours)
    });
    let body = four_digits.replace_all(&body, r"\u{$1}");
    // Java takes a bracket inside a class as it is.
    let bracket_escaped = body.replace("[^[", r"[^\[");
    [body.as_ref(), &bracket_escaped]
        .into_iter()
        .map(|body| format!(r"\A(?:{body})\z"))
        .find(|expression| Regex::new(expression).is_ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn surrogate_pairs_become_code_points() {
        let single_line =
            translate(r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*").unwrap();
        let regex = Regex::new(&single_line).unwrap();
        assert!(regex.is_match("한글 데이터 😀"));
        assert!(!regex.is_match("two\nlines"));
    }

    #[test]
    fn short_classes_are_ascii() {
        let session_name = translate(r"[\w+=,.@-]*").unwrap();
        let regex = Regex::new(&session_name).unwrap();
        assert!(regex.is_match("etl_1@example.com"));
        assert!(!regex.is_match("세션"));

        let anything = translate(r"[\s\S]*").unwrap();
        assert!(Regex::new(&anything).unwrap().is_match("a\u{3000}b\n"));
    }

    #[test]
    fn what_cannot_be_said_is_left_out() {
        assert_eq!(translate(r"(?!aws)\w+"), None);
    }
}
