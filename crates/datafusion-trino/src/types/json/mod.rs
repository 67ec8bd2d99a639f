//! JSON as Trino reads and writes it.
//!
//! Numbers keep their digits if they are whole; any other is a double and is written as one. Values
//! of type `json` have the members of objects in order, so that equal ones have equal texts.

mod reader;
mod value;
mod writer;

pub(crate) use reader::{Malformed, Reader, Token};
pub(crate) use value::JsonValue;
pub(crate) use writer::{copy, write_decimal, write_double, write_number, write_real, write_text};

/// The text of a `json` that a JSON text is: without blanks, with the members of objects in order.
pub(crate) fn canonical(text: &str) -> Result<String, Malformed> {
    let mut reader = Reader::new(text);
    let value = JsonValue::read(&mut reader)?.sorted();
    match reader.next()? {
        None => Ok(value.to_string()),
        Some(_) => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn texts_have_one_form() {
        for (written, expected) in [
            (" [1, 2 ,3]", "[1,2,3]"),
            (r#"{"b": 2, "a" : 1}"#, r#"{"a":1,"b":2}"#),
            (r#"{"a": 1, "a": 2}"#, r#"{"a":2}"#),
            ("12345678901234567890", "12345678901234567890"),
            ("1.50", "1.5"),
            ("1e2", "100.0"),
            ("-0", "0"),
            ("1e309", "\"Infinity\""),
            (r#""\u0041\/\n\u001b\ud83d\ude00""#, "\"A/\\n\\u001B😀\""),
            ("[]", "[]"),
            ("{}", "{}"),
            ("null", "null"),
        ] {
            assert_eq!(canonical(written).unwrap(), expected, "{written}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for wrong in [
            "",
            " ",
            "INVALID",
            "[1,]",
            "[1 2]",
            "{\"a\" 1}",
            "{a:1}",
            "01",
            "1.",
            "\"a",
            "{}{",
            "{} \"a\"",
            "{}abc",
            "\"x\": 1",
            "[",
            "nul",
            "\"\t\"",
            "-",
            "\"\\x\"",
        ] {
            assert!(canonical(wrong).is_err(), "{wrong}");
        }
        let deep = "[".repeat(100_000);
        assert!(canonical(&deep).is_err());
    }
}
