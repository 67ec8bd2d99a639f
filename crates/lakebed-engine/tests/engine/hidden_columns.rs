use std::sync::Arc;

use lakebed_engine::LakeTable;

use crate::bed::{Bed, LAZY_SIMPLE, Partitions, rows, table};

#[tokio::test]
async fn rows_know_their_file() {
    let bed = Bed::new().await;
    bed.put("t/a.txt", "x\n").await;
    bed.put("t/b.txt", "yy\n").await;
    let table = table(&["s string"], "s3://lake/t/", LAZY_SIMPLE, &[]);
    let shown = LakeTable::try_new(&table, Arc::new(Partitions::none()))
        .unwrap()
        .with_hidden_columns();
    let session = bed.session_with(shown);
    assert_eq!(
        rows(
            &session,
            "SELECT s, \"$path\", \"$file_size\" FROM t \
             WHERE \"$path\" LIKE '%/b.txt' AND \"$file_modified_time\" > TIMESTAMP '2020-01-01'"
        )
        .await
        .unwrap(),
        "+----+-------------------+------------+\n\
         | s  | $path             | $file_size |\n\
         +----+-------------------+------------+\n\
         | yy | s3://lake/t/b.txt | 3          |\n\
         +----+-------------------+------------+"
    );
}
