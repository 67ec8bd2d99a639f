use lakebed_core::CallContext;
use lakebed_wire::glue::*;

use super::Answer;
use crate::Catalog;
use crate::paging::Page;

impl PolicyOperations for Catalog {
    async fn put_resource_policy(
        &self,
        _: &CallContext,
        request: PutResourcePolicyRequest,
    ) -> Answer<PutResourcePolicyResponse> {
        Ok(PutResourcePolicyResponse {
            policy_hash: Some(self.put_policy(request)?),
        })
    }

    async fn get_resource_policy(
        &self,
        _: &CallContext,
        request: GetResourcePolicyRequest,
    ) -> Answer<GetResourcePolicyResponse> {
        let policy = self.policy(request.resource_arn.as_deref())?;
        Ok(GetResourcePolicyResponse {
            policy_in_json: policy.policy_in_json,
            policy_hash: policy.policy_hash,
            create_time: policy.create_time,
            update_time: policy.update_time,
        })
    }

    async fn get_resource_policies(
        &self,
        _: &CallContext,
        request: GetResourcePoliciesRequest,
    ) -> Answer<GetResourcePoliciesResponse> {
        let page = Page::requested(request.next_token.as_deref(), request.max_results, 100)?;
        let (policies, next_token) = self.policies_page(&page)?;
        Ok(GetResourcePoliciesResponse {
            get_resource_policies_response_list: Some(policies),
            next_token,
        })
    }

    async fn delete_resource_policy(
        &self,
        _: &CallContext,
        request: DeleteResourcePolicyRequest,
    ) -> Answer<DeleteResourcePolicyResponse> {
        self.delete_policy(&request)?;
        Ok(DeleteResourcePolicyResponse::default())
    }

    async fn put_data_catalog_encryption_settings(
        &self,
        _: &CallContext,
        request: PutDataCatalogEncryptionSettingsRequest,
    ) -> Answer<PutDataCatalogEncryptionSettingsResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        self.put_encryption_settings(&request.data_catalog_encryption_settings)?;
        Ok(PutDataCatalogEncryptionSettingsResponse::default())
    }

    async fn get_data_catalog_encryption_settings(
        &self,
        _: &CallContext,
        request: GetDataCatalogEncryptionSettingsRequest,
    ) -> Answer<GetDataCatalogEncryptionSettingsResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        Ok(GetDataCatalogEncryptionSettingsResponse {
            data_catalog_encryption_settings: Some(self.encryption_settings()?),
        })
    }
}
