//! Tables and their versions.

use lakebed_core::{Connection, Transaction};
use lakebed_wire::glue::{PartitionIndex, Table, TableInput};
use regex::{Regex, RegexBuilder};

use crate::catalog::{TABLE_VERSIONS, TABLES, remove_contents, table_scope};
use crate::paging::Page;
use crate::partitions::index;
use crate::storage_descriptor::{self, folded_columns};
use crate::{Catalog, Error, databases, fold, tags};

/// How an update of a table treats the version it replaces.
#[derive(Debug, Clone, Default)]
pub struct TableUpdate {
    /// Keeps no version of what was.
    pub skip_archive: bool,
    /// Refuses the update unless the table is at this version.
    pub expected_version: Option<String>,
}

impl Catalog {
    /// The table of this name.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the database or the table is not there.
    pub fn table(&self, database: &str, name: &str) -> Result<Table, Error> {
        self.platform
            .store
            .read(|connection| find(connection, &fold(database), &fold(name)))
    }

    /// All tables of a database, by name.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the database is not there.
    pub fn tables(&self, database: &str) -> Result<Vec<Table>, Error> {
        let database = fold(database);
        self.platform.store.read(|connection| {
            databases::find(connection, &database)?;
            Ok(TABLES.list(connection, &database)?)
        })
    }

    pub(crate) fn tables_page(
        &self,
        database: &str,
        expression: Option<&str>,
        page: &Page,
    ) -> Result<(Vec<Table>, Option<String>), Error> {
        let database = fold(database);
        let wanted = expression.map(name_pattern).transpose()?;
        let entries = self.platform.store.read(|connection| {
            databases::find(connection, &database)?;
            let mut matching = Vec::new();
            let mut after = page.after.clone();
            while matching.len() <= page.limit {
                let batch = TABLES.page(connection, &database, after.as_deref(), page.limit + 1)?;
                let Some((last, _)) = batch.last() else { break };
                after = Some(last.clone());
                matching.extend(batch.into_iter().filter(|(name, _)| {
                    wanted.as_ref().is_none_or(|wanted| wanted.is_match(name))
                }));
            }
            Ok::<_, Error>(matching)
        })?;
        Ok(page.cut(entries))
    }

    /// Makes a table, at version 0.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::NotFound`] for the database or the schema referred to.
    pub fn create_table(
        &self,
        database: &str,
        input: TableInput,
        created_by: Option<String>,
    ) -> Result<(), Error> {
        self.create_indexed_table(database, input, created_by, Vec::new())
    }

    /// Makes a table and its partition indexes.
    pub(crate) fn create_indexed_table(
        &self,
        database: &str,
        input: TableInput,
        created_by: Option<String>,
        indexes: Vec<PartitionIndex>,
    ) -> Result<(), Error> {
        let database = fold(database);
        let input = self.with_referenced_columns(input)?;
        let table = self.filled_in_table(&database, input, created_by)?;
        self.platform.store.write(|tx| {
            databases::find(tx, &database)?;
            if !TABLES.insert(tx, &database, &table.name, &table)? {
                return Err(Error::AlreadyExists("Table already exists.".to_owned()));
            }
            indexes
                .into_iter()
                .try_for_each(|index| index::add(tx, &table, index))
        })
    }

    /// Replaces a table's definition with the next version.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::InvalidInput`].
    pub fn update_table(
        &self,
        database: &str,
        input: TableInput,
        update: &TableUpdate,
    ) -> Result<(), Error> {
        let database = fold(database);
        let name = fold(&input.name);
        let input = self.with_referenced_columns(input)?;
        self.platform.store.write(|tx| {
            let current = find(tx, &database, &name)?;
            let version = current.version_id.clone().unwrap_or_default();
            if let Some(expected) = &update.expected_version
                && *expected != version
            {
                tracing::info!(
                    table = name,
                    version,
                    expected,
                    "the table is at another version"
                );
                return Err(Error::VersionMismatch(
                    "Update table failed due to concurrent modifications.".to_owned(),
                ));
            }
            if !update.skip_archive {
                archive(tx, &current)?;
            }
            let table = Table {
                create_time: current.create_time,
                version_id: Some(next_version(&version)),
                ..self.filled_in_table(&database, input, current.created_by)?
            };
            Ok(TABLES.put(tx, &database, &name, &table)?)
        })
    }

