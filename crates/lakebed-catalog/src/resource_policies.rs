//! The resource policy of the catalog, and those of what is in it: kept, with a hash that says
//! which one it is. They are not evaluated; one account owns everything.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lakebed_core::{Documents, Timestamp};
use lakebed_wire::glue::{
    DeleteResourcePolicyRequest, ExistCondition, GluePolicy, PutResourcePolicyRequest,
};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::paging::Page;
use crate::{Catalog, Error};

/// By ARN; empty is the catalog's.
const POLICIES: Documents<Policy> = Documents::of("glue.resource_policy");

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Policy {
    text: String,
    created: Timestamp,
    updated: Timestamp,
}

impl Policy {
    fn hash(&self) -> String {
        STANDARD.encode(Md5::digest(&self.text))
    }

    fn described(self) -> GluePolicy {
        GluePolicy {
            policy_hash: Some(self.hash()),
            policy_in_json: Some(self.text),
            create_time: Some(self.created),
            update_time: Some(self.updated),
        }
    }
}

fn not_found() -> Error {
    Error::NotFound("Policy not found".to_owned())
}

fn wrong_hash() -> Error {
    Error::ConditionFailed("The policy hash does not match that of the policy there is".to_owned())
}

/// Refuses what is not a policy at all.
fn check(text: &str) -> Result<(), Error> {
    let malformed = |why: &str| Error::InvalidInput(format!("Malformed policy document: {why}"));
    let document: Value =
        serde_json::from_str(text).map_err(|error| malformed(&error.to_string()))?;
    let statements = match &document["Statement"] {
        Value::Array(statements) => statements.as_slice(),
        statement @ Value::Object(_) => std::slice::from_ref(statement),
        _ => return Err(malformed("it has no Statement")),
    };
    for statement in statements {
        for member in ["Effect", "Principal", "Action", "Resource"] {
            if statement.get(member).is_none() {
                return Err(malformed(&format!("a statement has no {member}")));
            }
        }
    }
    Ok(())
}

impl Catalog {
    /// Keeps a policy, and answers its hash.
    pub(crate) fn put_policy(&self, request: PutResourcePolicyRequest) -> Result<String, Error> {
        check(&request.policy_in_json)?;
        let arn = request.resource_arn.unwrap_or_default();
        let now = self.platform.clock.now();
        self.platform.store.write(|tx| {
            let current = POLICIES.get(tx, "", &arn)?;
            match request.policy_exists_condition {
                Some(ExistCondition::MustExist) if current.is_none() => return Err(not_found()),
                Some(ExistCondition::NotExist) if current.is_some() => {
                    return Err(Error::ConditionFailed("A policy exists already".to_owned()));
                }
                _ => {}
            }
            if let Some(hash) = &request.policy_hash_condition
                && current.as_ref().map(Policy::hash).as_ref() != Some(hash)
            {
                return Err(wrong_hash());
            }
            let policy = Policy {
                text: request.policy_in_json,
                created: current.map_or(now, |current| current.created),
                updated: now,
            };
            POLICIES.put(tx, "", &arn, &policy)?;
            Ok(policy.hash())
        })
    }

    pub(crate) fn policy(&self, arn: Option<&str>) -> Result<GluePolicy, Error> {
        let policy = self
            .platform
            .store
            .read(|connection| POLICIES.get(connection, "", arn.unwrap_or_default()))?;
        policy.map(Policy::described).ok_or_else(not_found)
    }

    pub(crate) fn policies_page(
        &self,
        page: &Page,
    ) -> Result<(Vec<GluePolicy>, Option<String>), Error> {
        let entries = self.platform.store.read(|connection| {
            POLICIES.page(connection, "", page.after.as_deref(), page.limit + 1)
        })?;
        let (policies, next) = page.cut(entries);
        Ok((policies.into_iter().map(Policy::described).collect(), next))
    }

    pub(crate) fn delete_policy(&self, request: &DeleteResourcePolicyRequest) -> Result<(), Error> {
        let arn = request.resource_arn.as_deref().unwrap_or_default();
        self.platform.store.write(|tx| {
            let current = POLICIES.get(tx, "", arn)?.ok_or_else(not_found)?;
            if let Some(hash) = &request.policy_hash_condition
                && *hash != current.hash()
            {
                return Err(wrong_hash());
            }
            POLICIES.delete(tx, "", arn)?;
            Ok::<_, Error>(())
        })
    }
}
