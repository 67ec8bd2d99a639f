//! What IAM asks of a policy that a user is to have, beyond being one.

use super::document::{Policy, PolicyError, Statement};

/// Why a policy cannot be an identity's. The texts are those of IAM's `MalformedPolicyDocument`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityPolicyError {
    #[error(transparent)]
    Malformed(#[from] PolicyError),
    #[error("Policy document should not specify a principal.")]
    Principal,
    #[error("Policy statement must contain resources.")]
    NoResource,
    #[error("Resource {0} must be in ARN format or \"*\".")]
    Resource(String),
    #[error("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")]
    Action(String),
}

/// Reads the policy an identity is to have.
///
/// # Errors
/// [`IdentityPolicyError`].
pub fn check_identity_policy(json: &str) -> Result<Policy, IdentityPolicyError> {
    let policy = Policy::parse(json)?;
    for statement in &policy.statements {
        statement.check_for_identity()?;
    }
    Ok(policy)
}

impl Statement {
    fn check_for_identity(&self) -> Result<(), IdentityPolicyError> {
        if self.principals.is_some() {
            return Err(IdentityPolicyError::Principal);
        }
        // A statement that named nothing would be about everything.
        let resources = self
            .resources
            .as_ref()
            .ok_or(IdentityPolicyError::NoResource)?;
        for resource in &resources.patterns {
            if resource != "*" && !resource.starts_with("arn:") {
                return Err(IdentityPolicyError::Resource(resource.clone()));
            }
        }
        for action in &self.actions.patterns {
            if action != "*" && !action.contains(':') {
                return Err(IdentityPolicyError::Action(action.clone()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    #[rstest]
    #[case(json!({"Action": "s3:*", "Resource": "*"}), None)]
    #[case(json!({"NotAction": "*", "NotResource": "arn:aws:s3:::lake"}), None)]
    #[case(json!({"Action": "s3:*"}), Some("Policy statement must contain resources."))]
    #[case(json!({"Action": "s3:*", "Resource": ""}), Some("Resource  must be in ARN format or \"*\"."))]
    #[case(json!({"Action": "s3:*", "Resource": "lake/*"}), Some("Resource lake/* must be in ARN format or \"*\"."))]
    #[case(json!({"Action": "GetObject", "Resource": "*"}), Some("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."))]
    #[case(json!({"Action": "s3:*", "Resource": "*", "Principal": "*"}), Some("Policy document should not specify a principal."))]
    #[case(json!({"Action": "s3:*", "Resource": []}), Some("Could not parse the policy: Resource must be a string or a list of strings"))]
    fn statements_say_what_they_are_about(
        #[case] mut statement: Value,
        #[case] expected: Option<&str>,
    ) {
        statement["Effect"] = json!("Allow");
        let document = json!({"Statement": statement}).to_string();
        let error = check_identity_policy(&document).err();
        let error = error.map(|error| error.to_string());
        assert_eq!(error.as_deref(), expected);
    }
}
