use lakebed_core::CallContext;
use lakebed_wire::glue::*;

use super::Answer;
use crate::Catalog;

impl TagOperations for Catalog {
    async fn tag_resource(
        &self,
        context: &CallContext,
        request: TagResourceRequest,
    ) -> Answer<TagResourceResponse> {
        self.change_tags(context, &request.resource_arn, |tags| {
            tags.extend(request.tags_to_add);
        })?;
        Ok(TagResourceResponse::default())
    }

    async fn untag_resource(
        &self,
        context: &CallContext,
        request: UntagResourceRequest,
    ) -> Answer<UntagResourceResponse> {
        self.change_tags(context, &request.resource_arn, |tags| {
            tags.retain(|key, _| !request.tags_to_remove.contains(key));
        })?;
        Ok(UntagResourceResponse::default())
    }

    async fn get_tags(
        &self,
        context: &CallContext,
        request: GetTagsRequest,
    ) -> Answer<GetTagsResponse> {
        Ok(GetTagsResponse {
            tags: Some(self.tags(context, &request.resource_arn)?),
        })
    }
}
