//! A query's columns as those of the table or view that is made of them.

use std::collections::HashSet;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion_trino::{ColumnType, Location, PlannedQuery, type_name};
use lakebed_engine::types;
use lakebed_wire::glue;

use crate::error::{ErrorKind, QueryError, Result};

/// The plan with the columns called as the table's columns are; each must have a name of its own.
pub(super) fn named(planned: &PlannedQuery, location: Location) -> Result<LogicalPlan> {
    let schema = planned.plan.schema();
    let mut seen = HashSet::new();
    let mut columns = Vec::with_capacity(planned.names.len());
    for (position, name) in planned.names.iter().enumerate() {
        let name = name.to_lowercase();
        if name == format!("_col{position}") {
            return Err(QueryError::at(
                ErrorKind::MissingColumnName,
                location,
                format!("Column name not specified at position {}", position + 1),
            ));
        }
        if !seen.insert(name.clone()) {
            return Err(QueryError::at(
                ErrorKind::DuplicateColumnName,
                location,
                format!("Column name '{name}' specified more than once"),
            ));
        }
        let (qualifier, field) = schema.qualified_field(position);
        columns.push(Expr::Column(Column::from((qualifier, field))).alias(name));
    }
    LogicalPlanBuilder::from(planned.plan.clone())
        .project(columns)
        .and_then(LogicalPlanBuilder::build)
        .map_err(|error| QueryError::from(&error))
}

/// The query with columns that files can hold.
///
/// # Errors
/// `NOT_SUPPORTED` for a type that Hive has none for, such as `json` or `timestamp(3) with time
/// zone`.
pub(super) fn storable(mut planned: PlannedQuery) -> Result<PlannedQuery> {
    planned.plan = planned.arrow_plan().map_err(|name| unsupported(&name))?;
    Ok(planned)
}

fn unsupported(name: &str) -> QueryError {
    QueryError::new(
        ErrorKind::NotSupported,
        format!("Unsupported Hive type: {name}"),
    )
}

/// The plan's columns with Hive's types.
pub(super) fn glue_columns(plan: &LogicalPlan) -> Result<Vec<glue::Column>> {
    let mut columns = Vec::new();
    for field in plan.schema().fields() {
        let is_interval = matches!(
            field.data_type(),
            DataType::Interval(_) | DataType::Duration(_)
        );
        if field.data_type().is_null() || is_interval {
            let name = type_name(field.data_type());
            return Err(unsupported(&format!(
                "{name}, of column '{}'",
                field.name()
            )));
        }
        columns.push(glue::Column {
            name: field.name().clone(),
            r#type: Some(hive_type(field.data_type())),
            ..glue::Column::default()
        });
    }
    Ok(columns)
}

/// Hive's type of a column; views may have columns that Hive has no type for.
fn hive_type(data_type: &DataType) -> String {
    let kind = ColumnType::from_arrow(data_type);
    match kind.name() {
        "json" | "uuid" | "ipaddress" => "string".to_owned(),
        "time" | "time with time zone" | "timestamp with time zone" => "string".to_owned(),
        "timestamp" => "timestamp".to_owned(),
        "char" => format!("char({})", kind.precision()),
        _ => types::hive_type(data_type),
    }
}

/// Splits the partition keys off the columns, whose last they must be.
///
/// # Errors
/// `HIVE_COLUMN_ORDER_MISMATCH` if they are elsewhere, or nothing is left.
pub(super) fn split_off_keys(
    columns: &mut Vec<glue::Column>,
    partitioned_by: &[String],
) -> Result<Vec<glue::Column>> {
    let data = columns.len().saturating_sub(partitioned_by.len());
    let keys = columns.split_off(data);
    let are_last = keys
        .iter()
        .map(|key| key.name.as_str())
        .eq(partitioned_by.iter().map(String::as_str));
    match are_last && !columns.is_empty() {
        true => Ok(keys),
        false => Err(QueryError::new(
            ErrorKind::Named("HIVE_COLUMN_ORDER_MISMATCH".to_owned()),
            format!(
                "Partition keys must be the last columns in the table and in the same order as the table properties: [{}]",
                partitioned_by.join(", ")
            ),
        )),
    }
}
