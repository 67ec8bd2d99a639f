//! `INSERT INTO`: a query's rows as more files of a table.

use arrow::datatypes::DataType;
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast, lit};
use datafusion_trino::{PlannedQuery, type_name};
use lakebed_engine::{ParquetLayout, TextLimit, types};
use lakebed_wire::glue;

use super::fit_text::fit_text;
use super::storage_format::Storage;
use super::target::{Target, WritePlan};
use super::{Answer, Context, select, show, target};
use crate::error::{ErrorKind, QueryError, Result};
use crate::lake::{CATALOG, catalog_error, is_view};
use crate::statement::Insert;

pub(super) async fn execute(context: &Context, insert: &Insert) -> Result<Answer> {
    let (table, plan) = plan(context, insert).await?;
    let pending = target::write(context, plan).await?;
    let lake = context.lake.clone();
    let database = context.database_of(&insert.name).to_owned();
    let report = target::publish(context, pending, move |report| {
        target::add_partitions(&lake, &database, &table, report)
    })
    .await?;
    Ok(Answer::Written {
        kind: "INSERT",
        rows: report.rows,
        files: report.files.into_iter().map(|file| file.path).collect(),
    })
}

/// The table, and what is to be written into it.
pub(super) async fn plan(context: &Context, insert: &Insert) -> Result<(glue::Table, WritePlan)> {
    let database = context.database_of(&insert.name);
    let table = table(context, insert)?;
    let storage = table.storage_descriptor.clone().unwrap_or_default();
    let parameters = table.parameters.clone().unwrap_or_default();
    let format = Storage::of_table(&storage, &parameters)?;
    let mut planned = select::plan(context, &insert.query).await?;
    // What no file can hold fits no column, and is refused as such.
    if let Ok(plan) = planned.arrow_plan() {
        planned.plan = plan;
    }
    let rows = table_rows(&planned, insert, &table)?;
    let keys = table.partition_keys.iter().flatten();
    let level = parameters.get("compression_level");
    let target = Target {
        partition_by: keys.map(|key| key.name.clone()).collect(),
        zstd_level: level.and_then(|level| level.parse().ok()),
        places: Some(target::known_places(context, database, &table)),
        parquet: ParquetLayout::of_table(&parameters)?,
        ..Target::new(storage.location.unwrap_or_default(), format)
    };
    Ok((table, WritePlan { rows, target }))
}

/// The table that rows are added to.
fn table(context: &Context, insert: &Insert) -> Result<glue::Table> {
    let database = context.database_of(&insert.name);
    let table = context
        .lake
        .catalog
        .table(database, &insert.name.table)
        .map_err(|error| match error {
            lakebed_catalog::Error::NotFound(_) => QueryError::at(
                ErrorKind::TableNotFound,
                insert.name.location,
                format!(
                    "Table '{CATALOG}.{database}.{}' does not exist",
                    insert.name.table
                ),
            ),
            other => catalog_error(&other),
        })?;
    let refused =
        |message: &str| QueryError::at(ErrorKind::NotSupported, insert.name.location, message);
    if is_view(&table) {
        return Err(refused("Inserting into views is not supported"));
    }
    let storage = table.storage_descriptor.as_ref();
    let buckets = storage.and_then(|storage| storage.bucket_columns.as_ref());
    if buckets.is_some_and(|columns| !columns.is_empty()) {
        return Err(refused("INSERT INTO is not supported on bucketed tables"));
    }
    Ok(table)
}

