//! `MSCK REPAIR TABLE`: adds the partitions whose folders lie under the table's location.
//! Athena user guide, "MSCK REPAIR TABLE".

use std::collections::BTreeSet;

use futures::TryStreamExt;
use lakebed_core::hive_path;
use lakebed_wire::glue;

use super::alter_table::{default_location, partition_input};
use super::{Answer, Context, hive, show};
use crate::error::Result;
use crate::results::Column;
use crate::results::output::OutputFolder;
use crate::statement::TableName;

pub(super) async fn execute(context: &Context, name: &TableName) -> Result<Answer> {
    let table = context.table(name)?;
    let keys: Vec<&str> = table
        .partition_keys
        .iter()
        .flatten()
        .map(|key| key.name.as_str())
        .collect();
    if keys.is_empty() {
        return Err(hive::execution_error(&format!(
            "Table {} is not a partitioned table",
            name.table
        )));
    }
    let found = partitions_on_storage(context, &table, &keys).await?;
    let database = context.database_of(name);
    let known: BTreeSet<Vec<String>> = context
        .lake
        .catalog
        .partitions(database, &name.table, None)
        .map_err(|error| hive::task_failed(&error))?
        .into_iter()
        .filter_map(|partition| partition.values)
        .collect();
    let missing: Vec<Vec<String>> = found.difference(&known).cloned().collect();
    let inputs: Vec<_> = missing
        .iter()
        .map(|values| partition_input(&table, values.clone(), default_location(&table, values)))
        .collect();
    let paths: Vec<String> = inputs
        .iter()
        .map(|input| {
            let partition = glue::Partition {
                values: input.values.clone(),
                ..glue::Partition::default()
            };
            show::partition_path(&keys, &partition)
        })
        .collect();
    if !inputs.is_empty() {
        context
            .lake
            .catalog
            .add_partitions(database, &name.table, inputs)
            .map_err(|error| hive::task_failed(&error))?;
    }
    Ok(Answer::Lines {
        columns: vec![Column::text("result")],
        lines: report(&name.table, &paths),
    })
}

fn report(table: &str, paths: &[String]) -> Vec<String> {
    if paths.is_empty() {
        return Vec::new();
    }
    let listed: String = paths
        .iter()
        .map(|path| format!("\t{table}:{path}"))
        .collect();
    let added = paths
        .iter()
        .map(|path| format!("Repair: Added partition to metastore {table}:{path}"));
    std::iter::once(format!("Partitions not in metastore:{listed}"))
        .chain(added)
        .collect()
}

/// The values of the folders `key=value/…` that hold a file.
async fn partitions_on_storage(
    context: &Context,
    table: &glue::Table,
    keys: &[&str],
) -> Result<BTreeSet<Vec<String>>> {
    let location = table
        .storage_descriptor
        .as_ref()
        .and_then(|storage| storage.location.as_deref())
        .unwrap_or_default();
    let folder = OutputFolder::parse(location).ok_or_else(|| {
        hive::execution_error(&format!("'{location}' is not a valid S3 location"))
    })?;
    let store = context.lake.storage.object_store(&folder.bucket);
    let base = folder.file("").path();
    let objects: Vec<_> = store
        .list(Some(&base))
        .try_collect()
        .await
        .map_err(|error| hive::execution_error(&error.to_string()))?;
    let mut found = BTreeSet::new();
    for object in objects {
        let Some(parts) = object.location.prefix_match(&base) else {
            continue;
        };
        let folders: Vec<String> = parts.map(|part| part.as_ref().to_owned()).collect();
        found.extend(values_of(&folders, keys));
    }
    Ok(found)
}

/// The values if the path's first folders are the keys, in order, and a file follows.
fn values_of(path: &[String], keys: &[&str]) -> Option<Vec<String>> {
    if path.len() <= keys.len() {
        return None;
    }
    path.iter()
        .zip(keys)
        .map(|(folder, key)| {
            let (name, value) = hive_path::read(folder)?;
            (name == *key).then(|| value.to_string())
        })
        .collect()
}
