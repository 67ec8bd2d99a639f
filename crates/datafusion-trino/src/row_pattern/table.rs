//! The table that a planned clause is.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::datasource::TableType;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::physical_expr::expressions::col;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};

use super::execution::{MatchRecognize, Planned};

/// Rows of patterns found in an input, while it is scanned.
#[derive(Debug)]
pub(super) struct Matches {
    /// Its columns by their places.
    pub(super) input: LogicalPlan,
    pub(super) planned: Arc<Planned>,
}

#[async_trait]
impl TableProvider for Matches {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.planned.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = state.create_physical_plan(&self.input).await?;
        let matches: Arc<dyn ExecutionPlan> =
            Arc::new(MatchRecognize::new(input, Arc::clone(&self.planned)));
        let Some(projection) = projection else {
            return Ok(matches);
        };
        let schema = &self.planned.schema;
        let columns = projection.iter().map(|column| {
            let name = schema.field(*column).name();
            Ok(ProjectionExpr {
                expr: col(name, schema)?,
                alias: name.clone(),
            })
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        Ok(Arc::new(ProjectionExec::try_new(columns, matches)?))
    }
}
