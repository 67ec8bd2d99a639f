use std::collections::BTreeMap;

use lakebed_wire::glue::{
    MetadataInfo, MetadataKeyValuePair, OtherMetadataValueListItem, PutSchemaVersionMetadataInput,
    PutSchemaVersionMetadataResponse, QuerySchemaVersionMetadataInput,
    QuerySchemaVersionMetadataResponse, RemoveSchemaVersionMetadataInput,
    RemoveSchemaVersionMetadataResponse,
};

use super::versions::find_version;
use super::{Schema, VERSIONS, Version, key};
use crate::{Catalog, Error};

/// Pairs a version may have. Glue API reference, "PutSchemaVersionMetadata".
const MOST_PAIRS: usize = 10;

fn pair(pair: &MetadataKeyValuePair) -> Result<(String, String), Error> {
    match (&pair.metadata_key, &pair.metadata_value) {
        (Some(key), Some(value)) => Ok((key.clone(), value.clone())),
        _ => Err(Error::InvalidInput(
            "Both the metadata key and its value have to be provided.".to_owned(),
        )),
    }
}

fn named(name: &str, value: &str) -> String {
    format!("metadata key {name} with value {value}")
}

impl Catalog {
    pub(crate) fn put_version_metadata(
        &self,
        request: &PutSchemaVersionMetadataInput,
    ) -> Result<PutSchemaVersionMetadataResponse, Error> {
        let (name, value) = pair(&request.metadata_key_value)?;
        let (schema, version) = self.platform.store.write(|tx| {
            let (schema, mut version) = find_version(
                tx,
                request.schema_version_id.as_deref(),
                request.schema_id.as_ref(),
                request.schema_version_number.as_ref(),
            )?;
            if has(&version, &name, &value) {
                return Err(Error::AlreadyExists(format!(
                    "Resource already exist for schema version id: {}, {}",
                    version.id,
                    named(&name, &value)
                )));
            }
            if version.metadata.len() >= MOST_PAIRS {
                return Err(Error::LimitExceeded(format!(
                    "A schema version can have {MOST_PAIRS} metadata key value pairs at most."
                )));
            }
            version
                .metadata
                .push((name.clone(), value.clone(), self.moment()));
            VERSIONS.put(tx, &schema.scope(), &key(version.number), &version)?;
            Ok((schema, version))
        })?;
        Ok(PutSchemaVersionMetadataResponse {
            schema_arn: Some(self.schema_arn(&schema)),
            latest_version: Some(version.number == schema.last),
            schema_name: Some(schema.name),
            registry_name: Some(schema.registry),
            version_number: Some(version.number),
            schema_version_id: Some(version.id),
            metadata_key: Some(name),
            metadata_value: Some(value),
        })
    }

    pub(crate) fn remove_version_metadata(
        &self,
        request: &RemoveSchemaVersionMetadataInput,
    ) -> Result<RemoveSchemaVersionMetadataResponse, Error> {
        let (name, value) = pair(&request.metadata_key_value)?;
        let (schema, version): (Schema, Version) = self.platform.store.write(|tx| {
            let (schema, mut version) = find_version(
                tx,
                request.schema_version_id.as_deref(),
                request.schema_id.as_ref(),
                request.schema_version_number.as_ref(),
            )?;
            if !has(&version, &name, &value) {
                return Err(Error::NotFound(format!(
                    "Resource not found for schema version id: {}, {}",
                    version.id,
                    named(&name, &value)
                )));
            }
            version
                .metadata
                .retain(|(key, known, _)| (key, known) != (&name, &value));
            VERSIONS.put(tx, &schema.scope(), &key(version.number), &version)?;
            Ok((schema, version))
        })?;
        Ok(RemoveSchemaVersionMetadataResponse {
            schema_arn: Some(self.schema_arn(&schema)),
            latest_version: Some(version.number == schema.last),
            schema_name: Some(schema.name),
            registry_name: Some(schema.registry),
            version_number: Some(version.number),
            schema_version_id: Some(version.id),
            metadata_key: Some(name),
            metadata_value: Some(value),
        })
    }

    /// The metadata of a version: of each key the latest value, and the earlier ones beside it.
    pub(crate) fn version_metadata(
        &self,
        request: &QuerySchemaVersionMetadataInput,
    ) -> Result<QuerySchemaVersionMetadataResponse, Error> {
        let (_, version) = self.platform.store.read(|store| {
            find_version(
                store,
                request.schema_version_id.as_deref(),
                request.schema_id.as_ref(),
                request.schema_version_number.as_ref(),
            )
        })?;
        let wanted = request.metadata_list.as_deref().unwrap_or_default();
        let mut found: BTreeMap<String, MetadataInfo> = BTreeMap::new();
        for (key, value, created) in &version.metadata {
            let is_wanted = wanted.is_empty()
                || wanted.iter().any(|pair| {
                    pair.metadata_key.as_ref().is_none_or(|name| name == key)
                        && pair
                            .metadata_value
                            .as_ref()
                            .is_none_or(|known| known == value)
                });
            if !is_wanted {
                continue;
            }
            let info = found.entry(key.clone()).or_default();
            let earlier = info.metadata_value.replace(value.clone());
            let earlier_time = info.created_time.replace(created.clone());
            if earlier.is_some() {
                info.other_metadata_value_list.get_or_insert_default().push(
                    OtherMetadataValueListItem {
                        metadata_value: earlier,
                        created_time: earlier_time,
                    },
                );
            }
        }
        Ok(QuerySchemaVersionMetadataResponse {
            metadata_info_map: Some(found),
            schema_version_id: Some(version.id),
            next_token: None,
        })
    }
}

fn has(version: &Version, name: &str, value: &str) -> bool {
    let mut pairs = version.metadata.iter();
    pairs.any(|(key, known, _)| key == name && known == value)
}
