//! `response-content-type` and its kin: what the answer to a read is to say instead of what is
//! stored. S3 API reference, "GetObject", "Overriding response header values through the request".

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use super::failure::S3Failure;
use super::query::retain_parameters;

/// Query parameters, and the headers they stand for.
const PARAMETERS: [(&str, HeaderName); 6] = [
    ("response-cache-control", header::CACHE_CONTROL),
    ("response-content-disposition", header::CONTENT_DISPOSITION),
    ("response-content-encoding", header::CONTENT_ENCODING),
    ("response-content-language", header::CONTENT_LANGUAGE),
    ("response-content-type", header::CONTENT_TYPE),
    ("response-expires", header::EXPIRES),
];

/// Takes the overrides off a request: s3s would refuse values S3 takes, such as an expiry that is
/// no date.
///
/// # Errors
/// `InvalidArgument` for a value that no header can have.
pub(super) fn take_overrides(uri: &mut Uri) -> Result<HeaderMap, S3Failure> {
    let mut overrides = HeaderMap::new();
    let mut refused = None;
    retain_parameters(uri, |name, value| {
        let Some((parameter, header)) = PARAMETERS.iter().find(|(known, _)| *known == name) else {
            return true;
        };
        match HeaderValue::from_str(value) {
            Ok(value) => {
                overrides.insert(header, value);
            }
            Err(_) => {
                refused = Some(S3Failure::invalid_argument(
                    parameter,
                    value,
                    "Header value cannot be represented using ISO-8859-1.",
                ));
            }
        }
        false
    });
    refused.map_or(Ok(overrides), Err)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn overrides_become_headers_and_the_rest_stays() {
        let mut uri: Uri =
            "/lake/k?versionId=null&response-content-type=text%2Fcsv%3B%20a&response-expires=123"
                .parse()
                .unwrap();
        let overrides = take_overrides(&mut uri).unwrap();
        assert_eq!(uri, "/lake/k?versionId=null");
        assert_eq!(overrides[header::CONTENT_TYPE], "text/csv; a");
        assert_eq!(overrides[header::EXPIRES], "123");
        assert_eq!(overrides.len(), 2);
    }

    #[test]
    fn other_queries_are_left_alone() {
        let mut uri: Uri = "/lake/k?partNumber=1".parse().unwrap();
        assert!(take_overrides(&mut uri).unwrap().is_empty());
        assert_eq!(uri, "/lake/k?partNumber=1");
    }
}
