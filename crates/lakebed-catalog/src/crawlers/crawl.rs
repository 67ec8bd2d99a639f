//! One crawl from its targets to the catalog.

use std::collections::HashMap;

use lakebed_core::Platform;
use lakebed_storage::Storage;
use lakebed_wire::glue::{Crawler, DatabaseInput};

use super::catalog_tables::refresh_tables;
use super::definition::Author;
use super::grouping::{FileGroup, PartitionGroup, TableGroup, group_files_into_tables};
use super::incremental::{KnownFolders, add_new_folders};
use super::log::CrawlLog;
use super::path::S3Path;
use super::progress::Progress;
use super::publish::Publisher;
use super::scan::{Scan, scan};
use super::settings::Settings;
use super::targets::{Place, Targets};
use crate::inference::{ColumnType, CustomClassifier};
use crate::{Catalog, Error, classifiers};

/// Why a crawl did not come to its end.
#[derive(Debug)]
pub(super) enum CrawlFailure {
    /// It was asked to stop.
    Stopped,
    /// With the message of `LastCrawl`.
    Failed(String),
}

impl From<Error> for CrawlFailure {
    fn from(error: Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What a crawl works with.
pub(super) struct Crawl<'a> {
    pub(super) platform: &'a Platform,
    pub(super) catalog: &'a Catalog,
    pub(super) storage: &'a Storage,
    pub(super) crawler: &'a Crawler,
    pub(super) run_id: &'a str,
    pub(super) log: &'a CrawlLog,
    pub(super) progress: &'a Progress,
}

impl Crawl<'_> {
    /// Crawls all targets and writes what they hold. The progress tells what was written even when
    /// the crawl fails or is dropped half-way; each table is written whole or not at all.
    pub(super) async fn run(&self) -> Result<(), CrawlFailure> {
        let name = self.crawler.name.as_deref().unwrap_or_default();
        self.log
            .benchmark(format_args!("Running Start Crawl for Crawler {name}"));
        let settings = Settings::of(self.crawler).map_err(CrawlFailure::Failed)?;
        let custom = self.custom_classifiers()?;
        let author = Author {
            crawler: name,
            run_id: self.run_id,
        };
        let publisher = Publisher::new(self.catalog, &settings, author, self.log, self.progress);
        match &settings.targets {
            Targets::Tables(tables) => refresh_tables(self, &publisher, tables, &custom).await?,
            Targets::Places(places) if settings.incremental => {
                let known = KnownFolders::of(self.catalog, &settings.database)?;
                for place in places {
                    let scan = self
                        .scan(place, &custom, |key| known.read(place, key))
                        .await?;
                    self.log_writing(&settings.database);
                    add_new_folders(self.log, &publisher, &known, author, place, scan.files)?;
                }
            }
            Targets::Places(places) => {
                self.make_tables(&settings, publisher, places, &custom)
                    .await?;
            }
        }
        self.log.benchmark("Finished writing to Catalog");
        Ok(())
    }

    async fn make_tables(
        &self,
        settings: &Settings,
        mut publisher: Publisher<'_>,
        places: &[Place],
        custom: &[CustomClassifier],
    ) -> Result<(), CrawlFailure> {
        let mut tables: Vec<(S3Path, TableGroup)> = Vec::new();
        for place in places {
            let scan = self.scan(place, custom, |_| false).await?;
            let groups = if scan.is_file {
                scan.files
                    .into_iter()
                    .map(FileGroup::of_file)
                    .map(TableGroup::unpartitioned)
                    .collect()
            } else {
                group_files_into_tables(&place.path.folder(), scan.files, settings.grouping)
            };
            tables.extend(groups.into_iter().map(|group| (place.path.clone(), group)));
        }
        if let Some(threshold) = settings.table_threshold.filter(|most| tables.len() > *most) {
            return Err(CrawlFailure::Failed(format!(
                "The number of tables identified by the crawler: {} is greater than the table threshold value provided: {threshold}",
                tables.len()
            )));
        }
        self.log_writing(&settings.database);
        ensure_database(self.catalog, &settings.database)?;
        for (place, group) in &tables {
            self.warn_of_surprises(settings, place, group);
            publisher.publish(place, group)?;
            // Lets a stop take effect between two tables.
            tokio::task::yield_now().await;
        }
        publisher.settle_missing_tables(places)?;
        Ok(())
    }

