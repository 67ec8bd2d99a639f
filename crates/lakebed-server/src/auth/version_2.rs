//! Signature Version 2, which S3 takes in its oldest regions: boto3 presigns URLs with it there.
//! S3 user guide, "Signing and authenticating REST requests (AWS signature version 2)".

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE, DATE};
use http::request::Parts;
use lakebed_core::Timestamp;
use sha1::Sha1;

use super::sigv4::SigningTime;
use super::{AuthError, Mismatch};

/// The regions that were there before 2014. S3 API reference, "Authenticating Requests (AWS
/// Signature Version 4)".
const REGIONS: [&str; 9] = [
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-west-1",
    "sa-east-1",
    "us-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// The parameters that are part of what is asked for, and so are signed.
const SIGNED_PARAMETERS: [&str; 34] = [
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "delete",
    "inventory",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "partNumber",
    "policy",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "select",
    "select-type",
    "storageClass",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
];

/// How far the clocks of client and server may be apart.
const ALLOWED_SKEW_SECONDS: u32 = 15 * 60;

/// What a request that is signed with version 2 says of its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version2Claim {
    pub(crate) access_key: String,
    pub(crate) token: Option<String>,
    signature: String,
    string_to_sign: String,
    /// When it was signed; presigned URLs say when they expire instead.
    time: Option<SigningTime>,
}

/// Whether version 2 is taken in a region.
pub(crate) fn takes_version_2(region: &str) -> bool {
    REGIONS.contains(&region)
}

impl Version2Claim {
    /// Reads the signature of a request for `resource`, which is `/bucket/key` as sent; none if
    /// it has none of version 2.
    ///
    /// # Errors
    /// [`AuthError::MalformedVersion2`], [`AuthError::NoDate`].
    pub(crate) fn of(parts: &Parts, resource: &str) -> Result<Option<Self>, AuthError> {
        let parameters: Parameters<'_> =
            form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).collect();
        let get = |name: &str| parameters.get(name).map(AsRef::as_ref);
        let header = text(&parts.headers, AUTHORIZATION.as_str());
        let (access_key, signature, date, time) = if let Some(header) = header {
            let Some(credentials) = header.strip_prefix("AWS ") else {
                return Ok(None);
            };
            let (access_key, signature) =
                credentials
                    .split_once(':')
                    .ok_or_else(|| AuthError::MalformedVersion2 {
                        authorization: header.to_owned(),
                    })?;
            let (sent, date) = match text(&parts.headers, "x-amz-date") {
                Some(sent) => (Some(sent), ""),
                None => {
                    let date = text(&parts.headers, DATE.as_str());
                    (date, date.unwrap_or_default())
                }
            };
            let time = sent
                .and_then(SigningTime::parse_header)
                .ok_or(AuthError::NoDate)?;
            (access_key, signature, date, Some(time))
        } else if let (Some(access_key), Some(signature), Some(expires)) =
            (get("AWSAccessKeyId"), get("Signature"), get("Expires"))
        {
            (access_key, signature, expires, None)
        } else {
            return Ok(None);
        };
        let amz = amz_headers(&parts.headers, &parameters);
        Ok(Some(Self {
            access_key: access_key.to_owned(),
            token: amz.get("x-amz-security-token").cloned(),
            signature: signature.to_owned(),
            string_to_sign: string_to_sign(parts, &parameters, date, &amz, resource),
            time,
        }))
    }

    /// Checks that it was signed about now, where it says when.
    ///
    /// # Errors
    /// [`AuthError::Skewed`].
    pub(crate) fn check_time(&self, now: Timestamp) -> Result<(), AuthError> {
        let Some(signed) = self.time else {
            return Ok(());
        };
        let apart = signed.timestamp().as_millis() - now.as_millis();
        if apart.abs() <= i64::from(ALLOWED_SKEW_SECONDS) * 1000 {
            return Ok(());
        }
        Err(AuthError::Skewed {
            signed,
            now: SigningTime::from(now),
            allowed_seconds: ALLOWED_SKEW_SECONDS,
        })
    }

    /// Checks the signature by the access key's secret.
    ///
    /// # Errors
    /// [`AuthError::Mismatch`].
    pub(crate) fn verify(&self, secret: &str) -> Result<(), AuthError> {
        if verifies(secret, &self.string_to_sign, &self.signature) {
            return Ok(());
        }
        Err(AuthError::Mismatch(Box::new(Mismatch {
            access_key: self.access_key.clone(),
            signature: self.signature.clone(),
            string_to_sign: self.string_to_sign.clone(),
            canonical_request: None,
        })))
    }
}

