//! What each stage of a finished query did, from the metrics of its plan: `GetQueryRuntimeStatistics`.
//!
//! A stage is the part of a plan between two exchanges of rows, as in Trino.

use std::sync::Arc;

use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::{ExecutionPlan, displayable};
use lakebed_wire::athena::{QueryStage, QueryStagePlanNode};

/// The operators that pass rows on from one stage to the next.
const EXCHANGES: [&str; 3] = [
    "CoalescePartitionsExec",
    "RepartitionExec",
    "SortPreservingMergeExec",
];

/// Deeper plans are not told: JSON readers, ours among them, refuse what nests deeper than 128.
const DEEPEST: usize = 50;

/// Larger plans are not told either: every query is kept with its stages.
const MOST_OPERATORS: usize = 500;

/// An operator's description is cut here, in characters: it may hold the query's longest list.
const LONGEST_IDENTIFIER: usize = 300;

/// The stage that gives a query's rows, with those that it reads from; none for a plan that is too
/// deep or too large to tell.
pub(super) fn output_stage(plan: &Arc<dyn ExecutionPlan>) -> Option<QueryStage> {
    let is_told = depth(plan) <= DEEPEST && operators(plan) <= MOST_OPERATORS;
    is_told.then(|| stage(plan, &mut 0))
}

fn operators(plan: &Arc<dyn ExecutionPlan>) -> usize {
    1 + plan.children().into_iter().map(operators).sum::<usize>()
}

fn depth(plan: &Arc<dyn ExecutionPlan>) -> usize {
    let deepest = plan.children().into_iter().map(depth).max();
    deepest.unwrap_or_default() + 1
}

/// Rows that a plan's scans gave.
pub(super) fn scanned_rows(plan: &Arc<dyn ExecutionPlan>) -> i64 {
    let own = match plan.children().is_empty() {
        true => rows_of(plan),
        false => 0,
    };
    own + plan.children().into_iter().map(scanned_rows).sum::<i64>()
}

/// What is added up over the operators of a stage.
#[derive(Default)]
struct Sums {
    input_rows: i64,
    input_bytes: i64,
    nanoseconds: usize,
    sub_stages: Vec<QueryStage>,
}

fn stage(plan: &Arc<dyn ExecutionPlan>, next_id: &mut i64) -> QueryStage {
    let id = *next_id;
    *next_id += 1;
    let mut sums = Sums::default();
    let node = node(plan, &mut sums, next_id);
    QueryStage {
        stage_id: Some(id),
        state: Some("FINISHED".to_owned()),
        output_rows: Some(rows_of(plan)),
        output_bytes: Some(bytes_of(plan)),
        input_rows: Some(sums.input_rows),
        input_bytes: Some(sums.input_bytes),
        execution_time: i64::try_from(sums.nanoseconds / 1_000_000).ok(),
        query_stage_plan: Some(node),
        sub_stages: Some(sums.sub_stages),
    }
}

fn node(plan: &Arc<dyn ExecutionPlan>, sums: &mut Sums, next_id: &mut i64) -> QueryStagePlanNode {
    let metrics = metrics_of(plan);
    sums.nanoseconds += metrics.elapsed_compute().unwrap_or_default();
    if plan.children().is_empty() {
        sums.input_rows += rows_of(plan);
        sums.input_bytes += bytes_of(plan);
    }
    let mut children = Vec::new();
    let mut remote_sources = Vec::new();
    for child in plan.children() {
        if !is_exchange(plan) && !is_exchange(child) {
            children.push(node(child, sums, next_id));
            continue;
        }
        // Of exchanges in a row the last one counts: what lies beneath it computes.
        let mut beneath = child;
        while let (true, [only]) = (is_exchange(beneath), beneath.children().as_slice()) {
            beneath = only;
        }
        let read = stage(beneath, next_id);
        sums.input_rows += read.output_rows.unwrap_or_default();
        sums.input_bytes += read.output_bytes.unwrap_or_default();
        remote_sources.push(read.stage_id.unwrap_or_default().to_string());
        sums.sub_stages.push(read);
    }
    let description = displayable(plan.as_ref()).one_line().to_string();
    QueryStagePlanNode {
        name: Some(plan.name().trim_end_matches("Exec").to_owned()),
        identifier: Some(
            description
                .trim_end()
                .chars()
                .take(LONGEST_IDENTIFIER)
                .collect(),
        ),
        children: Some(children),
        remote_sources: Some(remote_sources),
    }
}

fn is_exchange(plan: &Arc<dyn ExecutionPlan>) -> bool {
    EXCHANGES.contains(&plan.name())
}

fn metrics_of(plan: &Arc<dyn ExecutionPlan>) -> MetricsSet {
    plan.metrics().unwrap_or_default()
}

fn rows_of(plan: &Arc<dyn ExecutionPlan>) -> i64 {
    let rows = metrics_of(plan).output_rows().unwrap_or_default();
    i64::try_from(rows).unwrap_or(i64::MAX)
}

fn bytes_of(plan: &Arc<dyn ExecutionPlan>) -> i64 {
    let bytes = metrics_of(plan).sum_by_name("output_bytes");
    let bytes = bytes.map_or(0, |bytes| bytes.as_usize());
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
