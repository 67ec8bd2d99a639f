//! What the conditions of policies can ask of a request: the condition keys of S3, and the global
//! ones, with their values.
//!
//! Service authorization reference, "Actions, resources, and condition keys for Amazon S3"; IAM
//! user guide, "AWS global condition context keys".

use http::{HeaderMap, Uri, header};
use lakebed_core::{CallContext, Timestamp};
use lakebed_storage::{ObjectInfo, Tags};
use percent_encoding::percent_decode_str;

use crate::s3::convert::text;

/// Condition keys that are headers, by the headers' names.
const HEADERS: [&str; 15] = [
    "x-amz-acl",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-metadata-directive",
    "x-amz-object-ownership",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
    "if-match",
    "if-none-match",
];

/// Condition keys that are headers by another name.
const RENAMED_HEADERS: [(&str, &str); 3] = [
    ("x-amz-object-lock-mode", "s3:object-lock-mode"),
    (
        "x-amz-object-lock-retain-until-date",
        "s3:object-lock-retain-until-date",
    ),
    ("x-amz-object-lock-legal-hold", "s3:object-lock-legal-hold"),
];

/// Condition keys that are parameters of the query.
const PARAMETERS: [(&str, &str); 4] = [
    ("prefix", "s3:prefix"),
    ("delimiter", "s3:delimiter"),
    ("max-keys", "s3:max-keys"),
    ("versionId", "s3:VersionId"),
];

/// How a request is signed, as policies may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::s3) enum SignedBy {
    Header,
    Query,
    Form,
}

impl SignedBy {
    /// Where the signature of a request stands, if it has one.
    pub(in crate::s3) fn of(uri: &Uri, headers: &HeaderMap) -> Option<Self> {
        if headers.contains_key(header::AUTHORIZATION) {
            return Some(Self::Header);
        }
        let query = uri.query().unwrap_or_default();
        form_urlencoded::parse(query.as_bytes())
            .any(|(name, _)| name == "X-Amz-Signature" || name == "Signature")
            .then_some(Self::Query)
    }
}

/// A condition key with its values.
pub(super) type ConditionKey = (String, Vec<String>);

/// A request as policies see it, whatever it asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) uri: &'a Uri,
    pub(super) headers: &'a HeaderMap,
    pub(super) call: &'a CallContext,
    pub(super) signed_by: Option<SignedBy>,
    /// By the clock that schedules go by.
    pub(super) now: Timestamp,
}

impl Asked<'_> {
    /// The keys that hold for the request as a whole.
    pub(super) fn keys(&self) -> Vec<ConditionKey> {
        let mut keys = Vec::new();
        let mut say = |key: &str, value: &str| keys.push((key.to_owned(), vec![value.to_owned()]));
        self.say_of_caller(&mut say);
        self.say_of_connection(&mut say);
        for name in HEADERS {
            if let Some(value) = text(self.headers, name) {
                say(&format!("s3:{name}"), value);
            }
        }
        for (name, key) in RENAMED_HEADERS {
            if let Some(value) = text(self.headers, name) {
                say(key, value);
            }
        }
        if let Some(source) = text(self.headers, "x-amz-copy-source") {
            say("s3:x-amz-copy-source", &copy_source(source));
        }
        for (name, value) in form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes())
        {
            if let Some((_, key)) = PARAMETERS.iter().find(|(parameter, _)| *parameter == name) {
                say(key, &value);
            }
        }
        if let Some(tags) = text(self.headers, "x-amz-tagging") {
            // Tags that cannot be read are for the operation to refuse.
            keys.extend(requested_tags(
                &Tags::parse_header(tags).unwrap_or_default(),
            ));
        }
        keys
    }

    fn say_of_caller(&self, say: &mut impl FnMut(&str, &str)) {
        let principal = &self.call.principal;
        match &principal.account {
            None => say("aws:PrincipalType", "Anonymous"),
            Some(account) => {
                say("aws:PrincipalArn", principal.arn.as_str());
                say("aws:PrincipalAccount", account.as_str());
                match principal.arn.as_str().split_once(":user/") {
                    Some((_, path)) => {
                        let name = path.rsplit('/').next().unwrap_or(path);
                        say("aws:PrincipalType", "User");
                        say("aws:username", name);
                        say("aws:userid", name);
                    }
                    None => {
                        say("aws:PrincipalType", "Account");
                        say("aws:userid", account.as_str());
                    }
                }
            }
        }
        match self.signed_by {
            Some(SignedBy::Header) => say("s3:authType", "REST-HEADER"),
            Some(SignedBy::Query) => say("s3:authType", "REST-QUERY-STRING"),
            Some(SignedBy::Form) => say("s3:authType", "POST"),
            None => {}
        }
        if self.signed_by.is_some() {
            say("s3:signatureversion", "AWS4-HMAC-SHA256");
        }
    }

    fn say_of_connection(&self, say: &mut impl FnMut(&str, &str)) {
        if let Some(ip) = self.call.source_ip {
            say("aws:SourceIp", &ip.to_canonical().to_string());
        }
        // What stands before the server ends TLS and says so.
        let secure = text(self.headers, "x-forwarded-proto") == Some("https");
        say("aws:SecureTransport", if secure { "true" } else { "false" });
        if let Some(referer) = text(self.headers, header::REFERER.as_str()) {
            say("aws:Referer", referer);
        }
        if let Some(agent) = text(self.headers, header::USER_AGENT.as_str()) {
            say("aws:UserAgent", agent);
        }
        say("aws:RequestedRegion", self.call.region.as_str());
        let now = self.now.to_datetime();
        say(
            "aws:CurrentTime",
            &now.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        );
        say("aws:EpochTime", &now.timestamp().to_string());
    }
}

