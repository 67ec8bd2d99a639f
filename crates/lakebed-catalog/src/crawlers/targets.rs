//! What a crawler is told to look at.

use lakebed_wire::glue::{CatalogTarget, CrawlerTargets, S3Target};

use super::exclusions::Exclusions;
use super::path::S3Path;
use crate::fold;

/// The targets of a crawler: places to find tables in, or tables to bring up to date.
#[derive(Debug, Clone)]
pub(super) enum Targets {
    Places(Vec<Place>),
    Tables(Vec<CatalogTable>),
}

/// An S3 target.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) path: S3Path,
    pub(super) exclusions: Exclusions,
    /// Files to look at in each leaf folder; all where there is none.
    pub(super) sample_size: Option<usize>,
}

/// A table of a catalog target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CatalogTable {
    pub(super) database: String,
    pub(super) name: String,
}

impl Targets {
    /// Reads the targets; what cannot be crawled is refused with the reason.
    pub(super) fn read(targets: CrawlerTargets) -> Result<Self, String> {
        let count = |given: Option<usize>| given.unwrap_or_default();
        let unsupported = [
            ("JDBC", count(targets.jdbc_targets.map(|given| given.len()))),
            (
                "MongoDB",
                count(targets.mongo_db_targets.map(|given| given.len())),
            ),
            (
                "DynamoDB",
                count(targets.dynamo_db_targets.map(|given| given.len())),
            ),
            (
                "Delta",
                count(targets.delta_targets.map(|given| given.len())),
            ),
            (
                "Iceberg",
                count(targets.iceberg_targets.map(|given| given.len())),
            ),
            ("Hudi", count(targets.hudi_targets.map(|given| given.len()))),
        ];
        if let Some((kind, _)) = unsupported.iter().find(|(_, count)| *count > 0) {
            return Err(format!(
                "{kind} targets are not supported; crawlers read S3 and catalog targets"
            ));
        }
        let places = targets.s3_targets.unwrap_or_default();
        let tables = targets.catalog_targets.unwrap_or_default();
        match (places.is_empty(), tables.is_empty()) {
            (true, true) => Err("A crawler needs at least one target.".to_owned()),
            // "Crawler source type": existing tables are crawled by themselves.
            (false, false) => {
                Err("Catalog targets cannot be combined with other targets.".to_owned())
            }
            (false, true) => places
                .into_iter()
                .map(Place::read)
                .collect::<Result<_, _>>()
                .map(Self::Places),
            (true, false) => {
                let mut read = Vec::new();
                for target in tables {
                    read.extend(catalog_tables(&target)?);
                }
                Ok(Self::Tables(read))
            }
        }
    }
}

impl Place {
    fn read(target: S3Target) -> Result<Self, String> {
        let path = target.path.unwrap_or_default();
        refuse_outside_help(&path, &target.event_queue_arn, &target.connection_name)?;
        let sample_size = match target.sample_size {
            Some(size @ 1..=249) => usize::try_from(size).ok(),
            Some(size) => {
                return Err(format!("SampleSize must be between 1 and 249, got {size}"));
            }
            None => None,
        };
        Ok(Self {
            path: S3Path::parse(&path)?,
            exclusions: Exclusions::parse(&target.exclusions.unwrap_or_default())?,
            sample_size,
        })
    }

    /// Everything at this path.
    pub(super) fn whole(path: S3Path) -> Self {
        Self {
            path,
            exclusions: Exclusions::default(),
            sample_size: None,
        }
    }
}

fn catalog_tables(target: &CatalogTarget) -> Result<Vec<CatalogTable>, String> {
    let database = fold(&target.database_name);
    refuse_outside_help(&database, &target.event_queue_arn, &target.connection_name)?;
    Ok(target
        .tables
        .iter()
        .map(|name| CatalogTable {
            database: database.clone(),
            name: fold(name),
        })
        .collect())
}

fn refuse_outside_help(
    target: &str,
    queue: &Option<String>,
    connection: &Option<String>,
) -> Result<(), String> {
    if queue.is_some() {
        return Err(format!(
            "Target '{target}' names an event queue, which is not supported"
        ));
    }
    if connection.as_ref().is_some_and(|name| !name.is_empty()) {
        return Err(format!(
            "Target '{target}' names a connection, which is not supported"
        ));
    }
    Ok(())
}
