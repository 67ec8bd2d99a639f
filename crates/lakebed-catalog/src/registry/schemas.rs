use lakebed_core::Transaction;
use lakebed_wire::glue::{
    Compatibility, CreateSchemaInput, CreateSchemaResponse, DeleteSchemaInput,
    DeleteSchemaResponse, GetSchemaInput, GetSchemaResponse, ListSchemasInput, ListSchemasResponse,
    SchemaListItem, SchemaStatus, SchemaVersionNumber, UpdateSchemaInput, UpdateSchemaResponse,
};

use super::definition::Definition;
use super::versions::version_by_number;
use super::{
    DEFAULT_REGISTRY, REGISTRIES, SCHEMAS, Schema, SchemaName, VERSION_IDS, VERSIONS, check_name,
    find_registry, registry_name,
};
use crate::paging::Page;
use crate::tags::Taggable;
use crate::{Catalog, Error};

impl Catalog {
    /// # Errors
    /// [`Error::AlreadyExists`]; [`Error::NotFound`] for the registry; [`Error::InvalidInput`] for
    /// a definition that is none.
    pub(crate) fn create_schema(
        &self,
        request: CreateSchemaInput,
    ) -> Result<CreateSchemaResponse, Error> {
        check_name(&request.schema_name, "schemaName")?;
        let registry = match &request.registry_id {
            Some(id) => registry_name(id)?,
            None => DEFAULT_REGISTRY.to_owned(),
        };
        let definition = request.schema_definition.ok_or_else(|| {
            Error::InvalidInput("The schema definition has to be provided.".to_owned())
        })?;
        Definition::read(&request.data_format, &definition)?;
        let now = self.moment();
        let mut schema = Schema {
            registry,
            name: request.schema_name,
            description: request.description,
            format: request.data_format,
            compatibility: request.compatibility.unwrap_or(Compatibility::None),
            checkpoint: 1,
            last: 0,
            created: now.clone(),
            updated: now,
        };
        let version = self.platform.store.write(|tx| {
            self.registry_for_schema(tx, &schema.registry)?;
            if !SCHEMAS.insert(tx, &schema.registry, &schema.name, &schema)? {
                return Err(Error::AlreadyExists(format!(
                    "Schema already exists. RegistryName: {}, SchemaName: {}, SchemaArn: null",
                    schema.registry, schema.name
                )));
            }
            let tagged = format!("{}/{}", schema.registry, schema.name);
            Taggable::Schema.keep(tx, &tagged, request.tags.clone())?;
            self.add_version(tx, &mut schema, definition)
        })?;
        Ok(CreateSchemaResponse {
            registry_arn: Some(self.registry_arn(&schema.registry)),
            schema_arn: Some(self.schema_arn(&schema)),
            latest_schema_version: Some(schema.last),
            next_schema_version: Some(schema.last + 1),
            registry_name: Some(schema.registry),
            schema_name: Some(schema.name),
            description: schema.description,
            data_format: Some(schema.format),
            compatibility: Some(schema.compatibility),
            schema_checkpoint: Some(schema.checkpoint),
            schema_status: Some(SchemaStatus::Available),
            tags: Some(request.tags.unwrap_or_default()),
            schema_version_id: Some(version.id),
            schema_version_status: Some(version.status),
        })
    }

    pub(crate) fn schema(&self, request: &GetSchemaInput) -> Result<GetSchemaResponse, Error> {
        let name = SchemaName::of(&request.schema_id)?;
        let schema = self.platform.store.read(|store| name.find(store))?;
        Ok(GetSchemaResponse {
            registry_arn: Some(self.registry_arn(&schema.registry)),
            schema_arn: Some(self.schema_arn(&schema)),
            latest_schema_version: Some(schema.last),
            next_schema_version: Some(schema.last + 1),
            registry_name: Some(schema.registry),
            schema_name: Some(schema.name),
            description: schema.description,
            data_format: Some(schema.format),
            compatibility: Some(schema.compatibility),
            schema_checkpoint: Some(schema.checkpoint),
            schema_status: Some(SchemaStatus::Available),
            created_time: Some(schema.created),
            updated_time: Some(schema.updated),
        })
    }

