//! What bytes say as text. Glue reads UTF-8 only ("Data format options for inputs and outputs in
//! AWS Glue"); other encodings are recognised so that the refusal can name them and the remedy.

use super::Sample;

/// The sample as text without its byte order mark.
///
/// # Errors
/// The encoding and the remedy, or the place of the first byte that is not UTF-8.
pub(super) fn text_of(sample: Sample<'_>) -> Result<&str, String> {
    let bytes = sample.bytes;
    if let Some(encoding) = utf16(bytes) {
        return Err(convert(encoding));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            let valid = std::str::from_utf8(valid).unwrap_or_default();
            // A character cut in two at the sample's end is no sign of another encoding.
            if !(sample.truncated && error.error_len().is_none()) {
                return Err(not_utf8(bytes, valid, rest));
            }
            valid
        }
    };
    match text.find('\0') {
        None => Ok(text),
        Some(place) => Err(format!(
            "the file is neither text nor of a known format: {} is 0",
            place_of(&text[..place])
        )),
    }
}

fn not_utf8(bytes: &[u8], valid: &str, rest: &[u8]) -> String {
    if rest.contains(&0) || valid.contains('\0') {
        return "the file is neither text nor of a known format".to_owned();
    }
    if is_korean(bytes) {
        return convert("CP949 (EUC-KR)");
    }
    let byte = rest.first().copied().unwrap_or_default();
    format!(
        "the text is not UTF-8: {} is 0x{byte:02X}; convert the file to UTF-8, or find what damaged it",
        place_of(valid)
    )
}

/// The place after this text.
fn place_of(text: &str) -> String {
    let line = text.matches('\n').count() + 1;
    let byte = text.len() - text.rfind('\n').map_or(0, |end| end + 1) + 1;
    format!("byte {byte} of line {line}")
}

fn convert(encoding: &str) -> String {
    let name = encoding.split(' ').next().unwrap_or(encoding);
    format!(
        "the text is {encoding}, Glue reads UTF-8 only: convert it, for example with iconv -f {name} -t UTF-8"
    )
}

/// UTF-16 by its byte order mark, or because every other byte of its start is 0.
fn utf16(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, ..] => return Some("UTF-16LE"),
        [0xfe, 0xff, ..] => return Some("UTF-16BE"),
        _ => {}
    }
    let start = &bytes[..bytes.len().min(64) & !1];
    let zeros = |offset: usize| start.iter().skip(offset).step_by(2).all(|byte| *byte == 0);
    let letters = |offset: usize| start.iter().skip(offset).step_by(2).all(|byte| *byte != 0);
    if start.len() < 4 {
        None
    } else if letters(0) && zeros(1) {
        Some("UTF-16LE")
    } else if zeros(0) && letters(1) {
        Some("UTF-16BE")
    } else {
        None
    }
}

/// The characters that are not ASCII are pairs of CP949, most of them Hangul of KS X 1001.
fn is_korean(bytes: &[u8]) -> bool {
    let mut hangul = 0;
    let mut other = 0;
    let mut rest = bytes;
    while let Some(start) = rest.iter().position(|byte| !byte.is_ascii()) {
        match &rest[start..] {
            [0xb0..=0xc8, 0xa1..=0xfe, after @ ..] => {
                hangul += 1;
                rest = after;
            }
            [
                0x81..=0xfe,
                b'A'..=b'Z' | b'a'..=b'z' | 0x81..=0xfe,
                after @ ..,
            ] => {
                other += 1;
                rest = after;
            }
            // The last character may be cut in two.
            [_] => break,
            _ => return false,
        }
    }
    hangul > 3 * other
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rstest::rstest;

    fn refusal(bytes: &[u8]) -> String {
        let sample = Sample {
            bytes,
            truncated: false,
        };
        text_of(sample).unwrap_err()
    }

    #[rstest]
    #[case(b"\xff\xfea\0,\0b\0", "UTF-16LE")]
    #[case(b"\xfe\xff\0a\0,\0b", "UTF-16BE")]
    #[case(b"a\0,\0b\0\n\0", "UTF-16LE")]
    #[case(b"\0a\0,\0b\0\n", "UTF-16BE")]
    #[case(
        b"name,city\n\xb1\xe8\xc3\xb6\xbc\xf6,\xbc\xad\xbf\xef\n",
        "CP949 (EUC-KR)"
    )]
    #[case(b"\xb9\xab,\xc7\xcf", "CP949 (EUC-KR)")]
    #[case(b"a,b\n1,caf\xe9\n", "byte 6 of line 2 is 0xE9")]
    #[case(b"a,b\n1,\0\n", "byte 3 of line 2 is 0")]
    #[case(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "neither text nor of a known format")]
    fn other_encodings_are_named(#[case] bytes: &[u8], #[case] expected: &str) {
        let refusal = refusal(bytes);
        assert!(refusal.contains(expected), "{refusal}");
    }

    #[test]
    fn a_byte_order_mark_is_no_text() {
        let sample = Sample {
            bytes: b"\xef\xbb\xbfa,b\n",
            truncated: false,
        };
        assert_eq!(text_of(sample).unwrap(), "a,b\n");
    }

    #[test]
    fn a_character_cut_at_the_end_of_the_sample_is_forgiven() {
        let bytes = "a,b\n3,가".as_bytes();
        let sample = Sample {
            bytes: &bytes[..bytes.len() - 1],
            truncated: true,
        };
        assert_eq!(text_of(sample).unwrap(), "a,b\n3,");
    }
}
