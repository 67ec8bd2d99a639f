//! A visual job's nodes as a checked graph: every input exists, nothing runs in circles, every
//! node has as many inputs as its kind takes.

mod kind;
mod order;

use std::collections::BTreeMap;

use lakebed_wire::glue;

pub(crate) use kind::NodeKind;

/// The graph cannot be run; the text says which node is wrong and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GraphError {
    #[error("the job has no nodes")]
    Empty,
    #[error("node '{id}' holds {count} node kinds ({kinds}); exactly one is allowed")]
    NotOneKind {
        id: String,
        count: usize,
        kinds: String,
    },
    #[error("node '{name}' ({kind}): this node kind is not supported by visual jobs here")]
    Unsupported { name: String, kind: String },
    #[error("node '{name}' ({kind}) cannot be read: {reason}")]
    Malformed {
        name: String,
        kind: String,
        reason: String,
    },
    #[error("node '{name}' ({kind}): input '{input}' is not a node of this job; nodes: {known}")]
    UnknownInput {
        name: String,
        kind: &'static str,
        input: String,
        known: String,
    },
    #[error("node '{name}' ({kind}): takes {expected}, got {count}")]
    InputCount {
        name: String,
        kind: &'static str,
        expected: &'static str,
        count: usize,
    },
    #[error("node '{name}' ({kind}): its input '{input}' is a target, which has no output")]
    InputIsTarget {
        name: String,
        kind: &'static str,
        input: String,
    },
    #[error("the nodes {0} feed each other in a circle")]
    Circle(String),
    #[error("the job has no target node, so it would write nothing")]
    NoTarget,
}

/// One node of a visual job.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// The key under which the job lists the node.
    pub(crate) id: String,
    /// The name people gave it.
    pub(crate) name: String,
    pub(crate) kind: NodeKind,
    /// The ids of the nodes it reads from, in order.
    pub(crate) inputs: Vec<String>,
}

impl Node {
    /// `node 'Join profiles' (Join)`: how messages speak of it.
    pub(crate) fn label(&self) -> String {
        format!("node '{}' ({})", self.name, self.kind.as_str())
    }
}

/// A visual job's nodes, every node after all it reads from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
}

impl Graph {
    /// Reads and checks the nodes of a job.
    ///
    /// # Errors
    /// [`GraphError`] names the first node that is wrong.
    pub(crate) fn parse(
        nodes: &BTreeMap<String, glue::CodeGenConfigurationNode>,
    ) -> Result<Self, GraphError> {
        if nodes.is_empty() {
            return Err(GraphError::Empty);
        }
        let mut parsed = Vec::with_capacity(nodes.len());
        for (id, node) in nodes {
            parsed.push(kind::parse_node(id, node)?);
        }
        for node in &parsed {
            check_inputs(node, &parsed)?;
        }
        let has_effect = |node: &Node| node.kind.is_target() || node.kind.evaluates_quality();
        if !parsed.iter().any(has_effect) {
            return Err(GraphError::NoTarget);
        }
        Ok(Self {
            nodes: order::sort_by_dependency(parsed)?,
        })
    }

    /// The nodes, inputs first.
    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// How often the output of a node is read: once by each node it feeds, twice by those that
    /// look at all rows before they transform them.
    pub(crate) fn readings(&self, id: &str) -> usize {
        self.nodes
            .iter()
            .flat_map(|node| {
                let passes = if node.kind.needs_two_passes() { 2 } else { 1 };
                node.inputs
                    .iter()
                    .filter(|input| *input == id)
                    .map(move |_| passes)
            })
            .sum()
    }
}

fn check_inputs(node: &Node, all: &[Node]) -> Result<(), GraphError> {
    let count = node.inputs.len();
    if !node.kind.takes_inputs(count) {
        return Err(GraphError::InputCount {
            name: node.name.clone(),
            kind: node.kind.as_str(),
            expected: node.kind.expected_inputs(),
            count,
        });
    }
    for input in &node.inputs {
        let Some(source) = all.iter().find(|other| other.id == *input) else {
            let known: Vec<&str> = all.iter().map(|other| other.id.as_str()).collect();
            return Err(GraphError::UnknownInput {
                name: node.name.clone(),
                kind: node.kind.as_str(),
                input: input.clone(),
                known: known.join(", "),
            });
        };
        if source.kind.is_target() {
            return Err(GraphError::InputIsTarget {
                name: node.name.clone(),
                kind: node.kind.as_str(),
                input: input.clone(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    fn parse(nodes: Value) -> Result<Graph, GraphError> {
        Graph::parse(&serde_json::from_value(nodes).unwrap())
    }

    fn source() -> Value {
        json!({"CatalogSource": {"Name": "raw", "Database": "d", "Table": "t"}})
    }

    fn target(input: &str) -> Value {
        json!({"S3GlueParquetTarget": {"Name": "out", "Inputs": [input], "Path": "s3://b/p/"}})
    }

    fn select(input: &str) -> Value {
        json!({"SelectFields": {"Name": "pick", "Inputs": [input], "Paths": [["a"]]}})
    }

    #[test]
    fn nodes_come_after_their_inputs() {
        let graph = parse(json!({"a": target("b"), "b": select("c"), "c": source()})).unwrap();
        let ids: Vec<_> = graph.nodes().iter().map(|node| node.id.as_str()).collect();
        assert_eq!(ids, ["c", "b", "a"]);
    }

    #[test]
    fn statistics_count_as_a_second_reading() {
        let fill =
            json!({"FillMissingValues": {"Name": "fill", "Inputs": ["s"], "ImputedPath": "a"}});
        let graph = parse(json!({"s": source(), "f": fill, "t": target("f")})).unwrap();
        assert_eq!(
            (
                graph.readings("s"),
                graph.readings("f"),
                graph.readings("t")
            ),
            (2, 1, 0)
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            (json!({}), "the job has no nodes"),
            (
                json!({"s": {}}),
                "node 's' holds 0 node kinds (); exactly one is allowed",
            ),
            (
                json!({"s": {"CatalogSource": source()["CatalogSource"], "SelectFields": select("s")["SelectFields"]}}),
                "node 's' holds 2 node kinds (CatalogSource, SelectFields); exactly one is allowed",
            ),
            (
                json!({"s": source(), "t": target("x")}),
                "node 'out' (S3GlueParquetTarget): input 'x' is not a node of this job; nodes: s, t",
            ),
            (
                json!({"s": source(), "t": target("s"), "p": select("t")}),
                "node 'pick' (SelectFields): its input 't' is a target, which has no output",
            ),
            (
                json!({"a": select("b"), "b": select("a"), "t": target("a")}),
                "the nodes a, b, t feed each other in a circle",
            ),
            (
                json!({"s": source()}),
                "the job has no target node, so it would write nothing",
            ),
            (
                json!({"s": source(), "j": {"Join": {"Name": "both", "Inputs": ["s"], "JoinType": "left", "Columns": []}}, "t": target("j")}),
                "node 'both' (Join): takes 2 inputs, got 1",
            ),
            (
                json!({"s": {"PIIDetection": {"Name": "pii", "Inputs": ["s"], "PiiType": "RowAudit", "EntityTypesToDetect": []}}, "t": target("s")}),
                "node 'pii' (PIIDetection): this node kind is not supported by visual jobs here",
            ),
        ];
        for (nodes, message) in cases {
            assert_eq!(parse(nodes).unwrap_err().to_string(), message);
        }
    }
}
