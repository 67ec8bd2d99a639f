//! Athena's operations, called as the wire calls them.

use std::path::Path;
use std::time::Duration;

use lakebed_core::CallContext;
use lakebed_sql::Athena;
use lakebed_storage::{BucketName, GetObject, ObjectKey};
use lakebed_wire::athena::{
    Error, GetQueryExecutionInput, GetQueryResultsInput, GetQueryResultsOutput,
    ListQueryExecutionsInput, QueryExecution, QueryExecutionContext, QueryExecutionState,
    QueryOperations, ResultConfiguration, StartQueryExecutionInput, StatementType,
    StopQueryExecutionInput, WorkGroupConfiguration, WorkGroupOperations,
};

use crate::lake::TestLake;

struct Client {
    lake: TestLake,
    context: CallContext,
    _folder: tempfile::TempDir,
}

async fn client() -> Client {
    client_of(crate::lake::open).await
}

async fn client_of(open: impl Fn(&Path) -> TestLake) -> Client {
    let folder = tempfile::tempdir().unwrap();
    let lake = open(folder.path());
    lake.make_bucket("results").await;
    Client {
        context: lake.platform.internal_context(),
        lake,
        _folder: folder,
    }
}

fn request(sql: &str) -> StartQueryExecutionInput {
    StartQueryExecutionInput {
        query_string: sql.to_owned(),
        result_configuration: Some(ResultConfiguration {
            output_location: Some("s3://results/athena/".to_owned()),
            ..ResultConfiguration::default()
        }),
        ..StartQueryExecutionInput::default()
    }
}

impl Client {
    fn athena(&self) -> &Athena {
        &self.lake.athena
    }

    async fn start(&self, sql: &str) -> Result<String, Error> {
        let started = self
            .athena()
            .start_query_execution(&self.context, request(sql))
            .await?;
        Ok(started.query_execution_id.unwrap())
    }

    async fn execution(&self, id: &str) -> QueryExecution {
        let request = GetQueryExecutionInput {
            query_execution_id: id.to_owned(),
        };
        let answer = self
            .athena()
            .get_query_execution(&self.context, request)
            .await;
        answer.unwrap().query_execution.unwrap()
    }

    async fn finished(&self, id: &str) -> QueryExecution {
        for _ in 0..1_000 {
            let execution = self.execution(id).await;
            match state(&execution) {
                QueryExecutionState::Queued | QueryExecutionState::Running => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                _ => return execution,
            }
        }
        panic!("query {id} does not end");
    }

    async fn run(&self, sql: &str) -> QueryExecution {
        let id = self.start(sql).await.unwrap();
        self.finished(&id).await
    }

    async fn results(
        &self,
        execution: &QueryExecution,
        max: Option<i32>,
        token: Option<String>,
    ) -> Result<GetQueryResultsOutput, Error> {
        let request = GetQueryResultsInput {
            query_execution_id: execution.query_execution_id.clone().unwrap(),
            max_results: max,
            next_token: token,
            ..GetQueryResultsInput::default()
        };
        self.athena()
            .get_query_results(&self.context, request)
            .await
    }

    /// The text of an object, none if it is not there.
    async fn object(&self, uri: &str) -> Option<Vec<u8>> {
        let (bucket, key) = uri.strip_prefix("s3://")?.split_once('/')?;
        let bucket: BucketName = bucket.parse().unwrap();
        let key = ObjectKey::parse(key).unwrap();
        let read = self
            .lake
            .storage
            .get_object(&bucket, &key, GetObject::default())
            .await
            .ok()?;
        let chunks: Vec<bytes::Bytes> =
            futures::TryStreamExt::try_collect(read.body).await.unwrap();
        Some(chunks.concat())
    }

    async fn text(&self, uri: &str) -> String {
        String::from_utf8(self.object(uri).await.unwrap()).unwrap()
    }
}

fn state(execution: &QueryExecution) -> QueryExecutionState {
    execution.status.as_ref().unwrap().state.unwrap()
}

fn reason(execution: &QueryExecution) -> &str {
    let status = execution.status.as_ref().unwrap();
    status.state_change_reason.as_deref().unwrap_or_default()
}

