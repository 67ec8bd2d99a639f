use lakebed_core::CallContext;
use lakebed_wire::glue::*;

use super::Answer;
use crate::Catalog;

/// One group of operations is one trait; what each does stands in the folder `registry`.
impl RegistryOperations for Catalog {
    async fn create_registry(
        &self,
        _: &CallContext,
        request: CreateRegistryInput,
    ) -> Answer<CreateRegistryResponse> {
        Ok(self.create_registry(request)?)
    }

    async fn get_registry(
        &self,
        _: &CallContext,
        request: GetRegistryInput,
    ) -> Answer<GetRegistryResponse> {
        Ok(self.registry(&request)?)
    }

    async fn list_registries(
        &self,
        _: &CallContext,
        request: ListRegistriesInput,
    ) -> Answer<ListRegistriesResponse> {
        Ok(self.registries(&request)?)
    }

    async fn update_registry(
        &self,
        _: &CallContext,
        request: UpdateRegistryInput,
    ) -> Answer<UpdateRegistryResponse> {
        Ok(self.update_registry(request)?)
    }

    async fn delete_registry(
        &self,
        _: &CallContext,
        request: DeleteRegistryInput,
    ) -> Answer<DeleteRegistryResponse> {
        Ok(self.delete_registry(&request)?)
    }

    async fn create_schema(
        &self,
        _: &CallContext,
        request: CreateSchemaInput,
    ) -> Answer<CreateSchemaResponse> {
        Ok(self.create_schema(request)?)
    }

    async fn get_schema(
        &self,
        _: &CallContext,
        request: GetSchemaInput,
    ) -> Answer<GetSchemaResponse> {
        Ok(self.schema(&request)?)
    }

    async fn list_schemas(
        &self,
        _: &CallContext,
        request: ListSchemasInput,
    ) -> Answer<ListSchemasResponse> {
        Ok(self.schemas(&request)?)
    }

    async fn update_schema(
        &self,
        _: &CallContext,
        request: UpdateSchemaInput,
    ) -> Answer<UpdateSchemaResponse> {
        Ok(self.update_schema(request)?)
    }

    async fn delete_schema(
        &self,
        _: &CallContext,
        request: DeleteSchemaInput,
    ) -> Answer<DeleteSchemaResponse> {
        Ok(self.delete_schema(&request)?)
    }

    async fn register_schema_version(
        &self,
        _: &CallContext,
        request: RegisterSchemaVersionInput,
    ) -> Answer<RegisterSchemaVersionResponse> {
        Ok(self.register_version(request)?)
    }

    async fn get_schema_version(
        &self,
        _: &CallContext,
        request: GetSchemaVersionInput,
    ) -> Answer<GetSchemaVersionResponse> {
        Ok(self.schema_version(&request)?)
    }

    async fn get_schema_by_definition(
        &self,
        _: &CallContext,
        request: GetSchemaByDefinitionInput,
    ) -> Answer<GetSchemaByDefinitionResponse> {
        Ok(self.schema_by_definition(&request)?)
    }

    async fn list_schema_versions(
        &self,
        _: &CallContext,
        request: ListSchemaVersionsInput,
    ) -> Answer<ListSchemaVersionsResponse> {
        Ok(self.schema_versions(&request)?)
    }

    async fn delete_schema_versions(
        &self,
        _: &CallContext,
        request: DeleteSchemaVersionsInput,
    ) -> Answer<DeleteSchemaVersionsResponse> {
        Ok(self.delete_versions(&request)?)
    }

    async fn get_schema_versions_diff(
        &self,
        _: &CallContext,
        request: GetSchemaVersionsDiffInput,
    ) -> Answer<GetSchemaVersionsDiffResponse> {
        Ok(self.versions_difference(&request)?)
    }

    async fn check_schema_version_validity(
        &self,
        _: &CallContext,
        request: CheckSchemaVersionValidityInput,
    ) -> Answer<CheckSchemaVersionValidityResponse> {
        Ok(Self::check_validity(&request))
    }

    async fn put_schema_version_metadata(
        &self,
        _: &CallContext,
        request: PutSchemaVersionMetadataInput,
    ) -> Answer<PutSchemaVersionMetadataResponse> {
        Ok(self.put_version_metadata(&request)?)
    }

    async fn remove_schema_version_metadata(
        &self,
        _: &CallContext,
        request: RemoveSchemaVersionMetadataInput,
    ) -> Answer<RemoveSchemaVersionMetadataResponse> {
        Ok(self.remove_version_metadata(&request)?)
    }

    async fn query_schema_version_metadata(
        &self,
        _: &CallContext,
        request: QuerySchemaVersionMetadataInput,
    ) -> Answer<QuerySchemaVersionMetadataResponse> {
        Ok(self.version_metadata(&request)?)
    }
}
