//! The steps of the workshop, each as a client would do it.

use std::error::Error;
use std::time::{Duration, Instant};

use lakebed_wire::{athena, glue};

use crate::client::{Client, Service};
use crate::lab::prices;
use crate::lab::report::{Report, Step};

const RAW: &str = "workshop-raw-data";
const PROCESSED: &str = "workshop-processed-data";
const RESULTS: &str = "workshop-query-results";
const DATABASE: &str = "workshop";
const CRAWLER: &str = "workshop-crawler";
const CLASSIFIER: &str = "workshop-csv";
const ROLE: &str = "arn:aws:iam::000000000000:role/GlueWorkshopRole";

/// The data that comes with Lakebed: key, content type, bytes.
const FILES: [(&str, &str, &[u8]); 3] = [
    (
        "csv/ai-tool-usage.csv",
        "text/csv",
        include_bytes!("../../../../fixtures/workshop/csv/ai-tool-usage.csv"),
    ),
    (
        "json/student-profiles.json",
        "application/json",
        include_bytes!("../../../../fixtures/workshop/json/student-profiles.json"),
    ),
    (
        "parquet/survey-responses.parquet",
        "application/vnd.apache.parquet",
        include_bytes!("../../../../fixtures/workshop/parquet/survey-responses.parquet"),
    ),
];

const JOB: &str = include_str!("../../../../fixtures/workshop/job.json");

/// The queries: message id of the title, id of the step, statement.
const QUERIES: [(&str, &str, &str); 5] = [
    (
        "lab-title-raw",
        "query-raw-csv",
        include_str!("../../../../fixtures/workshop/queries/0-raw-csv.sql"),
    ),
    (
        "lab-title-aggregation",
        "query-aggregation",
        include_str!("../../../../fixtures/workshop/queries/1-aggregation.sql"),
    ),
    (
        "lab-title-join",
        "query-join",
        include_str!("../../../../fixtures/workshop/queries/2-join.sql"),
    ),
    (
        "lab-title-window",
        "query-window",
        include_str!("../../../../fixtures/workshop/queries/3-window.sql"),
    ),
    (
        "lab-title-statistics",
        "query-statistics",
        include_str!("../../../../fixtures/workshop/queries/4-statistics.sql"),
    ),
];

/// Something that should be over by now is not.
const PATIENCE: Duration = Duration::from_secs(300);

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A crawl, a job run or a query ended badly.
#[derive(Debug, thiserror::Error)]
#[error("{what} ended as {state}: {reason}")]
struct EndedBadly {
    what: String,
    state: String,
    reason: String,
}

/// Runs all steps in order and stops at the first that fails.
pub(crate) fn run(client: &Client, report: &mut Report) -> Outcome<()> {
    step(report, "lab-title-upload", 1, |report| {
        upload(client, report)
    })?;
    step(report, "lab-title-crawl", 2, |report| crawl(client, report))?;
    step(report, "lab-title-job", 3, |report| {
        transform(client, report)
    })?;
    for (number, (title, id, statement)) in (4..).zip(QUERIES) {
        step(report, title, number, |_| query(client, id, statement))?;
    }
    Ok(())
}

fn step(
    report: &mut Report,
    title: &'static str,
    number: usize,
    work: impl FnOnce(&Report) -> Outcome<Step>,
) -> Outcome<()> {
    report.title(title, number);
    let started = Instant::now();
    match work(report) {
        Ok(mut done) => {
            done.seconds = started.elapsed().as_secs_f64();
            report.end(done);
            Ok(())
        }
        Err(error) => Err(report.failure(title, number, error)),
    }
}

fn upload(client: &Client, report: &Report) -> Outcome<Step> {
    for bucket in [RAW, PROCESSED, RESULTS] {
        client.create_bucket(bucket)?;
    }
    let mut made = Vec::new();
    for (key, content_type, body) in FILES {
        client.put_object(RAW, key, body, content_type)?;
        report.detail(
            "lab-uploaded",
            &[
                ("object", format!("s3://{RAW}/{key}").into()),
                ("size", crate::style::bytes(body.len() as u64).into()),
            ],
        );
        made.push(format!("s3://{RAW}/{key}"));
    }
    Ok(Step {
        id: "upload",
        seconds: 0.0,
        made,
        scanned_bytes: None,
        aws_cost_usd: prices::puts(FILES.len()),
        answer: None,
    })
}

