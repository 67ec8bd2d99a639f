use lakebed_core::CallContext;
use lakebed_wire::glue::*;

use super::{Answer, detail};
use crate::statistics::{Subject, not_known};
use crate::{Catalog, Error};

fn refused(refused: Vec<(ColumnStatistics, Error)>) -> Option<Vec<ColumnStatisticsError>> {
    let errors = refused
        .into_iter()
        .map(|(statistics, error)| ColumnStatisticsError {
            column_statistics: Some(statistics),
            error: Some(detail(error)),
        });
    Some(errors.collect())
}

fn unknown(columns: Vec<String>) -> Option<Vec<ColumnError>> {
    let errors = columns.into_iter().map(|column| ColumnError {
        error: Some(detail(not_known(&column))),
        column_name: Some(column),
    });
    Some(errors.collect())
}

impl StatisticsOperations for Catalog {
    async fn update_column_statistics_for_table(
        &self,
        _: &CallContext,
        request: UpdateColumnStatisticsForTableRequest,
    ) -> Answer<UpdateColumnStatisticsForTableResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        let subject = Subject {
            database: &request.database_name,
            table: &request.table_name,
            partition: None,
        };
        let errors = self.put_statistics(subject, request.column_statistics_list)?;
        Ok(UpdateColumnStatisticsForTableResponse {
            errors: refused(errors),
        })
    }

    async fn get_column_statistics_for_table(
        &self,
        _: &CallContext,
        request: GetColumnStatisticsForTableRequest,
    ) -> Answer<GetColumnStatisticsForTableResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        let subject = Subject {
            database: &request.database_name,
            table: &request.table_name,
            partition: None,
        };
        let (known, missing) = self.statistics(subject, request.column_names)?;
        Ok(GetColumnStatisticsForTableResponse {
            column_statistics_list: Some(known),
            errors: unknown(missing),
        })
    }

    async fn delete_column_statistics_for_table(
        &self,
        _: &CallContext,
        request: DeleteColumnStatisticsForTableRequest,
    ) -> Answer<DeleteColumnStatisticsForTableResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        let subject = Subject {
            database: &request.database_name,
            table: &request.table_name,
            partition: None,
        };
        self.delete_statistics(subject, &request.column_name)?;
        Ok(DeleteColumnStatisticsForTableResponse::default())
    }

    async fn update_column_statistics_for_partition(
        &self,
        _: &CallContext,
        request: UpdateColumnStatisticsForPartitionRequest,
    ) -> Answer<UpdateColumnStatisticsForPartitionResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        let subject = Subject {
            database: &request.database_name,
            table: &request.table_name,
            partition: Some(&request.partition_values),
        };
        let errors = self.put_statistics(subject, request.column_statistics_list)?;
        Ok(UpdateColumnStatisticsForPartitionResponse {
            errors: refused(errors),
        })
    }

    async fn get_column_statistics_for_partition(
        &self,
        _: &CallContext,
        request: GetColumnStatisticsForPartitionRequest,
    ) -> Answer<GetColumnStatisticsForPartitionResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        let subject = Subject {
            database: &request.database_name,
            table: &request.table_name,
            partition: Some(&request.partition_values),
        };
        let (known, missing) = self.statistics(subject, request.column_names)?;
        Ok(GetColumnStatisticsForPartitionResponse {
            column_statistics_list: Some(known),
            errors: unknown(missing),
        })
    }

    async fn delete_column_statistics_for_partition(
        &self,
        _: &CallContext,
        request: DeleteColumnStatisticsForPartitionRequest,
    ) -> Answer<DeleteColumnStatisticsForPartitionResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        let subject = Subject {
            database: &request.database_name,
            table: &request.table_name,
            partition: Some(&request.partition_values),
        };
        self.delete_statistics(subject, &request.column_name)?;
        Ok(DeleteColumnStatisticsForPartitionResponse::default())
    }
}
