//! Where a query's results go: `s3://bucket/prefix/` and the files' names below it.

use lakebed_storage::BucketName;
use object_store::path::Path;

use crate::statement::{Statement, StatementKind};

/// A folder in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutputFolder {
    pub(crate) bucket: BucketName,
    /// Without slashes at its ends; empty for the bucket itself.
    prefix: String,
}

/// An object that results are written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutputFile {
    pub(crate) bucket: BucketName,
    pub(crate) key: String,
}

impl OutputFolder {
    /// Reads `s3://bucket[/prefix]`; none if it is anything else.
    pub(crate) fn parse(uri: &str) -> Option<Self> {
        let rest = uri.strip_prefix("s3://")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        Some(Self {
            bucket: bucket.parse().ok()?,
            prefix: prefix.trim_matches('/').to_owned(),
        })
    }

    /// The file called `name` in this folder.
    pub(crate) fn file(&self, name: &str) -> OutputFile {
        let key = match self.prefix.as_str() {
            "" => name.to_owned(),
            prefix => format!("{prefix}/{name}"),
        };
        OutputFile {
            bucket: self.bucket.clone(),
            key,
        }
    }

    /// Where Athena puts the results of `statement`: `<id>.csv` for queries, `<id>` for `INSERT`,
    /// `tables/<id>` for CTAS, `<id>.txt` for everything else.
    pub(crate) fn result_of(&self, statement: &Statement, query_id: &str) -> OutputFile {
        let kind = statement.kind();
        let name = match statement {
            Statement::Query(_) => format!("{query_id}.csv"),
            Statement::Insert(_) => query_id.to_owned(),
            Statement::CreateTableAs(_) => format!("tables/{query_id}"),
            _ if kind == StatementKind::UNLOAD => query_id.to_owned(),
            _ => format!("{query_id}.txt"),
        };
        self.file(&name)
    }
}

impl OutputFile {
    /// Reads `s3://bucket/key`.
    pub(crate) fn parse(uri: &str) -> Option<Self> {
        let (bucket, key) = uri.strip_prefix("s3://")?.split_once('/')?;
        Some(Self {
            bucket: bucket.parse().ok()?,
            key: key.to_owned(),
        })
    }

    pub(crate) fn uri(&self) -> String {
        format!("s3://{}/{}", self.bucket.as_str(), self.key)
    }

    pub(crate) fn path(&self) -> Path {
        Path::from(self.key.as_str())
    }

    /// The file beside this one that tells its columns.
    pub(crate) fn metadata(&self) -> Self {
        Self {
            bucket: self.bucket.clone(),
            key: format!("{}.metadata", self.key),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::statement::parse;

    #[test]
    fn files_are_named_by_what_the_statement_does() {
        let folder = OutputFolder::parse("s3://results/athena/").unwrap();
        for (sql, uri) in [
            ("SELECT 1", "s3://results/athena/q.csv"),
            ("INSERT INTO t SELECT 1", "s3://results/athena/q"),
            (
                "CREATE TABLE t AS SELECT 1 a",
                "s3://results/athena/tables/q",
            ),
            ("SHOW TABLES", "s3://results/athena/q.txt"),
            ("DROP TABLE t", "s3://results/athena/q.txt"),
        ] {
            let statement = parse(sql).unwrap();
            assert_eq!(folder.result_of(&statement, "q").uri(), uri, "{sql}");
        }
    }

    #[test]
    fn only_s3_locations_are_output_locations() {
        assert!(OutputFolder::parse("s3://bucket").is_some());
        for wrong in ["", "bucket/prefix", "file:///tmp", "s3://", "s3://UPPER/x"] {
            assert_eq!(OutputFolder::parse(wrong), None, "{wrong}");
        }
    }
}