fn crawl(client: &Client, report: &Report) -> Outcome<Step> {
    let started = Instant::now();
    let _: glue::CreateDatabaseResponse = client.call(
        Service::Glue,
        "CreateDatabase",
        &glue::CreateDatabaseRequest {
            database_input: glue::DatabaseInput {
                name: DATABASE.to_owned(),
                ..Default::default()
            },
            ..Default::default()
        },
    )?;
    // Quoted commas in the comments need OpenCSVSerDe, and only a classifier of one's own gives it.
    let _: glue::CreateClassifierResponse = client.call(
        Service::Glue,
        "CreateClassifier",
        &glue::CreateClassifierRequest {
            csv_classifier: Some(glue::CreateCsvClassifierRequest {
                name: CLASSIFIER.to_owned(),
                delimiter: Some(",".to_owned()),
                quote_symbol: Some("\"".to_owned()),
                contains_header: Some(glue::CsvHeaderOption::Present),
                serde: Some(glue::CsvSerdeOption::OpenCSVSerDe),
                ..Default::default()
            }),
            ..Default::default()
        },
    )?;
    let targets = FILES
        .iter()
        .map(|(key, _, _)| glue::S3Target {
            path: Some(format!("s3://{RAW}/{key}")),
            ..Default::default()
        })
        .collect();
    let _: glue::CreateCrawlerResponse = client.call(
        Service::Glue,
        "CreateCrawler",
        &glue::CreateCrawlerRequest {
            name: CRAWLER.to_owned(),
            role: ROLE.to_owned(),
            database_name: Some(DATABASE.to_owned()),
            classifiers: Some(vec![CLASSIFIER.to_owned()]),
            targets: glue::CrawlerTargets {
                s3_targets: Some(targets),
                ..Default::default()
            },
            ..Default::default()
        },
    )?;
    let _: glue::StartCrawlerResponse = client.call(
        Service::Glue,
        "StartCrawler",
        &glue::StartCrawlerRequest {
            name: CRAWLER.to_owned(),
        },
    )?;
    let crawler = wait_for("crawler", || {
        let answer: glue::GetCrawlerResponse = client.call(
            Service::Glue,
            "GetCrawler",
            &glue::GetCrawlerRequest {
                name: CRAWLER.to_owned(),
            },
        )?;
        let crawler = answer.crawler.unwrap_or_default();
        let over = crawler.state == Some(glue::CrawlerState::Ready) && crawler.last_crawl.is_some();
        Ok(over.then_some(crawler))
    })?;
    let last = crawler.last_crawl.unwrap_or_default();
    if last.status != Some(glue::LastCrawlStatus::Succeeded) {
        return Err(Box::new(EndedBadly {
            what: CRAWLER.to_owned(),
            state: last
                .status
                .map(|status| status.to_string())
                .unwrap_or_default(),
            reason: last.error_message.unwrap_or_default(),
        }));
    }
    let made = describe_tables(client, report)?;
    report.detail("lab-file-tables", &[]);
    Ok(Step {
        id: "crawl",
        seconds: 0.0,
        made,
        scanned_bytes: None,
        aws_cost_usd: prices::crawl(started.elapsed()),
        answer: None,
    })
}

fn describe_tables(client: &Client, report: &Report) -> Outcome<Vec<String>> {
    let answer: glue::GetTablesResponse = client.call(
        Service::Glue,
        "GetTables",
        &glue::GetTablesRequest {
            database_name: DATABASE.to_owned(),
            ..Default::default()
        },
    )?;
    let mut made = Vec::new();
    for table in answer.table_list.unwrap_or_default() {
        let descriptor = table.storage_descriptor.unwrap_or_default();
        let columns = descriptor.columns.unwrap_or_default().len();
        let parameter = |name: &str| {
            table
                .parameters
                .as_ref()
                .and_then(|parameters| parameters.get(name))
                .cloned()
                .unwrap_or_default()
        };
        report.detail(
            "lab-table",
            &[
                ("table", table.name.clone().into()),
                ("columns", columns.to_string().into()),
                ("classification", parameter("classification").into()),
            ],
        );
        made.push(format!("{DATABASE}.{}", table.name));
    }
    Ok(made)
}

