//! What a crawler's definition says about how it behaves, parsed once.

use lakebed_wire::glue::{
    Crawler, DeleteBehavior, LastCrawlStatus, RecrawlBehavior, UpdateBehavior,
};
use serde::Deserialize;

use super::exclusions::Exclusions;
use super::grouping::GroupingPolicy;
use super::path::S3Path;

/// The database of a crawler that names none.
const DEFAULT_DATABASE: &str = "default";

/// One S3 target.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) path: S3Path,
    pub(super) exclusions: Exclusions,
    /// Files to look at in each leaf folder; all where there is none.
    pub(super) sample_size: Option<usize>,
}

/// What a crawl does.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) database: String,
    pub(super) prefix: String,
    pub(super) targets: Vec<Target>,
    pub(super) grouping: GroupingPolicy,
    pub(super) update: UpdateBehavior,
    pub(super) delete: DeleteBehavior,
    /// Columns are added to a table's and never changed or removed.
    pub(super) merge_new_columns: bool,
    /// Partitions get their table's columns and SerDe instead of their own.
    pub(super) partitions_inherit: bool,
    /// A crawl that would make more tables fails.
    pub(super) table_threshold: Option<usize>,
    /// Tables may be made: not in later runs of a crawler that crawls new folders only.
    pub(super) create_tables: bool,
}

/// The JSON text in a crawler's `Configuration` ("Setting crawler configuration options").
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Configuration {
    #[serde(rename = "Version")]
    _version: f64,
    #[serde(default)]
    crawler_output: Output,
    #[serde(default)]
    grouping: Grouping,
    /// Makes lookups of partitions quicker on AWS; here they are quick without it.
    #[serde(default, rename = "CreatePartitionIndex")]
    _create_partition_index: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Output {
    #[serde(default)]
    partitions: PartitionOutput,
    #[serde(default)]
    tables: TableOutput,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PartitionOutput {
    add_or_update_behavior: Option<PartitionBehavior>,
}

#[derive(Debug, Deserialize)]
enum PartitionBehavior {
    InheritFromTable,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TableOutput {
    add_or_update_behavior: Option<TableBehavior>,
    table_threshold: Option<usize>,
}

#[derive(Debug, Deserialize)]
enum TableBehavior {
    MergeNewColumns,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Grouping {
    table_grouping_policy: Option<TableGroupingPolicy>,
}

#[derive(Debug, Deserialize)]
enum TableGroupingPolicy {
    CombineCompatibleSchemas,
}

impl Settings {
    /// Reads a crawler's definition; what cannot be done is refused with the reason.
    pub(super) fn of(crawler: &Crawler) -> Result<Self, String> {
        let configuration: Configuration = match crawler.configuration.as_deref() {
            None | Some("") => Configuration::default(),
            Some(text) => serde_json::from_str(text)
                .map_err(|error| format!("Configuration is not valid or not supported: {error}"))?,
        };
        let recrawl = crawler
            .recrawl_policy
            .as_ref()
            .and_then(|policy| policy.recrawl_behavior);
        if recrawl == Some(RecrawlBehavior::CrawlEventMode) {
            return Err("RecrawlBehavior CRAWL_EVENT_MODE is not supported".to_owned());
        }
        let policy = crawler.schema_change_policy.clone().unwrap_or_default();
        let new_folders_only = recrawl == Some(RecrawlBehavior::CrawlNewFoldersOnly);
        // "Incremental crawls": the option forces both behaviours to LOG.
        let (update, delete) = if new_folders_only {
            (UpdateBehavior::Log, DeleteBehavior::Log)
        } else {
            (
                policy
                    .update_behavior
                    .unwrap_or(UpdateBehavior::UpdateInDatabase),
                policy
                    .delete_behavior
                    .unwrap_or(DeleteBehavior::DeprecateInDatabase),
            )
        };
        Ok(Self {
            database: crawler
                .database_name
                .clone()
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| DEFAULT_DATABASE.to_owned()),
            prefix: crawler.table_prefix.clone().unwrap_or_default(),
            targets: targets(crawler)?,
            grouping: match configuration.grouping.table_grouping_policy {
                Some(TableGroupingPolicy::CombineCompatibleSchemas) => {
                    GroupingPolicy::CompatibleSchemas
                }
                None => GroupingPolicy::SimilarSchemas,
            },
            update,
            delete,
            merge_new_columns: matches!(
                configuration.crawler_output.tables.add_or_update_behavior,
                Some(TableBehavior::MergeNewColumns)
            ),
            partitions_inherit: matches!(
                configuration
                    .crawler_output
                    .partitions
                    .add_or_update_behavior,
                Some(PartitionBehavior::InheritFromTable)
            ),
            table_threshold: configuration.crawler_output.tables.table_threshold,
            create_tables: !(new_folders_only && succeeded_before(crawler)),
        })
    }
}

fn succeeded_before(crawler: &Crawler) -> bool {
    let last = crawler.last_crawl.as_ref().and_then(|last| last.status);
    last == Some(LastCrawlStatus::Succeeded)
}

fn targets(crawler: &Crawler) -> Result<Vec<Target>, String> {
    let targets = crawler.targets.clone().unwrap_or_default();
    let others = [
        (
            "JDBC",
            targets.jdbc_targets.map_or(0, |targets| targets.len()),
        ),
        (
            "MongoDB",
            targets.mongo_db_targets.map_or(0, |targets| targets.len()),
        ),
        (
            "DynamoDB",
            targets.dynamo_db_targets.map_or(0, |targets| targets.len()),
        ),
        (
            "catalog",
            targets.catalog_targets.map_or(0, |targets| targets.len()),
        ),
        (
            "Delta",
            targets.delta_targets.map_or(0, |targets| targets.len()),
        ),
        (
            "Iceberg",
            targets.iceberg_targets.map_or(0, |targets| targets.len()),
        ),
        (
            "Hudi",
            targets.hudi_targets.map_or(0, |targets| targets.len()),
        ),
    ];
    if let Some((kind, _)) = others.iter().find(|(_, count)| *count > 0) {
        return Err(format!(
            "{kind} targets are not supported; crawlers read S3 targets"
        ));
    }
    let s3_targets = targets.s3_targets.unwrap_or_default();
    if s3_targets.is_empty() {
        return Err("A crawler needs at least one target.".to_owned());
    }
    s3_targets
        .into_iter()
        .map(|target| {
            let path = target.path.unwrap_or_default();
            if target.event_queue_arn.is_some() {
                return Err(format!(
                    "Target '{path}' names an event queue, which is not supported"
                ));
            }
            if target.connection_name.is_some_and(|name| !name.is_empty()) {
                return Err(format!(
                    "Target '{path}' names a connection, which is not supported"
                ));
            }
            let sample_size = match target.sample_size {
                Some(size @ 1..=249) => usize::try_from(size).ok(),
                Some(size) => {
                    return Err(format!("SampleSize must be between 1 and 249, got {size}"));
                }
                None => None,
            };
            Ok(Target {
                path: S3Path::parse(&path)?,
                exclusions: Exclusions::parse(&target.exclusions.unwrap_or_default())?,
                sample_size,
            })
        })
        .collect()
}
