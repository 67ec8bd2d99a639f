use lakebed_core::CallContext;
use lakebed_wire::glue::*;

use super::Answer;
use crate::Catalog;

impl PartitionIndexOperations for Catalog {
    async fn create_partition_index(
        &self,
        _: &CallContext,
        request: CreatePartitionIndexRequest,
    ) -> Answer<CreatePartitionIndexResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        self.create_partition_index(
            &request.database_name,
            &request.table_name,
            request.partition_index,
        )?;
        Ok(CreatePartitionIndexResponse::default())
    }

    async fn get_partition_indexes(
        &self,
        _: &CallContext,
        request: GetPartitionIndexesRequest,
    ) -> Answer<GetPartitionIndexesResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        let indexes = self.partition_indexes(&request.database_name, &request.table_name)?;
        Ok(GetPartitionIndexesResponse {
            partition_index_descriptor_list: Some(indexes),
            next_token: None,
        })
    }

    async fn delete_partition_index(
        &self,
        _: &CallContext,
        request: DeletePartitionIndexRequest,
    ) -> Answer<DeletePartitionIndexResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        self.delete_partition_index(
            &request.database_name,
            &request.table_name,
            &request.index_name,
        )?;
        Ok(DeletePartitionIndexResponse::default())
    }
}