/// The query's columns as the table's: in its order, of its types, null where none is given.
fn table_rows(planned: &PlannedQuery, insert: &Insert, table: &glue::Table) -> Result<LogicalPlan> {
    let mut columns: Vec<(&str, DataType)> = Vec::new();
    let mut limits: Vec<Option<TextLimit>> = Vec::new();
    for column in show::all_columns(table) {
        let hive_type = column.r#type.as_deref().unwrap_or("string");
        columns.push((column.name.as_str(), types::arrow_type(hive_type)?));
        limits.push(TextLimit::of_type(hive_type));
    }
    let given: Vec<&str> = match &insert.columns {
        Some(names) => names.iter().map(String::as_str).collect(),
        None => columns.iter().map(|(name, _)| *name).collect(),
    };
    if let Some(unknown) = given
        .iter()
        .find(|name| !columns.iter().any(|(column, _)| column == *name))
    {
        return Err(QueryError::at(
            ErrorKind::ColumnNotFound,
            insert.name.location,
            format!("Insert column name does not exist in target table: {unknown}"),
        ));
    }
    let schema = planned.plan.schema();
    if schema.fields().len() != given.len() {
        return Err(mismatch(planned, insert, &columns, &given));
    }
    let mut row = Vec::with_capacity(columns.len());
    for ((name, kind), limit) in columns.iter().zip(limits) {
        let value = match given.iter().position(|given| given == name) {
            Some(position) => {
                let (qualifier, field) = schema.qualified_field(position);
                if !can_store(field.data_type(), kind) {
                    return Err(mismatch(planned, insert, &columns, &given));
                }
                let value = cast(Expr::Column(Column::from((qualifier, field))), kind.clone());
                match limit {
                    Some(limit) => fit_text(value, limit),
                    None => value,
                }
            }
            None => {
                let null = ScalarValue::try_from(kind).map_err(|error| QueryError::from(&error))?;
                lit(null)
            }
        };
        row.push(value.alias(*name));
    }
    LogicalPlanBuilder::from(planned.plan.clone())
        .project(row)
        .and_then(LogicalPlanBuilder::build)
        .map_err(|error| QueryError::from(&error))
}

/// Trino's implicit coercions: to a type that holds every value, never from text to anything.
fn can_store(from: &DataType, to: &DataType) -> bool {
    use DataType::*;
    let integer_width = |kind: &DataType| match kind {
        Int8 => Some(1),
        Int16 => Some(2),
        Int32 => Some(4),
        Int64 | UInt64 | UInt32 => Some(8),
        _ => None,
    };
    let is_text = |kind: &DataType| matches!(kind, Utf8 | LargeUtf8 | Utf8View);
    if from == to || from.is_null() || (is_text(from) && is_text(to)) {
        return true;
    }
    if let (Some(from), Some(to)) = (integer_width(from), integer_width(to)) {
        // Integer literals are of the widest type here and of the narrowest that fits in Trino.
        return from <= to || from == 8;
    }
    match (from, to) {
        (from, Float32 | Float64 | Decimal128(..)) if integer_width(from).is_some() => true,
        (Float32 | Float64, Float32 | Float64) => true,
        (Decimal128(..), Decimal128(..) | Float32 | Float64) => true,
        (Float64, Decimal128(..)) => true,
        (Date32, Timestamp(..)) | (Timestamp(..), Timestamp(..)) => true,
        (Binary | LargeBinary | BinaryView, Binary | LargeBinary | BinaryView) => true,
        (List(from), List(to)) => can_store(from.data_type(), to.data_type()),
        (Struct(from), Struct(to)) => {
            from.len() == to.len()
                && from
                    .iter()
                    .zip(to)
                    .all(|(from, to)| can_store(from.data_type(), to.data_type()))
        }
        (Map(from, _), Map(to, _)) => can_store(from.data_type(), to.data_type()),
        _ => false,
    }
}

fn mismatch(
    planned: &PlannedQuery,
    insert: &Insert,
    columns: &[(&str, DataType)],
    given: &[&str],
) -> QueryError {
    let table: Vec<String> = given
        .iter()
        .filter_map(|name| columns.iter().find(|(column, _)| column == name))
        .map(|(_, kind)| type_name(kind))
        .collect();
    let query: Vec<String> = planned
        .plan
        .schema()
        .fields()
        .iter()
        .map(|field| type_name(field.data_type()))
        .collect();
    QueryError::at(
        ErrorKind::TypeMismatch,
        insert.name.location,
        format!(
            "Insert query has mismatched column types: Table: [{}], Query: [{}]",
            table.join(", "),
            query.join(", ")
        ),
    )
}
