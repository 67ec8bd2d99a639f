//! What S3 asks of a policy that a bucket is to have, beyond being one.

use super::document::{Policy, PolicyError, Selection, Statement};

/// Why a policy cannot be a bucket's. The texts are those of S3's `MalformedPolicy`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BucketPolicyError {
    #[error(transparent)]
    Malformed(#[from] PolicyError),
    #[error("Could not parse the policy: Statement is empty!")]
    Empty,
    #[error("Missing required field Principal")]
    NoPrincipal,
    #[error("Missing required field Resource")]
    NoResource,
    #[error("Policy has invalid action")]
    Action(String),
    #[error("Policy has invalid resource")]
    Resource(String),
    #[error("Action does not apply to any resource(s) in statement")]
    NothingToActOn(String),
}

const S3_ARN: &str = "arn:aws:s3:::";

/// Beginnings of the names of actions on objects; all others are on buckets.
const OBJECT_ACTIONS: [&str; 12] = [
    "s3:abortmultipartupload",
    "s3:bypassgovernanceretention",
    "s3:deleteobject",
    "s3:getobject",
    "s3:initiatereplication",
    "s3:listmultipartuploadparts",
    "s3:objectowneroverridetobucketowner",
    "s3:putobject",
    "s3:replicatedelete",
    "s3:replicateobject",
    "s3:replicatetags",
    "s3:restoreobject",
];

/// Reads the policy a bucket is to have.
///
/// # Errors
/// [`BucketPolicyError`].
pub fn check_bucket_policy(json: &str, bucket: &str) -> Result<Policy, BucketPolicyError> {
    let policy = Policy::parse(json)?;
    if policy.statements.is_empty() {
        return Err(BucketPolicyError::Empty);
    }
    for statement in &policy.statements {
        statement.check(bucket)?;
    }
    Ok(policy)
}

impl Statement {
    fn check(&self, bucket: &str) -> Result<(), BucketPolicyError> {
        if self.principals.is_none() {
            return Err(BucketPolicyError::NoPrincipal);
        }
        let resources = self
            .resources
            .as_ref()
            .ok_or(BucketPolicyError::NoResource)?;
        for action in &self.actions.patterns {
            if action != "*" && !action.to_ascii_lowercase().starts_with("s3:") {
                return Err(BucketPolicyError::Action(action.clone()));
            }
        }
        for resource in &resources.patterns {
            if !is_of_bucket(resource, bucket) {
                return Err(BucketPolicyError::Resource(resource.clone()));
            }
        }
        if self.actions.inverted || resources.inverted {
            return Ok(());
        }
        match self
            .actions
            .patterns
            .iter()
            .find(|action| !applies(action, resources))
        {
            Some(action) => Err(BucketPolicyError::NothingToActOn(action.clone())),
            None => Ok(()),
        }
    }
}

fn is_of_bucket(resource: &str, bucket: &str) -> bool {
    if resource == "*" {
        return true;
    }
    let Some(path) = resource.strip_prefix(S3_ARN) else {
        return false;
    };
    // A wildcard in the bucket's name may stand for part of it.
    let name = path.split('/').next().unwrap_or(path);
    match name.find(['*', '?', '$']) {
        Some(at) => bucket.starts_with(&name[..at]),
        None => name == bucket,
    }
}

/// Whether one of the resources is something an action can be done to.
fn applies(action: &str, resources: &Selection) -> bool {
    let action = action.to_ascii_lowercase();
    if action.contains(['*', '?']) {
        return true;
    }
    let on_objects = OBJECT_ACTIONS
        .iter()
        .any(|prefix| action.starts_with(prefix));
    resources.patterns.iter().any(|resource| {
        let path = resource.strip_prefix(S3_ARN).unwrap_or(resource);
        match path.split_once('/') {
            // A wildcard before the slash stands for it, too.
            None => !on_objects || path.contains('*'),
            Some((bucket, _)) => on_objects || bucket.contains('*'),
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    #[rstest]
    #[case("s3:GetObject", json!("arn:aws:s3:::lake/*"), None)]
    #[case("s3:ListBucket", json!("arn:aws:s3:::lake"), None)]
    #[case("s3:*", json!("arn:aws:s3:::lake"), None)]
    #[case("s3:GetObject", json!("arn:aws:s3:::lake*"), None)]
    #[case("s3:GetObject", json!(["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"]), None)]
    #[case("s3:GetObject", json!("arn:aws:s3:::lake"), Some("Action does not apply to any resource(s) in statement"))]
    #[case("s3:ListBucket", json!("arn:aws:s3:::lake/*"), Some("Action does not apply to any resource(s) in statement"))]
    #[case("s3:GetObject", json!("arn:aws:s3:::other/*"), Some("Policy has invalid resource"))]
    #[case("s3:GetObject", json!("lake/*"), Some("Policy has invalid resource"))]
    #[case("glue:GetTable", json!("arn:aws:s3:::lake/*"), Some("Policy has invalid action"))]
    fn statements_are_about_the_bucket(
        #[case] action: &str,
        #[case] resource: Value,
        #[case] expected: Option<&str>,
    ) {
        let document = json!({"Statement": {
            "Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource,
        }});
        let checked = check_bucket_policy(&document.to_string(), "lake");
        let error = checked.err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), expected);
    }

    #[test]
    fn statements_say_who_and_what() {
        let check = |statement: Value| {
            let document = json!({"Statement": statement}).to_string();
            check_bucket_policy(&document, "lake").unwrap_err()
        };
        assert_eq!(check(json!([])), BucketPolicyError::Empty);
        let nobody = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
        assert_eq!(check(nobody), BucketPolicyError::NoPrincipal);
        let nothing = json!({"Effect": "Allow", "Action": "s3:*", "Principal": "*"});
        assert_eq!(check(nothing), BucketPolicyError::NoResource);
    }
}
