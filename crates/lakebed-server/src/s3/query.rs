//! The query of a request, parameter by parameter.

use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

/// Drops the parameters that `keep`, asked with each decoded name and value, does not want; the
/// others stay as they were sent.
pub(super) fn retain_parameters(uri: &mut Uri, mut keep: impl FnMut(&str, &str) -> bool) {
    let Some(query) = uri.query() else { return };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| {
            form_urlencoded::parse(pair.as_bytes())
                .next()
                .is_none_or(|(name, value)| keep(&name, &value))
        })
        .collect();
    let kept = kept.join("&");
    if kept.len() == query.len() {
        return;
    }
    let path = uri.path();
    let rebuilt = if kept.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{kept}")
    };
    if let Ok(path_and_query) = rebuilt.parse::<PathAndQuery>() {
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(path_and_query);
        if let Ok(shorter) = Uri::from_parts(parts) {
            *uri = shorter;
        }
    }
}

/// Makes headers of the `x-amz-` parameters that a presigned URL carries in their place. The
/// signature's own are to be taken off before. S3 API reference, "Authenticating Requests: Using
/// Query Parameters".
pub(super) fn parameters_as_headers(uri: &mut Uri, headers: &mut HeaderMap) {
    retain_parameters(uri, |name, value| {
        let name = name.to_ascii_lowercase();
        if !name.starts_with("x-amz-") {
            return true;
        }
        let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_bytes(value.as_bytes()),
        ) else {
            return true;
        };
        headers.entry(name).or_insert(value);
        false
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_kept_stays_as_it_was_sent() {
        let mut uri: Uri = "/lake/a%20b?x=1&y=%41+b&z".parse().unwrap();
        retain_parameters(&mut uri, |name, _| name != "x");
        assert_eq!(uri, "/lake/a%20b?y=%41+b&z");
        retain_parameters(&mut uri, |_, _| false);
        assert_eq!(uri, "/lake/a%20b");
    }

    #[test]
    fn parameters_of_a_presigned_url_stand_for_headers() {
        let mut uri: Uri = "/lake/a?X-Amz-Acl=private&x-amz-meta-team=a%20b&versionId=null"
            .parse()
            .unwrap();
        let mut headers =
            HeaderMap::from_iter([("x-amz-acl".parse().unwrap(), "public-read".parse().unwrap())]);
        parameters_as_headers(&mut uri, &mut headers);
        assert_eq!(uri, "/lake/a?versionId=null");
        assert_eq!(headers["x-amz-meta-team"], "a b");
        assert_eq!(headers["x-amz-acl"], "public-read");
    }
}
