//! Crawls of new folders only ("Scheduling incremental crawls for adding new partitions"): folders
//! that no table or partition reads become partitions of the tables above them; nothing else is
//! made or changed.

use std::collections::{BTreeMap, HashMap, HashSet};

use lakebed_core::hive_path;
use lakebed_wire::glue::Table;

use super::definition::{Author, file_parameters};
use super::grouping::{ClassifiedFile, FileGroup, PartitionGroup, unite};
use super::log::CrawlLog;
use super::publish::Publisher;
use super::reconcile::fundamental_difference;
use super::targets::Place;
use crate::partitions::keys_of;
use crate::{Catalog, Error, fold};

/// Files are of a table if they share more than this part of their columns with it.
const SIMILAR: f64 = 0.7;

/// The tables of a database and what their partitions read.
pub(super) struct KnownFolders {
    /// By location, without the last slash.
    tables: HashMap<String, Table>,
    partitions: HashSet<String>,
}

impl KnownFolders {
    pub(super) fn of(catalog: &Catalog, database: &str) -> Result<Self, Error> {
        let mut known = Self {
            tables: HashMap::new(),
            partitions: HashSet::new(),
        };
        for table in catalog.tables(database)? {
            if !keys_of(&table).is_empty() {
                for partition in catalog.partitions(database, &table.name, None)? {
                    let location = partition.storage_descriptor.and_then(|it| it.location);
                    known.partitions.extend(location.map(without_slash));
                }
            }
            let location = table.storage_descriptor.as_ref();
            if let Some(location) = location.and_then(|it| it.location.clone()) {
                known.tables.insert(without_slash(location), table);
            }
        }
        Ok(known)
    }

    /// Whether a table or partition reads the file of this key already.
    pub(super) fn read(&self, place: &Place, key: &str) -> bool {
        let file = place.path.with_key(key).to_string();
        let unpartitioned = |path: &str| {
            let table = self.tables.get(path);
            table.is_some_and(|table| keys_of(table).is_empty())
        };
        unpartitioned(&file)
            || ancestors(&file).any(|above| self.partitions.contains(above) || unpartitioned(above))
    }

    /// The partitioned table that would read a folder as a partition, and the partition's values.
    fn table_of(&self, folder: &str) -> Option<(&Table, Vec<String>)> {
        ancestors(folder).find_map(|above| {
            let table = self.tables.get(above)?;
            let names: Vec<&str> = folder.strip_prefix(above)?.split('/').skip(1).collect();
            let keys = keys_of(table);
            (keys.len() == names.len()).then(|| {
                let values =
                    keys.iter()
                        .zip(names)
                        .map(|(key, name)| match hive_path::read(name) {
                            Some((given, value)) if fold(&given) == key.name => value,
                            _ => name.to_owned(),
                        });
                (table, values.collect())
            })
        })
    }
}

/// Makes a partition of each folder of new files that fits the table above it.
pub(super) fn add_new_folders(
    log: &CrawlLog,
    publisher: &Publisher<'_>,
    known: &KnownFolders,
    author: Author<'_>,
    place: &Place,
    files: Vec<ClassifiedFile>,
) -> Result<(), Error> {
    let mut folders: BTreeMap<String, Vec<ClassifiedFile>> = BTreeMap::new();
    for file in files {
        let end = file.key.rfind('/').map_or(0, |slash| slash + 1);
        folders
            .entry(file.key[..end].to_owned())
            .or_default()
            .push(file);
    }
    let mut new: BTreeMap<&str, (&Table, Vec<PartitionGroup>)> = BTreeMap::new();
    for (folder, files) in folders {
        let path = place.path.with_key(&folder).to_string();
        let Some((table, values)) = known.table_of(path.trim_end_matches('/')) else {
            log.warn(format_args!(
                "{path} is no partition of a table: a crawl of new folders only makes no table. Set the recrawl policy to CRAWL_EVERYTHING once."
            ));
            continue;
        };
        let parts: Vec<FileGroup> = files.into_iter().map(FileGroup::of_file).collect();
        match unite(folder, parts) {
            Some(files) if fits(table, &files, author) => {
                let (_, partitions) = new
                    .entry(&table.name)
                    .or_insert_with(|| (table, Vec::new()));
                partitions.push(PartitionGroup { values, files });
            }
            _ => log.warn(format_args!(
                "{path} is not added to table {}: its schema is incompatible with the table's. Set the recrawl policy to CRAWL_EVERYTHING once.",
                table.name
            )),
        }
    }
    for (table, partitions) in new.into_values() {
        publisher.add_partitions(&place.path, table, &partitions)?;
    }
    Ok(())
}

/// The files could be of this table: their format, compression and most of their columns are its.
fn fits(table: &Table, files: &FileGroup, author: Author<'_>) -> bool {
    let crawled = file_parameters(files, author);
    if fundamental_difference(table.parameters.as_ref(), Some(&crawled)).is_some() {
        return false;
    }
    let columns = table
        .storage_descriptor
        .as_ref()
        .and_then(|descriptor| descriptor.columns.as_deref())
        .unwrap_or_default();
    let shared = files
        .schema
        .columns
        .iter()
        .map(|(name, _)| fold(name))
        .filter(|name| columns.iter().any(|column| column.name == *name))
        .count();
    let most = columns.len().max(files.schema.columns.len());
    shared as f64 > SIMILAR * most as f64
}

/// The folders above a path, the nearest first, without their last slash.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices('/').map(|(slash, _)| &path[..slash])
}

fn without_slash(location: String) -> String {
    match location.strip_suffix('/') {
        Some(folder) => folder.to_owned(),
        None => location,
    }
}
