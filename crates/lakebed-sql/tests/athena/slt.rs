//! Runs every `.slt` file of `tests/slt` over a lake of its own.

use std::path::{Path, PathBuf};

use lakebed_sql::{Athena, QueryError};
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner};

struct Lake {
    athena: Athena,
    // Removed when the lake goes.
    _folder: tempfile::TempDir,
}

#[async_trait::async_trait]
impl AsyncDB for Lake {
    type Error = QueryError;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, QueryError> {
        let answer = self.athena.run(Some("lake"), sql).await?;
        if answer.columns.is_empty() {
            return Ok(DBOutput::StatementComplete(
                answer.update_count.unwrap_or_default(),
            ));
        }
        let shown = |value: Option<String>| match value {
            None => "NULL".to_owned(),
            Some(text) if text.is_empty() => "(empty)".to_owned(),
            Some(text) => text,
        };
        Ok(DBOutput::Rows {
            types: answer
                .columns
                .iter()
                .map(|column| match column.kind.name() {
                    "tinyint" | "smallint" | "integer" | "bigint" => DefaultColumnType::Integer,
                    "float" | "double" | "decimal" => DefaultColumnType::FloatingPoint,
                    _ => DefaultColumnType::Text,
                })
                .collect(),
            rows: answer
                .rows
                .into_iter()
                .map(|row| row.into_iter().map(shown).collect())
                .collect(),
        })
    }

    async fn shutdown(&mut self) {
        self.athena.shutdown().await;
    }
}

async fn lake() -> Lake {
    let folder = tempfile::tempdir().unwrap();
    let lake = crate::lake::open(folder.path());
    for bucket in ["lake", "raw"] {
        lake.make_bucket(bucket).await;
    }
    lake.catalog
        .create_database(lakebed_wire::glue::DatabaseInput {
            name: "lake".to_owned(),
            ..Default::default()
        })
        .unwrap();
    for entry in std::fs::read_dir(data()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let folder = name.split('.').next().unwrap();
        lake.put("raw", &format!("{folder}/{name}"), bytes).await;
    }
    Lake {
        athena: lake.athena,
        _folder: folder,
    }
}

/// Files that the cases read, each in a folder of its own name in the bucket `raw`.
fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt/data")
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "slt"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let mut failures = Vec::new();
    for file in files {
        let mut runner = Runner::new(|| async { Ok(lake().await) });
        runner.with_column_validator(sqllogictest::default_column_validator);
        if let Err(error) = runner.run_file_async(&file).await {
            failures.push(format!("{}\n{error}", file.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
