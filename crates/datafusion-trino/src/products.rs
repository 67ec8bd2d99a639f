//! Which side of a cross join waits in memory. DataFusion collects the left one unless statistics
//! tell it better, and `a CROSS JOIN b CROSS JOIN c` has the product of `a` and `b` there. Here a
//! product streams by whatever is beside it, as Trino's does, which collects the right side.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::joins::{CrossJoinExec, NestedLoopJoinExec};

/// Lets products stream. It runs before DataFusion's own rules, which go by statistics.
#[derive(Debug)]
pub(crate) struct StreamedProducts;

impl PhysicalOptimizerRule for StreamedProducts {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let streamed = plan.transform_up(|plan| {
            let Some(product) = plan.downcast_ref::<CrossJoinExec>() else {
                return Ok(Transformed::no(plan));
            };
            if multiplies(product.left()) && !multiplies(product.right()) {
                return product.swap_inputs().map(Transformed::yes);
            }
            Ok(Transformed::no(plan))
        });
        streamed.data()
    }

    fn name(&self) -> &'static str {
        "streamed_products"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Whether the rows of `plan` are those of a product; groups of them are few again.
fn multiplies(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.is::<CrossJoinExec>()
        || plan.is::<NestedLoopJoinExec>()
        || (!plan.is::<AggregateExec>() && plan.children().into_iter().any(multiplies))
}
