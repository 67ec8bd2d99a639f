//! One crawl from its targets to the catalog.

use lakebed_core::Platform;
use lakebed_storage::Storage;
use lakebed_wire::glue::{Crawler, DatabaseInput};

use super::definition::Author;
use super::grouping::{FileGroup, TableGroup, group_files_into_tables};
use super::path::S3Path;
use super::publish::{Changes, Publisher};
use super::scan::scan;
use super::settings::Settings;
use crate::inference::CustomClassifier;
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

/// Crawls all targets and writes what they hold. `changes` tells what was written even when the
/// crawl fails or is dropped half-way; each table is written whole or not at all.
pub(super) async fn crawl(
    platform: &Platform,
    catalog: &Catalog,
    storage: &Storage,
    crawler: &Crawler,
    run_id: &str,
    changes: &mut Changes,
) -> Result<(), CrawlFailure> {
    let name = crawler.name.as_deref().unwrap_or_default();
    let settings = Settings::of(crawler).map_err(CrawlFailure::Failed)?;
    let custom = custom_classifiers(platform, crawler)?;
    let mut tables: Vec<(S3Path, TableGroup)> = Vec::new();
    for target in &settings.targets {
        let scan = scan(storage, target, &custom).await?;
        for (key, reason) in scan.unrecognised {
            let path = target.path.with_key(&key).to_string();
            tracing::warn!(crawler = name, %path, reason, "file left out of the catalog");
            changes.unrecognised.push(path);
        }
        if scan.files.is_empty() {
            tracing::warn!(crawler = name, target = %target.path, "no file to make a table of");
        }
        let groups = if scan.is_file {
            scan.files
                .into_iter()
                .map(FileGroup::of_file)
                .map(TableGroup::unpartitioned)
                .collect()
        } else {
            group_files_into_tables(&target.path.folder(), scan.files, settings.grouping)
        };
        tables.extend(groups.into_iter().map(|group| (target.path.clone(), group)));
    }
    if let Some(threshold) = settings.table_threshold.filter(|most| tables.len() > *most) {
        return Err(CrawlFailure::Failed(format!(
            "The number of tables identified by the crawler: {} is greater than the table threshold value provided: {threshold}",
            tables.len()
        )));
    }
    ensure_database(catalog, &settings.database)?;
    let author = Author {
        crawler: name,
        run_id,
    };
    let mut publisher = Publisher::new(catalog, &settings, author, changes);
    for (place, group) in &tables {
        warn_of_surprises(name, place, &group.files);
        publisher.publish(place, group)?;
        // Lets a stop take effect between two tables.
        tokio::task::yield_now().await;
    }
    publisher.settle_missing_tables()?;
    Ok(())
}

/// Says where Glue's choice will hurt in Athena.
fn warn_of_surprises(crawler: &str, place: &S3Path, files: &FileGroup) {
    let location = place.with_key(&files.location);
    if !files.location.is_empty() && !files.location.ends_with('/') {
        tracing::warn!(
            crawler,
            %location,
            "the table's location is a file: Athena on AWS reads folders only and answers no rows"
        );
    }
    for surprise in &files.schema.surprises {
        tracing::warn!(crawler, %location, "{surprise}");
    }
}

/// The crawler's classifiers, in its order.
fn custom_classifiers(
    platform: &Platform,
    crawler: &Crawler,
) -> Result<Vec<CustomClassifier>, CrawlFailure> {
    let mut custom = Vec::new();
    for name in crawler.classifiers.iter().flatten() {
        let classifier = platform
            .store
            .read(|connection| classifiers::find(connection, name))?;
        custom.push(classifiers::custom_classifier(&classifier).map_err(CrawlFailure::Failed)?);
    }
    Ok(custom)
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
