//! Rows in an order, before they are written.

use std::sync::Arc;

use arrow::compute::SortOptions;
use datafusion::physical_expr::expressions::col;
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;

use super::options::WriteOptions;
use crate::EngineError;

/// The plan in the order in which its rows are to be written, partition after partition.
///
/// # Errors
/// [`EngineError::InvalidMetadata`] for columns that the plan does not have.
pub(super) fn sorted(
    plan: Arc<dyn ExecutionPlan>,
    options: &WriteOptions,
) -> Result<Arc<dyn ExecutionPlan>, EngineError> {
    if options.sort_by.is_empty() {
        return Ok(plan);
    }
    let schema = plan.schema();
    let mut order = Vec::new();
    for column in options.partition_by.iter().chain(&options.sort_by) {
        let column = col(column, &schema).map_err(|_| {
            EngineError::InvalidMetadata(format!(
                "column '{column}' to sort by is not among the columns of the files"
            ))
        })?;
        let nulls_last = SortOptions::new(false, false);
        order.push(PhysicalSortExpr::new(column, nulls_last));
    }
    let Some(order) = LexOrdering::new(order) else {
        return Ok(plan);
    };
    let sorted = SortExec::new(order.clone(), plan).with_preserve_partitioning(true);
    Ok(Arc::new(SortPreservingMergeExec::new(
        order,
        Arc::new(sorted),
    )))
}
