use lakebed_wire::glue::Error;

/// Items of one answer, and the token that asks for the next ones.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

/// How many items one answer holds: as many as asked for, at most `most`.
pub(crate) fn size(asked: Option<i32>, most: usize) -> usize {
    asked
        .and_then(|asked| usize::try_from(asked).ok())
        .map_or(most, |asked| asked.clamp(1, most))
}

/// Tokens are positions, in hexadecimal digits so that nobody mistakes them for names.
pub(crate) fn write_token(position: &str) -> String {
    position.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a token back.
///
/// # Errors
/// `InvalidInputException` if it is none of ours.
pub(crate) fn read_token(token: &str) -> Result<String, Error> {
    let invalid = || Error::invalid_input(format!("Invalid NextToken: {token}"));
    if !token.len().is_multiple_of(2) || !token.is_ascii() {
        return Err(invalid());
    }
    let bytes: Result<Vec<u8>, _> = (0..token.len())
        .step_by(2)
        .map(|start| u8::from_str_radix(&token[start..start + 2], 16))
        .collect();
    bytes
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(invalid)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn tokens_come_back_as_positions() {
        for position in ["", "job-1", "작업"] {
            assert_eq!(read_token(&write_token(position)).unwrap(), position);
        }
        for wrong in ["zz", "abc", "작", "ff"] {
            assert!(read_token(wrong).is_err(), "{wrong}");
        }
    }
}
