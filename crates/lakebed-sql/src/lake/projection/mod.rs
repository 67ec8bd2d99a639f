//! Partition projection: the partitions that a table's properties say there are, without asking
//! the catalog or listing anything. Athena user guide, "Use partition projection with Amazon
//! Athena".

mod bounds;
mod column;
mod date;

use std::collections::BTreeMap;

use lakebed_core::{Timestamp, hive_path};
use lakebed_wire::glue;

use self::bounds::Bounds;
use self::column::{ProjectedColumn, ProjectedValue};
use crate::error::{ErrorKind, QueryError, Result};

/// The most partitions one scan may project.
const MAX_PARTITIONS: usize = 1_000_000;

/// How a table's partitions are projected.
#[derive(Debug)]
pub(super) struct Projection {
    table: glue::Table,
    /// The partition keys, in order.
    columns: Vec<(String, ProjectedColumn)>,
    /// Where a partition lies, with `${key}` for the keys' values; by Hive's folders if none.
    template: Option<String>,
}

impl Projection {
    /// The projection that a table's properties turn on.
    ///
    /// # Errors
    /// `INVALID_TABLE_PROPERTY` if a key's properties are missing or make no sense.
    pub(super) fn of(table: &glue::Table) -> Result<Option<Self>> {
        if !is_projected(table) {
            return Ok(None);
        }
        let properties = table.parameters.clone().unwrap_or_default();
        let keys = table.partition_keys.as_deref().unwrap_or_default();
        let missing: Vec<&str> = keys
            .iter()
            .map(|key| key.name.as_str())
            .filter(|key| !properties.contains_key(&format!("projection.{key}.type")))
            .collect();
        if !missing.is_empty() {
            return Err(invalid_property(format!(
                "Table {} is configured for partition projection, but the following partition columns are missing projection configuration: [{}]",
                name_of(table),
                missing.join(", ")
            )));
        }
        let columns = keys
            .iter()
            .map(|key| {
                let kind = key.r#type.as_deref().unwrap_or("string");
                let column = ProjectedColumn::read(&key.name, kind, &properties)?;
                Ok((key.name.clone(), column))
            })
            .collect::<Result<Vec<_>>>()?;
        let template = properties.get("storage.location.template").cloned();
        if let Some(template) = &template {
            let absent = keys
                .iter()
                .find(|key| !template.contains(&format!("${{{}}}", key.name)));
            if let Some(key) = absent {
                return Err(invalid_property(format!(
                    "Table {} has the storage.location.template '{template}', which does not contain the partition column '{}'",
                    name_of(table),
                    key.name
                )));
            }
        }
        Ok(Some(Self {
            table: table.clone(),
            columns,
            template,
        }))
    }

    /// The partitions that can match an expression in Glue's language, at `now`.
    ///
    /// # Errors
    /// `CONSTRAINT_VIOLATION` if an injected column has no value, or there are too many partitions.
    pub(super) fn partitions(
        &self,
        expression: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<glue::Partition>> {
        let bounds = bounds::read(expression);
        let anything = Bounds::default();
        let mut all = vec![Vec::new()];
        for (name, column) in &self.columns {
            let bounds = bounds.get(name).unwrap_or(&anything);
            let values = column.values(name, bounds, now)?;
            if all.len().saturating_mul(values.len()) > MAX_PARTITIONS {
                return Err(constraint_violation(format!(
                    "table {} projects more than {MAX_PARTITIONS} partitions here: narrow its partition columns in the WHERE clause",
                    name_of(&self.table)
                )));
            }
            all = all
                .iter()
                .flat_map(|before| {
                    values.iter().map(move |value| {
                        let mut values = before.clone();
                        values.push(value.clone());
                        values
                    })
                })
                .collect();
        }
        Ok(all
            .into_iter()
            .map(|values| self.partition(values))
            .collect())
    }

    /// Where the partition with these values of the table's columns lies.
    pub(super) fn location(&self, values: &[String]) -> String {
        let written: Vec<String> = self
            .columns
            .iter()
            .zip(values)
            .map(|((_, column), value)| column.written(value))
            .collect();
        self.location_of(&written)
    }

    /// Where the partition lies whose values are written so.
    fn location_of(&self, written: &[String]) -> String {
        if let Some(template) = &self.template {
            let keys = self.columns.iter().map(|(name, _)| name);
            return keys
                .zip(written)
                .fold(template.clone(), |text, (name, value)| {
                    text.replace(&format!("${{{name}}}"), value)
                });
        }
        let keys: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        let values: Vec<Option<&str>> = written.iter().map(|value| Some(value.as_str())).collect();
        let storage = self.table.storage_descriptor.as_ref();
        let base = storage.and_then(|storage| storage.location.as_deref());
        format!(
            "{}/{}/",
            base.unwrap_or_default().trim_end_matches('/'),
            hive_path::write(&keys, &values)
        )
    }

    fn partition(&self, projected: Vec<ProjectedValue>) -> glue::Partition {
        let (values, written): (Vec<String>, Vec<String>) = projected
            .into_iter()
            .map(|value| (value.value, value.written))
            .unzip();
        glue::Partition {
            values: Some(values),
            storage_descriptor: Some(glue::StorageDescriptor {
                location: Some(self.location_of(&written)),
                ..self.table.storage_descriptor.clone().unwrap_or_default()
            }),
            ..glue::Partition::default()
        }
    }
}

/// Whether a table's partitions are projected.
pub(crate) fn is_projected(table: &glue::Table) -> bool {
    let properties = table.parameters.as_ref();
    let enabled = properties.and_then(|properties| properties.get("projection.enabled"));
    let has_keys = table
        .partition_keys
        .as_ref()
        .is_some_and(|keys| !keys.is_empty());
    has_keys && enabled.is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
}

type Properties = BTreeMap<String, String>;

fn name_of(table: &glue::Table) -> String {
    let database = table.database_name.as_deref().unwrap_or_default();
    format!("{database}.{}", table.name)
}

fn invalid_property(message: String) -> QueryError {
    QueryError::new(ErrorKind::InvalidTableProperty, message)
}

fn constraint_violation(message: String) -> QueryError {
    QueryError::new(ErrorKind::Named("CONSTRAINT_VIOLATION".to_owned()), message)
}

#[cfg(test)]
mod tests;
