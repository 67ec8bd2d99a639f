use lakebed_wire::glue::{self, *};

use super::{Answer, detail};
use crate::paging::Page;
use crate::partitions::PartitionQuery;
use crate::{Catalog, Error};

pub(super) fn create(
    catalog: &Catalog,
    request: CreatePartitionRequest,
) -> Answer<CreatePartitionResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    let existing = catalog.add_partitions(
        &request.database_name,
        &request.table_name,
        vec![request.partition_input],
    )?;
    if existing.is_empty() {
        Ok(CreatePartitionResponse::default())
    } else {
        Err(glue::Error::already_exists("Partition already exists."))
    }
}

pub(super) fn batch_create(
    catalog: &Catalog,
    request: BatchCreatePartitionRequest,
) -> Answer<BatchCreatePartitionResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    let existing = catalog.add_partitions(
        &request.database_name,
        &request.table_name,
        request.partition_input_list,
    )?;
    let errors = existing
        .into_iter()
        .map(|values| {
            partition_error(
                values,
                Error::AlreadyExists("Partition already exists.".to_owned()),
            )
        })
        .collect();
    Ok(BatchCreatePartitionResponse {
        errors: Some(errors),
    })
}

pub(super) fn get(
    catalog: &Catalog,
    request: &GetPartitionRequest,
) -> Answer<GetPartitionResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    let partition = catalog.partition(
        &request.database_name,
        &request.table_name,
        &request.partition_values,
    )?;
    Ok(GetPartitionResponse {
        partition: Some(partition),
    })
}

pub(super) fn get_all(
    catalog: &Catalog,
    request: &GetPartitionsRequest,
) -> Answer<GetPartitionsResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    if let Some(segment) = &request.segment
        && segment.segment_number >= segment.total_segments
    {
        return Err(glue::Error::invalid_input(format!(
            "SegmentNumber {} must be less than TotalSegments {}",
            segment.segment_number, segment.total_segments
        )));
    }
    let page = Page::requested(request.next_token.as_deref(), request.max_results, 1_000)?;
    let query = PartitionQuery {
        expression: request.expression.as_deref(),
        segment: request.segment.as_ref(),
    };
    let (mut partitions, next_token) =
        catalog.partitions_page(&request.database_name, &request.table_name, &query, &page)?;
    if request.exclude_column_schema == Some(true) {
        for descriptor in partitions
            .iter_mut()
            .filter_map(|partition| partition.storage_descriptor.as_mut())
        {
            descriptor.columns = None;
        }
    }
    Ok(GetPartitionsResponse {
        partitions: Some(partitions),
        next_token,
    })
}

pub(super) fn batch_get(
    catalog: &Catalog,
    request: BatchGetPartitionRequest,
) -> Answer<BatchGetPartitionResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    catalog.table(&request.database_name, &request.table_name)?;
    let mut partitions = Vec::new();
    for PartitionValueList { values } in request.partitions_to_get {
        match catalog.partition(&request.database_name, &request.table_name, &values) {
            Ok(partition) => partitions.push(partition),
            // Glue leaves out what is not there; UnprocessedKeys is for what it had no time for.
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(BatchGetPartitionResponse {
        partitions: Some(partitions),
        unprocessed_keys: Some(Vec::new()),
    })
}

pub(super) fn update(
    catalog: &Catalog,
    request: UpdatePartitionRequest,
) -> Answer<UpdatePartitionResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    catalog.update_partition(
        &request.database_name,
        &request.table_name,
        &request.partition_value_list,
        request.partition_input,
    )?;
    Ok(UpdatePartitionResponse::default())
}

pub(super) fn batch_update(
    catalog: &Catalog,
    request: BatchUpdatePartitionRequest,
) -> Answer<BatchUpdatePartitionResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    catalog.table(&request.database_name, &request.table_name)?;
    let mut errors = Vec::new();
    for entry in request.entries {
        let values = entry.partition_value_list;
        let updated = catalog.update_partition(
            &request.database_name,
            &request.table_name,
            &values,
            entry.partition_input,
        );
        if let Err(error) = updated {
            errors.push(BatchUpdatePartitionFailureEntry {
                partition_value_list: Some(values),
                error_detail: Some(detail(error)),
            });
        }
    }
    Ok(BatchUpdatePartitionResponse {
        errors: Some(errors),
    })
}

pub(super) fn delete(
    catalog: &Catalog,
    request: &DeletePartitionRequest,
) -> Answer<DeletePartitionResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    catalog.delete_partition(
        &request.database_name,
        &request.table_name,
        &request.partition_values,
    )?;
    Ok(DeletePartitionResponse::default())
}

pub(super) fn batch_delete(
    catalog: &Catalog,
    request: BatchDeletePartitionRequest,
) -> Answer<BatchDeletePartitionResponse> {
    catalog.check_catalog_id(request.catalog_id.as_deref())?;
    catalog.table(&request.database_name, &request.table_name)?;
    let mut errors = Vec::new();
    for PartitionValueList { values } in request.partitions_to_delete {
        if let Err(error) =
            catalog.delete_partition(&request.database_name, &request.table_name, &values)
        {
            errors.push(partition_error(values, error));
        }
    }
    Ok(BatchDeletePartitionResponse {
        errors: Some(errors),
    })
}

fn partition_error(values: Vec<String>, error: Error) -> PartitionError {
    PartitionError {
        partition_values: Some(values),
        error_detail: Some(detail(error)),
    }
}
