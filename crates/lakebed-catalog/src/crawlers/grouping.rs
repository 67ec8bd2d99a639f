//! Which files make one table, and which folders are its partitions
//! ("How does a crawler determine when to create partitions?").

use std::collections::{BTreeMap, BTreeSet};

use super::partition_keys::{Level, rename_keys_taken};
use crate::inference::{Compression, FileSchema};

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
    /// Folders' keys that could not name their partition key, because the table has that name
    /// already.
    pub(crate) names_taken: Vec<String>,
    pub(crate) partitions: Vec<PartitionGroup>,
}

/// A partition to be: its folder's value for every partition key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PartitionGroup {
    pub(crate) values: Vec<String>,
    pub(crate) files: FileGroup,
}

/// How a crawler is told to group files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Grouping {
    pub(crate) policy: GroupingPolicy,
    /// The level of the folders that are tables; the bucket is level 1 ("Specifying the table
    /// location and partitioning level").
    pub(crate) table_level: Option<usize>,
}

/// Whether schemas must be alike for files to share a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum GroupingPolicy {
    #[default]
    SimilarSchemas,
    /// `CombineCompatibleSchemas`: one format and compression is enough.
    CompatibleSchemas,
}

/// The part of the files or folders of one level whose schemas must be alike ("How does the AWS
/// Glue crawler detect the schema?", AWS re:Post).
const MAJORITY: f64 = 0.7;

/// The most schemas that differ from each other on such a level.
const MOST_SCHEMAS: usize = 5;

/// Finds the tables among the files under `root`, a folder's key.
pub(crate) fn group_files_into_tables(
    root: &str,
    files: Vec<ClassifiedFile>,
    grouping: Grouping,
) -> Vec<TableGroup> {
    let Some(level) = grouping.table_level else {
        return tables_under(root, files, grouping.policy);
    };
    let mut roots: BTreeMap<String, Vec<ClassifiedFile>> = BTreeMap::new();
    let mut tables = Vec::new();
    for file in files {
        match folder_at_level(&file.key, level) {
            Some(folder) if folder.len() >= root.len() => {
                let folder = folder.to_owned();
                roots.entry(folder).or_default().push(file);
            }
            Some(_) => roots.entry(root.to_owned()).or_default().push(file),
            // Above the level: a table of the folder would read those at the level, too.
            None => tables.push(TableGroup::unpartitioned(FileGroup::of_file(file))),
        }
    }
    for (root, files) in roots {
        tables.extend(tables_under(&root, files, grouping.policy));
    }
    tables
}

/// The key of the folder at a level that a file lies in; the bucket's, level 1, is empty.
fn folder_at_level(key: &str, level: usize) -> Option<&str> {
    if level == 1 {
        return Some("");
    }
    let (end, _) = key.match_indices('/').nth(level - 2)?;
    key.get(..=end)
}

fn tables_under(root: &str, files: Vec<ClassifiedFile>, policy: GroupingPolicy) -> Vec<TableGroup> {
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
    Unit(Box<Unit>),
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
        let mut depths = BTreeSet::new();
        for (_, child) in &children {
            match child {
                Resolved::Unit(unit) => {
                    parts.push(&unit.files);
                    depths.insert(unit.depth);
                }
                Resolved::Apart(_) => return Resolved::Apart(apart(own, children)),
            }
        }
        // "The crawler creates multiple tables due to files and folders present at the same
        // level" ("Specifying the maximum number of tables the crawler is allowed to create").
        let even = depths.len() <= 1 && (own.is_empty() || depths.is_empty());
        let together = match policy {
            GroupingPolicy::SimilarSchemas => even && compatible(&parts) && mostly_similar(&parts),
            GroupingPolicy::CompatibleSchemas => compatible(&parts),
        };
        if !together {
            return Resolved::Apart(apart(own, children));
        }
        let units: Vec<(String, Unit)> = children
            .into_iter()
            .filter_map(|(name, child)| match child {
                Resolved::Unit(unit) => Some((name, *unit)),
                Resolved::Apart(_) => None,
            })
            .collect();
        match join(self.key, own, units) {
            Some(unit) => Resolved::Unit(Box::new(unit)),
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

/// All parts as one group at `location`, if they are alike.
pub(crate) fn unite(location: String, parts: Vec<FileGroup>) -> Option<FileGroup> {
    let all: Vec<&FileGroup> = parts.iter().collect();
    if !compatible(&all) || !mostly_similar(&all) {
        return None;
    }
    FileGroup::merged(location, parts.into_iter())
}

/// One table definition can read all parts.
fn compatible(parts: &[&FileGroup]) -> bool {
    parts.windows(2).all(|pair| {
        pair[0].compression == pair[1].compression && pair[0].schema.compatible(&pair[1].schema)
    })
}

/// Most of the parts have schemas that are much the same, and the others are not too many kinds.
fn mostly_similar(parts: &[&FileGroup]) -> bool {
    // Of each kind of schema the first part and the number of parts.
    let mut kinds: Vec<(&FileGroup, usize)> = Vec::new();
    for part in parts {
        let alike = |kind: &FileGroup| {
            kind.schema.columns == part.schema.columns || kind.schema.similar(&part.schema)
        };
        match kinds.iter().position(|(kind, _)| alike(kind)) {
            Some(index) => kinds[index].1 += 1,
            None if kinds.len() == MOST_SCHEMAS => return false,
            None => kinds.push((part, 1)),
        }
    }
    let largest = kinds.iter().map(|(_, count)| *count).max().unwrap_or(0);
    largest as f64 > MAJORITY * parts.len() as f64
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
            names_taken: Vec::new(),
            partitions: Vec::new(),
        }
    }
}

