//! The ACL that the headers of a request ask for: a canned one, or grants.

use http::HeaderMap;
use lakebed_storage::{Acl, CannedAcl, Error, Grant, Grantee, Group, Permission};
use s3s::{S3Error, S3Result, s3_error};

use super::Owners;
use crate::s3::convert::{refusal, text};

const CANNED: &str = "x-amz-acl";

/// The headers that grant, and what they do.
const GRANTS: [(&str, Permission); 5] = [
    ("x-amz-grant-full-control", Permission::FullControl),
    ("x-amz-grant-read", Permission::Read),
    ("x-amz-grant-read-acp", Permission::ReadAcp),
    ("x-amz-grant-write", Permission::Write),
    ("x-amz-grant-write-acp", Permission::WriteAcp),
];

/// The ACL a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::s3) enum AskedAcl {
    Canned(CannedAcl),
    Grants(Vec<Grant>),
}

impl AskedAcl {
    /// The grants it comes to. `owner` and `bucket_owner` are canonical user ids.
    pub(in crate::s3) fn expand(self, owner: &str, bucket_owner: &str) -> Acl {
        match self {
            Self::Canned(canned) => canned.expand(owner, bucket_owner),
            Self::Grants(grants) => Acl { grants },
        }
    }

    /// Whether it says no more of an object than that the bucket's owner has full control: all
    /// that is taken where the bucket's owner owns everything.
    pub(super) fn is_bucket_owner_full_control(&self, bucket_owner: &str) -> bool {
        match self {
            Self::Canned(canned) => *canned == CannedAcl::BucketOwnerFullControl,
            Self::Grants(grants) => grants
                .iter()
                .all(|grant| *grant == Grant::to_user(bucket_owner, Permission::FullControl)),
        }
    }
}

/// Reads the ACL that headers ask for, if they do.
///
/// # Errors
/// `InvalidArgument` for what is not an ACL or names nobody, `UnresolvableGrantByEmailAddress`,
/// `InvalidRequest` for a canned ACL with grants.
pub(in crate::s3) fn asked_acl(headers: &HeaderMap, owners: &Owners) -> S3Result<Option<AskedAcl>> {
    let mut grants = Vec::new();
    for (name, permission) in GRANTS {
        for value in headers.get_all(name) {
            let value = value.to_str().map_err(|_| unreadable(name, ""))?;
            for grantee in value.split(',') {
                let grantee = read_grantee(name, grantee, owners)?;
                grants.push(Grant {
                    grantee,
                    permission,
                });
            }
        }
    }
    let canned = text(headers, CANNED)
        .map(|value| CannedAcl::parse(value).ok_or_else(|| invalid(CANNED, value, "")));
    match (canned.transpose()?, grants.is_empty()) {
        (Some(_), false) => Err(s3_error!(
            InvalidRequest,
            "Specifying both Canned ACLs and Header Grants is not allowed"
        )),
        (Some(canned), true) => Ok(Some(AskedAcl::Canned(canned))),
        (None, false) => Ok(Some(AskedAcl::Grants(grants))),
        (None, true) => Ok(None),
    }
}

/// Reads `id="…"`, `uri="…"` or `emailAddress="…"`.
fn read_grantee(header: &'static str, text: &str, owners: &Owners) -> S3Result<Grantee> {
    let (kind, value) = text
        .trim()
        .split_once('=')
        .ok_or_else(|| unreadable(header, text))?;
    let value = value.trim().trim_matches('"');
    match kind.trim() {
        kind if kind.eq_ignore_ascii_case("id") => user(owners, value),
        kind if kind.eq_ignore_ascii_case("uri") => group(value),
        kind if kind.eq_ignore_ascii_case("emailAddress") => user_with_email(owners, value),
        _ => Err(unreadable(header, text)),
    }
}

/// # Errors
/// `InvalidArgument` for an id that is nobody's.
pub(super) fn user(owners: &Owners, canonical_id: &str) -> S3Result<Grantee> {
    if owners.may_exist(canonical_id) {
        return Ok(Grantee::User(canonical_id.to_owned()));
    }
    Err(invalid("CanonicalUser/ID", canonical_id, "Invalid id"))
}

