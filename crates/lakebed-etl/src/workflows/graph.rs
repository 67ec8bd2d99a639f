//! The graph of a workflow: triggers lead to the jobs and crawlers that they start, and these to
//! the triggers that wait for their end.

use std::collections::BTreeSet;

use lakebed_wire::glue::{Edge, Node, NodeType, Trigger, TriggerNodeDetails, WorkflowGraph};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A job or a crawler of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Step {
    Job(String),
    Crawler(String),
}

impl Step {
    fn kind(&self) -> NodeType {
        match self {
            Self::Job(_) => NodeType::Job,
            Self::Crawler(_) => NodeType::Crawler,
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Job(name) | Self::Crawler(name) => name,
        }
    }

    fn of(job: Option<&String>, crawler: Option<&String>) -> Option<Self> {
        match (job, crawler) {
            (Some(job), _) => Some(Self::Job(job.clone())),
            (None, Some(crawler)) => Some(Self::Crawler(crawler.clone())),
            (None, None) => None,
        }
    }

    /// The id of the step's node, the same in every run of its workflow.
    pub(super) fn node_id(&self, workflow: &str) -> String {
        node_id(workflow, self.kind(), self.name())
    }
}

/// What a trigger starts.
pub(super) fn started_by(trigger: &Trigger) -> impl Iterator<Item = Step> + '_ {
    let actions = trigger.actions.iter().flatten();
    actions.filter_map(|action| Step::of(action.job_name.as_ref(), action.crawler_name.as_ref()))
}

/// What a trigger waits for.
fn awaited_by(trigger: &Trigger) -> impl Iterator<Item = Step> + '_ {
    let conditions = trigger
        .predicate
        .iter()
        .flat_map(|predicate| predicate.conditions.iter().flatten());
    conditions.filter_map(|condition| {
        Step::of(condition.job_name.as_ref(), condition.crawler_name.as_ref())
    })
}

/// The jobs and crawlers of a workflow.
pub(super) fn steps(triggers: &[Trigger]) -> BTreeSet<Step> {
    triggers
        .iter()
        .flat_map(|trigger| started_by(trigger).chain(awaited_by(trigger)))
        .collect()
}

/// These steps, and all that come after them.
pub(super) fn downstream(triggers: &[Trigger], from: &BTreeSet<Step>) -> BTreeSet<Step> {
    let mut reached = from.clone();
    loop {
        let next: Vec<Step> = triggers
            .iter()
            .filter(|trigger| awaited_by(trigger).any(|step| reached.contains(&step)))
            .flat_map(started_by)
            .filter(|step| !reached.contains(step))
            .collect();
        if next.is_empty() {
            return reached;
        }
        reached.extend(next);
    }
}

/// The graph as Glue shows it; `detailed` adds to the node of a step what ran.
pub(super) fn draw(
    workflow: &str,
    triggers: &[Trigger],
    detailed: impl Fn(&Step, Node) -> Node,
) -> WorkflowGraph {
    let mut nodes = Vec::new();
    let mut edges = BTreeSet::new();
    for trigger in triggers {
        let name = trigger.name.clone().unwrap_or_default();
        let id = node_id(workflow, NodeType::Trigger, &name);
        edges.extend(started_by(trigger).map(|step| (id.clone(), step.node_id(workflow))));
        edges.extend(awaited_by(trigger).map(|step| (step.node_id(workflow), id.clone())));
        nodes.push(Node {
            r#type: Some(NodeType::Trigger),
            name: Some(name),
            unique_id: Some(id),
            trigger_details: Some(TriggerNodeDetails {
                trigger: Some(trigger.clone()),
            }),
            ..Node::default()
        });
    }
    for step in steps(triggers) {
        let node = Node {
            r#type: Some(step.kind()),
            name: Some(step.name().to_owned()),
            unique_id: Some(step.node_id(workflow)),
            ..Node::default()
        };
        nodes.push(detailed(&step, node));
    }
    let edges = edges.into_iter().map(|(source, destination)| Edge {
        source_id: Some(source),
        destination_id: Some(destination),
    });
    WorkflowGraph {
        nodes: Some(nodes),
        edges: Some(edges.collect()),
    }
}

fn node_id(workflow: &str, kind: NodeType, name: &str) -> String {
    let digest = Sha256::digest(format!("{workflow}\n{kind}\n{name}"));
    format!("wnode_{}", hex::encode(digest))
}
