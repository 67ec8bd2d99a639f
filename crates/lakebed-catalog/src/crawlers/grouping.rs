//! Which files make one table, and which folders are its partitions
//! ("How does a crawler determine when to create partitions?").

use std::collections::BTreeMap;

use crate::inference::{Compression, FileSchema};
use lakebed_core::hive_path;

/// A file of a target and what it holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ClassifiedFile {
    pub(crate) key: String,
    pub(crate) size: u64,
    pub(crate) compression: Compression,
    pub(crate) schema: FileSchema,
}

/// Files that one table or partition reads.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FileGroup {
    /// A folder's key ends with a slash, or is empty for the bucket; a file's is its own.
    pub(crate) location: String,
    pub(crate) schema: FileSchema,
    pub(crate) compression: Compression,
    pub(crate) objects: u64,
    pub(crate) bytes: u64,
}

/// A table to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TableGroup {
    pub(crate) files: FileGroup,
    /// Names of the partition keys, the outer folder's first.
    pub(crate) partition_keys: Vec<String>,
    pub(crate) partitions: Vec<PartitionGroup>,
}

/// A partition to be: its folder's value for every partition key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PartitionGroup {
    pub(crate) values: Vec<String>,
    pub(crate) files: FileGroup,
}

/// Whether schemas must be alike for files to share a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum GroupingPolicy {
    #[default]
    SimilarSchemas,
    /// `CombineCompatibleSchemas`: one format and compression is enough.
    CompatibleSchemas,
}

/// Finds the tables among the files under `root`, a folder's key.
pub(crate) fn group_files_into_tables(
    root: &str,
    files: Vec<ClassifiedFile>,
    policy: GroupingPolicy,
) -> Vec<TableGroup> {
    let mut tree = Folder::at(root.to_owned());
    for file in files {
        tree.add(root.len(), file);
    }
    match tree.resolve(policy) {
        Resolved::Unit(unit) => vec![unit.into_table()],
        Resolved::Apart(tables) => tables,
    }
}

struct Folder {
    key: String,
    files: Vec<ClassifiedFile>,
    folders: BTreeMap<String, Folder>,
}

/// What a folder turned out to be.
enum Resolved {
    /// Everything beneath it is alike.
    Unit(Unit),
    /// It holds tables of their own.
    Apart(Vec<TableGroup>),
}

/// A folder all of whose files are alike.
struct Unit {
    files: FileGroup,
    /// Levels of partition folders beneath it.
    depth: usize,
    /// Folder names from the unit down to files, outermost first, and the files there.
    leaves: Vec<(Vec<String>, FileGroup)>,
}

impl Folder {
    fn at(key: String) -> Self {
        Self {
            key,
            files: Vec::new(),
            folders: BTreeMap::new(),
        }
    }

    /// Puts the file, whose key is this folder's up to `depth_bytes`, where it belongs.
    fn add(&mut self, depth_bytes: usize, file: ClassifiedFile) {
        let relative = file.key.get(depth_bytes..).unwrap_or_default();
        match relative.split_once('/') {
            None => self.files.push(file),
            Some((name, _)) => {
                let name = name.to_owned();
                let key = format!("{}{name}/", self.key);
                let depth_bytes = key.len();
                self.folders
                    .entry(name)
                    .or_insert_with(|| Self::at(key))
                    .add(depth_bytes, file);
            }
        }
    }

    fn resolve(self, policy: GroupingPolicy) -> Resolved {
        let own: Vec<FileGroup> = self.files.into_iter().map(FileGroup::of_file).collect();
        let children: Vec<(String, Resolved)> = self
            .folders
            .into_iter()
            .map(|(name, folder)| (name, folder.resolve(policy)))
            .collect();

        let mut parts: Vec<&FileGroup> = own.iter().collect();
        for (_, child) in &children {
            match child {
                Resolved::Unit(unit) => parts.push(&unit.files),
                Resolved::Apart(_) => return Resolved::Apart(apart(own, children)),
            }
        }
        if !alike(&parts, policy) {
            return Resolved::Apart(apart(own, children));
        }
        let units: Vec<(String, Unit)> = children
            .into_iter()
            .filter_map(|(name, child)| match child {
                Resolved::Unit(unit) => Some((name, unit)),
                Resolved::Apart(_) => None,
            })
            .collect();
        match join(self.key, own, units) {
            Some(unit) => Resolved::Unit(unit),
            None => Resolved::Apart(Vec::new()),
        }
    }
}

