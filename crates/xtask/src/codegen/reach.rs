use std::collections::{BTreeMap, BTreeSet};

use crate::Outcome;
use crate::manifest::Service;
use crate::model::{Kind, Model};

use super::implemented;

/// The shapes that the implemented operations reach.
pub(super) struct Reach {
    /// All of them.
    pub(super) shapes: BTreeSet<String>,
    /// Those whose constraints are needed: requests, and answers where the protocol needs shapes.
    pub(super) constrained: BTreeSet<String>,
    /// Structures that can be made without any value: every required member can.
    pub(super) defaultable: BTreeSet<String>,
}

impl Reach {
    pub(super) fn of(model: &Model, service: &Service) -> Outcome<Self> {
        let mut requests = Vec::new();
        let mut answers = Vec::new();
        for name in implemented(service) {
            let operation = model
                .operations
                .get(name)
                .ok_or_else(|| format!("{} has no operation {name}", service.module))?;
            requests.extend(operation.input.as_ref().map(|input| input.shape.clone()));
            answers.extend(operation.output.as_ref().map(|output| output.shape.clone()));
        }
        let mut constrained = follow(model, requests);
        let answers = follow(model, answers);
        let shapes = constrained
            .union(&answers)
            .cloned()
            .collect::<BTreeSet<_>>();
        if model.metadata.protocol == "query" {
            constrained.clone_from(&shapes);
        }
        let defaultable = defaultable(model, &shapes);
        Ok(Self {
            shapes,
            constrained,
            defaultable,
        })
    }
}

fn follow(model: &Model, mut open: Vec<String>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    while let Some(name) = open.pop() {
        let Some(shape) = model.shapes.get(&name) else {
            continue;
        };
        if !reached.insert(name) {
            continue;
        }
        open.extend(
            shape
                .members
                .0
                .iter()
                .map(|(_, member)| member.shape.clone()),
        );
        open.extend(
            [&shape.member, &shape.key, &shape.value]
                .into_iter()
                .flatten()
                .map(|next| next.shape.clone()),
        );
    }
    reached
}

/// Structures of which `Default` can be derived, found by taking away those that cannot until
/// nothing changes.
fn defaultable(model: &Model, shapes: &BTreeSet<String>) -> BTreeSet<String> {
    let structures: BTreeMap<&String, _> = shapes
        .iter()
        .filter_map(|name| model.shapes.get(name).map(|shape| (name, shape)))
        .filter(|(_, shape)| shape.kind == Kind::Structure)
        .collect();
    let mut able: BTreeSet<String> = structures.keys().map(|name| (*name).clone()).collect();
    loop {
        let unable: Vec<String> = structures
            .iter()
            .filter(|(name, _)| able.contains(**name))
            .filter(|(_, shape)| {
                shape.members.0.iter().any(|(member, reference)| {
                    let target = &model.shapes[&reference.shape];
                    shape.required.contains(member)
                        && match target.kind {
                            Kind::String => !target.values.is_empty(),
                            Kind::Structure => !able.contains(&reference.shape),
                            _ => false,
                        }
                })
            })
            .map(|(name, _)| (*name).clone())
            .collect();
        if unable.is_empty() {
            return able;
        }
        for name in unable {
            able.remove(&name);
        }
    }
}
