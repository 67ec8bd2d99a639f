//! `constraints.rs`: what the models demand of requests, as data.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::Outcome;
use crate::model::{Kind, Reference, Shape};

use super::Context;
use super::names::static_name;
use super::patterns::translate;

pub(super) fn generate(context: &Context<'_>) -> Outcome<String> {
    let mut code = String::from(
        "//! What the model demands of requests.\n\n#[allow(unused_imports)]\nuse crate::{List, Map, Member, Pattern, Range, Shape, Structure, Text};\n\n",
    );
    let patterns = patterns(context)?;
    for (pattern, name) in &patterns {
        if let Some(expression) = translate(pattern) {
            writeln!(
                code,
                "static {name}: Pattern = Pattern::new({pattern:?}, {expression:?});"
            )?;
        }
    }
    for name in &context.reach.constrained {
        let shape = &context.model.shapes[name];
        let kind = match shape.kind {
            Kind::Structure => structure(context, shape)?,
            Kind::List => {
                let member = reference(context, shape.member.as_ref());
                format!(
                    "List = List {{ {}, flattened: {}, member: {member} }}",
                    sizes(shape),
                    shape.flattened
                )
            }
            Kind::Map => {
                let (key, value) = (
                    reference(context, shape.key.as_ref()),
                    reference(context, shape.value.as_ref()),
                );
                format!(
                    "Map = Map {{ {}, key: {key}, value: {value} }}",
                    sizes(shape)
                )
            }
            Kind::String => text(&patterns, shape),
            Kind::Integer | Kind::Long | Kind::Float | Kind::Double => {
                format!(
                    "Range = Range {{ min: {:?}, max: {:?} }}",
                    shape.min, shape.max
                )
            }
            Kind::Boolean | Kind::Timestamp | Kind::Blob => continue,
        };
        writeln!(code, "pub(super) static {}: {kind};", static_name(name))?;
    }
    Ok(code)
}

/// Every pattern with the name of its static, numbered in the order of the texts.
fn patterns(context: &Context<'_>) -> Outcome<BTreeMap<String, String>> {
    let mut patterns = BTreeMap::new();
    for name in &context.reach.constrained {
        if let Some(pattern) = &context.model.shapes[name].pattern {
            if translate(pattern).is_none() {
                println!(
                    "{}: the pattern of {name} cannot be checked: {pattern}",
                    context.service.module
                );
            }
            patterns.insert(pattern.clone(), String::new());
        }
    }
    for (number, name) in patterns.values_mut().enumerate() {
        *name = format!("PATTERN_{number}");
    }
    Ok(patterns)
}

fn structure(context: &Context<'_>, shape: &Shape) -> Outcome<String> {
    let mut members = String::new();
    for (member, member_reference) in &shape.members.0 {
        let required = shape.required.contains(member);
        let location = member_reference.location_name.as_deref();
        let kind = reference(context, Some(member_reference));
        write!(
            members,
            "Member {{ name: {member:?}, location: {location:?}, required: {required}, shape: {kind} }},"
        )?;
    }
    Ok(format!("Structure = Structure {{ members: &[{members}] }}"))
}

fn text(patterns: &BTreeMap<String, String>, shape: &Shape) -> String {
    let pattern = shape
        .pattern
        .as_ref()
        .filter(|pattern| translate(pattern).is_some());
    let pattern = match pattern {
        Some(pattern) => format!("Some(&{})", patterns[pattern]),
        None => "None".to_owned(),
    };
    format!(
        "Text = Text {{ {}, pattern: {pattern}, values: &{:?} }}",
        sizes(shape),
        shape.values
    )
}

fn sizes(shape: &Shape) -> String {
    let whole = |limit: Option<f64>| limit.map(|limit| limit.max(0.0) as usize);
    format!("min: {:?}, max: {:?}", whole(shape.min), whole(shape.max))
}

fn reference(context: &Context<'_>, reference: Option<&Reference>) -> String {
    let Some(Reference { shape: name, .. }) = reference else {
        return "Shape::Boolean".to_owned();
    };
    let target = static_name(name);
    match context.model.shapes[name].kind {
        Kind::Structure => format!("Shape::Structure(&{target})"),
        Kind::List => format!("Shape::List(&{target})"),
        Kind::Map => format!("Shape::Map(&{target})"),
        Kind::String => format!("Shape::Text(&{target})"),
        Kind::Integer | Kind::Long => format!("Shape::Integer(&{target})"),
        Kind::Float | Kind::Double => format!("Shape::Float(&{target})"),
        Kind::Boolean => "Shape::Boolean".to_owned(),
        Kind::Timestamp => "Shape::Timestamp".to_owned(),
        Kind::Blob => "Shape::Blob".to_owned(),
    }
}