/// One unit out of a folder's files and its units; none if there is nothing.
fn join(key: String, own: Vec<FileGroup>, units: Vec<(String, Unit)>) -> Option<Unit> {
    let depth = units.first().map_or(0, |(_, unit)| unit.depth + 1);
    // Files beside folders, or folders of different depths: no level names a value for every
    // file, so the table reads the whole folder.
    let partitioned =
        own.is_empty() && units.iter().all(|(_, unit)| unit.depth + 1 == depth) && depth > 0;
    let parts = own
        .into_iter()
        .chain(units.iter().map(|(_, unit)| unit.files.clone()));
    let files = FileGroup::merged(key, parts)?;
    if !partitioned {
        return Some(Unit {
            leaves: vec![(Vec::new(), files.clone())],
            files,
            depth: 0,
        });
    }
    let mut leaves = Vec::new();
    for (name, unit) in units {
        for (names, group) in unit.leaves {
            let names = std::iter::once(name.clone()).chain(names).collect();
            leaves.push((names, group));
        }
    }
    Some(Unit {
        files,
        depth,
        leaves,
    })
}

/// A table for every file and for every unit, and the tables found deeper down.
fn apart(own: Vec<FileGroup>, children: Vec<(String, Resolved)>) -> Vec<TableGroup> {
    let mut tables: Vec<TableGroup> = own.into_iter().map(TableGroup::unpartitioned).collect();
    for (_, child) in children {
        match child {
            Resolved::Unit(unit) => tables.push(unit.into_table()),
            Resolved::Apart(more) => tables.extend(more),
        }
    }
    tables
}

fn alike(parts: &[&FileGroup], policy: GroupingPolicy) -> bool {
    let Some((first, others)) = parts.split_first() else {
        return false;
    };
    others.iter().all(|part| {
        part.compression == first.compression
            && part.schema.compatible(&first.schema)
            && (policy == GroupingPolicy::CompatibleSchemas || part.schema.similar(&first.schema))
    })
}

impl FileGroup {
    pub(crate) fn of_file(file: ClassifiedFile) -> Self {
        Self {
            location: file.key,
            schema: file.schema,
            compression: file.compression,
            objects: 1,
            bytes: file.size,
        }
    }

    /// All parts as one group at `location`; none if there are no parts.
    fn merged(location: String, parts: impl Iterator<Item = Self>) -> Option<Self> {
        let group = parts.reduce(|sum, part| Self {
            schema: sum.schema.merge(part.schema),
            objects: sum.objects + part.objects,
            bytes: sum.bytes + part.bytes,
            ..sum
        })?;
        Some(Self { location, ..group })
    }
}

impl TableGroup {
    pub(crate) fn unpartitioned(files: FileGroup) -> Self {
        Self {
            files,
            partition_keys: Vec::new(),
            partitions: Vec::new(),
        }
    }
}

impl Unit {
    fn into_table(self) -> TableGroup {
        if self.depth == 0 {
            return TableGroup::unpartitioned(self.files);
        }
        let levels: Vec<Level> = (0..self.depth)
            .map(|level| Level::of(level, self.leaves.iter().map(|(names, _)| &*names[level])))
            .map(|level| level.unless_column(&self.files.schema))
            .collect();
        let partitions = self
            .leaves
            .into_iter()
            .map(|(names, files)| PartitionGroup {
                values: levels
                    .iter()
                    .zip(&names)
                    .map(|(level, name)| level.value(name))
                    .collect(),
                files,
            })
            .collect();
        TableGroup {
            files: self.files,
            partition_keys: levels.into_iter().map(|level| level.key).collect(),
            partitions,
        }
    }
}

/// One level of partition folders.
struct Level {
    index: usize,
    key: String,
    /// The folders are named `key=value`.
    named: bool,
}

