//! Matches the rows of each partition.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, UInt32Array, make_comparator, new_null_array};
use arrow::compute::{SortOptions, concat, concat_batches, partition, take};
use arrow::datatypes::SchemaRef;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_datafusion_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{
    EquivalenceProperties, LexOrdering, OrderingRequirements, PhysicalExpr, PhysicalSortExpr,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, Partitioning, PlanProperties,
};
use futures::StreamExt;
use tokio::sync::mpsc::Sender;

use super::clause::{RowsPerMatch, Skip};
use super::expression::{Computation, LabelSet, Match};
use super::matcher::{Conditions, Labelled, Matcher};
use super::program::Instruction;
use crate::error::{ErrorCode, TrinoError};

/// After so many rows others may run, and the query may be stopped.
const ROWS_BETWEEN_YIELDS: usize = 256;

/// A clause whose expressions are planned.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) program: Vec<Instruction>,
    pub(super) label_names: Vec<String>,
    /// Conditions by label; rows can have labels without one.
    pub(super) definitions: Vec<Option<Computation>>,
    pub(super) measures: Vec<Computation>,
    /// The input's columns that partition it.
    pub(super) partition_keys: Vec<usize>,
    /// The input's columns that it is sorted by, the partition's first.
    pub(super) sort: Vec<(usize, SortOptions)>,
    pub(super) output: Vec<Output>,
    pub(super) rows: RowsPerMatch,
    pub(super) skip: SkipTo,
    pub(super) schema: SchemaRef,
}

/// What an answered column is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Output {
    Column(usize),
    Measure(usize),
}

/// Where the next match is looked for.
#[derive(Debug)]
pub(super) struct SkipTo {
    pub(super) skip: Skip,
    pub(super) labels: LabelSet,
}

/// The rows that match, of an input that is sorted.
#[derive(Debug)]
pub(super) struct MatchRecognize {
    input: Arc<dyn ExecutionPlan>,
    planned: Arc<Planned>,
    properties: Arc<PlanProperties>,
}

impl MatchRecognize {
    pub(super) fn new(input: Arc<dyn ExecutionPlan>, planned: Arc<Planned>) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&planned.schema)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self {
            input,
            planned,
            properties: Arc::new(properties),
        }
    }
}

impl DisplayAs for MatchRecognize {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "MatchRecognize: labels=[{}]",
            self.planned.label_names.join(", ")
        )
    }
}

impl ExecutionPlan for MatchRecognize {
    fn name(&self) -> &'static str {
        "MatchRecognize"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        let schema = self.input.schema();
        let keys = self.planned.sort.iter().map(|(column, options)| {
            let name = schema.field(*column).name();
            PhysicalSortExpr::new(Arc::new(Column::new(name, *column)), *options)
        });
        vec![LexOrdering::new(keys).map(OrderingRequirements::from)]
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![Distribution::SinglePartition]
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
        let input = children.into_iter().next();
        let input = input.ok_or_else(|| internal_datafusion_err!("a pattern needs its rows"))?;
        Ok(Arc::new(Self::new(input, Arc::clone(&self.planned))))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let mut builder = RecordBatchReceiverStream::builder(Arc::clone(&self.planned.schema), 2);
        let reservation = MemoryConsumer::new("MatchRecognize").register(context.memory_pool());
        let input = self.input.execute(partition, context)?;
        let planned = Arc::clone(&self.planned);
        let sender = builder.tx();
        builder.spawn(async move { answer(input, &planned, &sender, reservation).await });
        Ok(builder.build())
    }
}

/// Sends the rows that match, partition by partition.
async fn answer(
    mut input: SendableRecordBatchStream,
    planned: &Planned,
    sender: &Sender<Result<RecordBatch>>,
    reservation: MemoryReservation,
) -> Result<()> {
    let schema = input.schema();
    let mut held: Vec<RecordBatch> = Vec::new();
    while let Some(batch) = input.next().await {
        let batch = batch?;
        reservation.try_grow(batch.get_array_memory_size())?;
        for part in parts(&batch, planned)? {
            let goes_on = match held.last() {
                Some(last) => is_same_partition(last, &part, planned)?,
                None => true,
            };
            if !goes_on {
                let partition = concat_batches(&schema, &held)?;
                held.clear();
                reservation.free();
                if send(&partition, planned, sender).await?.is_break() {
                    return Ok(());
                }
            }
            held.push(part);
        }
    }
    let partition = concat_batches(&schema, &held)?;
    send(&partition, planned, sender).await.map(|_| ())
}

