use std::collections::BTreeMap;

use lakebed_core::CallContext;
use lakebed_wire::glue::*;

use super::{Answer, detail};
use crate::Catalog;
use crate::paging::Page;

impl ConnectionOperations for Catalog {
    async fn create_connection(
        &self,
        context: &CallContext,
        request: CreateConnectionRequest,
    ) -> Answer<CreateConnectionResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        let by = Self::created_by(context);
        self.create_connection(request.connection_input, request.tags, by)?;
        Ok(CreateConnectionResponse {
            create_connection_status: Some(ConnectionStatus::Ready),
        })
    }

    async fn get_connection(
        &self,
        _: &CallContext,
        request: GetConnectionRequest,
    ) -> Answer<GetConnectionResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        let connection = self.connection(&request.name, request.hide_password == Some(true))?;
        Ok(GetConnectionResponse {
            connection: Some(connection),
        })
    }

    async fn get_connections(
        &self,
        _: &CallContext,
        request: GetConnectionsRequest,
    ) -> Answer<GetConnectionsResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        let page = Page::requested(request.next_token.as_deref(), request.max_results, 100)?;
        let filter = request.filter.unwrap_or_default();
        let hide_password = request.hide_password == Some(true);
        let (connections, next_token) = self.connections_page(&filter, hide_password, &page)?;
        Ok(GetConnectionsResponse {
            connection_list: Some(connections),
            next_token,
        })
    }

    async fn update_connection(
        &self,
        context: &CallContext,
        request: UpdateConnectionRequest,
    ) -> Answer<UpdateConnectionResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        let by = Self::created_by(context);
        self.update_connection(&request.name, request.connection_input, by)?;
        Ok(UpdateConnectionResponse::default())
    }

    async fn delete_connection(
        &self,
        _: &CallContext,
        request: DeleteConnectionRequest,
    ) -> Answer<DeleteConnectionResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        self.delete_connection(&request.connection_name)?;
        Ok(DeleteConnectionResponse::default())
    }

    async fn batch_delete_connection(
        &self,
        _: &CallContext,
        request: BatchDeleteConnectionRequest,
    ) -> Answer<BatchDeleteConnectionResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        let mut succeeded = Vec::new();
        let mut errors = BTreeMap::new();
        for name in request.connection_name_list {
            match self.delete_connection(&name) {
                Ok(()) => succeeded.push(name),
                Err(error) => {
                    errors.insert(name, detail(error));
                }
            }
        }
        Ok(BatchDeleteConnectionResponse {
            succeeded: Some(succeeded),
            errors: Some(errors),
        })
    }
}