fn location(execution: &QueryExecution) -> String {
    let configuration = execution.result_configuration.clone().unwrap();
    configuration.output_location.unwrap()
}

fn rows(results: &GetQueryResultsOutput) -> Vec<Vec<Option<&str>>> {
    let set = results.result_set.as_ref().unwrap();
    let rows = set.rows.as_deref().unwrap();
    rows.iter()
        .map(|row| {
            let data = row.data.as_deref().unwrap();
            data.iter()
                .map(|datum| datum.var_char_value.as_deref())
                .collect()
        })
        .collect()
}

fn code(error: &Error) -> &str {
    match error {
        Error::InvalidRequestException {
            athena_error_code, ..
        } => athena_error_code.as_deref().unwrap_or_default(),
        _ => "",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_leaves_a_csv_file_and_its_metadata() {
    let client = client().await;
    let execution = client
        .run("SELECT n AS \"Number\", s, n + 1 FROM (VALUES (1, 'a \"b\"'), (2, NULL)) t(n, s) ORDER BY n")
        .await;
    assert_eq!(state(&execution), QueryExecutionState::Succeeded);
    assert_eq!(execution.statement_type, Some(StatementType::Dml));
    let id = execution.query_execution_id.clone().unwrap();
    let uri = location(&execution);
    assert_eq!(uri, format!("s3://results/athena/{id}.csv"));
    assert_eq!(
        client.text(&uri).await,
        "\"Number\",\"s\",\"_col2\"\n\"1\",\"a \"\"b\"\"\",\"2\"\n\"2\",,\"3\"\n"
    );
    assert!(client.object(&format!("{uri}.metadata")).await.is_some());

    let results = client.results(&execution, None, None).await.unwrap();
    assert_eq!(
        rows(&results),
        [
            vec![Some("Number"), Some("s"), Some("_col2")],
            vec![Some("1"), Some("a \"b\""), Some("2")],
            vec![Some("2"), None, Some("3")],
        ]
    );
    let metadata = results.result_set.unwrap().result_set_metadata.unwrap();
    let types: Vec<(String, String)> = metadata
        .column_info
        .unwrap()
        .into_iter()
        .map(|column| (column.name, column.r#type))
        .collect();
    let expected = [
        ("Number", "integer"),
        ("s", "varchar"),
        ("_col2", "integer"),
    ];
    assert_eq!(
        types,
        expected.map(|(name, kind)| (name.to_owned(), kind.to_owned()))
    );
    assert_eq!(results.update_count, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn results_come_in_pages() {
    let client = client().await;
    let execution = client
        .run("SELECT x FROM UNNEST(sequence(1, 2500)) AS t(x) ORDER BY x")
        .await;
    let (mut token, mut seen, mut pages) = (None, Vec::new(), 0);
    loop {
        let page = client.results(&execution, None, token).await.unwrap();
        seen.extend(
            rows(&page)
                .into_iter()
                .map(|row| row[0].unwrap().to_owned()),
        );
        pages += 1;
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    let header = std::iter::once("x".to_owned());
    let expected: Vec<String> = header.chain((1..=2500).map(|n| n.to_string())).collect();
    assert_eq!((seen, pages), (expected, 3));

    let first = client.results(&execution, Some(2), None).await.unwrap();
    assert_eq!(rows(&first), [vec![Some("x")], vec![Some("1")]]);
    let wrong = client.results(&execution, None, Some("x".to_owned())).await;
    assert_eq!(code(&wrong.unwrap_err()), "INVALID_INPUT");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_query_says_what_was_wrong_and_where() {
    let client = client().await;
    let execution = client.run("SELECT\n  nope FROM (VALUES 1) t(x)").await;
    assert_eq!(state(&execution), QueryExecutionState::Failed);
    let told = "COLUMN_NOT_FOUND: line 2:3: Column 'nope' cannot be resolved or requester is not authorized to access requested resources";
    assert_eq!(reason(&execution), told);
    let error = execution.status.clone().unwrap().athena_error.unwrap();
    assert_eq!(
        (error.error_category, error.error_type, error.retryable),
        (Some(2), Some(1006), Some(false))
    );
    let refused = client.results(&execution, None, None).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "Query did not finish successfully. Final query state: FAILED"
    );
    assert_eq!(code(&refused), "INVALID_QUERY_EXECUTION_STATE");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_athena_refuses_at_once_makes_no_query() {
    let client = client().await;
    let malformed = client.start("SELECT FORM t WHERE").await.unwrap_err();
    assert_eq!(code(&malformed), "MALFORMED_QUERY");
    assert!(
        malformed
            .to_string()
            .starts_with("line 1:20: mismatched input '<EOF>'"),
        "{malformed}"
    );

    let no_place = StartQueryExecutionInput {
        result_configuration: None,
        ..request("SELECT 1")
    };
    let error = client
        .athena()
        .start_query_execution(&client.context, no_place)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("No output location provided.")
    );

    let mut elsewhere = request("SELECT 1");
    elsewhere.result_configuration = Some(ResultConfiguration {
        output_location: Some("s3://missing/".to_owned()),
        ..ResultConfiguration::default()
    });
    let error = client
        .athena()
        .start_query_execution(&client.context, elsewhere)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "Unable to verify/create output bucket missing"
    );

    let listed = client
        .athena()
        .list_query_executions(&client.context, ListQueryExecutionsInput::default())
        .await
        .unwrap();
    assert_eq!(listed.query_execution_ids, Some(Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn ddl_and_show_leave_text_and_writes_leave_a_manifest() {
    let client = client().await;
    for (sql, statement_type) in [
        ("CREATE DATABASE lab", StatementType::Ddl),
        (
            "CREATE EXTERNAL TABLE lab.t (id bigint) PARTITIONED BY (p string) STORED AS PARQUET LOCATION 's3://results/t/'",
            StatementType::Ddl,
        ),
    ] {
        let execution = client.run(sql).await;
        assert_eq!(state(&execution), QueryExecutionState::Succeeded, "{sql}");
        assert_eq!(execution.statement_type, Some(statement_type));
        assert_eq!(client.text(&location(&execution)).await, "");
        let results = client.results(&execution, None, None).await.unwrap();
        assert_eq!((rows(&results).len(), results.update_count), (0, None));
    }

    let insert = client
        .run("INSERT INTO lab.t VALUES (1, 'x'), (2, 'y')")
        .await;
    assert_eq!(
        state(&insert),
        QueryExecutionState::Succeeded,
        "{}",
        reason(&insert)
    );
    let results = client.results(&insert, None, None).await.unwrap();
    assert_eq!((rows(&results).len(), results.update_count), (0, Some(2)));
    let manifest = insert
        .statistics
        .clone()
        .unwrap()
        .data_manifest_location
        .unwrap();
    assert_eq!(manifest, format!("{}-manifest.csv", location(&insert)));
    let files = client.text(&manifest).await;
    let files: Vec<&str> = files.lines().collect();
    assert_eq!(files.len(), 2);
    for file in files {
        assert!(file.starts_with("s3://results/t/p="), "{file}");
        assert!(client.object(file).await.is_some(), "{file}");
    }

    let show = client.run("SHOW PARTITIONS lab.t").await;
    assert_eq!(client.text(&location(&show)).await, "p=x\np=y");
    let results = client.results(&show, None, None).await.unwrap();
    assert_eq!(rows(&results), [vec![Some("p=x")], vec![Some("p=y")]]);

    let made = client
        .run("CREATE TABLE lab.copy AS SELECT id FROM lab.t")
        .await;
    let id = made.query_execution_id.clone().unwrap();
    assert_eq!(location(&made), format!("s3://results/athena/tables/{id}"));
    let table = client.lake.catalog.table("lab", "copy").unwrap();
    assert_eq!(
        table.storage_descriptor.unwrap().location,
        Some(format!("s3://results/athena/tables/{id}/"))
    );
    let count = client.run("SELECT count(*) FROM lab.copy").await;
    let results = client.results(&count, None, None).await.unwrap();
    assert_eq!(rows(&results)[1], [Some("2")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_partitions_asked_for_are_scanned() {
    let client = client().await;
    client.run("CREATE DATABASE lab").await;
    let made = client
        .run("CREATE TABLE lab.t WITH (partitioned_by = ARRAY['p']) AS SELECT 2 * x + y AS id, x % 4 AS p FROM UNNEST(sequence(1, 10000)) AS s(x) CROSS JOIN UNNEST(sequence(0, 1)) AS t(y)")
        .await;
    assert_eq!(
        state(&made),
        QueryExecutionState::Succeeded,
        "{}",
        reason(&made)
    );
    let scanned = |execution: &QueryExecution| {
        let statistics = execution.statistics.clone().unwrap();
        statistics.data_scanned_in_bytes.unwrap()
    };
    let all = scanned(&client.run("SELECT sum(id) FROM lab.t").await);
    let one = scanned(&client.run("SELECT sum(id) FROM lab.t WHERE p = 3").await);
    let none = scanned(&client.run("SELECT sum(id) FROM lab.t WHERE p = 9").await);
    assert!(one > 0 && one < all / 3, "{one} of {all}");
    assert_eq!(none, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_can_be_stopped() {
    let client = client().await;
    let id = client
        .start("SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y) CROSS JOIN UNNEST(sequence(1, 10000)) c(z) WHERE (x * y + z) % 7 = 3")
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let stop = StopQueryExecutionInput {
        query_execution_id: id.clone(),
    };
    client
        .athena()
        .stop_query_execution(&client.context, stop.clone())
        .await
        .unwrap();
    let execution = client.execution(&id).await;
    assert_eq!(state(&execution), QueryExecutionState::Cancelled);
    assert_eq!(reason(&execution), "Query cancelled by user");
    let refused = client.results(&execution, None, None).await.unwrap_err();
    assert_eq!(code(&refused), "RESULT_NOT_FOUND");
    // Stopping what has ended changes nothing.
    client
        .athena()
        .stop_query_execution(&client.context, stop)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_token_starts_one_query() {
    let client = client().await;
    let with_token = |sql: &str| StartQueryExecutionInput {
        client_request_token: Some("0123456789abcdef0123456789abcdef".to_owned()),
        ..request(sql)
    };
    let start = async |sql: &str| {
        client
            .athena()
            .start_query_execution(&client.context, with_token(sql))
            .await
    };
    let first = start("SELECT 1").await.unwrap();
    assert_eq!(start("SELECT 1").await.unwrap(), first);
    let error = start("SELECT 2").await.unwrap_err();
    assert_eq!(code(&error), "IDEMPOTENT_PARAMETER_MISMATCH");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workgroup_can_say_where_results_go() {
    let client = client().await;
    let create = lakebed_wire::athena::CreateWorkGroupInput {
        name: "lab".to_owned(),
        configuration: Some(WorkGroupConfiguration {
            result_configuration: Some(ResultConfiguration {
                output_location: Some("s3://results/lab".to_owned()),
                ..ResultConfiguration::default()
            }),
            ..WorkGroupConfiguration::default()
        }),
        ..Default::default()
    };
    client
        .athena()
        .create_work_group(&client.context, create)
        .await
        .unwrap();
    let in_lab = StartQueryExecutionInput {
        work_group: Some("lab".to_owned()),
        query_execution_context: Some(QueryExecutionContext {
            database: Some("Any".to_owned()),
            catalog: Some("AwsDataCatalog".to_owned()),
        }),
        ..request("SELECT 1")
    };
    let started = client
        .athena()
        .start_query_execution(&client.context, in_lab)
        .await
        .unwrap();
    let id = started.query_execution_id.unwrap();
    let execution = client.finished(&id).await;
    assert_eq!(location(&execution), format!("s3://results/lab/{id}.csv"));
    let missing = StartQueryExecutionInput {
        work_group: Some("nope".to_owned()),
        ..request("SELECT 1")
    };
    let error = client
        .athena()
        .start_query_execution(&client.context, missing)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "WorkGroup is not found.");
}

#[tokio::test(flavor = "multi_thread")]
async fn history_survives_and_what_was_running_has_failed() {
    let folder = tempfile::tempdir().unwrap();
    let (done, cut) = {
        let lake = crate::lake::open(folder.path());
        lake.make_bucket("results").await;
        let client = Client {
            context: lake.platform.internal_context(),
            lake,
            _folder: tempfile::tempdir().unwrap(),
        };
        let done = client.run("SELECT 1").await.query_execution_id.unwrap();
        let cut = client
            .start("SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y) CROSS JOIN UNNEST(sequence(1, 10000)) c(z) WHERE (x * y + z) % 7 = 3")
            .await
            .unwrap();
        client.athena().shutdown().await;
        (done, cut)
    };
    let lake = crate::lake::reopen(folder.path());
    let client = Client {
        context: lake.platform.internal_context(),
        lake,
        _folder: folder,
    };
    let execution = client.execution(&done).await;
    let results = client.results(&execution, None, None).await.unwrap();
    assert_eq!(rows(&results), [vec![Some("_col0")], vec![Some("1")]]);
    let execution = client.execution(&cut).await;
    assert_eq!(state(&execution), QueryExecutionState::Failed);
    let listed = client
        .athena()
        .list_query_executions(&client.context, ListQueryExecutionsInput::default())
        .await
        .unwrap();
    assert_eq!(listed.query_execution_ids, Some(vec![cut, done]));
}

/// Long and deep statements are answered or refused; nothing takes the server down.
#[tokio::test(flavor = "multi_thread")]
async fn enormous_statements_do_no_harm() {
    let client = client().await;
    let chain = |operand: &str, operator: &str, length: usize| vec![operand; length].join(operator);
    for answered in [
        format!("SELECT {}", chain("1", " + ", 480)),
        format!("SELECT 1 WHERE {}", chain("1 = 1", " AND ", 480)),
        chain("SELECT 1", " UNION ALL ", 300),
        format!("SELECT 1 WHERE 1 IN ({})", chain("1", ", ", 20_000)),
        format!("SELECT {}1{}", "(".repeat(40), ")".repeat(40)),
    ] {
        let execution = client.run(&answered).await;
        let shown = answered.get(..40).unwrap();
        assert_eq!(
            state(&execution),
            QueryExecutionState::Succeeded,
            "{shown}: {}",
            reason(&execution)
        );
    }
    for refused in [
        format!("SELECT {}", chain("1", " + ", 50_000)),
        format!("SELECT 1 WHERE {}", chain("1 = 1", " OR ", 50_000)),
        format!("SELECT {}1{}", "(".repeat(50_000), ")".repeat(50_000)),
        format!("SELECT {}1{}", "1 + (".repeat(50_000), ")".repeat(50_000)),
        chain("SELECT 1", " UNION ALL ", 50_000),
    ] {
        let error = client.start(&refused).await.unwrap_err();
        let shown = refused.get(..40).unwrap();
        assert!(
            error.to_string().contains("statement is too large"),
            "{shown}: {error}"
        );
    }
}

#[tokio::test]
async fn a_greedy_query_fails_alone() {
    let client = client_of(crate::lake::open_small).await;
    let numbers = "UNNEST(sequence(1, 1000))";
    for greedy in [
        format!(
            "SELECT x * y AS p, CAST(x AS varchar) AS t FROM {numbers} a(x) CROSS JOIN {numbers} b(y) ORDER BY p"
        ),
        format!(
            "SELECT x, array_agg(CAST(y AS varchar)) AS ys FROM {numbers} a(x) CROSS JOIN {numbers} b(y) GROUP BY x"
        ),
    ] {
        let failing = client.run(&greedy).await;
        assert_eq!(
            reason(&failing),
            "EXCEEDED_MEMORY_LIMIT: Query exhausted resources at this scale factor"
        );
        let error = failing.status.unwrap().athena_error.unwrap();
        assert_eq!((error.error_category, error.error_type), (Some(2), Some(6)));
        let modest = client.run("SELECT 1").await;
        assert_eq!(state(&modest), QueryExecutionState::Succeeded);
    }
}
