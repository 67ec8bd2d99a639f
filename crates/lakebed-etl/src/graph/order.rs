use std::collections::BTreeSet;

use super::{GraphError, Node};

/// Puts every node after all its inputs; ties keep the order of ids, so that runs are alike.
pub(super) fn sort_by_dependency(mut waiting: Vec<Node>) -> Result<Vec<Node>, GraphError> {
    let mut done: BTreeSet<String> = BTreeSet::new();
    let mut sorted = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let (ready, blocked): (Vec<Node>, Vec<Node>) = waiting
            .into_iter()
            .partition(|node| node.inputs.iter().all(|input| done.contains(input)));
        if ready.is_empty() {
            let ids: Vec<&str> = blocked.iter().map(|node| node.id.as_str()).collect();
            return Err(GraphError::Circle(ids.join(", ")));
        }
        done.extend(ready.iter().map(|node| node.id.clone()));
        sorted.extend(ready);
        waiting = blocked;
    }
    Ok(sorted)
}
