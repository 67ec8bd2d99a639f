//! `mod.rs` of a service: traits, dispatch, and every operation's name.

use std::fmt::Write as _;

use super::Context;
use super::names::{snake_case, static_name, type_name};

pub(super) fn generate(context: &Context<'_>) -> String {
    let metadata = &context.model.metadata;
    let mut code = format!(
        "//! {}.\n\nmod constraints;\nmod error;\nmod shapes;\n\nuse lakebed_core::CallContext;\nuse serde_json::Value;\n\nuse crate::{{Failure, Operation, Protocol, Service, call}};\n\npub use error::Error;\npub use shapes::*;\n\n",
        metadata.service_full_name
    );
    service(&mut code, context);
    for (group, operations) in &context.service.groups {
        group_trait(&mut code, context, group, operations);
        dispatch(&mut code, context, group, operations);
    }
    code
}

fn service(code: &mut String, context: &Context<'_>) {
    let metadata = &context.model.metadata;
    let name = metadata
        .signing_name
        .as_ref()
        .unwrap_or(&metadata.endpoint_prefix);
    let protocol = match metadata.protocol.as_str() {
        "json" => format!(
            "Protocol::Json({:?})",
            metadata.json_version.as_deref().unwrap_or("1.1")
        ),
        _ => format!(
            "Protocol::Query {{ namespace: {:?}, version: {:?} }}",
            metadata.xml_namespace.as_deref().unwrap_or_default(),
            metadata.api_version
        ),
    };
    let _ = writeln!(
        code,
        "/// The service and all its operations on AWS.\npub static SERVICE: Service = Service {{\nname: {name:?},\ntarget_prefix: {:?},\nprotocol: {protocol},\nvalidation_error: {:?},\nvalidation_members: &{:?},\ninternal_error: {:?},\noperations: &[",
        metadata.target_prefix.as_deref().unwrap_or_default(),
        context.service.validation_error,
        Vec::from_iter(&context.service.validation_members),
        context.service.internal_error
    );
    for (name, operation) in &context.model.operations {
        let group = context
            .service
            .groups
            .iter()
            .find(|(_, operations)| operations.contains(name))
            .map(|(group, _)| group);
        let shape = |reference: &Option<crate::model::Reference>| match reference {
            Some(reference)
                if group.is_some() && context.reach.constrained.contains(&reference.shape) =>
            {
                format!("Some(&constraints::{})", static_name(&reference.shape))
            }
            _ => "None".to_owned(),
        };
        let _ = writeln!(
            code,
            "Operation {{ name: {name:?}, group: {group:?}, input: {}, output: {} }},",
            shape(&operation.input),
            shape(&operation.output)
        );
    }
    code.push_str("],\n};\n\n");
}

fn group_trait(code: &mut String, context: &Context<'_>, group: &str, operations: &[String]) {
    let _ = writeln!(
        code,
        "/// The operations of the group `{group}`.\npub trait {group}: Send + Sync {{"
    );
    for operation in operations {
        let (request, answer) = types(context, operation);
        let _ = writeln!(
            code,
            "/// `{operation}`.\nfn {}(&self, context: &CallContext, request: {request}) -> impl Future<Output = Result<{answer}, Error>> + Send;\n",
            snake_case(operation)
        );
    }
    code.push_str("}\n\n");
}

fn dispatch(code: &mut String, context: &Context<'_>, group: &str, operations: &[String]) {
    let _ = writeln!(
        code,
        "/// Serves an operation of [`{group}`].\n///\n/// # Errors\n/// What the operation answers, or that the group has no such operation.\npub async fn dispatch_{}(operations: &impl {group}, context: &CallContext, operation: &str, request: Value) -> Result<Value, Failure> {{\nmatch operation {{",
        snake_case(group)
    );
    for operation in operations {
        let constraints = match &context.model.operations[operation].input {
            Some(input) => format!("&constraints::{}", static_name(&input.shape)),
            None => "&crate::Structure { members: &[] }".to_owned(),
        };
        let _ = writeln!(
            code,
            "{operation:?} => call(&SERVICE, {constraints}, request, |request| operations.{}(context, request)).await,",
            snake_case(operation)
        );
    }
    code.push_str("_ => Err(Failure::unknown_operation(operation)),\n}\n}\n\n");
}

/// The types of an operation's request and answer.
fn types(context: &Context<'_>, operation: &str) -> (String, String) {
    let model = &context.model.operations[operation];
    let request = model
        .input
        .as_ref()
        .map_or_else(|| "Value".to_owned(), |input| type_name(&input.shape));
    let answer = model.output.as_ref().map_or_else(
        || format!("{operation}Output"),
        |output| type_name(&output.shape),
    );
    (request, answer)
}
