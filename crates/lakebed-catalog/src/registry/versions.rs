use lakebed_core::{Connection, Transaction};
use lakebed_wire::glue::{
    CheckSchemaVersionValidityInput, CheckSchemaVersionValidityResponse, Compatibility,
    DeleteSchemaVersionsInput, DeleteSchemaVersionsResponse, ErrorDetails,
    GetSchemaByDefinitionInput, GetSchemaByDefinitionResponse, GetSchemaVersionInput,
    GetSchemaVersionResponse, GetSchemaVersionsDiffInput, GetSchemaVersionsDiffResponse,
    ListSchemaVersionsInput, ListSchemaVersionsResponse, RegisterSchemaVersionInput,
    RegisterSchemaVersionResponse, SchemaId, SchemaVersionErrorItem, SchemaVersionListItem,
    SchemaVersionNumber, SchemaVersionStatus,
};
use uuid::Uuid;

use super::compatibility::is_compatible;
use super::definition::Definition;
use super::difference::json_patch;
use super::{Place, SCHEMAS, Schema, SchemaName, VERSION_IDS, VERSIONS, Version, key};
use crate::paging::Page;
use crate::{Catalog, Error};

/// The version of a number, or the latest.
pub(super) fn version_by_number(
    store: &Connection,
    schema: &Schema,
    number: Option<&SchemaVersionNumber>,
) -> Result<Version, Error> {
    let wanted = number.and_then(|number| number.version_number);
    let is_latest = number.and_then(|number| number.latest_version) == Some(true);
    if wanted.is_some() == is_latest {
        return Err(Error::InvalidInput(
            "One of version number (or) latest version is required.".to_owned(),
        ));
    }
    let number = wanted.unwrap_or(schema.last);
    VERSIONS
        .get(store, &schema.scope(), &key(number))?
        .ok_or_else(|| {
            Error::NotFound(format!(
                "Schema version is not found. RegistryName: {}, SchemaName: {}, SchemaArn: null, VersionNumber: {number}, isLatestVersion: {is_latest}",
                schema.registry, schema.name
            ))
        })
}

/// The version that a request means by an id, or by its schema and a number.
pub(super) fn find_version(
    store: &Connection,
    id: Option<&str>,
    schema: Option<&SchemaId>,
    number: Option<&SchemaVersionNumber>,
) -> Result<(Schema, Version), Error> {
    match (id, schema) {
        (Some(id), None) => {
            let not_found = || {
                Error::NotFound(format!(
                    "Schema version is not found. SchemaVersionId: {id}"
                ))
            };
            let place = VERSION_IDS.get(store, "", id)?.ok_or_else(not_found)?;
            let schema = SCHEMAS.get(store, &place.registry, &place.schema)?;
            let schema = schema.ok_or_else(not_found)?;
            let version = VERSIONS.get(store, &schema.scope(), &key(place.number))?;
            Ok((schema, version.ok_or_else(not_found)?))
        }
        (None, Some(schema)) => {
            let schema = SchemaName::of(schema)?.find(store)?;
            let version = version_by_number(store, &schema, number)?;
            Ok((schema, version))
        }
        _ => Err(Error::InvalidInput(
            "Exactly one of SchemaVersionId and SchemaId has to be provided.".to_owned(),
        )),
    }
}

impl Catalog {
    /// Adds a version whose compatibility has been found out.
    pub(super) fn add_version(
        &self,
        tx: &Transaction<'_>,
        schema: &mut Schema,
        definition: String,
    ) -> Result<Version, Error> {
        let status = match self.fits(tx, schema, &definition)? {
            true => SchemaVersionStatus::Available,
            false => SchemaVersionStatus::Failure,
        };
        schema.last += 1;
        let version = Version {
            id: Uuid::new_v4().to_string(),
            number: schema.last,
            definition,
            status,
            created: self.moment(),
            metadata: Vec::new(),
        };
        let place = Place {
            registry: schema.registry.clone(),
            schema: schema.name.clone(),
            number: version.number,
        };
        VERSIONS.put(tx, &schema.scope(), &key(version.number), &version)?;
        VERSION_IDS.put(tx, "", &version.id, &place)?;
        SCHEMAS.put(tx, &schema.registry, &schema.name, schema)?;
        Ok(version)
    }

