//! Results that are answered again instead of being computed.
//!
//! Athena user guide, "Reuse query results in Athena". On AWS a result is reused until it is too
//! old, whatever became of the tables; here it is only while they and their objects are the same.

use datafusion_trino::TableReference;
use futures::TryStreamExt;
use lakebed_core::{Documents, StoreError, Timestamp};
use lakebed_engine::EngineError;
use lakebed_wire::athena::{Error, ResultReuseConfiguration};
use md5::{Digest, Md5};
use object_store::ObjectStoreExt;
use serde::{Deserialize, Serialize};

use super::Athena;
use super::history::QueryRecord;
use super::queries::internal;
use crate::error::Result as QueryResult;
use crate::lake::{Lake, catalog_error, is_projected, is_view};
use crate::results::output::{OutputFile, OutputFolder};
use crate::statement::QueryText;

/// The last result of a query, by workgroup and digest.
const RESULTS: Documents<Kept> = Documents::of("athena.reusable_result");

/// How old a result may be, in minutes, where the request does not say. Athena API reference,
/// "ResultReuseByAgeConfiguration".
const DEFAULT_AGE_MINUTES: i32 = 60;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    query_id: String,
    finished: Timestamp,
    inputs: String,
}

/// What a result is found by.
#[derive(Debug, Clone)]
pub(super) struct Reuse {
    workgroup: String,
    /// Digest of what was asked.
    question: String,
    /// Digest of what is read.
    inputs: String,
}

/// How old a result may be, in minutes; none if nothing is to be reused.
pub(super) fn max_age(configuration: Option<&ResultReuseConfiguration>) -> Option<i32> {
    let by_age = configuration?.result_reuse_by_age_configuration.as_ref()?;
    by_age
        .enabled
        .then(|| by_age.max_age_in_minutes.unwrap_or(DEFAULT_AGE_MINUTES))
}

impl Athena {
    /// What a query's result is found by; none for queries whose answer depends on more than their
    /// tables, or that fail anyway.
    pub(super) async fn reuse_of(
        &self,
        workgroup: &str,
        database: &str,
        text: &QueryText,
        folder: &OutputFolder,
    ) -> Option<Reuse> {
        let inputs = match inputs(&self.shared.lake, database, text).await {
            Ok(inputs) => inputs?,
            Err(error) => {
                tracing::debug!(%error, "the inputs of a query are not known before it runs");
                return None;
            }
        };
        let mut question = Md5::new();
        for part in [database, text.as_str(), &folder.file("").uri()] {
            question.update(part.trim());
            question.update([0]);
        }
        for parameter in text.parameters() {
            question.update(parameter);
            question.update([0]);
        }
        Some(Reuse {
            workgroup: workgroup.to_owned(),
            question: hex(question),
            inputs,
        })
    }

    /// The earlier query whose result answers this one.
    pub(super) async fn reusable(
        &self,
        reuse: &Reuse,
        max_age_minutes: i32,
    ) -> Result<Option<QueryRecord>, Error> {
        let kept = self
            .shared
            .platform
            .store
            .read(|connection| RESULTS.get(connection, &reuse.workgroup, &reuse.question))
            .map_err(internal)?;
        let now = self.shared.platform.clock.now().as_millis();
        let oldest = now - i64::from(max_age_minutes) * 60_000;
        let Some(kept) =
            kept.filter(|kept| kept.inputs == reuse.inputs && kept.finished.as_millis() >= oldest)
        else {
            return Ok(None);
        };
        let record = self.shared.history.get(&kept.query_id).map_err(internal)?;
        let Some(record) = record else {
            return Ok(None);
        };
        let file = record.output_location().and_then(OutputFile::parse);
        let is_there = match file {
            Some(file) => {
                let store = self.shared.lake.storage.object_store(&file.bucket);
                store.head(&file.path()).await.is_ok()
            }
            None => false,
        };
        Ok(is_there.then_some(record))
    }
}

impl Reuse {
    /// Keeps the query that just finished for those who ask the same.
    pub(super) fn keep(&self, lake: &super::Shared, query_id: &str) {
        let kept = Kept {
            query_id: query_id.to_owned(),
            finished: lake.platform.clock.now(),
            inputs: self.inputs.clone(),
        };
        let done = lake.platform.store.write(|transaction| {
            RESULTS.put(transaction, &self.workgroup, &self.question, &kept)?;
            Ok::<_, StoreError>(())
        });
        if let Err(error) = done {
            tracing::warn!(%query_id, %error, "a result cannot be kept for reuse");
        }
    }
}

/// A digest of the tables a query reads and of their objects.
async fn inputs(lake: &Lake, database: &str, text: &QueryText) -> QueryResult<Option<String>> {
    let parsed = datafusion_trino::parse(text.as_str(), text.parameters())?;
    if !datafusion_trino::is_deterministic(&parsed.query) {
        return Ok(None);
    }
    let mut digest = Md5::new();
    for reference in datafusion_trino::tables(&parsed.query).keys() {
        if !add_table(lake, database, reference, &mut digest).await? {
            return Ok(None);
        }
    }
    Ok(Some(hex(digest)))
}

/// Adds a table and its objects; says whether they are all its rows depend on.
async fn add_table(
    lake: &Lake,
    database: &str,
    reference: &TableReference,
    digest: &mut Md5,
) -> QueryResult<bool> {
    let database = reference.database.as_deref().unwrap_or(database);
    if database == "information_schema" || reference.table.contains('$') {
        return Ok(false);
    }
    let table = lake
        .catalog
        .table(database, &reference.table)
        .map_err(|error| catalog_error(&error))?;
    if is_view(&table) || is_projected(&table) {
        return Ok(false);
    }
    digest.update(format!("{database}.{}\n", table.name));
    digest.update(format!("{:?}\n", table.version_id));
    let mut locations = vec![location_of(table.storage_descriptor.as_ref())];
    if table.partition_keys.is_some_and(|keys| !keys.is_empty()) {
        let partitions = lake
            .catalog
            .partitions(database, &table.name, None)
            .map_err(|error| catalog_error(&error))?;
        for partition in partitions {
            digest.update(format!(
                "{:?} {:?}\n",
                partition.values, partition.storage_descriptor
            ));
            locations.push(location_of(partition.storage_descriptor.as_ref()));
        }
    }
    // Most partitions lie below their table.
    let root = locations.first().cloned().flatten();
    let apart = locations.into_iter().skip(1).flatten().filter(|location| {
        !root
            .as_ref()
            .is_some_and(|root| location.starts_with(root.as_str()))
    });
    for location in root.clone().into_iter().chain(apart) {
        let Some(folder) = OutputFolder::parse(&location) else {
            return Ok(false);
        };
        let store = lake.storage.object_store(&folder.bucket);
        let mut objects = store.list(Some(&folder.file("").path()));
        while let Some(object) = objects.try_next().await.map_err(EngineError::Storage)? {
            digest.update(format!(
                "{} {:?} {}\n",
                object.location, object.e_tag, object.size
            ));
        }
    }
    Ok(true)
}

fn location_of(storage: Option<&lakebed_wire::glue::StorageDescriptor>) -> Option<String> {
    storage?.location.clone()
}

fn hex(digest: Md5) -> String {
    digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
