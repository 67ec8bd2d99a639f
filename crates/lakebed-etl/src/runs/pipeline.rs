//! Carrying out one run: sources and transforms become plans, then the targets are written.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use datafusion::prelude::DataFrame;
use lakebed_core::Platform;

use super::progress::Progress;
use super::{RunLog, spill};
use crate::error::{NodeError, RunFailure};
use crate::graph::{Graph, Node};
use crate::lake::Lake;
use crate::nodes::{self, Input, NodeLog};
use crate::quality::{self, Checked, Surroundings};
use crate::targets::{self, Target, Written};

/// One run's work.
pub(crate) struct Pipeline {
    pub(crate) job: String,
    pub(crate) run_id: String,
    pub(crate) graph: Graph,
    pub(crate) platform: Platform,
    pub(crate) lake: Lake,
    pub(crate) log: Arc<RunLog>,
    pub(crate) progress: Arc<Progress>,
}

impl Pipeline {
    /// Computes and writes all targets, seen by nobody until the answer is published. When it
    /// fails, or is dropped before it ends, nothing stays.
    ///
    /// # Errors
    /// [`RunFailure`] names the node.
    pub(crate) async fn carry_out(self) -> Result<Written, RunFailure> {
        self.progress.expect_nodes(self.graph.nodes().len());
        let mut outputs: HashMap<&str, Input> = HashMap::new();
        let mut targets: Vec<(String, Target, DataFrame)> = Vec::new();
        let mut fails_after_load = None;
        for node in self.graph.nodes() {
            let inputs: Vec<Input> = node
                .inputs
                .iter()
                .filter_map(|id| outputs.get(id.as_str()).cloned())
                .collect();
            if node.kind.is_target() {
                let label = node.label();
                let target = targets::settings(&node.kind, &self.lake)
                    .map_err(|error| RunFailure::at(&label, error))?;
                for message in targets::ignored(&node.kind) {
                    self.log.warn(&label, message);
                }
                for input in inputs {
                    targets.push((label.clone(), target.clone(), input.frame));
                }
                continue;
            }
            let output = self.plan(node, inputs, &mut fails_after_load).await?;
            outputs.insert(&node.id, output);
            self.progress.node_done();
        }
        drop(outputs);
        let mut written = Written::nothing(self.lake, &self.job, &self.run_id);
        for (label, target, frame) in targets {
            self.progress.enter(&label);
            let started = Instant::now();
            written
                .write(&label, target, frame, self.progress.writes())
                .await
                .map_err(|error| RunFailure::at(&label, error))?;
            self.progress.node_done();
            let seconds = started.elapsed().as_secs_f64();
            self.log
                .info(&label, &format!("computed and staged in {seconds:.3} s"));
        }
        let rows = self.progress.snapshot().rows_read;
        self.log.info("run", &format!("read {rows} rows"));
        if let Some(failure) = fails_after_load {
            written.fail_once_published(failure);
        }
        Ok(written)
    }

    async fn plan(
        &self,
        node: &Node,
        inputs: Vec<Input>,
        fails_after_load: &mut Option<RunFailure>,
    ) -> Result<Input, RunFailure> {
        let label = node.label();
        self.progress.enter(&label);
        let started = Instant::now();
        let mut collection = Vec::new();
        let (mut frame, with_file_name) = if node.kind.is_source() {
            let source = self
                .lake
                .read(&node.kind, &label, self.progress.rows_read())
                .await
                .map_err(|error| RunFailure::at(&label, error))?;
            (source.frame, Some(source.with_file_name))
        } else if node.kind.evaluates_quality() {
            let checked = self
                .evaluate_quality(node, inputs, &label)
                .await
                .map_err(|error| RunFailure::at(&label, error))?;
            if let Some(reason) = checked.fails_after_load {
                *fails_after_load = Some(RunFailure::at(&label, NodeError::Setting(reason)));
            }
            collection = checked.collection;
            (checked.frame, None)
        } else {
            let log = NodeLog {
                log: &self.log,
                node: &label,
            };
            let frame = nodes::transform(&node.kind, inputs, &log)
                .await
                .map_err(|error| RunFailure::at(&label, error))?;
            (frame, None)
        };
        let columns = describe(&frame);
        if self.graph.readings(&node.id) > 1 && spill::is_dear(&frame) {
            frame = spill::keep(frame)
                .await
                .map_err(|error| RunFailure::at(&label, error))?;
            let seconds = started.elapsed().as_secs_f64();
            let message =
                format!("computed once in {seconds:.3} s, as it is read again: {columns}");
            self.log.info(&label, &message);
        } else {
            self.log.info(&label, &format!("planned: {columns}"));
        }
        Ok(Input {
            id: node.id.clone(),
            frame,
            with_file_name,
            collection,
        })
    }

    async fn evaluate_quality(
        &self,
        node: &Node,
        inputs: Vec<Input>,
        label: &str,
    ) -> Result<Checked, NodeError> {
        let log = NodeLog {
            log: &self.log,
            node: label,
        };
        let run = Surroundings {
            platform: &self.platform,
            lake: &self.lake,
            job: &self.job,
            run_id: &self.run_id,
        };
        quality::evaluate(&node.kind, inputs, &run, &log).await
    }
}

fn describe(frame: &DataFrame) -> String {
    let columns: Vec<String> = frame
        .schema()
        .fields()
        .iter()
        .map(|field| {
            let data_type = lakebed_engine::types::hive_type(field.data_type());
            format!("{} {data_type}", field.name())
        })
        .collect();
    columns.join(", ")
}
