//! SelectFromCollection: one frame of those that a node gives.

use datafusion::prelude::DataFrame;
use lakebed_wire::glue;

use super::Input;
use crate::error::NodeError;

/// Selects by the node's name if a frame has it (Studio names such nodes after the frame), else by
/// the index among the frames in the order of their names.
pub(super) fn select(
    settings: &glue::SelectFromCollection,
    input: Input,
) -> Result<DataFrame, NodeError> {
    let names: Vec<&str> = input
        .collection
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let index = names
        .iter()
        .position(|name| *name == settings.name)
        .or_else(|| usize::try_from(settings.index).ok())
        .filter(|index| *index < names.len());
    let available = names.join(", ");
    index
        .and_then(|index| input.collection.into_iter().nth(index))
        .map(|(_, frame)| frame)
        .ok_or_else(|| {
            NodeError::Setting(if available.is_empty() {
                "its input gives one frame, not a collection".to_owned()
            } else {
                format!("index {} is not one of: {available}", settings.index)
            })
        })
}
