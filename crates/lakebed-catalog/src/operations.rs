//! The operations of the wire, as thin shells around [`Catalog`]'s methods.

mod connections;
mod databases;
mod functions;
mod partition_indexes;
mod partitions;
mod registry;
mod resource_policies;
mod statistics;
mod tables;
mod tags;

use lakebed_core::CallContext;
use lakebed_wire::glue::{self, *};

use crate::Catalog;

type Answer<T> = Result<T, glue::Error>;

/// One group of operations is one trait; what each does stands in the file of its family.
impl CatalogOperations for Catalog {
    async fn create_database(
        &self,
        _: &CallContext,
        request: CreateDatabaseRequest,
    ) -> Answer<CreateDatabaseResponse> {
        databases::create(self, request)
    }
    async fn get_database(
        &self,
        _: &CallContext,
        request: GetDatabaseRequest,
    ) -> Answer<GetDatabaseResponse> {
        databases::get(self, &request)
    }
    async fn get_databases(
        &self,
        _: &CallContext,
        request: GetDatabasesRequest,
    ) -> Answer<GetDatabasesResponse> {
        databases::get_all(self, &request)
    }
    async fn update_database(
        &self,
        _: &CallContext,
        request: UpdateDatabaseRequest,
    ) -> Answer<UpdateDatabaseResponse> {
        databases::update(self, request)
    }
    async fn delete_database(
        &self,
        _: &CallContext,
        request: DeleteDatabaseRequest,
    ) -> Answer<DeleteDatabaseResponse> {
        databases::delete(self, &request)
    }
    async fn create_table(
        &self,
        context: &CallContext,
        request: CreateTableRequest,
    ) -> Answer<CreateTableResponse> {
        tables::create(self, context, request)
    }
    async fn get_table(
        &self,
        _: &CallContext,
        request: GetTableRequest,
    ) -> Answer<GetTableResponse> {
        tables::get(self, &request)
    }
    async fn get_tables(
        &self,
        _: &CallContext,
        request: GetTablesRequest,
    ) -> Answer<GetTablesResponse> {
        tables::get_all(self, &request)
    }
    async fn update_table(
        &self,
        _: &CallContext,
        request: UpdateTableRequest,
    ) -> Answer<UpdateTableResponse> {
        tables::update(self, request)
    }
    async fn delete_table(
        &self,
        _: &CallContext,
        request: DeleteTableRequest,
    ) -> Answer<DeleteTableResponse> {
        tables::delete(self, &request)
    }
    async fn batch_delete_table(
        &self,
        _: &CallContext,
        request: BatchDeleteTableRequest,
    ) -> Answer<BatchDeleteTableResponse> {
        tables::batch_delete(self, request)
    }
    async fn search_tables(
        &self,
        _: &CallContext,
        request: SearchTablesRequest,
    ) -> Answer<SearchTablesResponse> {
        tables::search(self, request)
    }
    async fn get_table_version(
        &self,
        _: &CallContext,
        request: GetTableVersionRequest,
    ) -> Answer<GetTableVersionResponse> {
        tables::get_version(self, &request)
    }
    async fn get_table_versions(
        &self,
        _: &CallContext,
        request: GetTableVersionsRequest,
    ) -> Answer<GetTableVersionsResponse> {
        tables::get_versions(self, &request)
    }
    async fn delete_table_version(
        &self,
        _: &CallContext,
        request: DeleteTableVersionRequest,
    ) -> Answer<DeleteTableVersionResponse> {
        tables::delete_version(self, &request)
    }
    async fn batch_delete_table_version(
        &self,
        _: &CallContext,
        request: BatchDeleteTableVersionRequest,
    ) -> Answer<BatchDeleteTableVersionResponse> {
        tables::batch_delete_versions(self, request)
    }
    async fn create_partition(
        &self,
        _: &CallContext,
        request: CreatePartitionRequest,
    ) -> Answer<CreatePartitionResponse> {
        partitions::create(self, request)
    }
    async fn batch_create_partition(
        &self,
        _: &CallContext,
        request: BatchCreatePartitionRequest,
    ) -> Answer<BatchCreatePartitionResponse> {
        partitions::batch_create(self, request)
    }
    async fn get_partition(
        &self,
        _: &CallContext,
        request: GetPartitionRequest,
    ) -> Answer<GetPartitionResponse> {
        partitions::get(self, &request)
    }
    async fn get_partitions(
        &self,
        _: &CallContext,
        request: GetPartitionsRequest,
    ) -> Answer<GetPartitionsResponse> {
        partitions::get_all(self, &request)
    }
    async fn batch_get_partition(
        &self,
        _: &CallContext,
        request: BatchGetPartitionRequest,
    ) -> Answer<BatchGetPartitionResponse> {
        partitions::batch_get(self, request)
    }
    async fn update_partition(
        &self,
        _: &CallContext,
        request: UpdatePartitionRequest,
    ) -> Answer<UpdatePartitionResponse> {
        partitions::update(self, request)
    }
    async fn batch_update_partition(
        &self,
        _: &CallContext,
        request: BatchUpdatePartitionRequest,
    ) -> Answer<BatchUpdatePartitionResponse> {
        partitions::batch_update(self, request)
    }
    async fn delete_partition(
        &self,
        _: &CallContext,
        request: DeletePartitionRequest,
    ) -> Answer<DeletePartitionResponse> {
        partitions::delete(self, &request)
    }
    async fn batch_delete_partition(
        &self,
        _: &CallContext,
        request: BatchDeletePartitionRequest,
    ) -> Answer<BatchDeletePartitionResponse> {
        partitions::batch_delete(self, request)
    }
}

/// An error as batch operations report it for one entry.
fn detail(error: crate::Error) -> ErrorDetail {
    let error = glue::Error::from(error);
    ErrorDetail {
        error_code: Some(error.code().to_owned()),
        error_message: Some(error.to_string()),
    }
}
