//! What an operation is done to, as policies name it. Service authorization reference, "Actions,
//! resources, and condition keys" for AWS Glue and for Amazon Athena.

use lakebed_core::CallContext;
use serde_json::Value;

/// What of Glue an operation is on, by a word in its name, and the members of requests that name
/// it.
const GLUE: [(&str, &str, &[&str]); 5] = [
    ("Crawler", "crawler", &["Name", "CrawlerName"]),
    ("Crawl", "crawler", &["CrawlerName"]),
    ("Job", "job", &["JobName", "Name"]),
    ("Trigger", "trigger", &["Name"]),
    ("Workflow", "workflow", &["Name"]),
];

/// The ARNs of what an operation is done to, all of which must be allowed; `*` where it is nothing
/// in particular. `work_group` is that of the query execution that a request of Athena names.
pub(crate) fn resources(
    service: &str,
    operation: &str,
    request: &Value,
    work_group: Option<&str>,
    context: &CallContext,
) -> Vec<String> {
    let arn = |resource: &str| {
        let CallContext {
            region, account, ..
        } = context;
        format!("arn:aws:{service}:{region}:{account}:{resource}")
    };
    match service {
        "glue" if matches!(operation, "TagResource" | "UntagResource" | "GetTags") => {
            vec![text(request, "ResourceArn").unwrap_or("*").to_owned()]
        }
        "glue" => match glue(operation, request) {
            resources if resources.is_empty() => vec!["*".to_owned()],
            resources => resources.iter().map(|resource| arn(resource)).collect(),
        },
        "athena" => match athena(operation, request, work_group) {
            Some(resource) => vec![arn(&resource)],
            None => vec!["*".to_owned()],
        },
        "logs" => vec![logs(request).map_or_else(|| "*".to_owned(), |group| arn(&group))],
        _ => vec![text(request, "RoleArn").unwrap_or("*").to_owned()],
    }
}

/// The log group, or the stream in it, that a request of CloudWatch Logs names.
fn logs(request: &Value) -> Option<String> {
    let group = text(request, "logGroupName").or_else(|| {
        let arn = text(request, "logGroupIdentifier").or_else(|| text(request, "resourceArn"))?;
        let name = arn.split_once(":log-group:").map_or(arn, |(_, name)| name);
        Some(name.strip_suffix(":*").unwrap_or(name))
    })?;
    let stream = text(request, "logStreamName").unwrap_or_default();
    Some(format!("log-group:{group}:log-stream:{stream}"))
}

/// The query execution that a request of Athena names.
pub(crate) fn query_execution(request: &Value) -> Option<&str> {
    text(request, "QueryExecutionId").or_else(|| {
        let ids = request.get("QueryExecutionIds")?;
        ids.get(0)?.as_str()
    })
}

fn text<'request>(request: &'request Value, member: &str) -> Option<&'request str> {
    request.get(member)?.as_str()
}

/// Things in the catalog are asked about with all that they are in.
fn glue(operation: &str, request: &Value) -> Vec<String> {
    let named = GLUE.iter().find(|(word, _, _)| operation.contains(word));
    if let Some((_, kind, members)) = named {
        let name = members.iter().find_map(|member| text(request, member));
        return name
            .map(|name| format!("{kind}/{name}"))
            .into_iter()
            .collect();
    }
    if operation.contains("Connection") {
        return connections(request);
    }
    let is_of_catalog = [
        "Database",
        "Table",
        "Partition",
        "Function",
        "ResourcePolic",
    ]
    .iter()
    .any(|word| operation.contains(word));
    if !is_of_catalog {
        return Vec::new();
    }
    let input = |member: &str| request.get(member).and_then(|input| text(input, "Name"));
    let own_name = |word: &str| {
        let is_own = operation.ends_with(word);
        text(request, "Name").filter(|_| is_own)
    };
    let database = text(request, "DatabaseName")
        .or_else(|| input("DatabaseInput"))
        .or_else(|| own_name("Database"));
    let table = text(request, "TableName")
        .or_else(|| input("TableInput"))
        .or_else(|| own_name("Table"));
    let mut resources = vec!["catalog".to_owned()];
    if let Some(database) = database {
        resources.push(format!("database/{database}"));
        resources.extend(table.map(|table| format!("table/{database}/{table}")));
        let function = text(request, "FunctionName").or_else(|| {
            let input = request.get("FunctionInput")?;
            text(input, "FunctionName")
        });
        resources.extend(function.map(|name| format!("userDefinedFunction/{database}/{name}")));
    }
    resources
}

/// Connections are asked about with the catalog.
fn connections(request: &Value) -> Vec<String> {
    let input = request.get("ConnectionInput");
    let one = text(request, "Name")
        .or_else(|| text(request, "ConnectionName"))
        .or_else(|| text(input?, "Name"));
    let listed = request.get("ConnectionNameList").and_then(Value::as_array);
    let many = listed.into_iter().flatten().filter_map(Value::as_str);
    let names = one.into_iter().chain(many);
    let mut resources = vec!["catalog".to_owned()];
    resources.extend(names.map(|name| format!("connection/{name}")));
    resources
}

