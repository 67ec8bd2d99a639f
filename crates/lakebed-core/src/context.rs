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
    /// `arn:aws:iam::ACCOUNT:root` until identities are configured.
    pub arn: Arn,
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
            principal: Principal {
                access_key: None,
                arn: Arn::global("iam", account, "root"),
            },
            source_ip: None,
        }
    }
}
