//! Tags of workgroups.

use std::collections::BTreeMap;

use lakebed_core::{CallContext, Documents, StoreError, Transaction};
use lakebed_wire::athena::{
    Error, ListTagsForResourceInput, ListTagsForResourceOutput, Tag, TagOperations,
    TagResourceInput, TagResourceOutput, UntagResourceInput, UntagResourceOutput,
};

use super::Athena;
use super::queries::internal;

/// By workgroup.
const TAGS: Documents<BTreeMap<String, String>> = Documents::of("athena.workgroup_tags");

/// The most tags a resource may have. Athena user guide, "Tag Athena resources".
const MAX_TAGS: usize = 50;
const MAX_LISTED: usize = 75;

/// Keeps the tags a workgroup is made with.
pub(super) fn keep(
    transaction: &Transaction<'_>,
    workgroup: &str,
    tags: &BTreeMap<String, String>,
) -> Result<(), StoreError> {
    TAGS.put(transaction, "", workgroup, tags)
}

/// Forgets the tags of a workgroup.
pub(super) fn remove(transaction: &Transaction<'_>, workgroup: &str) -> Result<(), StoreError> {
    TAGS.delete(transaction, "", workgroup)?;
    Ok(())
}

/// Reads tags as they are given.
///
/// # Errors
/// `InvalidRequestException` for keys that are empty, there twice, or reserved for AWS.
pub(super) fn read(given: Vec<Tag>) -> Result<BTreeMap<String, String>, Error> {
    let mut tags = BTreeMap::new();
    for tag in given {
        let key = tag.key.unwrap_or_default();
        if key.is_empty() {
            return Err(Athena::refusal(
                "Tag keys must not be empty",
                "INVALID_INPUT",
            ));
        }
        if key.to_lowercase().starts_with("aws:") {
            return Err(Athena::refusal(
                format!("Tag key '{key}' begins with 'aws:', which is reserved"),
                "INVALID_INPUT",
            ));
        }
        let message = format!("Tag key '{key}' is there twice");
        if tags.insert(key, tag.value.unwrap_or_default()).is_some() {
            return Err(Athena::refusal(message, "INVALID_INPUT"));
        }
    }
    Ok(tags)
}

impl Athena {
    /// The workgroup of an ARN.
    ///
    /// # Errors
    /// `InvalidRequestException` for other ARNs, `ResourceNotFoundException`.
    fn tagged_workgroup(&self, context: &CallContext, arn: &str) -> Result<String, Error> {
        let CallContext {
            region, account, ..
        } = context;
        let prefix = format!("arn:aws:athena:{region}:{account}:workgroup/");
        let Some(name) = arn.strip_prefix(&prefix) else {
            return Err(Self::refusal(
                format!("'{arn}' is not the ARN of a workgroup: {prefix}NAME"),
                "INVALID_INPUT",
            ));
        };
        match self.workgroup(name) {
            Ok(_) => Ok(name.to_owned()),
            Err(Error::InvalidRequestException { message, .. }) => {
                Err(Error::ResourceNotFoundException {
                    message,
                    resource_name: Some(arn.to_owned()),
                })
            }
            Err(error) => Err(error),
        }
    }
}

impl TagOperations for Athena {
    /// Adds tags; those of the same key are replaced.
    ///
    /// # Errors
    /// `InvalidRequestException` for bad tags or more than 50, `ResourceNotFoundException`.
    async fn tag_resource(
        &self,
        context: &CallContext,
        request: TagResourceInput,
    ) -> Result<TagResourceOutput, Error> {
        let workgroup = self.tagged_workgroup(context, &request.resource_arn)?;
        let added = read(request.tags)?;
        let kept = self
            .shared
            .platform
            .store
            .write(|transaction| {
                let mut tags = TAGS.get(transaction, "", &workgroup)?.unwrap_or_default();
                tags.extend(added);
                if tags.len() > MAX_TAGS {
                    return Ok(false);
                }
                TAGS.put(transaction, "", &workgroup, &tags)?;
                Ok::<_, StoreError>(true)
            })
            .map_err(internal)?;
        match kept {
            true => Ok(TagResourceOutput {}),
            false => Err(Self::refusal(
                format!("A resource can have {MAX_TAGS} tags at most"),
                "INVALID_INPUT",
            )),
        }
    }

    /// # Errors
    /// `InvalidRequestException` for other ARNs, `ResourceNotFoundException`.
    async fn untag_resource(
        &self,
        context: &CallContext,
        request: UntagResourceInput,
    ) -> Result<UntagResourceOutput, Error> {
        let workgroup = self.tagged_workgroup(context, &request.resource_arn)?;
        self.shared
            .platform
            .store
            .write(|transaction| {
                let mut tags = TAGS.get(transaction, "", &workgroup)?.unwrap_or_default();
                tags.retain(|key, _| !request.tag_keys.contains(key));
                TAGS.put(transaction, "", &workgroup, &tags)
            })
            .map_err(internal)?;
        Ok(UntagResourceOutput {})
    }

    /// # Errors
    /// `InvalidRequestException` for other ARNs, `ResourceNotFoundException`.
    async fn list_tags_for_resource(
        &self,
        context: &CallContext,
        request: ListTagsForResourceInput,
    ) -> Result<ListTagsForResourceOutput, Error> {
        let workgroup = self.tagged_workgroup(context, &request.resource_arn)?;
        let tags = self
            .shared
            .platform
            .store
            .read(|connection| TAGS.get(connection, "", &workgroup))
            .map_err(internal)?
            .unwrap_or_default();
        let limit = request
            .max_results
            .and_then(|max| usize::try_from(max).ok())
            .unwrap_or(MAX_LISTED);
        let after = request.next_token.unwrap_or_default();
        let mut listed: Vec<(String, String)> = tags
            .into_iter()
            .filter(|(key, _)| *key > after)
            .take(limit + 1)
            .collect();
        let more = listed.len() > limit;
        listed.truncate(limit);
        Ok(ListTagsForResourceOutput {
            next_token: listed
                .last()
                .filter(|_| more)
                .map(|(key, _)| key.to_owned()),
            tags: Some(
                listed
                    .into_iter()
                    .map(|(key, value)| Tag {
                        key: Some(key),
                        value: Some(value),
                    })
                    .collect(),
            ),
        })
    }
}
