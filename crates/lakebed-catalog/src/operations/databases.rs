use lakebed_wire::glue::{self, *};

use super::Answer;
use crate::Catalog;
use crate::paging::Page;

pub(super) fn create(
    catalog: &Catalog,
    request: CreateDatabaseRequest,
) -> Answer<CreateDatabaseResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    let tags = request.tags.unwrap_or_default();
    catalog.create_tagged_database(request.database_input, &tags)?;
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
    // Other accounts share nothing with this one, and nothing federates into it.
    if matches!(
        request.resource_share_type,
        Some(ResourceShareType::Foreign | ResourceShareType::Federated)
    ) {
        return Ok(GetDatabasesResponse::default());
    }
    let (mut databases, next_token) = catalog.databases_page(&page)?;
    if let Some(attributes) = request.attributes_to_get.as_deref() {
        if !attributes.contains(&DatabaseAttributes::Name) {
            return Err(glue::Error::invalid_input(
                "AttributesToGet must include NAME",
            ));
        }
        let with_target = attributes.contains(&DatabaseAttributes::TargetDatabase);
        for database in &mut databases {
            *database = abridged(database, with_target);
        }
    }
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

/// A database's name and, if it is asked for, the database it links to.
fn abridged(database: &Database, with_target: bool) -> Database {
    Database {
        name: database.name.clone(),
        catalog_id: database.catalog_id.clone(),
        target_database: database.target_database.clone().filter(|_| with_target),
        ..Default::default()
    }
}
