//! Crawls of tables that are in the catalog already ("Crawler source type"): each is brought up to
//! date with the files at its location. No table is made.

use super::crawl::{Crawl, CrawlFailure};
use super::grouping::{FileGroup, Grouping, GroupingPolicy, TableGroup, group_files_into_tables};
use super::path::S3Path;
use super::publish::Publisher;
use super::targets::{CatalogTable, Place};
use crate::Error;
use crate::inference::CustomClassifier;

/// Brings the tables up to date.
pub(super) async fn refresh_tables(
    crawl: &Crawl<'_>,
    publisher: &Publisher<'_>,
    tables: &[CatalogTable],
    custom: &[CustomClassifier],
) -> Result<(), CrawlFailure> {
    let mut missing = Vec::new();
    for CatalogTable { database, name } in tables {
        let table = match crawl.catalog.table(database, name) {
            Ok(table) => table,
            Err(Error::NotFound(_)) => {
                crawl.log.error(format_args!(
                    "Table {name} of the catalog target is not in database {database}"
                ));
                missing.push(format!("{database}.{name}"));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let location = table
            .storage_descriptor
            .as_ref()
            .and_then(|it| it.location.as_deref());
        let path = match S3Path::parse(location.unwrap_or_default()) {
            Ok(path) => path,
            Err(reason) => {
                crawl.log.warn(format_args!(
                    "Table {name} in database {database} is left as it is: {reason}"
                ));
                continue;
            }
        };
        let place = Place::whole(path);
        let scan = crawl.scan(&place, custom, |_| false).await?;
        crawl.log_writing(database);
        if scan.files.is_empty() {
            continue;
        }
        let groups = if scan.is_file {
            let files = scan.files.into_iter().map(FileGroup::of_file);
            files.map(TableGroup::unpartitioned).collect()
        } else {
            let grouping = Grouping {
                policy: GroupingPolicy::CompatibleSchemas,
                table_level: None,
            };
            group_files_into_tables(&place.path.folder(), scan.files, grouping)
        };
        let count = groups.len();
        match <[TableGroup; 1]>::try_from(groups) {
            Ok([group]) => publisher.refresh(database, &table, &place.path, group)?,
            Err(_) => crawl.log.warn(format_args!(
                "Table {name} in database {database} is left as it is: no one table reads the files at {}, which are of {count} kinds",
                place.path
            )),
        }
        // Lets a stop take effect between two tables.
        tokio::task::yield_now().await;
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(CrawlFailure::Failed(format!(
            "Tables of the catalog targets do not exist: {}",
            missing.join(", ")
        )))
    }
}