    /// Whether a definition may follow the versions that are there.
    fn fits(&self, store: &Connection, schema: &Schema, definition: &str) -> Result<bool, Error> {
        let new = Definition::read(&schema.format, definition)?;
        let mut earlier = Vec::new();
        for (_, version) in VERSIONS.page(store, &schema.scope(), None, usize::MAX)? {
            if version.status == SchemaVersionStatus::Available
                && version.number >= schema.checkpoint
            {
                earlier.push(Definition::read(&schema.format, &version.definition)?);
            }
        }
        Ok(is_compatible(&schema.compatibility, &earlier, &new))
    }

    /// Registers a definition: the version that has it already, or a new one, which is kept as
    /// `FAILURE` if it does not fit those before it.
    pub(crate) fn register_version(
        &self,
        request: RegisterSchemaVersionInput,
    ) -> Result<RegisterSchemaVersionResponse, Error> {
        let name = SchemaName::of(&request.schema_id)?;
        let version = self.platform.store.write(|tx| {
            let mut schema = name.find(tx)?;
            let new = Definition::read(&schema.format, &request.schema_definition)?;
            if let Some(same) = same_definition(tx, &schema, &new)? {
                return Ok(same);
            }
            if schema.compatibility == Compatibility::Disabled {
                return Err(Error::InvalidInput(format!(
                    "Schema versions cannot be registered: the compatibility of schema {} is DISABLED.",
                    schema.name
                )));
            }
            self.add_version(tx, &mut schema, request.schema_definition)
        })?;
        Ok(RegisterSchemaVersionResponse {
            schema_version_id: Some(version.id),
            version_number: Some(version.number),
            status: Some(version.status),
        })
    }

    pub(crate) fn schema_version(
        &self,
        request: &GetSchemaVersionInput,
    ) -> Result<GetSchemaVersionResponse, Error> {
        let (schema, version) = self.platform.store.read(|store| {
            find_version(
                store,
                request.schema_version_id.as_deref(),
                request.schema_id.as_ref(),
                request.schema_version_number.as_ref(),
            )
        })?;
        Ok(GetSchemaVersionResponse {
            schema_version_id: Some(version.id),
            schema_definition: Some(version.definition),
            schema_arn: Some(self.schema_arn(&schema)),
            data_format: Some(schema.format),
            version_number: Some(version.number),
            status: Some(version.status),
            created_time: Some(version.created),
        })
    }

    pub(crate) fn schema_by_definition(
        &self,
        request: &GetSchemaByDefinitionInput,
    ) -> Result<GetSchemaByDefinitionResponse, Error> {
        let name = SchemaName::of(&request.schema_id)?;
        let (schema, version) = self.platform.store.read(|store| {
            let schema = name.find(store)?;
            let wanted = Definition::read(&schema.format, &request.schema_definition)?;
            let version = same_definition(store, &schema, &wanted)?.ok_or_else(|| {
                Error::NotFound(format!(
                    "Schema is not found. RegistryName: {}, SchemaName: {}, SchemaArn: null, SchemaDefinition: {}",
                    schema.registry, schema.name, request.schema_definition
                ))
            })?;
            Ok::<_, Error>((schema, version))
        })?;
        Ok(GetSchemaByDefinitionResponse {
            schema_version_id: Some(version.id),
            schema_arn: Some(self.schema_arn(&schema)),
            data_format: Some(schema.format),
            status: Some(version.status),
            created_time: Some(version.created),
        })
    }

    pub(crate) fn schema_versions(
        &self,
        request: &ListSchemaVersionsInput,
    ) -> Result<ListSchemaVersionsResponse, Error> {
        let name = SchemaName::of(&request.schema_id)?;
        let page = Page::requested(request.next_token.as_deref(), request.max_results, 100)?;
        let (schema, found) = self.platform.store.read(|store| {
            let schema = name.find(store)?;
            let after = page.after.as_deref();
            let found = VERSIONS.page(store, &schema.scope(), after, page.limit + 1)?;
            Ok::<_, Error>((schema, found))
        })?;
        let (versions, next_token) = page.cut(found);
        let versions = versions.into_iter().map(|version| SchemaVersionListItem {
            schema_arn: Some(self.schema_arn(&schema)),
            schema_version_id: Some(version.id),
            version_number: Some(version.number),
            status: Some(version.status),
            created_time: Some(version.created),
        });
        Ok(ListSchemaVersionsResponse {
            schemas: Some(versions.collect()),
            next_token,
        })
    }

