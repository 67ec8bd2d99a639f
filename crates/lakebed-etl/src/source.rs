//! Sources under their node's name: what goes wrong while their rows are read is told as theirs,
//! wherever in the plan it comes to light, and their rows are counted.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Statistics;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, displayable,
};
use futures::StreamExt;

use crate::error::SourceFailure;

/// A table read by a source node.
#[derive(Debug)]
pub(crate) struct NamedSource {
    pub(crate) table: Arc<dyn TableProvider>,
    pub(crate) node: Arc<str>,
    pub(crate) rows_read: Arc<AtomicU64>,
}

#[async_trait]
impl TableProvider for NamedSource {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn table_type(&self) -> TableType {
        self.table.table_type()
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = self
            .table
            .scan(state, projection, filters, limit)
            .await
            .map_err(|error| blame(&self.node, error))?;
        Ok(Arc::new(NamedScan {
            input,
            node: Arc::clone(&self.node),
            rows_read: Arc::clone(&self.rows_read),
        }))
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        self.table.supports_filters_pushdown(filters)
    }

    fn statistics(&self) -> Option<Statistics> {
        self.table.statistics()
    }
}

/// The scan of a [`NamedSource`].
#[derive(Debug)]
struct NamedScan {
    input: Arc<dyn ExecutionPlan>,
    node: Arc<str>,
    rows_read: Arc<AtomicU64>,
}

impl DisplayAs for NamedScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NamedScan: {}", self.node)
    }
}

impl ExecutionPlan for NamedScan {
    fn name(&self) -> &'static str {
        "NamedScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next().ok_or_else(|| {
            DataFusionError::Internal(format!(
                "{} needs its input",
                displayable(self.as_ref()).one_line()
            ))
        })?;
        Ok(Arc::new(Self {
            input,
            node: Arc::clone(&self.node),
            rows_read: Arc::clone(&self.rows_read),
        }))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let node = Arc::clone(&self.node);
        let rows_read = Arc::clone(&self.rows_read);
        let stream = self
            .input
            .execute(partition, context)
            .map_err(|error| blame(&self.node, error))?;
        let schema = stream.schema();
        let named = stream.map(move |batch| match batch {
            Ok(batch) => {
                let rows = u64::try_from(batch.num_rows()).unwrap_or(0);
                rows_read.fetch_add(rows, Ordering::Relaxed);
                Ok(batch)
            }
            Err(error) => Err(blame(&node, error)),
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, named)))
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }

    fn statistics_from_inputs(
        &self,
        input_stats: &[Arc<Statistics>],
        _: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        Ok(input_stats.first().map_or_else(
            || Arc::new(Statistics::new_unknown(&self.schema())),
            Arc::clone,
        ))
    }
}

fn blame(node: &str, error: DataFusionError) -> DataFusionError {
    DataFusionError::External(Box::new(SourceFailure {
        node: node.to_owned(),
        error,
    }))
}