impl Level {
    fn of<'a>(index: usize, mut names: impl Iterator<Item = &'a str>) -> Self {
        let key_of = |name: &str| hive_path::read(name).map(|(key, _)| crate::fold(&key));
        let first = names.next().and_then(key_of);
        match first {
            Some(key) if names.all(|name| key_of(name).as_ref() == Some(&key)) => Self {
                index,
                key,
                named: true,
            },
            _ => Self {
                index,
                key: format!("partition_{index}"),
                named: false,
            },
        }
    }

    /// A table may have a name once only: a key that is a column of the files too gives way.
    fn unless_column(self, schema: &FileSchema) -> Self {
        let taken = schema
            .columns
            .iter()
            .any(|(name, _)| crate::fold(name) == self.key);
        if taken {
            tracing::warn!(key = %self.key, "the partition key is also a column of the files: it is named by its level instead");
            Self {
                key: format!("partition_{}", self.index),
                ..self
            }
        } else {
            self
        }
    }

    fn value(&self, folder: &str) -> String {
        match hive_path::read(folder) {
            Some((_, value)) if self.named => value,
            _ => folder.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::{ColumnType, Format};

    fn file(key: &str, columns: &[&str]) -> ClassifiedFile {
        let columns = columns
            .iter()
            .map(|name| ((*name).to_owned(), ColumnType::Int))
            .collect();
        ClassifiedFile {
            key: key.to_owned(),
            size: 10,
            compression: Compression::None,
            schema: FileSchema::new(Format::Json { path: None }, columns).sampled(1, 10),
        }
    }

    /// `location(key, …) [value/value …]` of each table.
    fn tables(root: &str, files: Vec<ClassifiedFile>, policy: GroupingPolicy) -> Vec<String> {
        group_files_into_tables(root, files, policy)
            .into_iter()
            .map(|table| {
                let partitions: Vec<String> = table
                    .partitions
                    .iter()
                    .map(|partition| partition.values.join("/"))
                    .collect();
                format!(
                    "{}({}) [{}]",
                    table.files.location,
                    table.partition_keys.join(", "),
                    partitions.join(" ")
                )
            })
            .collect()
    }

    const ALIKE: &[&str] = &["a", "b", "c", "d"];

    #[test]
    fn hive_folders_are_partitions() {
        let files = vec![
            file("sales/year=2019/month=Jan/day=1/a", ALIKE),
            file("sales/year=2019/month=Feb/day=2/b", ALIKE),
        ];
        assert_eq!(
            tables("sales/", files, GroupingPolicy::default()),
            ["sales/(year, month, day) [2019/Feb/2 2019/Jan/1]"]
        );
    }

    #[test]
    fn plain_folders_of_one_schema_are_partitions() {
        let files = vec![
            file("folder1/table1/partition1/file.txt", ALIKE),
            file("folder1/table1/partition2/file.txt", ALIKE),
            file("folder1/table2/partition4/file.txt", ALIKE),
        ];
        assert_eq!(
            tables("folder1/", files, GroupingPolicy::default()),
            [
                "folder1/(partition_0, partition_1) [table1/partition1 table1/partition2 table2/partition4]"
            ]
        );
    }

    #[test]
    fn folders_of_different_schemas_are_tables() {
        let files = vec![
            file("table1/year=2017/data1.json", &["A", "B"]),
            file("table1/year=2018/data2.json", &["C", "D"]),
        ];
        assert_eq!(
            tables("table1/", files.clone(), GroupingPolicy::SimilarSchemas),
            ["table1/year=2017/() []", "table1/year=2018/() []"]
        );
        assert_eq!(
            tables("table1/", files, GroupingPolicy::CompatibleSchemas),
            ["table1/(year) [2017 2018]"]
        );
    }

    #[test]
    fn files_of_different_schemas_in_a_folder_are_tables() {
        let files = vec![file("raw/a.json", &["A"]), file("raw/b.json", &["B"])];
        assert_eq!(
            tables("raw/", files, GroupingPolicy::default()),
            ["raw/a.json() []", "raw/b.json() []"]
        );
    }

    #[test]
    fn files_beside_folders_of_one_schema_are_one_table() {
        let files = vec![file("raw/a.json", ALIKE), file("raw/more/b.json", ALIKE)];
        assert_eq!(
            tables("raw/", files, GroupingPolicy::default()),
            ["raw/() []"]
        );
    }

    #[test]
    fn a_partition_key_that_is_a_column_gives_way() {
        let files = vec![file("t/a=1/x", ALIKE), file("t/a=2/x", ALIKE)];
        assert_eq!(
            tables("t/", files, GroupingPolicy::default()),
            ["t/(partition_0) [1 2]"]
        );
    }
}