    /// Looks at the files of a place, and says which are left out.
    pub(super) async fn scan(
        &self,
        place: &Place,
        custom: &[CustomClassifier],
        known: impl Fn(&str) -> bool,
    ) -> Result<Scan, CrawlFailure> {
        let scan = scan(self.storage, place, custom, known, self.progress).await?;
        for (key, reason) in &scan.left_out {
            let path = place.path.with_key(key).to_string();
            self.log.warn(format_args!(
                "{path} is left out of the catalog: {reason}. Tables created did not infer schemas from this file."
            ));
            self.progress.changes().unrecognised.push(path);
        }
        self.log.info(format_args!(
            "Looked at {} files at {}, of which {} are left out",
            scan.files.len() + scan.left_out.len(),
            place.path,
            scan.left_out.len()
        ));
        if scan.files.is_empty() {
            self.log.warn(format_args!(
                "No new file to make a table of was found at {}",
                place.path
            ));
        }
        Ok(scan)
    }

    /// Says that everything was looked at, and by which rules it is written.
    pub(super) fn log_writing(&self, database: &str) {
        self.log.benchmark(format_args!(
            "Classification complete, writing results to database {database}"
        ));
        if let Some(configuration) = self.crawler.configuration.as_deref() {
            self.log.info(format_args!(
                "Crawler configured with Configuration {configuration}."
            ));
        }
        if let Some(policy) = &self.crawler.schema_change_policy
            && let Ok(policy) = serde_json::to_string(policy)
        {
            self.log.info(format_args!(
                "Crawler configured with SchemaChangePolicy {policy}."
            ));
        }
    }

    /// Says where Glue's choice will hurt in Athena.
    fn warn_of_surprises(&self, settings: &Settings, place: &S3Path, group: &TableGroup) {
        let files = &group.files;
        let location = place.with_key(&files.location);
        if !files.location.is_empty() && !files.location.ends_with('/') {
            self.log.warn(format_args!(
                "The location {location} is a file: Athena on AWS reads folders only and answers no rows. Give the table a folder of its own."
            ));
        }
        if let Some(decision) = &files.schema.decision {
            self.log.info(format_args!(
                "Files at {location} are classified as {} by {} with certainty {:.2}.",
                files.schema.format.classification(),
                decision.classifier,
                decision.certainty
            ));
        }
        for surprise in &files.schema.surprises {
            self.log.warn(format_args!("At {location} {surprise}."));
        }
        if !settings.partitions_inherit
            && !matches!(files.schema.format.classification(), "orc" | "parquet")
            && let Some((partition, column)) = retyped_in_a_partition(group)
        {
            self.log.warn(format_args!(
                "Column {column} has another type in partition {} than in the table at {location}: Athena on AWS refuses to read such a table (HIVE_PARTITION_SCHEMA_MISMATCH). Let partitions inherit from the table (InheritFromTable).",
                place.with_key(&partition.files.location)
            ));
        }
        for name in &group.names_taken {
            self.log.warn(format_args!(
                "The partition key {name} at {location} is also the name of a column or of another key and is called by its level instead. Rename one of them."
            ));
        }
    }

    /// The crawler's classifiers, in its order.
    fn custom_classifiers(&self) -> Result<Vec<CustomClassifier>, CrawlFailure> {
        let mut custom = Vec::new();
        for name in self.crawler.classifiers.iter().flatten() {
            let classifier = self
                .platform
                .store
                .read(|connection| classifiers::find(connection, name))?;
            custom.push(classifiers::custom_classifier(&classifier).map_err(CrawlFailure::Failed)?);
        }
        Ok(custom)
    }
}

/// The first partition that has a column in another type than the table, and the column.
fn retyped_in_a_partition(group: &TableGroup) -> Option<(&PartitionGroup, &str)> {
    let types: HashMap<&str, &ColumnType> = group
        .files
        .schema
        .columns
        .iter()
        .map(|(name, kind)| (name.as_str(), kind))
        .collect();
    group.partitions.iter().find_map(|partition| {
        let mut columns = partition.files.schema.columns.iter();
        let (name, _) = columns.find(|(name, kind)| types.get(name.as_str()) != Some(&kind))?;
        Some((partition, name.as_str()))
    })
}

/// Crawlers make the database they write to.
fn ensure_database(catalog: &Catalog, name: &str) -> Result<(), Error> {
    match catalog.database(name) {
        Err(Error::NotFound(_)) => catalog.create_database(DatabaseInput {
            name: name.to_owned(),
            ..Default::default()
        }),
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}