/// Sends the answer for a partition; breaks off if nobody wants it any more.
async fn send(
    partition: &RecordBatch,
    planned: &Planned,
    sender: &Sender<Result<RecordBatch>>,
) -> Result<ControlFlow<()>> {
    if partition.num_rows() == 0 {
        return Ok(ControlFlow::Continue(()));
    }
    let rows = planned.answer(partition).await?;
    if rows.num_rows() == 0 {
        return Ok(ControlFlow::Continue(()));
    }
    Ok(match sender.send(Ok(rows)).await {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    })
}

/// The rows of each partition that a batch has.
fn parts(batch: &RecordBatch, planned: &Planned) -> Result<Vec<RecordBatch>> {
    if planned.partition_keys.is_empty() || batch.num_rows() == 0 {
        return Ok(vec![batch.clone()]);
    }
    let keys = batch.project(&planned.partition_keys)?;
    let ranges = partition(keys.columns())?.ranges();
    let parts = ranges
        .into_iter()
        .map(|range| batch.slice(range.start, range.len()));
    Ok(parts.collect())
}

/// Whether the rows of `next` are of the partition that those of `last` are of.
fn is_same_partition(last: &RecordBatch, next: &RecordBatch, planned: &Planned) -> Result<bool> {
    for key in &planned.partition_keys {
        let (last, next) = (last.column(*key), next.column(*key));
        let compare = make_comparator(last, next, SortOptions::default())?;
        if last.is_empty() || next.is_empty() {
            continue;
        }
        if compare(last.len() - 1, 0).is_ne() {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Planned {
    /// The rows that a partition is answered with.
    async fn answer(&self, partition: &RecordBatch) -> Result<RecordBatch> {
        let rows = partition.num_rows();
        let mut definitions = Definitions::new(self, partition)?;
        let mut matcher = Matcher::new(&self.program, rows, definitions.depend_on_labels());
        let mut answer = Answer::new(self);
        let mut start = 0;
        let mut number = 1;
        // Rows before this one are matched or answered.
        let mut next_unmatched = 0;
        while start < rows {
            if start.is_multiple_of(ROWS_BETWEEN_YIELDS) {
                tokio::task::yield_now().await;
            }
            definitions.number = number;
            let Some(matched) = matcher.find(start, &definitions)? else {
                if start >= next_unmatched {
                    self.unmatched(start, &mut answer);
                }
                start += 1;
                continue;
            };
            let of = Match {
                partition,
                label_names: &self.label_names,
                start,
                rows: &matched,
                current: matched.len(),
                number,
            };
            self.matched(&of, &mut answer)?;
            next_unmatched = next_unmatched.max(start + matched.len().max(1));
            start = match matched.is_empty() {
                true => start + 1,
                false => self.skip.next(start, &matched)?,
            };
            number += 1;
        }
        answer.finish(partition)
    }

    fn unmatched(&self, row: usize, answer: &mut Answer<'_>) {
        if let RowsPerMatch::All {
            unmatched: true, ..
        } = self.rows
        {
            answer.push(row, None);
        }
    }

    fn matched(&self, of: &Match<'_>, answer: &mut Answer<'_>) -> Result<()> {
        let measures = |of: &Match<'_>| {
            let measures = self.measures.iter().map(|measure| measure.value(of));
            measures.collect::<Result<Vec<_>>>()
        };
        match self.rows {
            RowsPerMatch::All { empty, .. } if of.rows.is_empty() => {
                if empty {
                    answer.push(of.start, Some(measures(of)?));
                }
            }
            RowsPerMatch::All { .. } => {
                let shown = of.rows.iter().enumerate();
                for (place, _) in shown.filter(|(_, row)| !row.is_excluded) {
                    let current = Match {
                        current: place + 1,
                        ..*of
                    };
                    answer.push(of.start + place, Some(measures(&current)?));
                }
            }
            RowsPerMatch::One => answer.push(of.start, Some(measures(of)?)),
        }
        Ok(())
    }
}

impl SkipTo {
    /// Where the search goes on after a match that begins at `start`.
    fn next(&self, start: usize, matched: &[Labelled]) -> Result<usize> {
        let has_label = |row: &Labelled| {
            self.labels
                .as_ref()
                .is_none_or(|labels| labels.contains(&row.label))
        };
        let place = match self.skip {
            Skip::PastLastRow => return Ok(start + matched.len()),
            Skip::ToNextRow => return Ok(start + 1),
            Skip::ToFirst(_) => matched.iter().position(has_label),
            Skip::ToLast(_) => matched.iter().rposition(has_label),
        };
        let failed = |why: &str| {
            TrinoError::new(
                ErrorCode::GenericUserError,
                format!("AFTER MATCH SKIP failed: {why}"),
            )
        };
        match place {
            None => Err(failed("pattern variable is not present in match").into()),
            Some(0) => Err(failed("cannot skip to first row of match").into()),
            Some(place) => Ok(start + place),
        }
    }
}

/// The conditions of labels on the rows of a partition.
struct Definitions<'a> {
    planned: &'a Planned,
    partition: &'a RecordBatch,
    /// By label, for conditions that hang on the row alone.
    known: Vec<Option<BooleanArray>>,
    number: i64,
}

impl<'a> Definitions<'a> {
    fn new(planned: &'a Planned, partition: &'a RecordBatch) -> Result<Self> {
        let definitions = planned.definitions.iter().enumerate();
        let known = definitions.map(|(label, definition)| match definition {
            Some(definition) => definition.all(partition, label),
            None => Ok(None),
        });
        Ok(Self {
            planned,
            partition,
            known: known.collect::<Result<_>>()?,
            number: 1,
        })
    }
}

impl Definitions<'_> {
    /// Whether what holds for a row hangs on the labels of rows before it.
    fn depend_on_labels(&self) -> bool {
        let mut definitions = self.planned.definitions.iter().zip(&self.known);
        definitions.any(|(definition, known)| definition.is_some() && known.is_none())
    }
}

