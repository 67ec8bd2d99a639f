use std::sync::{Arc, LazyLock};

use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::planner::ExprPlanner;
use datafusion::logical_expr::{AggregateUDF, HigherOrderUDF, ScalarUDF};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::coercion::Operators;
use crate::functions;
use crate::products::StreamedProducts;
use crate::row_pattern::RowPatterns;
use crate::sql_json;
use crate::ties;
use crate::types::Types;
use crate::unnest::Unnest;

/// Sets what Trino's dialect needs of a session's configuration.
#[must_use]
pub fn configured(mut config: SessionConfig) -> SessionConfig {
    let parser = &mut config.options_mut().sql_parser;
    parser.collect_spans = true;
    parser.default_null_ordering = "nulls_last".to_owned();
    config
}

/// Registers Trino's functions with a session.
///
/// ```
/// # use datafusion::prelude::{SessionConfig, SessionContext};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let config = datafusion_trino::configured(SessionConfig::new());
/// let context = SessionContext::new_with_config(config);
/// datafusion_trino::register(&context);
///
/// let parsed = datafusion_trino::parse("SELECT date_format(DATE '2025-01-31', '%Y/%m') AS m", &[])?;
/// let planned = datafusion_trino::plan(&context.state(), parsed).await?;
/// let rows = context.execute_logical_plan(planned.plan).await?.collect().await?;
/// let month = datafusion_trino::TextColumn::new(rows[0].column(0))?.text(0);
/// assert_eq!(month.as_deref(), Some("2025/01"));
/// # Ok(())
/// # }
/// ```
pub fn register(context: &SessionContext) {
    {
        let state = context.state_ref();
        let mut state = state.write();
        // Before DataFusion's own, which would plan what is meant for these.
        let mut planners: Vec<Arc<dyn ExprPlanner>> = vec![Arc::new(Operators)];
        planners.extend(state.expr_planners().iter().cloned());
        let mut rules: Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> =
            vec![Arc::new(StreamedProducts)];
        rules.extend(state.physical_optimizers().iter().cloned());
        let ours = SessionStateBuilder::new_from_existing(state.clone())
            .with_physical_optimizer_rules(rules)
            .with_type_planner(Arc::new(Types))
            .with_expr_planners(planners)
            .with_relation_planners(vec![Arc::new(Unnest), Arc::new(RowPatterns)])
            .build();
        *state = ours;
    }
    for function in SCALAR_FUNCTIONS.iter() {
        context.register_udf(function.clone());
    }
    for function in HIGHER_ORDER_FUNCTIONS.iter() {
        context.register_higher_order_function(Arc::clone(function));
    }
    for function in AGGREGATE_FUNCTIONS.iter() {
        context.register_udaf(function.clone());
    }
}

// Made once: sessions are made for every query.
static SCALAR_FUNCTIONS: LazyLock<Vec<ScalarUDF>> = LazyLock::new(|| {
    let mut functions = functions::scalar_functions();
    functions.extend(sql_json::functions());
    functions.push(ties::udf());
    functions
});
static HIGHER_ORDER_FUNCTIONS: LazyLock<Vec<Arc<HigherOrderUDF>>> = LazyLock::new(|| {
    let functions = functions::higher_order_functions();
    functions.into_iter().map(Arc::new).collect()
});
static AGGREGATE_FUNCTIONS: LazyLock<Vec<AggregateUDF>> =
    LazyLock::new(functions::aggregate_functions);
