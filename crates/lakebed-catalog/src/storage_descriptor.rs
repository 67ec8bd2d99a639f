//! What Glue makes of a storage descriptor it is given.

use lakebed_wire::glue::{Column, StorageDescriptor};

use crate::fold;

/// Folds the column names, and fills in what Glue answers where nothing was said: the Hive
/// metastore's clients read these members without asking whether they are there.
pub(crate) fn filled_in(descriptor: StorageDescriptor) -> StorageDescriptor {
    StorageDescriptor {
        columns: descriptor.columns.map(folded_columns),
        compressed: descriptor.compressed.or(Some(false)),
        number_of_buckets: descriptor.number_of_buckets.or(Some(0)),
        stored_as_sub_directories: descriptor.stored_as_sub_directories.or(Some(false)),
        ..descriptor
    }
}

/// The columns with their names as the catalog keeps them.
pub(crate) fn folded_columns(columns: Vec<Column>) -> Vec<Column> {
    columns
        .into_iter()
        .map(|column| Column {
            name: fold(&column.name),
            ..column
        })
        .collect()
}