/// # Errors
/// `InvalidArgument` for a group that is none.
pub(super) fn group(uri: &str) -> S3Result<Grantee> {
    let group = Group::parse(uri).ok_or_else(|| invalid("uri", uri, "Invalid group uri"));
    group.map(Grantee::Group)
}

/// # Errors
/// `UnresolvableGrantByEmailAddress` for an address that is nobody's.
pub(super) fn user_with_email(owners: &Owners, email: &str) -> S3Result<Grantee> {
    let user = owners.with_email(email).ok_or_else(|| {
        s3_error!(
            UnresolvableGrantByEmailAddress,
            "The e-mail address you provided does not match any account on record."
        )
    });
    user.map(|id| Grantee::User(id.to_owned()))
}

fn unreadable(header: &'static str, value: &str) -> S3Error {
    invalid(header, value, "Argument format not recognized")
}

fn invalid(name: &'static str, value: &str, message: &str) -> S3Error {
    refusal(Error::InvalidArgument {
        name,
        value: value.to_owned(),
        message: message.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::{HeaderName, HeaderValue};
    use rstest::rstest;

    use super::super::owners::KnownAccount;
    use super::*;

    fn ask(headers: &[(&'static str, &str)]) -> S3Result<Option<AskedAcl>> {
        let owners = Owners::new([KnownAccount {
            id: "111111111111".parse().unwrap(),
            canonical_id: "ana".to_owned(),
            display_name: None,
            email: Some("ana@example.com".to_owned()),
        }]);
        let headers = headers.iter().map(|(name, value)| {
            let value = HeaderValue::from_str(value).unwrap();
            (HeaderName::from_static(name), value)
        });
        asked_acl(&headers.collect(), &owners)
    }

    #[test]
    fn grants_are_read_from_their_headers() {
        let elsewhere = "f".repeat(64);
        let read = format!("id=\"ana\", id={elsewhere}");
        let asked = ask(&[
            ("x-amz-grant-read", &read),
            (
                "x-amz-grant-write-acp",
                "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"",
            ),
            ("x-amz-grant-full-control", "emailAddress=ana@example.com"),
        ]);
        let grants = vec![
            Grant::to_user("ana", Permission::FullControl),
            Grant::to_user("ana", Permission::Read),
            Grant::to_user(&elsewhere, Permission::Read),
            Grant::to_group(Group::AllUsers, Permission::WriteAcp),
        ];
        assert_eq!(asked.unwrap(), Some(AskedAcl::Grants(grants)));
        assert_eq!(ask(&[]).unwrap(), None);
    }

    #[rstest]
    #[case(&[("x-amz-acl", "public")], "InvalidArgument")]
    #[case(&[("x-amz-grant-read", "id=_foo")], "InvalidArgument")]
    #[case(&[("x-amz-grant-read", "ana")], "InvalidArgument")]
    #[case(&[("x-amz-grant-read", "name=ana")], "InvalidArgument")]
    #[case(&[("x-amz-grant-read", "uri=AllUsers")], "InvalidArgument")]
    #[case(&[("x-amz-grant-read", "emailAddress=eve@example.com")], "UnresolvableGrantByEmailAddress")]
    #[case(&[("x-amz-acl", "private"), ("x-amz-grant-read", "id=ana")], "InvalidRequest")]
    fn what_names_nobody_is_refused(#[case] headers: &[(&'static str, &str)], #[case] code: &str) {
        assert_eq!(ask(headers).unwrap_err().code().as_str(), code);
    }

    #[test]
    fn full_control_of_the_bucket_owner_is_told_in_both_forms() {
        let canned = AskedAcl::Canned(CannedAcl::BucketOwnerFullControl);
        assert!(canned.is_bucket_owner_full_control("ana"));
        let granted = AskedAcl::Grants(vec![Grant::to_user("ana", Permission::FullControl)]);
        assert!(granted.is_bucket_owner_full_control("ana"));
        assert!(!granted.is_bucket_owner_full_control("eve"));
        assert!(!AskedAcl::Canned(CannedAcl::Private).is_bucket_owner_full_control("ana"));
    }
}
