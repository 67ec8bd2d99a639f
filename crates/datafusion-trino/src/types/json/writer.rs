use std::fmt::Write;

use super::{Malformed, Reader, Token};
use crate::text::write_float;

/// Appends a text in quotes.
pub(crate) fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{C}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1F}' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Appends a number by its digits: whole ones as they are, others as doubles.
pub(crate) fn write_number(digits: &str, out: &mut String) {
    if digits == "-0" {
        return out.push('0');
    }
    match digits.contains(['.', 'e', 'E']).then(|| digits.parse()) {
        Some(Ok(number)) => write_double(number, out),
        _ => out.push_str(digits),
    }
}

/// Appends a double; what is no number is a text.
pub(crate) fn write_double(number: f64, out: &mut String) {
    match number.is_finite() {
        true => write_float(number, out),
        false => {
            out.push('"');
            write_float(number, out);
            out.push('"');
        }
    }
}

/// Appends a real; what is no number is a text.
pub(crate) fn write_real(number: f32, out: &mut String) {
    match number.is_finite() {
        true => write_float(number, out),
        false => write_double(number.into(), out),
    }
}

/// Appends `unscaled / 10^scale`.
pub(crate) fn write_decimal(unscaled: i128, scale: usize, out: &mut String) {
    if unscaled < 0 {
        out.push('-');
    }
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    out.push_str(whole);
    if scale > 0 {
        out.push('.');
        out.push_str(fraction);
    }
}

/// Appends the value that `token` begins, with its members as they come.
pub(crate) fn copy(
    reader: &mut Reader<'_>,
    token: Token<'_>,
    out: &mut String,
) -> Result<(), Malformed> {
    let mut depth = 0_usize;
    let mut token = token;
    let mut needs_comma = false;
    loop {
        let is_end = matches!(token, Token::EndArray | Token::EndObject);
        if needs_comma && !is_end {
            out.push(',');
        }
        needs_comma = true;
        match token {
            Token::BeginObject | Token::BeginArray => {
                out.push(if token == Token::BeginObject {
                    '{'
                } else {
                    '['
                });
                depth += 1;
                needs_comma = false;
            }
            Token::EndObject | Token::EndArray => {
                out.push(if token == Token::EndObject { '}' } else { ']' });
                depth = depth.saturating_sub(1);
            }
            Token::Key(key) => {
                write_text(&key, out);
                out.push(':');
                needs_comma = false;
            }
            Token::Text(text) => write_text(&text, out),
            Token::Number(digits) => write_number(digits, out),
            Token::Boolean(true) => out.push_str("true"),
            Token::Boolean(false) => out.push_str("false"),
            Token::Null => out.push_str("null"),
        }
        if depth == 0 {
            return Ok(());
        }
        token = reader.expect()?;
    }
}
