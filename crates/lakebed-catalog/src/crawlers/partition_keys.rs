//! What the levels of folders beneath a table are called, and the values they hold
//! ("How does a crawler determine when to create partitions?").

use std::collections::BTreeSet;

use lakebed_core::hive_path;

use crate::fold;
use crate::inference::FileSchema;

/// One level of partition folders.
pub(super) struct Level {
    index: usize,
    pub(super) key: String,
    /// The folders are named `key=value`.
    named: bool,
}

impl Level {
    /// The level of this depth, from the names of all its folders.
    pub(super) fn of<'a>(index: usize, mut names: impl Iterator<Item = &'a str>) -> Self {
        let key_of = |name: &str| hive_path::read(name).map(|(key, _)| fold(&key));
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

    /// What a folder of this level says of its partition.
    pub(super) fn value(&self, folder: &str) -> String {
        match hive_path::read(folder) {
            Some((_, value)) if self.named => value,
            _ => folder.to_owned(),
        }
    }
}

/// A table may have a name once only: a key that is a column of the files or another key is called
/// by its level instead. Answers with the names that were taken.
pub(super) fn rename_keys_taken(levels: &mut [Level], schema: &FileSchema) -> Vec<String> {
    let columns = schema.columns.iter();
    let mut seen: BTreeSet<String> = columns.map(|(name, _)| fold(name)).collect();
    let mut taken = Vec::new();
    for level in levels {
        if seen.insert(level.key.clone()) {
            continue;
        }
        let mut free = format!("partition_{}", level.index);
        while !seen.insert(free.clone()) {
            free.push('_');
        }
        taken.push(std::mem::replace(&mut level.key, free));
    }
    taken
}
