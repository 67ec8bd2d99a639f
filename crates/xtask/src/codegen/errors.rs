//! `error.rs`: the errors a service can answer with.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::model::{Kind, Shape};

use super::Context;
use super::names::{field_name, snake_case};

/// One error of the model.
struct ModelError<'a> {
    name: &'a str,
    shape: &'a Shape,
}

impl ModelError<'_> {
    fn status(&self) -> u16 {
        let given = self
            .shape
            .error
            .as_ref()
            .and_then(|error| error.http_status_code);
        given.unwrap_or(if self.shape.fault { 500 } else { 400 })
    }

    fn code(&self) -> &str {
        self.shape
            .error
            .as_ref()
            .and_then(|error| error.code.as_deref())
            .unwrap_or(self.name)
    }

    /// `entity_not_found` of `EntityNotFoundException`.
    fn constructor(&self) -> String {
        let base = self.name.strip_suffix("Exception").unwrap_or(self.name);
        snake_case(base)
    }

    /// The members besides the message that are plain texts or flags.
    fn extras(&self) -> Vec<&str> {
        let members = self.shape.members.0.iter();
        members
            .map(|(name, _)| name.as_str())
            .filter(|name| !name.eq_ignore_ascii_case("message"))
            .collect()
    }
}

pub(super) fn generate(context: &Context<'_>) -> String {
    let names: BTreeSet<&str> = super::implemented(context.service)
        .into_iter()
        .flat_map(|operation| &context.model.operations[operation].errors)
        .map(|error| error.shape.as_str())
        .collect();
    let errors: Vec<ModelError<'_>> = names
        .into_iter()
        .map(|name| ModelError {
            name,
            shape: &context.model.shapes[name],
        })
        .collect();
    let mut code = String::from(
        "//! What the service's operations can fail with.\n\nuse serde_json::Map;\n\nuse crate::Failure;\n\n/// An error of the service. Each carries its message; some have more members.\n#[derive(Debug, Clone, PartialEq, thiserror::Error)]\npub enum Error {\n",
    );
    for error in &errors {
        let _ = writeln!(
            code,
            "/// `{}`, HTTP {}.\n#[error(\"{{message}}\")]\n{} {{\n/// What went wrong.\nmessage: String,",
            error.code(),
            error.status(),
            error.name
        );
        for extra in error.extras() {
            let kind = extra_type(context, error.shape, extra);
            let _ = writeln!(
                code,
                "/// `{extra}`.\n{}: Option<{kind}>,",
                field_name(extra)
            );
        }
        code.push_str("},\n");
    }
    let _ = write!(
        code,
        "/// Lakebed's own failure, `{}`, HTTP 500.\n#[error(\"{{0}}\")]\nInternal(String),\n/// A request that breaks the service's rules of form, `{}`, HTTP 400.\n#[error(\"{{0}}\")]\nInvalidRequestForm(String),\n}}\n\nimpl Error {{\n",
        context.service.internal_error, context.service.validation_error
    );
    for error in &errors {
        let extras: String = error
            .extras()
            .iter()
            .map(|extra| format!(", {}: None", field_name(extra)))
            .collect();
        let _ = writeln!(
            code,
            "/// [`Error::{name}`] with this message.\npub fn {constructor}(message: impl Into<String>) -> Self {{\nSelf::{name} {{ message: message.into(){extras} }}\n}}\n",
            name = error.name,
            constructor = error.constructor()
        );
    }
    code.push_str("/// The code on the wire.\n#[must_use]\npub fn code(&self) -> &'static str {\nmatch self {\n");
    for error in &errors {
        let _ = writeln!(code, "Self::{} {{ .. }} => {:?},", error.name, error.code());
    }
    let _ = write!(
        code,
        "Self::Internal(_) => {:?},\nSelf::InvalidRequestForm(_) => {:?},\n}}\n}}\n\n/// The HTTP status.\n#[must_use]\npub fn http_status(&self) -> u16 {{\n",
        context.service.internal_error, context.service.validation_error
    );
    let special: Vec<&ModelError<'_>> = errors
        .iter()
        .filter(|error| error.status() != 400)
        .collect();
    code.push_str("match self {\n");
    for error in special {
        let _ = writeln!(code, "Self::{} {{ .. }} => {},", error.name, error.status());
    }
    code.push_str("Self::Internal(_) => 500,\n_ => 400,\n}\n}\n}\n\nimpl From<Error> for Failure {\nfn from(error: Error) -> Self {\nlet (status, code, message) = (error.http_status(), error.code(), error.to_string());\n");
    let mut members = String::new();
    for error in &errors {
        for extra in error.extras() {
            let value = match extra_type(context, error.shape, extra) {
                "String" => "value.clone()",
                _ => "(*value)",
            };
            let _ = writeln!(
                members,
                "if let Error::{} {{ {}: Some(value), .. }} = &error {{\nmembers.insert({extra:?}.to_owned(), {value}.into());\n}}",
                error.name,
                field_name(extra)
            );
        }
    }
    let binding = if members.is_empty() {
        "let members = Map::new();\n"
    } else {
        "let mut members = Map::new();\n"
    };
    code.push_str(binding);
    code.push_str(&members);
    code.push_str("Self { code: code.to_owned(), message, status, members }\n}\n}\n");
    code
}

fn extra_type(context: &Context<'_>, shape: &Shape, member: &str) -> &'static str {
    let reference = shape
        .members
        .0
        .iter()
        .find(|(name, _)| name == member)
        .map(|(_, reference)| reference);
    match reference.map(|reference| context.model.shapes[&reference.shape].kind) {
        Some(Kind::Boolean) => "bool",
        Some(Kind::Integer | Kind::Long) => "i64",
        _ => "String",
    }
}
