//! `shapes.rs`: structures and enumerations.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::model::{Kind, Model, Shape};

use super::Context;
use super::names::{field_name, type_name, variant_name};

pub(super) fn generate(context: &Context<'_>) -> String {
    let mut code = String::new();
    for name in &context.reach.shapes {
        let shape = &context.model.shapes[name];
        match shape.kind {
            Kind::Structure => structure(&mut code, context, name, shape),
            Kind::String if !shape.values.is_empty() => enumeration(&mut code, name, shape),
            _ => {}
        }
    }
    for operation in super::implemented(context.service) {
        if context.model.operations[operation].output.is_none() {
            let _ = writeln!(
                code,
                "/// The empty answer to `{operation}`.\n#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]\npub struct {operation}Output {{}}\n"
            );
        }
    }
    format!(
        "//! Structures and enumerations.\n\n{}{code}",
        imports(&code)
    )
}

/// The imports that the code needs.
fn imports(code: &str) -> String {
    let uses: [(&[&str], &str); 5] = [
        (&["BTreeMap<"], "use std::collections::BTreeMap;\n"),
        (&["fmt::"], "use std::fmt;\n"),
        (
            &[": Timestamp,", "<Timestamp>"],
            "use lakebed_core::Timestamp;\n",
        ),
        (&["Serialize"], "use serde::{Deserialize, Serialize};\n"),
        (&[": Blob,", "Blob>"], "use crate::Blob;\n"),
    ];
    uses.into_iter()
        .filter(|(uses, _)| uses.iter().any(|written| code.contains(written)))
        .map(|(_, import)| import)
        .collect()
}

fn structure(code: &mut String, context: &Context<'_>, name: &str, shape: &Shape) {
    let default = if context.reach.defaultable.contains(name) {
        "Default, "
    } else {
        ""
    };
    let _ = writeln!(code, "/// The structure `{name}`.");
    let _ = writeln!(
        code,
        "#[derive(Debug, Clone, {default}PartialEq, Serialize, Deserialize)]"
    );
    let _ = writeln!(code, "pub struct {} {{", type_name(name));
    for (member, reference) in &shape.members.0 {
        let required = shape.required.contains(member);
        let mut kind = rust_type(context.model, &reference.shape);
        if reaches(context.model, &reference.shape, name) {
            kind = format!("Box<{kind}>");
        }
        if required {
            let _ = writeln!(
                code,
                "/// `{member}`; required.\n#[serde(rename = \"{member}\")]"
            );
            let _ = writeln!(code, "pub {}: {kind},", field_name(member));
        } else {
            let _ = writeln!(
                code,
                "/// `{member}`.\n#[serde(rename = \"{member}\", default, skip_serializing_if = \"Option::is_none\")]"
            );
            let _ = writeln!(code, "pub {}: Option<{kind}>,", field_name(member));
        }
    }
    code.push_str("}\n\n");
}

/// The Rust type of a shape's values.
pub(super) fn rust_type(model: &Model, name: &str) -> String {
    let shape = &model.shapes[name];
    let of = |reference: &Option<crate::model::Reference>| {
        reference.as_ref().map_or_else(
            || "String".to_owned(),
            |reference| rust_type(model, &reference.shape),
        )
    };
    match shape.kind {
        Kind::Structure => type_name(name),
        Kind::String if !shape.values.is_empty() => type_name(name),
        Kind::String => "String".to_owned(),
        Kind::List => format!("Vec<{}>", of(&shape.member)),
        Kind::Map => format!("BTreeMap<String, {}>", of(&shape.value)),
        Kind::Integer => "i32".to_owned(),
        Kind::Long => "i64".to_owned(),
        Kind::Float | Kind::Double => "f64".to_owned(),
        Kind::Boolean => "bool".to_owned(),
        Kind::Timestamp => "Timestamp".to_owned(),
        Kind::Blob => "Blob".to_owned(),
    }
}

/// Whether a member of shape `from` holds a value of the structure `to` in itself, not behind a
/// list or map.
fn reaches(model: &Model, from: &str, to: &str) -> bool {
    let mut open = vec![from];
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        let shape = &model.shapes[name];
        if shape.kind == Kind::Structure && seen.insert(name) {
            open.extend(
                shape
                    .members
                    .0
                    .iter()
                    .map(|(_, member)| member.shape.as_str()),
            );
        }
    }
    false
}

fn enumeration(code: &mut String, name: &str, shape: &Shape) {
    let rust_name = type_name(name);
    let mut taken = BTreeSet::new();
    let variants: Vec<(String, &String)> = shape
        .values
        .iter()
        .map(|value| {
            let mut variant = variant_name(value);
            while !taken.insert(variant.clone()) {
                variant.push('_');
            }
            (variant, value)
        })
        .collect();
    let _ = writeln!(
        code,
        "/// The enumeration `{name}`.\n#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]\npub enum {rust_name} {{"
    );
    for (variant, value) in &variants {
        let _ = writeln!(
            code,
            "/// `{value}`.\n#[serde(rename = \"{value}\")]\n{variant},"
        );
    }
    let _ = writeln!(
        code,
        "}}\n\nimpl {rust_name} {{\n/// The value on the wire.\n#[must_use]\npub fn as_str(self) -> &'static str {{\nmatch self {{"
    );
    for (variant, value) in &variants {
        let _ = writeln!(code, "Self::{variant} => \"{value}\",");
    }
    let _ = writeln!(
        code,
        "}}\n}}\n}}\n\nimpl fmt::Display for {rust_name} {{\nfn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {{\nf.write_str(self.as_str())\n}}\n}}\n"
    );
}