    /// Removes a table, its versions and its partitions.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn delete_table(&self, database: &str, name: &str) -> Result<(), Error> {
        let (database, name) = (fold(database), fold(name));
        self.platform.store.write(|tx| {
            find(tx, &database, &name)?;
            let scope = table_scope(&database, &name);
            remove_contents(tx, &scope)?;
            tags::forget_table(tx, &database, &name)?;
            TABLES.delete(tx, &database, &name)?;
            Ok(())
        })
    }

    /// One version of a table; the current one if none is named.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InvalidInput`] if the version is not a number.
    pub fn table_version(
        &self,
        database: &str,
        name: &str,
        version: Option<&str>,
    ) -> Result<Table, Error> {
        let (database, name) = (fold(database), fold(name));
        self.platform.store.read(|connection| {
            let current = find(connection, &database, &name)?;
            match version {
                Some(version) if current.version_id.as_deref() != Some(version) => TABLE_VERSIONS
                    .get(
                        connection,
                        &table_scope(&database, &name),
                        &version_key(version)?,
                    )?
                    .ok_or_else(|| Error::version_not_found(version)),
                _ => Ok(current),
            }
        })
    }

    /// All versions of a table, the newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn table_versions(&self, database: &str, name: &str) -> Result<Vec<Table>, Error> {
        let (database, name) = (fold(database), fold(name));
        self.platform.store.read(|connection| {
            let current = find(connection, &database, &name)?;
            let mut versions = TABLE_VERSIONS.list(connection, &table_scope(&database, &name))?;
            versions.push(current);
            versions.reverse();
            Ok(versions)
        })
    }

    /// Removes an archived version.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InvalidInput`] for the current version or if the version is
    /// not a number.
    pub fn delete_table_version(
        &self,
        database: &str,
        name: &str,
        version: &str,
    ) -> Result<(), Error> {
        let (database, name) = (fold(database), fold(name));
        self.platform.store.write(|tx| {
            let current = find(tx, &database, &name)?;
            if current.version_id.as_deref() == Some(version) {
                return Err(Error::InvalidInput(format!(
                    "Version {version} is the current version of table {name} and cannot be deleted."
                )));
            }
            if TABLE_VERSIONS.delete(
                tx,
                &table_scope(&database, &name),
                &version_key(version)?,
            )? {
                Ok(())
            } else {
                Err(Error::version_not_found(version))
            }
        })
    }

    fn filled_in_table(
        &self,
        database: &str,
        input: TableInput,
        created_by: Option<String>,
    ) -> Result<Table, Error> {
        let now = Some(self.platform.clock.now());
        let table = Table {
            name: fold(&input.name),
            database_name: Some(database.to_owned()),
            description: input.description,
            owner: input.owner,
            create_time: now,
            update_time: now,
            last_access_time: input.last_access_time,
            last_analyzed_time: input.last_analyzed_time,
            retention: Some(input.retention.unwrap_or(0)),
            storage_descriptor: input.storage_descriptor.map(storage_descriptor::filled_in),
            partition_keys: Some(folded_columns(input.partition_keys.unwrap_or_default())),
            view_original_text: input.view_original_text,
            view_expanded_text: input.view_expanded_text,
            table_type: input.table_type,
            parameters: input.parameters,
            created_by,
            is_registered_with_lake_formation: Some(false),
            is_multi_dialect_view: Some(false),
            target_table: input.target_table,
            catalog_id: self.catalog_id(),
            version_id: Some("0".to_owned()),
            ..Default::default()
        };
        Ok(table)
    }
}

/// The table of folded names.
pub(crate) fn find(connection: &Connection, database: &str, name: &str) -> Result<Table, Error> {
    if let Some(table) = TABLES.get(connection, database, name)? {
        return Ok(table);
    }
    databases::find(connection, database)?;
    Err(Error::table_not_found(name))
}

fn archive(tx: &Transaction<'_>, table: &Table) -> Result<(), Error> {
    let database = table.database_name.as_deref().unwrap_or_default();
    let version = version_key(table.version_id.as_deref().unwrap_or_default())?;
    Ok(TABLE_VERSIONS.put(tx, &table_scope(database, &table.name), &version, table)?)
}

fn next_version(version: &str) -> String {
    (version.parse::<u64>().unwrap_or(0) + 1).to_string()
}

/// Version numbers as keys that sort as the numbers do.
fn version_key(version: &str) -> Result<String, Error> {
    version
        .parse::<u64>()
        .map(|number| format!("{number:020}"))
        .map_err(|_| Error::InvalidInput(format!("Version id {version} is not a number.")))
}

/// The names an expression means: a regular expression that must match whole names, in which a `*`
/// that repeats nothing but a letter stands for anything, as clients write it (`sales*`,
/// `*_csv`, `sales*2025`).
fn name_pattern(expression: &str) -> Result<Regex, Error> {
    let mut pattern = String::with_capacity(expression.len());
    let mut escaped = false;
    let mut repeatable = false;
    for character in expression.chars() {
        if character == '*' && !escaped && !repeatable {
            pattern.push('.');
        }
        pattern.push(character);
        repeatable = escaped || matches!(character, '.' | ')' | ']' | '}');
        escaped = character == '\\' && !escaped;
    }
    RegexBuilder::new(&format!("^(?:{pattern})$"))
        .case_insensitive(true)
        .build()
        .map_err(|_| Error::InvalidInput(format!("Invalid table name expression: {expression}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn expressions_select_tables_by_name() {
        let cases = [
            ("sales", "sales", true),
            ("sales", "sales_2025", false),
            ("sales*", "sales_2025", true),
            ("sales.*", "sales_2025", true),
            ("*_csv", "ai_tool_usage_csv", true),
            ("*tool*", "ai_tool_usage_csv", true),
            ("ai*csv", "ai_tool_usage_csv", true),
            ("[a-z]*", "sales", true),
            ("[a-z]*", "sales_2025", false),
            (r"sales_\d*", "sales_2025", true),
            (r"\D*", "sales_2025", false),
            ("a|b*", "bc", true),
            ("SALES", "sales", true),
        ];
        for (expression, name, expected) in cases {
            assert_eq!(
                name_pattern(expression).unwrap().is_match(name),
                expected,
                "{expression} {name}"
            );
        }
        assert!(matches!(name_pattern("("), Err(Error::InvalidInput(_))));
    }

    #[test]
    fn version_keys_sort_as_numbers() {
        assert!(version_key("9").unwrap() < version_key("10").unwrap());
        assert!(matches!(version_key("9x"), Err(Error::InvalidInput(_))));
    }
}
