//! What each node kind does: a lazy plan over its inputs' plans, one file a kind.

mod aggregate;
mod apply_mapping;
mod drop_duplicates;
mod drop_fields;
mod drop_null_fields;
mod fill_missing_values;
mod filter;
mod join;
mod rename_field;
mod select_fields;
mod select_from_collection;
mod spark_sql;
mod union;

use datafusion::arrow::datatypes::Fields;
use datafusion::prelude::DataFrame;

use crate::error::NodeError;
use crate::graph::NodeKind;
use crate::runs::RunLog;

/// The output of a node that another one reads.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    /// The id of the node that made it.
    pub(crate) id: String,
    pub(crate) frame: DataFrame,
    /// The same rows with the path of the file each came from; sources only.
    pub(crate) with_file_name: Option<DataFrame>,
    /// Frames to select from, by name; nodes that give a collection only.
    pub(crate) collection: Vec<(String, DataFrame)>,
}

impl Input {
    pub(crate) fn fields(&self) -> &Fields {
        self.frame.schema().fields()
    }
}

/// Plans a transform over its inputs, as many as its kind takes.
///
/// # Errors
/// [`NodeError`], which does not name the node.
pub(crate) async fn transform(
    kind: &NodeKind,
    inputs: Vec<Input>,
    log: &NodeLog<'_>,
) -> Result<DataFrame, NodeError> {
    if let NodeKind::SparkSQL(settings) = kind {
        return spark_sql::run(settings, inputs, log.log.now()).await;
    }
    let mut inputs = inputs.into_iter();
    let mut next = || {
        inputs
            .next()
            .ok_or_else(|| NodeError::Setting("an input is missing".to_owned()))
    };
    let input = next()?;
    match kind {
        NodeKind::ApplyMapping(settings) => apply_mapping::map(settings, input, log),
        NodeKind::SelectFields(settings) => select_fields::select(settings, input, log),
        NodeKind::DropFields(settings) => drop_fields::drop(settings, input, log),
        NodeKind::RenameField(settings) => rename_field::rename(settings, input, log),
        NodeKind::DropNullFields(settings) => drop_null_fields::drop(settings, input, log).await,
        NodeKind::DropDuplicates(settings) => drop_duplicates::drop(settings, input),
        NodeKind::Filter(settings) => filter::filter(settings, input),
        NodeKind::FillMissingValues(settings) => {
            fill_missing_values::fill(settings, input, log).await
        }
        NodeKind::Join(settings) => join::join(settings, &input, &next()?),
        NodeKind::Union(settings) => union::union(settings, input, next()?),
        NodeKind::Aggregate(settings) => aggregate::aggregate(settings, input),
        NodeKind::SelectFromCollection(settings) => select_from_collection::select(settings, input),
        other => Err(NodeError::Setting(format!(
            "{} is not a transform",
            other.as_str()
        ))),
    }
}

/// The run's log, with the node that writes to it.
pub(crate) struct NodeLog<'a> {
    pub(crate) log: &'a RunLog,
    pub(crate) node: &'a str,
}

impl NodeLog<'_> {
    /// Notes what the job's author should know though the run goes on.
    pub(crate) fn warn(&self, message: &str) {
        self.log.warn(self.node, message);
    }

    pub(crate) fn info(&self, message: &str) {
        self.log.info(self.node, message);
    }
}
