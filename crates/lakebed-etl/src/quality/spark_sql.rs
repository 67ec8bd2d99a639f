use async_trait::async_trait;
use datafusion::prelude::DataFrame;
use lakebed_core::Timestamp;
use lakebed_quality::SparkSql;

use crate::spark::{self, Alias};

/// The SQL of jobs, for `CustomSql` and `where`.
pub(super) struct JobSql {
    pub(super) now: Timestamp,
}

#[async_trait]
impl SparkSql for JobSql {
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
        spark::run(sql, inputs, self.now)
            .await
            .map_err(|error| error.to_string())
    }
}