/// Whether `signature` is that of `text`, in base64. Takes as long for a wrong signature as for
/// the right one.
#[expect(
    clippy::expect_used,
    reason = "HMAC takes keys of any length: RFC 2104, section 2"
)]
pub(crate) fn verifies(secret: &str, text: &str, signature: &str) -> bool {
    let mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes())
        .expect("HMAC takes any key")
        .chain_update(text);
    STANDARD
        .decode(signature)
        .is_ok_and(|signature| mac.verify_slice(&signature).is_ok())
}

type Parameters<'query> = BTreeMap<Cow<'query, str>, Cow<'query, str>>;

fn text<'headers>(headers: &'headers HeaderMap, name: &str) -> Option<&'headers str> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .filter(|value| !value.is_empty())
}

/// The `x-amz-` headers, among them those that a presigned URL carries as parameters.
fn amz_headers(headers: &HeaderMap, parameters: &Parameters<'_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (name, value) in parameters {
        let name = name.to_ascii_lowercase();
        if name.starts_with("x-amz-") {
            found.insert(name, value.trim().to_owned());
        }
    }
    for name in headers
        .keys()
        .filter(|name| name.as_str().starts_with("x-amz-"))
    {
        let values: Vec<String> = headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
            .collect();
        found.insert(name.as_str().to_owned(), values.join(","));
    }
    found
}

fn string_to_sign(
    parts: &Parts,
    parameters: &Parameters<'_>,
    date: &str,
    amz: &BTreeMap<String, String>,
    resource: &str,
) -> String {
    let header = |name: &str| {
        text(&parts.headers, name)
            .or_else(|| parameters.get(name).map(AsRef::as_ref))
            .unwrap_or_default()
    };
    let amz: String = amz
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    // Parameters are in order, since they are in a map.
    let signed: Vec<String> = parameters
        .iter()
        .filter(|(name, _)| SIGNED_PARAMETERS.contains(&name.as_ref()))
        .map(|(name, value)| match value.as_ref() {
            "" => name.to_string(),
            value => format!("{name}={value}"),
        })
        .collect();
    let query = if signed.is_empty() {
        String::new()
    } else {
        format!("?{}", signed.join("&"))
    };
    format!(
        "{}\n{}\n{}\n{date}\n{amz}{resource}{query}",
        parts.method,
        header("content-md5"),
        header(CONTENT_TYPE.as_str()),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::Request;
    use rstest::rstest;

    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    /// The examples of the S3 user guide.
    #[rstest]
    #[case::get(
        "GET",
        "/photos/puppy.jpg",
        "/awsexamplebucket1/photos/puppy.jpg",
        &[("date", "Tue, 27 Mar 2007 19:36:42 +0000")],
        "qgk2+6Sv9/oM7G3qLEjTH1a1l1g="
    )]
    #[case::put(
        "PUT",
        "/photos/puppy.jpg",
        "/awsexamplebucket1/photos/puppy.jpg",
        &[("content-type", "image/jpeg"), ("content-length", "94328"), ("date", "Tue, 27 Mar 2007 21:15:45 +0000")],
        "iqRzw+ileNPu1fhspnRs8nOjjIA="
    )]
    #[case::list(
        "GET",
        "/?prefix=photos&max-keys=50&marker=puppy",
        "/awsexamplebucket1/",
        &[("date", "Tue, 27 Mar 2007 19:42:41 +0000")],
        "m0WP8eCtspQl5Ahe6L1SozdX9YA="
    )]
    #[case::subresource(
        "GET",
        "/?acl",
        "/awsexamplebucket1/",
        &[("date", "Tue, 27 Mar 2007 19:44:46 +0000")],
        "82ZHiFIjc+WbcwFKGUVEQspPn+0="
    )]
    fn the_examples_of_the_s3_user_guide(
        #[case] method: &str,
        #[case] uri: &str,
        #[case] resource: &str,
        #[case] headers: &[(&str, &str)],
        #[case] signature: &str,
    ) {
        let mut request = Request::builder().method(method).uri(uri).header(
            "authorization",
            format!("AWS AKIAIOSFODNN7EXAMPLE:{signature}"),
        );
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let claim = Version2Claim::of(&parts, resource).unwrap().unwrap();
        assert_eq!(claim.access_key, "AKIAIOSFODNN7EXAMPLE");
        assert_eq!(claim.verify(SECRET), Ok(()), "{}", claim.string_to_sign);
        assert!(claim.verify("other").is_err());
    }

    #[test]
    fn only_old_regions_take_it() {
        assert!(takes_version_2("us-east-1"));
        assert!(!takes_version_2("ap-northeast-2"));
    }
}