fn athena(operation: &str, request: &Value, work_group: Option<&str>) -> Option<String> {
    if let "ListWorkGroups" | "ListEngineVersions" | "ListDataCatalogs" = operation {
        return None;
    }
    let is_of_catalog = ["DataCatalog", "Database", "TableMetadata"]
        .iter()
        .any(|word| operation.contains(word));
    if is_of_catalog {
        let name = text(request, "CatalogName").or_else(|| text(request, "Name"));
        return Some(format!("datacatalog/{}", name.unwrap_or("AwsDataCatalog")));
    }
    let own_name = text(request, "Name").filter(|_| operation.ends_with("WorkGroup"));
    let name = text(request, "WorkGroup").or(own_name).or(work_group);
    Some(format!("workgroup/{}", name.unwrap_or("primary")))
}

#[cfg(test)]
mod tests {
    use lakebed_core::{AccountId, Region};
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("glue", "GetDatabases", json!({}), &["catalog"])]
    #[case("glue", "GetDatabase", json!({"Name": "d"}), &["catalog", "database/d"])]
    #[case("glue", "CreateDatabase", json!({"DatabaseInput": {"Name": "d"}}), &["catalog", "database/d"])]
    #[case("glue", "GetTable", json!({"DatabaseName": "d", "Name": "t"}), &["catalog", "database/d", "table/d/t"])]
    #[case("glue", "CreateTable", json!({"DatabaseName": "d", "TableInput": {"Name": "t"}}), &["catalog", "database/d", "table/d/t"])]
    #[case("glue", "GetPartitions", json!({"DatabaseName": "d", "TableName": "t"}), &["catalog", "database/d", "table/d/t"])]
    #[case("glue", "GetUserDefinedFunction", json!({"DatabaseName": "d", "FunctionName": "f"}), &["catalog", "database/d", "userDefinedFunction/d/f"])]
    #[case("glue", "CreateUserDefinedFunction", json!({"DatabaseName": "d", "FunctionInput": {"FunctionName": "f"}}), &["catalog", "database/d", "userDefinedFunction/d/f"])]
    #[case("glue", "GetConnections", json!({}), &["catalog"])]
    #[case("glue", "CreateConnection", json!({"ConnectionInput": {"Name": "c"}}), &["catalog", "connection/c"])]
    #[case("glue", "BatchDeleteConnection", json!({"ConnectionNameList": ["a", "b"]}), &["catalog", "connection/a", "connection/b"])]
    #[case("glue", "PutResourcePolicy", json!({"PolicyInJson": "{}"}), &["catalog"])]
    #[case("glue", "TagResource", json!({"ResourceArn": "arn:aws:glue:us-east-1:000000000000:job/j"}), &["job/j"])]
    #[case("glue", "StartCrawler", json!({"Name": "c"}), &["crawler/c"])]
    #[case("glue", "StartJobRun", json!({"JobName": "j"}), &["job/j"])]
    #[case("athena", "StartQueryExecution", json!({"WorkGroup": "w"}), &["workgroup/w"])]
    #[case("athena", "StartQueryExecution", json!({}), &["workgroup/primary"])]
    #[case("athena", "GetWorkGroup", json!({"WorkGroup": "w"}), &["workgroup/w"])]
    #[case("athena", "CreateWorkGroup", json!({"Name": "w"}), &["workgroup/w"])]
    #[case("athena", "GetQueryResults", json!({"QueryExecutionId": "q"}), &["workgroup/of-q"])]
    #[case("logs", "PutLogEvents", json!({"logGroupName": "g", "logStreamName": "s"}), &["log-group:g:log-stream:s"])]
    #[case("logs", "FilterLogEvents", json!({"logGroupIdentifier": "arn:aws:logs:us-east-1:000000000000:log-group:g:*"}), &["log-group:g:log-stream:"])]
    #[case("athena", "ListDatabases", json!({"CatalogName": "AwsDataCatalog"}), &["datacatalog/AwsDataCatalog"])]
    fn requests_name_resources(
        #[case] service: &str,
        #[case] operation: &str,
        #[case] request: Value,
        #[case] expected: &[&str],
    ) {
        let context = CallContext::internal(&AccountId::default(), &Region::default());
        let work_group = query_execution(&request).map(|id| format!("of-{id}"));
        let found = resources(
            service,
            operation,
            &request,
            work_group.as_deref(),
            &context,
        );
        let start = format!("arn:aws:{service}:us-east-1:000000000000:");
        let found: Vec<&str> = found
            .iter()
            .filter_map(|arn| arn.strip_prefix(&start))
            .collect();
        assert_eq!(found, expected);
    }

    #[rstest]
    #[case("glue", "GetCrawlers")]
    #[case("glue", "GetClassifiers")]
    #[case("athena", "ListWorkGroups")]
    #[case("logs", "DescribeLogGroups")]
    fn some_operations_are_on_nothing_in_particular(
        #[case] service: &str,
        #[case] operation: &str,
    ) {
        let context = CallContext::internal(&AccountId::default(), &Region::default());
        let found = resources(service, operation, &json!({}), None, &context);
        assert_eq!(found, ["*"]);
    }
}
