//! `CREATE DATABASE`, `DROP DATABASE`, `SHOW DATABASES`.

use lakebed_wire::glue::DatabaseInput;

use super::{Answer, Context, hive};
use crate::error::Result;
use crate::results::Column;
use crate::statement::{AlterDatabase, CreateDatabase, DropDatabase, ShowDatabases};

pub(super) fn create(context: &Context, create: &CreateDatabase) -> Result<Answer> {
    let input = DatabaseInput {
        name: create.name.clone(),
        description: create.comment.clone(),
        location_uri: create.location.clone(),
        parameters: Some(create.properties.iter().cloned().collect()),
        ..DatabaseInput::default()
    };
    match context.lake.catalog.create_database(input) {
        Ok(()) => Ok(Answer::Nothing),
        Err(lakebed_catalog::Error::AlreadyExists(_)) if create.if_not_exists => {
            Ok(Answer::Nothing)
        }
        Err(error) => Err(hive::task_failed(&error)),
    }
}

pub(super) fn alter(context: &Context, alter: &AlterDatabase) -> Result<Answer> {
    let catalog = &context.lake.catalog;
    let database = catalog.database(&alter.name).map_err(|error| match error {
        lakebed_catalog::Error::NotFound(_) => hive::database_not_found(&alter.name),
        other => hive::task_failed(&other),
    })?;
    let mut parameters = database.parameters.unwrap_or_default();
    parameters.extend(alter.properties.iter().cloned());
    let input = DatabaseInput {
        name: database.name,
        description: database.description,
        location_uri: database.location_uri,
        parameters: Some(parameters),
        create_table_default_permissions: database.create_table_default_permissions,
        ..DatabaseInput::default()
    };
    catalog
        .update_database(&alter.name, input)
        .map_err(|error| hive::task_failed(&error))?;
    Ok(Answer::Nothing)
}

pub(super) fn drop(context: &Context, drop: &DropDatabase) -> Result<Answer> {
    let catalog = &context.lake.catalog;
    let tables = match catalog.tables(&drop.name) {
        Ok(tables) => tables,
        Err(lakebed_catalog::Error::NotFound(_)) if drop.if_exists => return Ok(Answer::Nothing),
        Err(lakebed_catalog::Error::NotFound(_)) => {
            return Err(hive::database_not_found(&drop.name));
        }
        Err(error) => return Err(hive::task_failed(&error)),
    };
    if !tables.is_empty() && !drop.cascade {
        return Err(hive::execution_error(&format!(
            "InvalidOperationException(message:Database {} is not empty. One or more tables exist.)",
            drop.name
        )));
    }
    catalog
        .delete_database(&drop.name)
        .map_err(|error| hive::task_failed(&error))?;
    Ok(Answer::Nothing)
}

pub(super) fn show(context: &Context, show: &ShowDatabases) -> Result<Answer> {
    let databases = context
        .lake
        .catalog
        .databases()
        .map_err(|error| hive::task_failed(&error))?;
    let mut lines: Vec<String> = databases
        .into_iter()
        .map(|database| database.name)
        .collect();
    if let Some(pattern) = &show.pattern {
        let pattern = hive::show_pattern(pattern)?;
        lines.retain(|name| pattern.is_match(name));
    }
    Ok(Answer::Lines {
        columns: vec![Column::text("database_name")],
        lines,
    })
}