/// The source of a copy as policies write it: `bucket/key`.
fn copy_source(header: &str) -> String {
    let path = header.split("?versionId=").next().unwrap_or(header);
    let path = path.strip_prefix('/').unwrap_or(path);
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

/// The keys for the tags a request wants to put.
pub(super) fn requested_tags(tags: &Tags) -> Vec<ConditionKey> {
    let mut keys: Vec<ConditionKey> = tags
        .iter()
        .map(|(key, value)| (format!("s3:RequestObjectTag/{key}"), vec![value.to_owned()]))
        .collect();
    if !keys.is_empty() {
        let names = tags.iter().map(|(key, _)| key.to_owned()).collect();
        keys.push(("s3:RequestObjectTagKeys".to_owned(), names));
    }
    keys
}

/// The keys for the tags of an object that is there.
pub(super) fn existing_tags(object: &ObjectInfo) -> Vec<ConditionKey> {
    let tags = object.properties.tags.iter();
    tags.map(|(key, value)| {
        (
            format!("s3:ExistingObjectTag/{key}"),
            vec![value.to_owned()],
        )
    })
    .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::HeaderValue;
    use lakebed_core::{AccountId, Region};

    use super::*;

    #[test]
    fn a_request_says_what_conditions_ask() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-amz-acl", "public-read"),
            ("x-amz-copy-source", "/lake/public/a%20b?versionId=null"),
            ("x-amz-tagging", "security=public"),
            ("referer", "http://example.com/"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let mut call = CallContext::internal(&AccountId::default(), &Region::default());
        call.source_ip = Some("::ffff:10.0.0.1".parse().unwrap());
        let uri = "/lake?prefix=public%2F&max-keys=2".parse().unwrap();
        let keys = Asked {
            uri: &uri,
            headers: &headers,
            call: &call,
            signed_by: Some(SignedBy::Query),
            now: Timestamp::from_millis(0),
        }
        .keys();
        let value = |key: &str| {
            let (_, values) = keys.iter().find(|(known, _)| known == key)?;
            Some(values.join(","))
        };
        for (key, expected) in [
            ("s3:x-amz-acl", "public-read"),
            ("s3:x-amz-copy-source", "lake/public/a b"),
            ("s3:RequestObjectTag/security", "public"),
            ("s3:RequestObjectTagKeys", "security"),
            ("s3:prefix", "public/"),
            ("s3:max-keys", "2"),
            ("s3:authType", "REST-QUERY-STRING"),
            ("aws:Referer", "http://example.com/"),
            ("aws:SourceIp", "10.0.0.1"),
            ("aws:SecureTransport", "false"),
            ("aws:CurrentTime", "1970-01-01T00:00:00Z"),
            ("aws:PrincipalArn", "arn:aws:iam::000000000000:root"),
        ] {
            assert_eq!(value(key).as_deref(), Some(expected), "{key}");
        }
        assert_eq!(value("s3:delimiter"), None);
        assert_eq!(value("aws:username"), None);
    }
}
