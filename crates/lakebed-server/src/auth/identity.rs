use http::HeaderMap;
use http::header::AUTHORIZATION;
use lakebed_core::Region;

/// Who signed a request and for what, as the request says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    /// The access key id.
    pub(crate) access_key: String,
    /// The region in the credential scope.
    pub(crate) region: Option<Region>,
    /// The service in the credential scope, such as `glue`.
    pub(crate) service: Option<String>,
    /// The session token of temporary credentials.
    pub(crate) token: Option<String>,
}

const TOKEN: &str = "x-amz-security-token";

impl Signature {
    /// Reads the signature of a request: from the `Authorization` header, else from the query.
    pub(crate) fn of(headers: &HeaderMap, query: Option<&str>) -> Option<Self> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let (signature, token) = match text(AUTHORIZATION.as_str()) {
            Some(header) => (Self::from_header(header)?, None),
            None => {
                let query = query?;
                let token = form_urlencoded::parse(query.as_bytes())
                    .find(|(name, _)| name.eq_ignore_ascii_case(TOKEN))
                    .map(|(_, token)| token.into_owned());
                (Self::from_query(query)?, token)
            }
        };
        Some(Self {
            token: token.or_else(|| text(TOKEN).map(str::to_owned)),
            ..signature
        })
    }

    fn from_header(header: &str) -> Option<Self> {
        let (scheme, rest) = header.split_once(' ')?;
        match scheme {
            "AWS4-HMAC-SHA256" | "AWS4-ECDSA-P256-SHA256" => {
                let credential = rest
                    .split(',')
                    .find_map(|field| field.trim().strip_prefix("Credential="))?;
                Some(Self::from_credential(credential))
            }
            // Signature version 2: `AWS ACCESSKEY:SIGNATURE`.
            "AWS" => rest
                .split_once(':')
                .map(|(access_key, _)| Self::unscoped(access_key)),
            _ => None,
        }
    }

    fn from_query(query: &str) -> Option<Self> {
        form_urlencoded::parse(query.as_bytes()).find_map(|(name, value)| match name.as_ref() {
            "X-Amz-Credential" => Some(Self::from_credential(&value)),
            "AWSAccessKeyId" => Some(Self::unscoped(&value)),
            _ => None,
        })
    }

    /// `ACCESSKEY/DATE/REGION/SERVICE/aws4_request`; version 4a has no region. Access keys may
    /// contain slashes, so it is read from the end.
    fn from_credential(credential: &str) -> Self {
        let parts: Vec<&str> = credential.rsplit('/').collect();
        match parts.as_slice() {
            ["aws4_request", service, region, _date, access_key @ ..] if !access_key.is_empty() => {
                match region.parse() {
                    Ok(region) => Self {
                        access_key: joined(access_key),
                        region: Some(region),
                        service: Some((*service).to_owned()),
                        token: None,
                    },
                    // Version 4a: what looked like the region is the date.
                    Err(_) => Self {
                        access_key: joined(&parts[3..]),
                        region: None,
                        service: Some((*service).to_owned()),
                        token: None,
                    },
                }
            }
            ["aws4_request", service, _date, access_key] => Self {
                access_key: (*access_key).to_owned(),
                region: None,
                service: Some((*service).to_owned()),
                token: None,
            },
            _ => Self::unscoped(credential),
        }
    }

    fn unscoped(access_key: &str) -> Self {
        Self {
            access_key: access_key.to_owned(),
            region: None,
            service: None,
            token: None,
        }
    }
}

/// Puts back in order what was split from the end.
fn joined(reversed: &[&str]) -> String {
    let forward: Vec<&str> = reversed.iter().rev().copied().collect();
    forward.join("/")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::HeaderValue;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::version_4(
        "AWS4-HMAC-SHA256 Credential=AKID/20260102/ap-northeast-2/glue/aws4_request, SignedHeaders=host, Signature=0",
        "AKID",
        Some("ap-northeast-2"),
        Some("glue")
    )]
    #[case::version_4a(
        "AWS4-ECDSA-P256-SHA256 Credential=AKID/20260102/s3/aws4_request,SignedHeaders=host,Signature=0",
        "AKID",
        None,
        Some("s3")
    )]
    #[case::version_2("AWS AKID:c2ln", "AKID", None, None)]
    #[case::key_with_slashes(
        "AWS4-HMAC-SHA256 Credential=a/b/20260102/us-east-1/s3/aws4_request, Signature=0",
        "a/b",
        Some("us-east-1"),
        Some("s3")
    )]
    fn headers_name_key_region_and_service(
        #[case] header: &str,
        #[case] access_key: &str,
        #[case] region: Option<&str>,
        #[case] service: Option<&str>,
    ) {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(header).unwrap());
        let signature = Signature::of(&headers, None).unwrap();
        assert_eq!(signature.access_key, access_key);
        assert_eq!(signature.region.as_ref().map(Region::as_str), region);
        assert_eq!(signature.service.as_deref(), service);
    }

    #[test]
    fn presigned_queries_name_them_too() {
        let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20260102%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Security-Token=t";
        let signature = Signature::of(&HeaderMap::new(), Some(query)).unwrap();
        assert_eq!(signature.access_key, "AKID");
        assert_eq!(signature.service.as_deref(), Some("s3"));
        assert_eq!(signature.token.as_deref(), Some("t"));
    }

    #[test]
    fn unsigned_requests_have_none() {
        assert_eq!(Signature::of(&HeaderMap::new(), Some("list-type=2")), None);
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer token"));
        assert_eq!(Signature::of(&headers, None), None);
    }
}
