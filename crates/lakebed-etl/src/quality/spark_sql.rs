use async_trait::async_trait;
use datafusion::prelude::DataFrame;
use lakebed_core::Timestamp;
use lakebed_quality::SparkSql;

use crate::lake::Lake;
use crate::spark::{self, Alias};

/// The SQL of jobs, for `CustomSql` and `where`.
pub(super) struct JobSql<'a> {
    /// Where `database.table` is found; jobs know their inputs only, "CustomSQL".
    pub(super) lake: Option<&'a Lake>,
    pub(super) now: Timestamp,
}

#[async_trait]
impl SparkSql for JobSql<'_> {
    async fn query(
        &self,
        sql: &str,
        tables: Vec<(String, DataFrame)>,
    ) -> Result<DataFrame, String> {
        let inputs = tables
            .into_iter()
            .map(|(name, frame)| Alias {
                name,
                frame,
                with_file_name: None,
            })
            .collect();
        let planned = match self.lake {
            Some(lake) => {
                let find = |database: &str, table: &str| lake.table_rows(database, table, None);
                spark::run_over(sql, inputs, Some(&find), self.now).await
            }
            None => spark::run(sql, inputs, self.now).await,
        };
        planned.map_err(|error| error.to_string())
    }
}