impl Conditions for Definitions<'_> {
    fn holds(&self, start: usize, matched: &[Labelled]) -> Result<bool> {
        let Some(last) = matched.last() else {
            return Ok(true);
        };
        let row = start + matched.len() - 1;
        if let Some(known) = &self.known[last.label] {
            return Ok(known.is_valid(row) && known.value(row));
        }
        let Some(definition) = &self.planned.definitions[last.label] else {
            return Ok(true);
        };
        definition.holds(&Match {
            partition: self.partition,
            label_names: &self.planned.label_names,
            start,
            rows: matched,
            current: matched.len(),
            number: self.number,
        })
    }
}

/// The rows that are answered, with the measures that go with them.
struct Answer<'a> {
    planned: &'a Planned,
    rows: Vec<u32>,
    measures: Vec<Vec<ArrayRef>>,
}

impl<'a> Answer<'a> {
    fn new(planned: &'a Planned) -> Self {
        Self {
            planned,
            rows: Vec::new(),
            measures: vec![Vec::new(); planned.measures.len()],
        }
    }

    /// Appends a row of the partition; measures of rows without a match are null.
    fn push(&mut self, row: usize, measures: Option<Vec<ArrayRef>>) {
        self.rows.push(row as u32);
        let planned = self.planned.measures.iter();
        let measures = measures.unwrap_or_else(|| {
            let nulls = planned.map(|measure| new_null_array(&measure.data_type, 1));
            nulls.collect()
        });
        for (all, value) in self.measures.iter_mut().zip(measures) {
            all.push(value);
        }
    }

    fn finish(self, partition: &RecordBatch) -> Result<RecordBatch> {
        let schema = Arc::clone(&self.planned.schema);
        if self.rows.is_empty() {
            return Ok(RecordBatch::new_empty(schema));
        }
        let rows = UInt32Array::from(self.rows);
        let columns = self.planned.output.iter().map(|output| match output {
            Output::Column(column) => Ok(take(partition.column(*column), &rows, None)?),
            Output::Measure(measure) => {
                let values: Vec<&dyn Array> =
                    self.measures[*measure].iter().map(AsRef::as_ref).collect();
                Ok(concat(&values)?)
            }
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        Ok(RecordBatch::try_new_with_options(
            schema, columns, &options,
        )?)
    }
}
