use lakebed_core::CallContext;
use lakebed_wire::logs::{
    self, ListTagsForResourceRequest, ListTagsForResourceResponse, ListTagsLogGroupRequest,
    ListTagsLogGroupResponse, LogTagOperations, TagLogGroupOutput, TagLogGroupRequest,
    TagResourceOutput, TagResourceRequest, UntagLogGroupOutput, UntagLogGroupRequest,
    UntagResourceOutput, UntagResourceRequest,
};

use super::group_of_arn;
use crate::groups::{self, Tags};
use crate::{Error, Logs};

impl LogTagOperations for Logs {
    async fn tag_resource(
        &self,
        _context: &CallContext,
        request: TagResourceRequest,
    ) -> Result<TagResourceOutput, logs::Error> {
        let name = resource(&request.resource_arn)?;
        self.change_tags(name, |tags| tags.extend(request.tags))?;
        Ok(TagResourceOutput::default())
    }

    async fn untag_resource(
        &self,
        _context: &CallContext,
        request: UntagResourceRequest,
    ) -> Result<UntagResourceOutput, logs::Error> {
        let name = resource(&request.resource_arn)?;
        self.change_tags(name, |tags| {
            tags.retain(|key, _| !request.tag_keys.contains(key));
        })?;
        Ok(UntagResourceOutput::default())
    }

    async fn list_tags_for_resource(
        &self,
        _context: &CallContext,
        request: ListTagsForResourceRequest,
    ) -> Result<ListTagsForResourceResponse, logs::Error> {
        let name = resource(&request.resource_arn)?;
        Ok(ListTagsForResourceResponse {
            tags: Some(self.tags(name)?),
        })
    }

    async fn tag_log_group(
        &self,
        _context: &CallContext,
        request: TagLogGroupRequest,
    ) -> Result<TagLogGroupOutput, logs::Error> {
        self.change_tags(&request.log_group_name, |tags| tags.extend(request.tags))?;
        Ok(TagLogGroupOutput::default())
    }

    async fn untag_log_group(
        &self,
        _context: &CallContext,
        request: UntagLogGroupRequest,
    ) -> Result<UntagLogGroupOutput, logs::Error> {
        self.change_tags(&request.log_group_name, |tags| {
            tags.retain(|key, _| !request.tags.contains(key));
        })?;
        Ok(UntagLogGroupOutput::default())
    }

    async fn list_tags_log_group(
        &self,
        _context: &CallContext,
        request: ListTagsLogGroupRequest,
    ) -> Result<ListTagsLogGroupResponse, logs::Error> {
        Ok(ListTagsLogGroupResponse {
            tags: Some(self.tags(&request.log_group_name)?),
        })
    }
}

impl Logs {
    fn tags(&self, name: &str) -> Result<Tags, Error> {
        self.store.read(|connection| {
            let group = groups::find(connection, name)?;
            groups::tags(connection, &group)
        })
    }

    fn change_tags(&self, name: &str, change: impl FnOnce(&mut Tags)) -> Result<(), Error> {
        self.store.write(|tx| {
            let group = groups::find(tx, name)?;
            let mut tags = groups::tags(tx, &group)?;
            change(&mut tags);
            groups::set_tags(tx, &group, &tags)
        })
    }
}

/// The log group of an ARN, the only thing here that has tags.
fn resource(arn: &str) -> Result<&str, Error> {
    group_of_arn(arn)
        .ok_or_else(|| Error::InvalidParameter(format!("{arn} is not the ARN of a log group")))
}
