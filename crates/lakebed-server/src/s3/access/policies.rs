//! Policies of identities and buckets, held against a request.

use lakebed_core::Principal;
use lakebed_govern::policy::{Caller, ConditionKeys, Policy, Request, Verdict, verdict};

use super::conditions::ConditionKey;
use crate::auth::Identity;

/// What is asked of policies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) principal: &'a Principal,
    pub(super) action: &'a str,
    /// An ARN.
    pub(super) resource: &'a str,
    pub(super) keys: &'a [ConditionKey],
}

impl Question<'_> {
    fn put_to<'p>(&self, policies: impl IntoIterator<Item = &'p Policy>) -> Verdict {
        let keys: ConditionKeys = self.keys.iter().cloned().collect();
        let account = self.principal.account.as_ref();
        let request = Request {
            caller: Caller {
                account: account.map(|account| account.as_str()),
                arn: self.principal.arn.as_str(),
                canonical_id: &self.principal.canonical_id,
            },
            action: self.action,
            resource: self.resource,
            keys: &keys,
        };
        verdict(policies, &request)
    }
}

/// What the policies of an identity say; its account itself has none and may do everything.
pub(super) fn identity_verdict(identity: &Identity, question: &Question<'_>) -> Verdict {
    if identity.is_root() {
        return Verdict::Allowed;
    }
    question.put_to(&identity.policies)
}

/// What the policy of a bucket says.
pub(super) fn bucket_verdict(policy: Option<&Policy>, question: &Question<'_>) -> Verdict {
    question.put_to(policy)
}

/// Reads the policy of a bucket, which was checked when it was put.
pub(super) fn read_bucket_policy(document: Option<&str>) -> Option<Policy> {
    Policy::parse(document?)
        .inspect_err(|error| tracing::error!(%error, "a bucket has an unreadable policy"))
        .ok()
}
