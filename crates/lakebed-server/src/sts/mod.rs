//! STS: who calls, and temporary credentials.
//!
//! Every caller is the account's root, and whatever credentials STS issues are accepted like any
//! others: identities and policies are not evaluated.

mod credentials;

use std::time::Duration;

use lakebed_core::{CallContext, Clock};
use lakebed_wire::sts::{
    AssumeRoleRequest, AssumeRoleResponse, AssumedRoleUser, Error, GetCallerIdentityRequest,
    GetCallerIdentityResponse, GetSessionTokenRequest, GetSessionTokenResponse, IdentityOperations,
};

/// How long a role's credentials hold unless asked otherwise. STS API reference, "AssumeRole".
const ROLE_SESSION: Duration = Duration::from_secs(3600);

/// How long a session's credentials hold unless asked otherwise. STS API reference,
/// "GetSessionToken".
const SESSION: Duration = Duration::from_secs(12 * 3600);

/// The identities of the account.
#[derive(Debug, Clone)]
pub(crate) struct Identities {
    clock: Clock,
}

impl Identities {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock }
    }
}

impl IdentityOperations for Identities {
    async fn get_caller_identity(
        &self,
        context: &CallContext,
        _request: GetCallerIdentityRequest,
    ) -> Result<GetCallerIdentityResponse, Error> {
        Ok(GetCallerIdentityResponse {
            user_id: Some(context.account.to_string()),
            account: Some(context.account.to_string()),
            arn: Some(context.principal.arn.to_string()),
        })
    }

    async fn get_session_token(
        &self,
        _context: &CallContext,
        request: GetSessionTokenRequest,
    ) -> Result<GetSessionTokenResponse, Error> {
        let lifetime = lifetime(request.duration_seconds, SESSION);
        Ok(GetSessionTokenResponse {
            credentials: Some(credentials::issue(self.clock.wall_now().plus(lifetime))),
            ..Default::default()
        })
    }

    async fn assume_role(
        &self,
        _context: &CallContext,
        request: AssumeRoleRequest,
    ) -> Result<AssumeRoleResponse, Error> {
        let role = RoleArn::parse(&request.role_arn)?;
        let lifetime = lifetime(request.duration_seconds, ROLE_SESSION);
        let session = &request.role_session_name;
        Ok(AssumeRoleResponse {
            credentials: Some(credentials::issue(self.clock.wall_now().plus(lifetime))),
            assumed_role_user: Some(AssumedRoleUser {
                assumed_role_id: format!("{}:{session}", credentials::role_id(&request.role_arn)),
                arn: format!(
                    "arn:aws:sts::{}:assumed-role/{}/{session}",
                    role.account, role.name
                ),
            }),
            source_identity: request.source_identity,
            ..Default::default()
        })
    }
}

fn lifetime(seconds: Option<i32>, usual: Duration) -> Duration {
    seconds
        .and_then(|seconds| u64::try_from(seconds).ok())
        .map_or(usual, Duration::from_secs)
}

/// `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
#[derive(Debug, PartialEq, Eq)]
struct RoleArn<'arn> {
    account: &'arn str,
    name: &'arn str,
}

impl<'arn> RoleArn<'arn> {
    fn parse(arn: &'arn str) -> Result<Self, Error> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        if let ["arn", _partition, "iam", "", account, resource] = parts.as_slice()
            && let Some(path) = resource.strip_prefix("role/")
            && let Some(name) = path.rsplit('/').next().filter(|name| !name.is_empty())
        {
            return Ok(Self { account, name });
        }
        Err(Error::InvalidRequestForm(format!("{arn} is invalid")))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn role_arns_may_have_a_path() {
        let role = RoleArn::parse("arn:aws:iam::123456789012:role/service/glue/Crawler").unwrap();
        assert_eq!(
            role,
            RoleArn {
                account: "123456789012",
                name: "Crawler"
            }
        );
        for wrong in [
            "Crawler",
            "arn:aws:iam::123456789012:user/ana",
            "arn:aws:iam::123456789012:role/",
        ] {
            assert!(RoleArn::parse(wrong).is_err(), "{wrong}");
        }
    }
}
