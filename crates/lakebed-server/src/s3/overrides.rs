//! `response-content-type` and its kin: what the answer to a read is to say instead of what is
//! stored. S3 API reference, "GetObject", "Overriding response header values through the request".

use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use super::failure::S3Failure;

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
    let Some(query) = uri.query().filter(|query| query.contains("response-")) else {
        return Ok(overrides);
    };
    let mut kept = Vec::new();
    for pair in query.split('&') {
        let Some((name, value)) = form_urlencoded::parse(pair.as_bytes()).next() else {
            continue;
        };
        match PARAMETERS.iter().find(|(parameter, _)| *parameter == name) {
            None => kept.push(pair),
            Some((parameter, header)) => {
                let value = HeaderValue::from_str(&value).map_err(|_| {
                    S3Failure::invalid_argument(
                        parameter,
                        &value,
                        "Header value cannot be represented using ISO-8859-1.",
                    )
                })?;
                overrides.insert(header, value);
            }
        }
    }
    let path = uri.path();
    let rebuilt = if kept.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", kept.join("&"))
    };
    if let Ok(path_and_query) = rebuilt.parse::<PathAndQuery>() {
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(path_and_query);
        if let Ok(shorter) = Uri::from_parts(parts) {
            *uri = shorter;
        }
    }
    Ok(overrides)
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
