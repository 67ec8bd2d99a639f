//! Whether callers of Glue, Athena and STS may do what they ask, under `--auth enforce`. IAM user
//! guide, "Policy evaluation logic"; S3 decides for itself, in `s3::access`.

mod resources;

use lakebed_core::{CallContext, Timestamp};
use lakebed_govern::policy::{self, ConditionKeys, Verdict};
use lakebed_wire::{Failure, Protocol, Service};

use crate::auth::{Caller, Identity};

pub(crate) use resources::{query_execution, resources};

/// What anybody with credentials may do. STS API reference, "GetCallerIdentity" and
/// "GetSessionToken".
const ALWAYS_ALLOWED: [&str; 2] = ["sts:GetCallerIdentity", "sts:GetSessionToken"];

/// Checks that the policies of who calls allow an operation on all of `resources`, which are ARNs.
///
/// # Errors
/// `AccessDeniedException`, of STS `AccessDenied`.
pub(crate) fn check(
    caller: &Caller,
    service: &Service,
    operation: &str,
    resources: &[String],
    context: &CallContext,
    now: Timestamp,
) -> Result<(), Failure> {
    let action = format!("{}:{operation}", service.name);
    if ALWAYS_ALLOWED.contains(&action.as_str()) {
        return Ok(());
    }
    let keys = condition_keys(context, now);
    for resource in resources {
        let reason = match caller.identity() {
            None => Some(Reason::NoIdentityPolicy),
            Some(identity) => refusal(identity, &action, resource, context, &keys),
        };
        if let Some(reason) = reason {
            let arn = &context.principal.arn;
            let reason = reason.told(&action);
            let message = format!(
                "User: {arn} is not authorized to perform: {action} on resource: {resource} {reason}"
            );
            return Err(denied(service, message));
        }
    }
    Ok(())
}

/// Why a caller may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Denied,
    NoIdentityPolicy,
    NoResourcePolicy,
}

impl Reason {
    /// As AWS ends the sentence. IAM user guide, "Troubleshoot access denied error messages".
    fn told(self, action: &str) -> String {
        match self {
            Self::Denied => "with an explicit deny in an identity-based policy".to_owned(),
            Self::NoIdentityPolicy => {
                format!("because no identity-based policy allows the {action} action")
            }
            Self::NoResourcePolicy => {
                format!("because no resource-based policy allows the {action} action")
            }
        }
    }
}

fn denied(service: &Service, message: String) -> Failure {
    match service.protocol {
        Protocol::Json(_) => Failure::new(400, "AccessDeniedException", message),
        Protocol::Query { .. } | Protocol::RestXml => Failure::new(403, "AccessDenied", message),
    }
}

/// Why an identity may not; none if it may.
fn refusal(
    identity: &Identity,
    action: &str,
    resource: &str,
    context: &CallContext,
    keys: &ConditionKeys,
) -> Option<Reason> {
    // Roles are configured nowhere: there is none that could be assumed.
    if action == "sts:AssumeRole" || identity.account != context.account {
        return Some(Reason::NoResourcePolicy);
    }
    if identity.is_root() {
        return None;
    }
    let request = policy::Request {
        caller: policy::Caller {
            account: Some(identity.account.as_str()),
            arn: identity.arn.as_str(),
            canonical_id: &identity.canonical_id,
        },
        action,
        resource,
        keys,
    };
    match policy::verdict(&identity.policies, &request) {
        Verdict::Allowed | Verdict::AllowedToAccount => None,
        Verdict::Denied => Some(Reason::Denied),
        Verdict::Silent => Some(Reason::NoIdentityPolicy),
    }
}

/// The global keys. IAM user guide, "AWS global condition context keys".
fn condition_keys(context: &CallContext, now: Timestamp) -> ConditionKeys {
    let principal = &context.principal;
    let now = now.to_datetime();
    let name = principal.arn.as_str().split_once(":user/");
    let name = name.and_then(|(_, path)| path.rsplit('/').next());
    let keys = [
        ("aws:PrincipalArn", Some(principal.arn.to_string())),
        (
            "aws:PrincipalAccount",
            principal.account.as_ref().map(ToString::to_string),
        ),
        ("aws:username", name.map(str::to_owned)),
        (
            "aws:SourceIp",
            context.source_ip.map(|ip| ip.to_canonical().to_string()),
        ),
        ("aws:RequestedRegion", Some(context.region.to_string())),
        ("aws:SecureTransport", Some("false".to_owned())),
        (
            "aws:CurrentTime",
            Some(now.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
        ),
        ("aws:EpochTime", Some(now.timestamp().to_string())),
    ];
    keys.into_iter()
        .filter_map(|(key, value)| Some((key, vec![value?])))
        .collect()
}
