//! `CREATE VIEW`, `DROP VIEW`, `SHOW VIEWS`, `SHOW CREATE VIEW`, `DESCRIBE VIEW`.

use datafusion_trino::type_name;
use std::collections::BTreeMap;

use lakebed_catalog::TableUpdate;
use lakebed_wire::glue::{self, SerDeInfo, StorageDescriptor, TableInput};

use super::{Answer, Context, describe, hive, output_columns, show};
use crate::error::{ErrorKind, QueryError, Result};
use crate::lake::{CATALOG, VIEW_TYPE, ViewColumn, ViewDefinition, catalog_error, is_view};
use crate::results::Column;
use crate::statement::{CreateView, DropTable, ShowTables, TableName};

pub(super) async fn create(context: &Context, create: &CreateView) -> Result<Answer> {
    let database = context.database_of(&create.name);
    let catalog = &context.lake.catalog;
    if catalog.database(database).is_err() {
        return Err(QueryError::at(
            ErrorKind::SchemaNotFound,
            create.name.location,
            format!("Schema '{database}' does not exist"),
        ));
    }
    let called = format!("{CATALOG}.{database}.{}", create.name.table);
    let before = catalog.table(database, &create.name.table).ok();
    match &before {
        Some(table) if !is_view(table) => {
            return Err(QueryError::at(
                ErrorKind::TableAlreadyExists,
                create.name.location,
                format!("Table already exists: '{called}'"),
            ));
        }
        Some(_) if !create.replace => {
            return Err(QueryError::at(
                ErrorKind::Named("ALREADY_EXISTS".to_owned()),
                create.name.location,
                format!("View already exists: '{called}'"),
            ));
        }
        _ => {}
    }
    let input = table_input(context, create, database).await?;
    let kept = match before {
        Some(_) => {
            let update = TableUpdate {
                skip_archive: false,
                expected_version: None,
            };
            catalog.update_table(database, input, &update)
        }
        None => catalog.create_table(database, input, Some(context.creator.clone())),
    };
    kept.map_err(|error| catalog_error(&error))?;
    Ok(Answer::Nothing)
}

/// The view as Athena keeps it in the catalog.
async fn table_input(context: &Context, create: &CreateView, database: &str) -> Result<TableInput> {
    let name = (database.to_owned(), create.name.table.clone());
    let planned = context
        .lake
        .plan_view(&context.session, &context.database, &create.query, name)
        .await?;
    let plan = output_columns::named(&planned, create.name.location)?;
    let columns = plan.schema().fields().iter().map(|field| ViewColumn {
        name: field.name().clone(),
        kind: type_name(field.data_type()),
    });
    let definition = ViewDefinition {
        original_sql: create.query.as_str().trim().to_owned(),
        catalog: Some(CATALOG.to_owned()),
        schema: Some(context.database.clone()),
        columns: columns.collect(),
    };
    let comment = create.comment.as_deref().unwrap_or("Presto View");
    Ok(TableInput {
        name: create.name.table.clone(),
        description: create.comment.clone(),
        owner: Some("hadoop".to_owned()),
        table_type: Some(VIEW_TYPE.to_owned()),
        parameters: Some(BTreeMap::from([
            ("comment".to_owned(), comment.to_owned()),
            ("presto_view".to_owned(), "true".to_owned()),
        ])),
        partition_keys: Some(Vec::new()),
        storage_descriptor: Some(StorageDescriptor {
            columns: Some(output_columns::glue_columns(&plan)?),
            location: Some(String::new()),
            compressed: Some(false),
            number_of_buckets: Some(0),
            serde_info: Some(SerDeInfo::default()),
            ..StorageDescriptor::default()
        }),
        view_original_text: Some(definition.encode()?),
        view_expanded_text: Some("/* Presto View */".to_owned()),
        ..TableInput::default()
    })
}

/// A view that a statement names.
fn view(context: &Context, name: &TableName) -> Result<glue::Table> {
    let table = context.table(name)?;
    match is_view(&table) {
        true => Ok(table),
        false => Err(hive::semantic_error(&format!(
            "{}.{} is not a view",
            context.database_of(name),
            name.table
        ))),
    }
}

pub(super) fn drop(context: &Context, drop: &DropTable) -> Result<Answer> {
    let database = context.database_of(&drop.name);
    let is_there = context
        .lake
        .catalog
        .table(database, &drop.name.table)
        .is_ok();
    if !is_there && drop.if_exists {
        return Ok(Answer::Nothing);
    }
    let table = view(context, &drop.name)?;
    context
        .lake
        .catalog
        .delete_table(database, &table.name)
        .map_err(|error| hive::task_failed(&error))?;
    Ok(Answer::Nothing)
}

pub(super) fn show(context: &Context, show: &ShowTables) -> Result<Answer> {
    let views = show::tables_in(context, show)?
        .into_iter()
        .filter(is_view)
        .map(|table| table.name);
    Ok(Answer::Lines {
        columns: vec![Column::text("views")],
        lines: views.collect(),
    })
}

pub(super) fn show_create(context: &Context, name: &TableName) -> Result<Answer> {
    let table = view(context, name)?;
    let definition = ViewDefinition::of(&table)?;
    let ddl = format!(
        "CREATE VIEW {}.{} AS\n{}",
        quoted_if_needed(context.database_of(name)),
        quoted_if_needed(&table.name),
        definition.original_sql
    );
    Ok(Answer::Lines {
        columns: vec![Column::text("Create View")],
        lines: ddl.lines().map(str::to_owned).collect(),
    })
}

/// A name as Trino's statements take it.
fn quoted_if_needed(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match plain {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

pub(super) fn describe(context: &Context, name: &TableName) -> Result<Answer> {
    let table = view(context, name)?;
    Ok(describe::answer(
        show::all_columns(&table).map(describe::line).collect(),
    ))
}
