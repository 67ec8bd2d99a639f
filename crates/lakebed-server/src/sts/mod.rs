//! STS: who calls, and temporary credentials.
//!
//! The credentials it gives out say themselves whose they are: [`crate::auth`] knows them again.

mod credentials;

use std::time::Duration;

use lakebed_core::{AccountId, Arn, CallContext, Clock};
use lakebed_etl::ScriptCredentials;
use lakebed_wire::sts::{
    AssumeRoleRequest, AssumeRoleResponse, AssumedRoleUser, Credentials, Error,
    GetCallerIdentityRequest, GetCallerIdentityResponse, GetSessionTokenRequest,
    GetSessionTokenResponse, IdentityOperations,
};

use crate::auth::Authenticator;

/// How long a role's credentials hold unless asked otherwise. STS API reference, "AssumeRole".
const ROLE_SESSION: Duration = Duration::from_secs(3600);

/// How long a session's credentials hold unless asked otherwise. STS API reference,
/// "GetSessionToken".
const SESSION: Duration = Duration::from_secs(12 * 3600);

/// The Security Token Service. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Sts {
    clock: Clock,
    auth: Authenticator,
}

impl Sts {
    pub(crate) fn new(clock: Clock, auth: Authenticator) -> Self {
        Self { clock, auth }
    }

    /// Credentials of a session that lasts from now on.
    fn issue(
        &self,
        account: &AccountId,
        arn: &Arn,
        lifetime: Duration,
    ) -> Result<Credentials, Error> {
        let expiration = self.clock.wall_now().plus(lifetime);
        let given = self
            .auth
            .keys()
            .sessions
            .issue(account, arn, credentials::access_key(), expiration)
            .map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Credentials {
            access_key_id: given.access_key,
            secret_access_key: given.secret,
            session_token: given.token,
            expiration,
        })
    }
}

impl Sts {
    /// Credentials of the session in which Glue runs the scripts of a role, given by ARN or name.
    ///
    /// # Errors
    /// If the session cannot be sealed.
    pub(crate) fn of_job(
        &self,
        account: &AccountId,
        role: &str,
        lifetime: Duration,
    ) -> Result<ScriptCredentials, Error> {
        let named = RoleArn::parse(role).ok();
        let (account, name) = named
            .as_ref()
            .map_or((account, role), |role| (&role.account, role.name));
        let arn = Arn::global(
            "sts",
            account,
            &format!("assumed-role/{name}/GlueJobRunnerSession"),
        );
        let given = self.issue(account, &arn, lifetime)?;
        Ok(ScriptCredentials {
            access_key: given.access_key_id,
            secret: given.secret_access_key,
            token: Some(given.session_token),
        })
    }
}

impl IdentityOperations for Sts {
    async fn get_caller_identity(
        &self,
        context: &CallContext,
        _request: GetCallerIdentityRequest,
    ) -> Result<GetCallerIdentityResponse, Error> {
        let account = called_by(context);
        Ok(GetCallerIdentityResponse {
            user_id: Some(credentials::user_id(account, &context.principal.arn)),
            account: Some(account.to_string()),
            arn: Some(context.principal.arn.to_string()),
        })
    }

    async fn get_session_token(
        &self,
        context: &CallContext,
        request: GetSessionTokenRequest,
    ) -> Result<GetSessionTokenResponse, Error> {
        let lifetime = lifetime(request.duration_seconds, SESSION);
        let (account, arn) = (called_by(context), &context.principal.arn);
        Ok(GetSessionTokenResponse {
            credentials: Some(self.issue(account, arn, lifetime)?),
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
        let arn = Arn::global(
            "sts",
            &role.account,
            &format!("assumed-role/{}/{session}", role.name),
        );
        Ok(AssumeRoleResponse {
            credentials: Some(self.issue(&role.account, &arn, lifetime)?),
            assumed_role_user: Some(AssumedRoleUser {
                assumed_role_id: credentials::user_id(&role.account, &arn),
                arn: arn.into(),
            }),
            source_identity: request.source_identity,
            ..Default::default()
        })
    }
}

/// The account of who calls, whom STS does not let in without one.
fn called_by(context: &CallContext) -> &AccountId {
    context
        .principal
        .account
        .as_ref()
        .unwrap_or(&context.account)
}

fn lifetime(seconds: Option<i32>, usual: Duration) -> Duration {
    seconds
        .and_then(|seconds| u64::try_from(seconds).ok())
        .map_or(usual, Duration::from_secs)
}

/// `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
#[derive(Debug, PartialEq, Eq)]
struct RoleArn<'arn> {
    account: AccountId,
    name: &'arn str,
}

impl<'arn> RoleArn<'arn> {
    fn parse(arn: &'arn str) -> Result<Self, Error> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        if let ["arn", _partition, "iam", "", account, resource] = parts.as_slice()
            && let Some(path) = resource.strip_prefix("role/")
            && let Ok(account) = account.parse()
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
                account: "123456789012".parse().unwrap(),
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