impl Unit {
    fn into_table(self) -> TableGroup {
        if self.depth == 0 {
            return TableGroup::unpartitioned(self.files);
        }
        let mut levels: Vec<Level> = (0..self.depth)
            .map(|level| Level::of(level, self.leaves.iter().map(|(names, _)| &*names[level])))
            .collect();
        let names_taken = rename_keys_taken(&mut levels, &self.files.schema);
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
            names_taken,
            partition_keys: levels.into_iter().map(|level| level.key).collect(),
            partitions,
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
    fn tables(root: &str, files: Vec<ClassifiedFile>, grouping: Grouping) -> Vec<String> {
        group_files_into_tables(root, files, grouping)
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

    const COMBINED: Grouping = Grouping {
        policy: GroupingPolicy::CompatibleSchemas,
        table_level: None,
    };

    #[test]
    fn hive_folders_are_partitions() {
        let files = vec![
            file("sales/year=2019/month=Jan/day=1/a", ALIKE),
            file("sales/year=2019/month=Feb/day=2/b", ALIKE),
        ];
        assert_eq!(
            tables("sales/", files, Grouping::default()),
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
            tables("folder1/", files, Grouping::default()),
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
            tables("table1/", files.clone(), Grouping::default()),
            ["table1/year=2017/() []", "table1/year=2018/() []"]
        );
        assert_eq!(
            tables("table1/", files, COMBINED),
            ["table1/(year) [2017 2018]"]
        );
    }

    #[test]
    fn files_of_different_schemas_in_a_folder_are_tables() {
        let files = vec![file("raw/a.json", &["A"]), file("raw/b.json", &["B"])];
        assert_eq!(
            tables("raw/", files, Grouping::default()),
            ["raw/a.json() []", "raw/b.json() []"]
        );
    }

    #[test]
    fn files_beside_folders_are_tables_of_their_own_unless_combined() {
        let files = vec![file("raw/a.json", ALIKE), file("raw/more/b.json", ALIKE)];
        assert_eq!(
            tables("raw/", files.clone(), Grouping::default()),
            ["raw/a.json() []", "raw/more/() []"]
        );
        assert_eq!(tables("raw/", files, COMBINED), ["raw/() []"]);
    }

    #[test]
    fn folders_of_different_depths_are_tables_of_their_own_unless_combined() {
        let files = vec![file("raw/a/x", ALIKE), file("raw/b/c/y", ALIKE)];
        assert_eq!(
            tables("raw/", files.clone(), Grouping::default()),
            ["raw/a/() []", "raw/b/(partition_0) [c]"]
        );
        assert_eq!(tables("raw/", files, COMBINED), ["raw/() []"]);
    }

    #[test]
    fn a_folder_that_differs_from_most_is_a_partition_all_the_same() {
        let with_one_other = |alike: usize| {
            let mut files = vec![file("t/day=0/x", &["other"])];
            files.extend((1..=alike).map(|day| file(&format!("t/day={day}/x"), ALIKE)));
            tables("t/", files, Grouping::default()).len()
        };
        assert_eq!(with_one_other(2), 3, "two of three are not enough");
        assert_eq!(with_one_other(3), 1, "three of four are");
    }

    #[test]
    fn more_than_five_schemas_are_no_table() {
        let with_others = |others: usize| {
            let mut files: Vec<_> = (0..others)
                .map(|other| file(&format!("t/other{other}/x"), &[&format!("column{other}")]))
                .collect();
            files.extend((0..40).map(|day| file(&format!("t/day{day}/x"), ALIKE)));
            tables("t/", files, Grouping::default()).len()
        };
        assert_eq!(with_others(4), 1);
        assert_eq!(with_others(5), 45);
    }

    #[test]
    fn the_table_level_says_where_tables_are() {
        let files = vec![
            file("mydataset/2025/01/a", ALIKE),
            file("mydataset/2026/01/b", ALIKE),
            file("mydataset/c", ALIKE),
        ];
        let at_level = |level| {
            let grouping = Grouping {
                table_level: Some(level),
                ..Grouping::default()
            };
            tables("mydataset/", files.clone(), grouping)
        };
        assert_eq!(
            at_level(3),
            [
                "mydataset/c() []",
                "mydataset/2025/(partition_0) [01]",
                "mydataset/2026/(partition_0) [01]"
            ]
        );
        assert_eq!(
            at_level(4),
            [
                "mydataset/c() []",
                "mydataset/2025/01/() []",
                "mydataset/2026/01/() []"
            ]
        );
    }

    #[test]
    fn a_partition_key_that_is_a_column_gives_way() {
        let files = vec![file("t/a=1/x", ALIKE), file("t/a=2/x", ALIKE)];
        assert_eq!(
            tables("t/", files, Grouping::default()),
            ["t/(partition_0) [1 2]"]
        );
        let files = vec![
            file("t/day=1/day=2/x", ALIKE),
            file("t/day=1/day=3/x", ALIKE),
        ];
        assert_eq!(
            tables("t/", files, Grouping::default()),
            ["t/(day, partition_1) [1/2 1/3]"]
        );
        let columns = &["partition_0", "b"];
        let files = vec![file("t/x/a", columns), file("t/y/a", columns)];
        assert_eq!(
            tables("t/", files, Grouping::default()),
            ["t/(partition_0_) [x y]"]
        );
    }
}