    /// A page of the schemas of one registry, or of all.
    pub(crate) fn schemas(&self, request: &ListSchemasInput) -> Result<ListSchemasResponse, Error> {
        let page = Page::requested(request.next_token.as_deref(), request.max_results, 100)?;
        let found = self.platform.store.read(|store| {
            let registries = match &request.registry_id {
                Some(id) => vec![find_registry(store, &registry_name(id)?)?.name],
                None => {
                    let all = REGISTRIES.page(store, "", None, usize::MAX)?;
                    all.into_iter().map(|(name, _)| name).collect()
                }
            };
            let mut found = Vec::new();
            for registry in registries {
                for (name, schema) in SCHEMAS.page(store, &registry, None, usize::MAX)? {
                    found.push((format!("{registry}/{name}"), schema));
                }
            }
            Ok::<_, Error>(found)
        })?;
        let after = page.after.as_deref();
        let found = found
            .into_iter()
            .filter(|(key, _)| after.is_none_or(|after| key.as_str() > after))
            .take(page.limit + 1);
        let (schemas, next_token) = page.cut(found.collect());
        let schemas = schemas.into_iter().map(|schema| SchemaListItem {
            schema_arn: Some(self.schema_arn(&schema)),
            registry_name: Some(schema.registry),
            schema_name: Some(schema.name),
            description: schema.description,
            schema_status: Some(SchemaStatus::Available),
            created_time: Some(schema.created),
            updated_time: Some(schema.updated),
        });
        Ok(ListSchemasResponse {
            schemas: Some(schemas.collect()),
            next_token,
        })
    }

    /// Changes description, compatibility and checkpoint. A new compatibility needs a checkpoint.
    pub(crate) fn update_schema(
        &self,
        request: UpdateSchemaInput,
    ) -> Result<UpdateSchemaResponse, Error> {
        let name = SchemaName::of(&request.schema_id)?;
        if request.compatibility.is_some() && request.schema_version_number.is_none() {
            return Err(Error::InvalidInput(
                "The schema version number (checkpoint) is required when the compatibility is updated."
                    .to_owned(),
            ));
        }
        let schema = self.platform.store.write(|tx| {
            let mut schema = name.find(tx)?;
            if let Some(SchemaVersionNumber { .. }) = &request.schema_version_number {
                let number = request.schema_version_number.as_ref();
                schema.checkpoint = version_by_number(tx, &schema, number)?.number;
            }
            schema.compatibility = request.compatibility.unwrap_or(schema.compatibility);
            schema.description = request.description.or(schema.description);
            schema.updated = self.moment();
            SCHEMAS.put(tx, &schema.registry, &schema.name, &schema)?;
            Ok::<_, Error>(schema)
        })?;
        Ok(UpdateSchemaResponse {
            schema_arn: Some(self.schema_arn(&schema)),
            schema_name: Some(schema.name),
            registry_name: Some(schema.registry),
        })
    }

    pub(crate) fn delete_schema(
        &self,
        request: &DeleteSchemaInput,
    ) -> Result<DeleteSchemaResponse, Error> {
        let name = SchemaName::of(&request.schema_id)?;
        let schema = self.platform.store.write(|tx| {
            let schema = name.find(tx)?;
            self.remove_schema(tx, &schema)?;
            Ok::<_, Error>(schema)
        })?;
        Ok(DeleteSchemaResponse {
            schema_arn: Some(self.schema_arn(&schema)),
            schema_name: Some(schema.name),
            status: Some(SchemaStatus::Deleting),
        })
    }

    pub(super) fn remove_schema(&self, tx: &Transaction<'_>, schema: &Schema) -> Result<(), Error> {
        let scope = schema.scope();
        for (_, version) in VERSIONS.page(tx, &scope, None, usize::MAX)? {
            VERSION_IDS.delete(tx, "", &version.id)?;
        }
        VERSIONS.delete_scope(tx, &scope)?;
        SCHEMAS.delete(tx, &schema.registry, &schema.name)?;
        let tagged = format!("{}/{}", schema.registry, schema.name);
        Ok(Taggable::Schema.forget(tx, &tagged)?)
    }
}
