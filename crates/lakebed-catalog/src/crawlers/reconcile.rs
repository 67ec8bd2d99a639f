//! What becomes of a table that is there already: pure judgement of its definition and of the one
//! the files ask for ("Handling schema changes").

use std::collections::{BTreeMap, HashSet};

use lakebed_wire::glue::{Column, StorageDescriptor, Table, TableInput};

use super::definition::{DEPRECATED_BY, FUNDAMENTAL, RUN_ID};

/// What to do with the table.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It says what the files say.
    Keep,
    Update {
        wanted: Box<TableInput>,
        /// What people said about the table and is said no more.
        lost: Vec<String>,
    },
    /// Columns cannot be merged: a parameter says that the files are of another kind now.
    Incompatible {
        parameter: &'static str,
        existing: Option<String>,
        crawled: Option<String>,
    },
}

/// "Update the table definition in the Data Catalog": everything is as the crawler finds it.
pub(super) fn replace(current: &Table, found: TableInput) -> Verdict {
    if says(current, &found) {
        return Verdict::Keep;
    }
    let lost = said_by_people(current, &found);
    Verdict::Update {
        wanted: Box::new(found),
        lost,
    }
}

/// "Add new columns only": the table stays as it is, and gets the columns it does not have.
pub(super) fn add_new_columns(current: &Table, found: TableInput) -> Verdict {
    if let Some((parameter, existing, crawled)) =
        fundamental_difference(current.parameters.as_ref(), found.parameters.as_ref())
    {
        return Verdict::Incompatible {
            parameter,
            existing,
            crawled,
        };
    }
    let wanted = merged(current, found);
    if same(&as_input(current), &wanted) {
        Verdict::Keep
    } else {
        Verdict::Update {
            wanted: Box::new(wanted),
            lost: Vec::new(),
        }
    }
}

type Parameters = BTreeMap<String, String>;
type Difference = (&'static str, Option<String>, Option<String>);

/// The first parameter that says files of another kind; a parameter that is not there differs from
/// every value.
pub(super) fn fundamental_difference(
    existing: Option<&Parameters>,
    crawled: Option<&Parameters>,
) -> Option<Difference> {
    let value =
        |parameters: Option<&Parameters>, name| parameters.and_then(|all| all.get(name)).cloned();
    FUNDAMENTAL
        .into_iter()
        .map(|name| (name, value(existing, name), value(crawled, name)))
        .find(|(_, existing, crawled)| existing != crawled)
}

/// The table says all that the crawler found, whatever people added.
fn says(current: &Table, found: &TableInput) -> bool {
    let stated = as_input(current);
    let said = stated.parameters.clone().unwrap_or_default();
    if said.contains_key(DEPRECATED_BY) {
        return false;
    }
    let without_additions = TableInput {
        description: None,
        parameters: Some(only_found(said, found.parameters.as_ref())),
        storage_descriptor: stated
            .storage_descriptor
            .map(|descriptor| StorageDescriptor {
                columns: descriptor.columns.map(without_comments),
                ..descriptor
            }),
        ..stated
    };
    same(&without_additions, found)
}

fn only_found(said: Parameters, found: Option<&Parameters>) -> Parameters {
    said.into_iter()
        .filter(|(name, _)| {
            found.is_some_and(|found| found.contains_key(name)) || is_of_format(name)
        })
        .collect()
}

/// A parameter that crawlers set for some files and not for others.
fn is_of_format(name: &str) -> bool {
    name == "skip.header.line.count" || FUNDAMENTAL.contains(&name)
}

fn without_comments(columns: Vec<Column>) -> Vec<Column> {
    columns
        .into_iter()
        .map(|column| Column {
            comment: None,
            parameters: None,
            ..column
        })
        .collect()
}

/// Names what the table says that no crawler says: "remove any metadata that is not set by the
/// crawler".
fn said_by_people(current: &Table, found: &TableInput) -> Vec<String> {
    let mut said: Vec<String> = current
        .parameters
        .iter()
        .flatten()
        .filter(|(name, _)| {
            *name != DEPRECATED_BY
                && !is_of_format(name)
                && !found
                    .parameters
                    .as_ref()
                    .is_some_and(|found| found.contains_key(*name))
        })
        .map(|(name, _)| format!("parameter {name}"))
        .collect();
    if current.description.is_some() {
        said.push("the description".to_owned());
    }
    let columns = current
        .storage_descriptor
        .as_ref()
        .and_then(|it| it.columns.as_ref());
    said.extend(
        columns
            .into_iter()
            .flatten()
            .filter(|column| column.comment.is_some())
            .map(|column| format!("the comment of {}", column.name)),
    );
    said
}

fn merged(current: &Table, found: TableInput) -> TableInput {
    let mut wanted = as_input(current);
    let parameters = wanted.parameters.get_or_insert_default();
    parameters.remove(DEPRECATED_BY);
    parameters.extend(found.parameters.unwrap_or_default());
    match (&mut wanted.storage_descriptor, found.storage_descriptor) {
        (Some(kept), Some(found)) => {
            let columns = kept.columns.get_or_insert_default();
            let known: HashSet<String> = columns.iter().map(|column| column.name.clone()).collect();
            let new = found.columns.unwrap_or_default();
            columns.extend(
                new.into_iter()
                    .filter(|column| !known.contains(&column.name)),
            );
            kept.parameters
                .get_or_insert_default()
                .extend(found.parameters.unwrap_or_default());
            if let (Some(kept), Some(found)) = (&mut kept.serde_info, found.serde_info) {
                kept.parameters
                    .get_or_insert_default()
                    .extend(found.parameters.unwrap_or_default());
            }
        }
        (kept @ None, found) => *kept = found,
        (Some(_), None) => {}
    }
    wanted
}

/// Nothing but the run that looked at it differs.
fn same(one: &TableInput, other: &TableInput) -> bool {
    one.description == other.description
        && one.partition_keys == other.partition_keys
        && without_run(one.parameters.as_ref()) == without_run(other.parameters.as_ref())
        && same_storage(
            one.storage_descriptor.as_ref(),
            other.storage_descriptor.as_ref(),
        )
}

/// Nothing but the run that looked at it differs.
pub(super) fn same_storage(
    one: Option<&StorageDescriptor>,
    other: Option<&StorageDescriptor>,
) -> bool {
    let comparable = |descriptor: Option<&StorageDescriptor>| {
        let descriptor = descriptor.cloned().unwrap_or_default();
        StorageDescriptor {
            parameters: Some(without_run(descriptor.parameters.as_ref())),
            ..descriptor
        }
    };
    comparable(one) == comparable(other)
}

fn without_run(parameters: Option<&Parameters>) -> Parameters {
    let mut parameters = parameters.cloned().unwrap_or_default();
    parameters.remove(RUN_ID);
    parameters
}

/// The definition of a table that is there.
pub(super) fn as_input(table: &Table) -> TableInput {
    TableInput {
        name: table.name.clone(),
        description: table.description.clone(),
        owner: table.owner.clone(),
        last_access_time: table.last_access_time,
        last_analyzed_time: table.last_analyzed_time,
        retention: table.retention,
        storage_descriptor: table.storage_descriptor.clone(),
        partition_keys: table.partition_keys.clone(),
        view_original_text: table.view_original_text.clone(),
        view_expanded_text: table.view_expanded_text.clone(),
        table_type: table.table_type.clone(),
        parameters: table.parameters.clone(),
        target_table: table.target_table.clone(),
        ..Default::default()
    }
}
