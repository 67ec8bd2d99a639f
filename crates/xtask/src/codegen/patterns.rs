//! The models' patterns, which are Java's, as the regex crate reads them.

use regex::Regex;

/// The expression that matches whole texts, or none where the pattern uses what the regex crate
/// does not have (look-around, possessive quantifiers).
pub(super) fn translate(pattern: &str) -> Option<String> {
    let body = pattern
        .replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\u{10000}-\u{10FFFF}")
        .replace(r"\\uD800\\uDC00-\\uDBFF\\uDFFF", r"\u{10000}-\u{10FFFF}");
    let escapes = Regex::new(r"\\u([0-9A-Fa-f]{4})").ok()?;
    let body = escapes.replace_all(&body, r"\u{$1}").into_owned();
    [
        format!("^(?:{body})$"),
        format!("^(?:{})$", body.replace(r"[^[", r"[^\[")),
    ]
    .into_iter()
    .map(|expression| expression.replacen("^(?:", r"\A(?:", 1))
    .map(|expression| match expression.strip_suffix('$') {
        Some(start) => format!(r"{start}\z"),
        None => expression,
    })
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
    fn what_cannot_be_said_is_left_out() {
        assert_eq!(translate(r"(?!aws)\w+"), None);
    }
}