    /// Deletes the versions of a number or a range such as `5-8`. What cannot be deleted is told,
    /// number by number; a checkpoint in the range stops all of it.
    pub(crate) fn delete_versions(
        &self,
        request: &DeleteSchemaVersionsInput,
    ) -> Result<DeleteSchemaVersionsResponse, Error> {
        let name = SchemaName::of(&request.schema_id)?;
        let (first, last) = range(&request.versions)?;
        let errors = self.platform.store.write(|tx| {
            let schema = name.find(tx)?;
            if schema.checkpoint != 1 && (first..=last).contains(&schema.checkpoint) {
                return Err(Error::ConditionFailed(format!(
                    "Schema version {} is the checkpoint of schema {}; move the checkpoint first.",
                    schema.checkpoint, schema.name
                )));
            }
            let mut errors = Vec::new();
            for number in first..=last.min(schema.last) {
                let version = VERSIONS.get(tx, &schema.scope(), &key(number))?;
                let refusal = match &version {
                    Some(_) if number == 1 => Some((
                        "InvalidInputException",
                        "The first schema version can only be deleted with the schema.",
                    )),
                    Some(_) => None,
                    None => Some(("EntityNotFoundException", "Schema version is not found.")),
                };
                if let Some((code, message)) = refusal {
                    errors.push(SchemaVersionErrorItem {
                        version_number: Some(number),
                        error_details: Some(ErrorDetails {
                            error_code: Some(code.to_owned()),
                            error_message: Some(message.to_owned()),
                        }),
                    });
                    continue;
                }
                VERSIONS.delete(tx, &schema.scope(), &key(number))?;
                if let Some(version) = version {
                    VERSION_IDS.delete(tx, "", &version.id)?;
                }
            }
            // The latest is the last that is left; numbers go on from where they were.
            Ok(errors)
        })?;
        Ok(DeleteSchemaVersionsResponse {
            schema_version_errors: Some(errors),
        })
    }

    /// The difference between two versions as a JSON Patch.
    pub(crate) fn versions_difference(
        &self,
        request: &GetSchemaVersionsDiffInput,
    ) -> Result<GetSchemaVersionsDiffResponse, Error> {
        let name = SchemaName::of(&request.schema_id)?;
        let diff = self.platform.store.read(|store| {
            let schema = name.find(store)?;
            let read = |number: &SchemaVersionNumber| {
                let version = version_by_number(store, &schema, Some(number))?;
                Definition::read(&schema.format, &version.definition)
            };
            let first = read(&request.first_schema_version_number)?;
            let second = read(&request.second_schema_version_number)?;
            Ok::<_, Error>(json_patch(first.value(), second.value()))
        })?;
        Ok(GetSchemaVersionsDiffResponse {
            diff: Some(diff.to_string()),
        })
    }

    pub(crate) fn check_validity(
        request: &CheckSchemaVersionValidityInput,
    ) -> CheckSchemaVersionValidityResponse {
        let read = Definition::read(&request.data_format, &request.schema_definition);
        CheckSchemaVersionValidityResponse {
            valid: Some(read.is_ok()),
            error: read.err().map(|error| error.to_string()),
        }
    }
}

fn same_definition(
    store: &Connection,
    schema: &Schema,
    wanted: &Definition,
) -> Result<Option<Version>, Error> {
    for (_, version) in VERSIONS.page(store, &schema.scope(), None, usize::MAX)? {
        let known = Definition::read(&schema.format, &version.definition)?;
        if known.value() == wanted.value() && version.status == SchemaVersionStatus::Available {
            return Ok(Some(version));
        }
    }
    Ok(None)
}

fn range(versions: &str) -> Result<(i64, i64), Error> {
    let (first, last) = versions.split_once('-').unwrap_or((versions, versions));
    match (first.trim().parse(), last.trim().parse()) {
        (Ok(first), Ok(last)) if (1..=last).contains(&first) => Ok((first, last)),
        _ => Err(Error::InvalidInput(format!(
            "The schema versions {versions} are neither a number nor a range such as 5-8."
        ))),
    }
}
