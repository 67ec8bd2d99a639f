//! Keeping the output of a node that is read more than once.
//!
//! A plan is lazy: two readers would compute it twice. Where that is dear (joins, aggregates,
//! sorts, …) the rows are computed once and kept in the engine's spill files, which hold any amount
//! without holding memory and go away with the plans that read them. Cheap plans (scans,
//! projections, filters) are just computed again.

use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, SpillFile, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::SpillManager;
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, SpillMetrics};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::prelude::{DataFrame, SessionContext};
use futures::StreamExt;
use tokio::task::JoinSet;

/// Whether a plan is too dear to be computed twice.
pub(crate) fn is_dear(frame: &DataFrame) -> bool {
    let mut plans = vec![frame.logical_plan()];
    while let Some(plan) = plans.pop() {
        if matches!(
            plan,
            LogicalPlan::Join(_)
                | LogicalPlan::Aggregate(_)
                | LogicalPlan::Distinct(_)
                | LogicalPlan::Sort(_)
                | LogicalPlan::Window(_)
                | LogicalPlan::Unnest(_)
        ) {
            return true;
        }
        plans.extend(plan.inputs());
    }
    false
}

/// Computes a plan once; the answer reads what was computed.
pub(crate) async fn keep(frame: DataFrame) -> Result<DataFrame> {
    let (state, _) = frame.clone().into_parts();
    let schema = Arc::clone(frame.schema().inner());
    let spill = SpillManager::new(
        Arc::clone(state.runtime_env()),
        SpillMetrics::new(&ExecutionPlanMetricsSet::new(), 0),
        Arc::clone(&schema),
    );
    let streams = frame.execute_stream_partitioned().await?;
    // Each stream is drained by a task of its own: they may wait for one another.
    let mut tasks = JoinSet::new();
    for stream in streams {
        tasks.spawn(keep_stream(spill.clone(), stream));
    }
    let mut parts = Vec::new();
    while let Some(part) = tasks.join_next().await {
        parts.push(part.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))??);
    }
    let parts = parts
        .into_iter()
        .map(|file| -> Arc<dyn PartitionStream> {
            Arc::new(KeptPart {
                spill: spill.clone(),
                schema: Arc::clone(&schema),
                file,
            })
        })
        .collect();
    let table = StreamingTable::try_new(schema, parts)?;
    SessionContext::new_with_state(state).read_table(Arc::new(table))
}

async fn keep_stream(
    spill: SpillManager,
    mut stream: SendableRecordBatchStream,
) -> Result<Option<Arc<dyn SpillFile>>> {
    let mut file = spill.create_in_progress_file("output of a job's node")?;
    while let Some(batch) = stream.next().await {
        file.append_batch(&batch?)?;
    }
    file.finish()
}

/// What one stream of the computed plan gave; no file if it gave no rows.
struct KeptPart {
    spill: SpillManager,
    schema: SchemaRef,
    file: Option<Arc<dyn SpillFile>>,
}

impl std::fmt::Debug for KeptPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptPart").finish_non_exhaustive()
    }
}

impl PartitionStream for KeptPart {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let opened = match &self.file {
            Some(file) => self.spill.read_spill_as_stream(Arc::clone(file), None),
            None => Ok(empty(&self.schema)),
        };
        opened.unwrap_or_else(|error| {
            let failed = futures::stream::once(async move { Err(error) });
            Box::pin(RecordBatchStreamAdapter::new(
                Arc::clone(&self.schema),
                failed,
            ))
        })
    }
}

fn empty(schema: &SchemaRef) -> SendableRecordBatchStream {
    Box::pin(RecordBatchStreamAdapter::new(
        Arc::clone(schema),
        futures::stream::empty(),
    ))
}
