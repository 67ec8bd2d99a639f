use lakebed_wire::glue::*;

use super::Answer;
use crate::Catalog;
use crate::paging::Page;

pub(super) fn create(
    catalog: &Catalog,
    request: CreateDatabaseRequest,
) -> Answer<CreateDatabaseResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    catalog.create_database(request.database_input)?;
    Ok(CreateDatabaseResponse::default())
}

pub(super) fn get(catalog: &Catalog, request: &GetDatabaseRequest) -> Answer<GetDatabaseResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    Ok(GetDatabaseResponse {
        database: Some(catalog.database(&request.name)?),
    })
}

pub(super) fn get_all(
    catalog: &Catalog,
    request: &GetDatabasesRequest,
) -> Answer<GetDatabasesResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    let page = Page::requested(request.next_token.as_deref(), request.max_results, 100)?;
    let (databases, next_token) = catalog.databases_page(&page)?;
    Ok(GetDatabasesResponse {
        database_list: databases,
        next_token,
    })
}

pub(super) fn update(
    catalog: &Catalog,
    request: UpdateDatabaseRequest,
) -> Answer<UpdateDatabaseResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    catalog.update_database(&request.name, request.database_input)?;
    Ok(UpdateDatabaseResponse::default())
}

pub(super) fn delete(
    catalog: &Catalog,
    request: &DeleteDatabaseRequest,
) -> Answer<DeleteDatabaseResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    catalog.delete_database(&request.name)?;
    Ok(DeleteDatabaseResponse::default())
}
