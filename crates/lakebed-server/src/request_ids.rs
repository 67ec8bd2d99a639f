//! The ids that answers carry, in the two forms AWS has.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lakebed_core::RequestId;

/// S3's form of a request id: sixteen upper-case hexadecimal digits.
pub(crate) fn s3_request_id(id: &RequestId) -> String {
    let digits = id.as_str().chars().filter(char::is_ascii_hexdigit).take(16);
    digits.collect::<String>().to_ascii_uppercase()
}

/// S3's second id, which on AWS names the host that answered.
pub(crate) fn s3_host_id(id: &RequestId) -> String {
    STANDARD.encode(id.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_ids_are_sixteen_hexadecimal_digits() {
        let id = s3_request_id(&RequestId::random());
        assert_eq!(id.len(), 16, "{id}");
        assert!(
            id.chars()
                .all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()),
            "{id}"
        );
    }
}
