//! The Schema Registry: which versions a schema has, and whether a new one may follow them. Glue
//! developer guide, "AWS Glue Schema Registry".

mod columns;
mod compatibility;
mod definition;
mod difference;
mod metadata;
mod registries;
mod schemas;
mod versions;

use lakebed_core::{Connection, Documents};
use lakebed_wire::glue::{Compatibility, DataFormat, RegistryId, SchemaId, SchemaVersionStatus};
use serde::{Deserialize, Serialize};

use crate::{Catalog, Error};

/// The registry of schemas that name none; it is made with the first of them.
const DEFAULT_REGISTRY: &str = "default-registry";

/// By name.
const REGISTRIES: Documents<Registry> = Documents::of("glue.registry");
/// By registry and name.
const SCHEMAS: Documents<Schema> = Documents::of("glue.schema");
/// By schema and number.
const VERSIONS: Documents<Version> = Documents::of("glue.schema_version");
/// Where the version of an id lies.
const VERSION_IDS: Documents<Place> = Documents::of("glue.schema_version_id");

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Registry {
    name: String,
    description: Option<String>,
    created: String,
    updated: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Schema {
    registry: String,
    name: String,
    description: Option<String>,
    format: DataFormat,
    compatibility: Compatibility,
    /// The version from which on compatibility is asked.
    checkpoint: i64,
    /// The last number given to a version; numbers are not used again.
    last: i64,
    created: String,
    updated: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Version {
    id: String,
    number: i64,
    definition: String,
    status: SchemaVersionStatus,
    created: String,
    /// Keys and values with the time they were put, the latest value of a key last.
    metadata: Vec<(String, String, String)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Place {
    registry: String,
    schema: String,
    number: i64,
}

impl Schema {
    /// The scope of its versions: no name holds a NUL.
    fn scope(&self) -> String {
        format!("{}\0{}", self.registry, self.name)
    }
}

/// The key of a version, in the order of the numbers.
fn key(number: i64) -> String {
    format!("{number:019}")
}

/// What a schema is asked for by: its registry and its name, the ARN if that was given.
struct SchemaName {
    registry: String,
    name: String,
    arn: Option<String>,
}

impl SchemaName {
    fn of(id: &SchemaId) -> Result<Self, Error> {
        if let Some(arn) = &id.schema_arn {
            let path = arn.split_once(":schema/").map(|(_, path)| path);
            let (registry, name) = path.and_then(|path| path.split_once('/')).ok_or_else(|| {
                Error::InvalidInput(format!("The schema ARN {arn} is not valid."))
            })?;
            return Ok(Self {
                registry: registry.to_owned(),
                name: name.to_owned(),
                arn: Some(arn.clone()),
            });
        }
        let name = id.schema_name.clone().ok_or_else(|| {
            Error::InvalidInput("One of schemaArn or schemaName has to be provided.".to_owned())
        })?;
        let registry = id.registry_name.clone();
        Ok(Self {
            registry: registry.unwrap_or_else(|| DEFAULT_REGISTRY.to_owned()),
            name,
            arn: None,
        })
    }

    fn find(&self, connection: &Connection) -> Result<Schema, Error> {
        SCHEMAS
            .get(connection, &self.registry, &self.name)?
            .ok_or_else(|| {
                Error::NotFound(format!(
                    "Schema is not found. RegistryName: {}, SchemaName: {}, SchemaArn: {}",
                    self.registry,
                    self.name,
                    self.arn.as_deref().unwrap_or("null")
                ))
            })
    }
}

/// The name in a registry's id.
fn registry_name(id: &RegistryId) -> Result<String, Error> {
    match (&id.registry_name, &id.registry_arn) {
        (Some(name), None) => Ok(name.clone()),
        (None, Some(arn)) => match arn.split_once(":registry/") {
            Some((_, name)) => Ok(name.to_owned()),
            None => Err(Error::InvalidInput(format!(
                "The registry ARN {arn} is not valid."
            ))),
        },
        _ => Err(Error::InvalidInput(
            "One of registryName or registryArn has to be provided, both cannot be provided."
                .to_owned(),
        )),
    }
}

fn find_registry(connection: &Connection, name: &str) -> Result<Registry, Error> {
    REGISTRIES.get(connection, "", name)?.ok_or_else(|| {
        Error::NotFound(format!(
            "Registry is not found. RegistryName: {name}, RegistryArn: null"
        ))
    })
}

/// Refuses names with other characters than letters, digits and `-_$#.`. Glue API reference,
/// "CreateSchema".
fn check_name(name: &str, member: &str) -> Result<(), Error> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-_$#.".contains(c);
    match name.chars().all(is_allowed) && (1..=255).contains(&name.len()) {
        true => Ok(()),
        false => Err(Error::InvalidInput(format!(
            "The parameter value contains one or more characters that are not valid. Parameter Name: {member}"
        ))),
    }
}

impl Catalog {
    fn registry_arn(&self, registry: &str) -> String {
        let (region, account) = (self.platform.region(), self.platform.account());
        format!("arn:aws:glue:{region}:{account}:registry/{registry}")
    }

    fn schema_arn(&self, schema: &Schema) -> String {
        let (region, account) = (self.platform.region(), self.platform.account());
        let Schema { registry, name, .. } = schema;
        format!("arn:aws:glue:{region}:{account}:schema/{registry}/{name}")
    }

    fn moment(&self) -> String {
        self.platform.clock.now().to_rfc3339()
    }
}
