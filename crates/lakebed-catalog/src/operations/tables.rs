use lakebed_core::CallContext;
use lakebed_wire::glue::{self, *};

use super::{Answer, detail};
use crate::paging::Page;
use crate::search::TableSearch;
use crate::{Catalog, TableUpdate};

pub(super) fn create(
    catalog: &Catalog,
    context: &CallContext,
    request: CreateTableRequest,
) -> Answer<CreateTableResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    if request.open_table_format_input.is_some() {
        return Err(glue::Error::invalid_input(
            "lakebed does not make open table format (Iceberg) tables yet",
        ));
    }
    let input = request
        .table_input
        .ok_or_else(|| glue::Error::invalid_input("TableInput is required"))?;
    catalog.create_indexed_table(
        &request.database_name,
        input,
        Catalog::created_by(context),
        request.partition_indexes.unwrap_or_default(),
    )?;
    Ok(CreateTableResponse::default())
}

pub(super) fn get(catalog: &Catalog, request: &GetTableRequest) -> Answer<GetTableResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    Ok(GetTableResponse {
        table: Some(catalog.table(&request.database_name, &request.name)?),
    })
}

pub(super) fn get_all(catalog: &Catalog, request: &GetTablesRequest) -> Answer<GetTablesResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    let page = Page::requested(request.next_token.as_deref(), request.max_results, 100)?;
    let attributes = request.attributes_to_get.as_deref();
    if attributes.is_some_and(|attributes| !attributes.contains(&TableAttributes::Name)) {
        return Err(glue::Error::invalid_input(
            "AttributesToGet must include NAME",
        ));
    }
    let (mut tables, next_token) =
        catalog.tables_page(&request.database_name, request.expression.as_deref(), &page)?;
    if let Some(attributes) = attributes.filter(|attributes| {
        attributes
            .iter()
            .all(|wanted| matches!(wanted, TableAttributes::Name | TableAttributes::TableType))
    }) {
        let with_type = attributes.contains(&TableAttributes::TableType);
        for table in &mut tables {
            *table = abridged(table, with_type);
        }
    }
    Ok(GetTablesResponse {
        table_list: Some(tables),
        next_token,
    })
}

pub(super) fn search(
    catalog: &Catalog,
    request: SearchTablesRequest,
) -> Answer<SearchTablesResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    let page = Page::requested(request.next_token.as_deref(), request.max_results, 100)?;
    let (tables, next_token) = match request.resource_share_type {
        // Nobody shares tables with the one account there is.
        Some(ResourceShareType::Foreign | ResourceShareType::Federated) => (Vec::new(), None),
        Some(ResourceShareType::All) | None => {
            let search = TableSearch::of(
                request.search_text.as_deref(),
                request.filters.unwrap_or_default(),
                request.sort_criteria.unwrap_or_default(),
            )?;
            catalog.search_tables(&search, &page)?
        }
    };
    Ok(SearchTablesResponse {
        next_token,
        table_list: Some(tables),
    })
}

pub(super) fn update(
    catalog: &Catalog,
    request: UpdateTableRequest,
) -> Answer<UpdateTableResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    if request.update_open_table_format_input.is_some() || request.view_update_action.is_some() {
        return Err(glue::Error::invalid_input(
            "lakebed updates tables by TableInput only",
        ));
    }
    let input = request
        .table_input
        .ok_or_else(|| glue::Error::invalid_input("TableInput is required"))?;
    let update = TableUpdate {
        skip_archive: request.skip_archive.unwrap_or(false),
        expected_version: request.version_id,
    };
    catalog.update_table(&request.database_name, input, &update)?;
    Ok(UpdateTableResponse::default())
}

pub(super) fn delete(
    catalog: &Catalog,
    request: &DeleteTableRequest,
) -> Answer<DeleteTableResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    catalog.delete_table(&request.database_name, &request.name)?;
    Ok(DeleteTableResponse::default())
}

pub(super) fn batch_delete(
    catalog: &Catalog,
    request: BatchDeleteTableRequest,
) -> Answer<BatchDeleteTableResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    catalog.database(&request.database_name)?;
    let mut errors = Vec::new();
    for name in request.tables_to_delete {
        if let Err(error) = catalog.delete_table(&request.database_name, &name) {
            errors.push(TableError {
                table_name: Some(name),
                error_detail: Some(detail(error)),
            });
        }
    }
    Ok(BatchDeleteTableResponse {
        errors: Some(errors),
    })
}

pub(super) fn get_version(
    catalog: &Catalog,
    request: &GetTableVersionRequest,
) -> Answer<GetTableVersionResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    let table = catalog.table_version(
        &request.database_name,
        &request.table_name,
        request.version_id.as_deref(),
    )?;
    Ok(GetTableVersionResponse {
        table_version: Some(version_of(table)),
    })
}

pub(super) fn get_versions(
    catalog: &Catalog,
    request: &GetTableVersionsRequest,
) -> Answer<GetTableVersionsResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    let page = Page::requested(request.next_token.as_deref(), request.max_results, 100)?;
    let number = |version: Option<&str>| version.and_then(|version| version.parse::<u64>().ok());
    let last_shown = number(page.after.as_deref());
    let versions = catalog.table_versions(&request.database_name, &request.table_name)?;
    let entries: Vec<(String, TableVersion)> = versions
        .into_iter()
        .skip_while(|table| {
            last_shown.is_some() && number(table.version_id.as_deref()) >= last_shown
        })
        .take(page.limit + 1)
        .map(|table| {
            (
                table.version_id.clone().unwrap_or_default(),
                version_of(table),
            )
        })
        .collect();
    let (versions, next_token) = page.cut(entries);
    Ok(GetTableVersionsResponse {
        table_versions: Some(versions),
        next_token,
    })
}

pub(super) fn delete_version(
    catalog: &Catalog,
    request: &DeleteTableVersionRequest,
) -> Answer<DeleteTableVersionResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    catalog.delete_table_version(
        &request.database_name,
        &request.table_name,
        &request.version_id,
    )?;
    Ok(DeleteTableVersionResponse::default())
}

pub(super) fn batch_delete_versions(
    catalog: &Catalog,
    request: BatchDeleteTableVersionRequest,
) -> Answer<BatchDeleteTableVersionResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    catalog.table(&request.database_name, &request.table_name)?;
    let mut errors = Vec::new();
    for version in request.version_ids {
        if let Err(error) =
            catalog.delete_table_version(&request.database_name, &request.table_name, &version)
        {
            errors.push(TableVersionError {
                table_name: Some(request.table_name.clone()),
                version_id: Some(version),
                error_detail: Some(detail(error)),
            });
        }
    }
    Ok(BatchDeleteTableVersionResponse {
        errors: Some(errors),
    })
}

/// A table's name and, if it is asked for, its type.
fn abridged(table: &Table, with_type: bool) -> Table {
    Table {
        name: table.name.clone(),
        database_name: table.database_name.clone(),
        catalog_id: table.catalog_id.clone(),
        table_type: table.table_type.clone().filter(|_| with_type),
        ..Default::default()
    }
}

fn version_of(table: Table) -> TableVersion {
    TableVersion {
        version_id: table.version_id.clone(),
        table: Some(table),
    }
}
