//! What a crawler's definition says about how it behaves, parsed once.

use lakebed_wire::glue::{
    Crawler, DeleteBehavior, LastCrawlStatus, RecrawlBehavior, UpdateBehavior,
};

use super::configuration::Configuration;
use super::grouping::{Grouping, GroupingPolicy};
use super::targets::Targets;

/// The database of a crawler that names none.
const DEFAULT_DATABASE: &str = "default";

/// The longest prefix of table names ("Parameters set on Data Catalog tables by crawler").
const MAX_PREFIX: usize = 64;

/// What a crawl does.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) database: String,
    pub(super) prefix: String,
    pub(super) targets: Targets,
    pub(super) grouping: Grouping,
    pub(super) update: UpdateBehavior,
    pub(super) delete: DeleteBehavior,
    pub(super) merge_new_columns: bool,
    pub(super) partitions_inherit: bool,
    pub(super) table_threshold: Option<usize>,
    pub(super) partition_index: bool,
    /// Only folders that no table or partition reads are looked at, and no table is made or
    /// changed: runs after the first of a crawler that crawls new folders only.
    pub(super) incremental: bool,
}

impl Settings {
    /// Reads a crawler's definition; what cannot be done is refused with the reason.
    pub(super) fn of(crawler: &Crawler) -> Result<Self, String> {
        let configuration = match crawler.configuration.as_deref() {
            None | Some("") => Configuration::default(),
            Some(text) => Configuration::parse(text)?,
        };
        let prefix = crawler.table_prefix.clone().unwrap_or_default();
        if prefix.chars().count() > MAX_PREFIX {
            return Err(format!(
                "TablePrefix cannot be longer than {MAX_PREFIX} characters, got '{prefix}'"
            ));
        }
        let targets = Targets::read(crawler.targets.clone().unwrap_or_default())?;
        let new_folders_only = recrawls_new_folders_only(crawler)?;
        let (update, delete) = behaviors(crawler);
        if new_folders_only && (update, delete) != (UpdateBehavior::Log, DeleteBehavior::Log) {
            return Err("The SchemaChangePolicy for \"Crawl new folders only\" Amazon S3 target can have only LOG DeleteBehavior value and LOG UpdateBehavior value.".to_owned());
        }
        if matches!(targets, Targets::Tables(_)) {
            if new_folders_only {
                return Err("Catalog targets cannot be crawled for new folders only.".to_owned());
            }
            if delete != DeleteBehavior::Log {
                return Err("The SchemaChangePolicy for Catalog target can have only LOG DeleteBehavior value.".to_owned());
            }
        }
        Ok(Self {
            database: crawler
                .database_name
                .clone()
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| DEFAULT_DATABASE.to_owned()),
            prefix,
            grouping: Grouping {
                // Catalog targets are always combined ("Crawler source type").
                policy: match targets {
                    Targets::Tables(_) => GroupingPolicy::CompatibleSchemas,
                    Targets::Places(_) => configuration.grouping.unwrap_or_default(),
                },
                table_level: configuration.table_level,
            },
            targets,
            update,
            delete,
            merge_new_columns: configuration.merge_new_columns,
            partitions_inherit: configuration.partitions_inherit,
            table_threshold: configuration.table_threshold,
            partition_index: configuration.partition_index,
            incremental: new_folders_only && succeeded_before(crawler),
        })
    }
}

/// Whether the recrawl policy is to crawl new folders only.
pub(super) fn recrawls_new_folders_only(crawler: &Crawler) -> Result<bool, String> {
    let recrawl = crawler
        .recrawl_policy
        .as_ref()
        .and_then(|policy| policy.recrawl_behavior);
    match recrawl {
        Some(RecrawlBehavior::CrawlEventMode) => {
            Err("RecrawlBehavior CRAWL_EVENT_MODE is not supported".to_owned())
        }
        Some(RecrawlBehavior::CrawlNewFoldersOnly) => Ok(true),
        Some(RecrawlBehavior::CrawlEverything) | None => Ok(false),
    }
}

fn behaviors(crawler: &Crawler) -> (UpdateBehavior, DeleteBehavior) {
    let policy = crawler.schema_change_policy.clone().unwrap_or_default();
    (
        policy
            .update_behavior
            .unwrap_or(UpdateBehavior::UpdateInDatabase),
        policy
            .delete_behavior
            .unwrap_or(DeleteBehavior::DeprecateInDatabase),
    )
}

fn succeeded_before(crawler: &Crawler) -> bool {
    let last = crawler.last_crawl.as_ref().and_then(|last| last.status);
    last == Some(LastCrawlStatus::Succeeded)
}
