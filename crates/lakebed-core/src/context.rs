use std::fmt;
use std::net::IpAddr;

use uuid::Uuid;

use crate::{AccountId, Arn, Region};

/// The id a response carries as `x-amzn-RequestId` or `x-amz-request-id`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestId(String);

impl RequestId {
    /// A fresh id in the form JSON and query services use (a UUID).
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who made a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The access key the request was signed with; none for anonymous callers.
    pub access_key: Option<String>,
    /// The account the caller belongs to; none for anonymous callers, whom only S3 lets in.
    pub account: Option<AccountId>,
    /// The account's canonical user id, by which S3 names owners and grantees.
    pub canonical_id: String,
    /// The caller's ARN, such as `arn:aws:iam::000000000000:root`.
    pub arn: Arn,
}

/// The canonical user id that S3 gives to anonymous callers. S3 user guide, "Access control list
/// (ACL) overview".
const ANONYMOUS_ID: &str = "65a011a29cdf8ec533ec3d1ccaae921c";

impl Principal {
    /// The root of an account that is configured nowhere.
    #[must_use]
    pub fn root(account: &AccountId) -> Self {
        Self {
            access_key: None,
            canonical_id: account.canonical_id(),
            arn: Arn::global("iam", account, "root"),
            account: Some(account.clone()),
        }
    }

    /// Somebody without credentials.
    #[must_use]
    pub fn anonymous() -> Self {
        Self {
            access_key: None,
            account: None,
            canonical_id: ANONYMOUS_ID.to_owned(),
            arn: Arn::anyone(),
        }
    }

    /// Whether the caller has no credentials.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.account.is_none()
    }
}

/// What every operation is told about the call it serves.
#[derive(Debug, Clone)]
pub struct CallContext {
    /// The id of this request.
    pub request_id: RequestId,
    /// The account that is called.
    pub account: AccountId,
    /// The region that is called: the one in the request's credential scope, else the server's.
    pub region: Region,
    /// Who calls.
    pub principal: Principal,
    /// Where the request came from; none for calls from inside the process.
    pub source_ip: Option<IpAddr>,
}

impl CallContext {
    /// The context of a call that Lakebed makes to itself (the lab, a job, a query).
    #[must_use]
    pub fn internal(account: &AccountId, region: &Region) -> Self {
        Self {
            request_id: RequestId::random(),
            account: account.clone(),
            region: region.clone(),
            principal: Principal::root(account),
            source_ip: None,
        }
    }
}
