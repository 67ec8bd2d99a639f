//! The columns of a table whose schema lies in the registry.

use lakebed_wire::glue::{Column, TableInput};
use serde_json::Value;

use super::definition::Definition;
use super::versions::find_version;
use crate::inference::{ColumnType, avro_columns};
use crate::{Catalog, Error};

impl Catalog {
    /// The input with the columns of its schema reference, if it has one and names no columns.
    /// Glue API reference, "SchemaReference".
    pub(crate) fn with_referenced_columns(
        &self,
        mut input: TableInput,
    ) -> Result<TableInput, Error> {
        let Some(descriptor) = &mut input.storage_descriptor else {
            return Ok(input);
        };
        let Some(reference) = &descriptor.schema_reference else {
            return Ok(input);
        };
        if descriptor
            .columns
            .as_ref()
            .is_some_and(|columns| !columns.is_empty())
        {
            return Ok(input);
        }
        let number =
            reference
                .schema_version_number
                .map(|number| lakebed_wire::glue::SchemaVersionNumber {
                    version_number: Some(number),
                    ..Default::default()
                });
        let (schema, version) = self.platform.store.read(|store| {
            find_version(
                store,
                reference.schema_version_id.as_deref(),
                reference.schema_id.as_ref(),
                number.as_ref(),
            )
        })?;
        let columns = match Definition::read(&schema.format, &version.definition)? {
            Definition::Avro(schema) => avro_columns(&schema).map_err(Error::InvalidInput)?,
            Definition::Json(schema) => match json_type(&schema) {
                ColumnType::Struct(columns) => columns,
                _ => {
                    return Err(Error::InvalidInput(
                        "The referenced JSON schema is no object with properties.".to_owned(),
                    ));
                }
            },
        };
        let columns = columns.into_iter().map(|(name, kind)| Column {
            name,
            r#type: Some(kind.to_string()),
            ..Default::default()
        });
        descriptor.columns = Some(columns.collect());
        Ok(input)
    }
}

/// Glue's type of what a JSON schema takes; text where it takes several things.
fn json_type(schema: &Value) -> ColumnType {
    let kinds: Vec<&str> = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(kind)) => vec![kind],
        _ => Vec::new(),
    };
    let mut kinds = kinds.into_iter().filter(|kind| *kind != "null");
    let (Some(kind), None) = (kinds.next(), kinds.next()) else {
        return ColumnType::String;
    };
    match kind {
        "boolean" => ColumnType::Boolean,
        "integer" => ColumnType::BigInt,
        "number" => ColumnType::Double,
        "array" => {
            let items = schema.get("items").map_or(ColumnType::String, json_type);
            ColumnType::Array(Box::new(items))
        }
        "object" => {
            let properties = schema.get("properties").and_then(Value::as_object);
            let fields = properties.into_iter().flatten();
            let fields = fields.map(|(name, property)| (name.clone(), json_type(property)));
            match fields.collect::<Vec<_>>() {
                fields if fields.is_empty() => {
                    ColumnType::Map(Box::new(ColumnType::String), Box::new(ColumnType::String))
                }
                fields => ColumnType::Struct(fields),
            }
        }
        _ => ColumnType::String,
    }
}