fn transform(client: &Client, report: &Report) -> Outcome<Step> {
    let started = Instant::now();
    let job: glue::CreateJobRequest = serde_json::from_str(JOB)?;
    let name = job.name.clone();
    let workers = job.number_of_workers.unwrap_or(2);
    let _: glue::CreateJobResponse = client.call(Service::Glue, "CreateJob", &job)?;
    let run: glue::StartJobRunResponse = client.call(
        Service::Glue,
        "StartJobRun",
        &glue::StartJobRunRequest {
            job_name: name.clone(),
            ..Default::default()
        },
    )?;
    let run_id = run.job_run_id.unwrap_or_default();
    let run = wait_for("job run", || {
        let answer: glue::GetJobRunResponse = client.call(
            Service::Glue,
            "GetJobRun",
            &glue::GetJobRunRequest {
                job_name: name.clone(),
                run_id: run_id.clone(),
                ..Default::default()
            },
        )?;
        let run = answer.job_run.unwrap_or_default();
        let under_way = matches!(
            run.job_run_state,
            Some(
                glue::JobRunState::Starting
                    | glue::JobRunState::Running
                    | glue::JobRunState::Stopping
                    | glue::JobRunState::Waiting
            )
        );
        Ok((!under_way).then_some(run))
    })?;
    if run.job_run_state != Some(glue::JobRunState::Succeeded) {
        return Err(Box::new(EndedBadly {
            what: name,
            state: run
                .job_run_state
                .map(|state| state.to_string())
                .unwrap_or_default(),
            reason: run.error_message.unwrap_or_default(),
        }));
    }
    let mut made = Vec::new();
    for object in client.list_objects(PROCESSED, "")? {
        report.detail(
            "lab-written",
            &[
                ("object", format!("s3://{PROCESSED}/{}", object.key).into()),
                ("size", crate::style::bytes(object.size_bytes).into()),
            ],
        );
        made.push(format!("s3://{PROCESSED}/{}", object.key));
    }
    let puts = made.len();
    Ok(Step {
        id: "transform",
        seconds: 0.0,
        made,
        scanned_bytes: None,
        aws_cost_usd: prices::job_run(workers, started.elapsed()) + prices::puts(puts),
        answer: None,
    })
}

fn query(client: &Client, id: &'static str, statement: &str) -> Outcome<Step> {
    let execution = client.execute(statement, DATABASE, &format!("s3://{RESULTS}/"))?;
    let query_id = execution.query_execution_id.unwrap_or_default();
    let status = execution.status.unwrap_or_default();
    if status.state != Some(athena::QueryExecutionState::Succeeded) {
        return Err(Box::new(EndedBadly {
            what: id.to_owned(),
            state: status
                .state
                .map(|state| state.to_string())
                .unwrap_or_default(),
            reason: status.state_change_reason.unwrap_or_default(),
        }));
    }
    let scanned = execution
        .statistics
        .and_then(|statistics| statistics.data_scanned_in_bytes);
    let scanned = scanned
        .and_then(|bytes| u64::try_from(bytes).ok())
        .unwrap_or(0);
    let rows = client.rows(&query_id)?.without_header();
    let output = execution
        .result_configuration
        .and_then(|configuration| configuration.output_location);
    Ok(Step {
        id,
        seconds: 0.0,
        made: output.into_iter().collect(),
        scanned_bytes: Some(scanned),
        aws_cost_usd: prices::query(scanned),
        answer: Some(rows.into()),
    })
}

/// Asks again, ever less often, until there is an answer.
fn wait_for<T>(what: &str, ask: impl Fn() -> Outcome<Option<T>>) -> Outcome<T> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(2);
    while started.elapsed() < PATIENCE {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(200));
    }
    Err(Box::new(EndedBadly {
        what: what.to_owned(),
        state: "RUNNING".to_owned(),
        reason: format!("not over after {} s", PATIENCE.as_secs()),
    }))
}
