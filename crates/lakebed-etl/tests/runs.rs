//! Jobs and their runs, from definition to end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use lakebed_core::EventKind;
use lakebed_etl::Jobs;
use lakebed_wire::glue::{
    BatchGetJobsRequest, BatchStopJobRunRequest, DeleteJobRequest, Error, GetJobRequest,
    GetJobRunsRequest, GetJobsRequest, Job, JobOperations, JobRunState, JobUpdate, ListJobsRequest,
    StartJobRunRequest, UpdateJobRequest,
};
use serde_json::{Value, json};
use support::{Lake, students, target};

async fn lake() -> Lake {
    let lake = Lake::new().await;
    let rows: String = (0..3000).map(|id| format!("{{\"id\": {id}}}\n")).collect();
    lake.put("raw", "students/a.json", rows).await;
    lake.json_table("students", "s3://raw/students/", &[("id", "int")]);
    lake
}

fn quick() -> Value {
    json!({"students": students(), "out": target("students")})
}

/// 27 milliards of pairs: minutes of work.
fn endless() -> Value {
    json!({
        "students": students(),
        "sql": {"SparkSQL": {
            "Name": "Pair", "Inputs": ["students"],
            "SqlQuery": "SELECT a.id FROM s a CROSS JOIN s b CROSS JOIN s c WHERE a.id + b.id + c.id = 4500",
            "SqlAliases": [{"From": "students", "Alias": "s"}]
        }},
        "out": target("sql")
    })
}

async fn get(lake: &Lake, name: &str) -> Result<Job, Error> {
    let request = GetJobRequest {
        job_name: name.to_owned(),
    };
    Ok(lake
        .jobs
        .get_job(&lake.context, request)
        .await?
        .job
        .unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_definition_leaves_open_is_filled_in() {
    let lake = lake().await;
    lake.try_job(json!({
        "Name": "open", "Role": "lab", "Command": {}, "CodeGenConfigurationNodes": quick()
    }))
    .await
    .unwrap();
    let job = get(&lake, "open").await.unwrap();
    let shown = serde_json::to_value(&job).unwrap();
    for (member, value) in [
        ("Command", json!({"Name": "glueetl"})),
        ("GlueVersion", json!("6.0")),
        ("WorkerType", json!("G.1X")),
        ("NumberOfWorkers", json!(10)),
        ("MaxCapacity", json!(10.0)),
        ("AllocatedCapacity", json!(10)),
        ("Timeout", json!(480)),
        ("MaxRetries", json!(0)),
        ("ExecutionProperty", json!({"MaxConcurrentRuns": 1})),
        ("ExecutionClass", json!("STANDARD")),
        ("JobMode", json!("VISUAL")),
    ] {
        assert_eq!(shown[member], value, "{member}");
    }
    assert!(job.created_on.is_some() && job.created_on == job.last_modified_on);
}

#[tokio::test(flavor = "multi_thread")]
async fn definitions_that_contradict_themselves_are_refused() {
    let lake = lake().await;
    let job = |more: Value| {
        let mut job = json!({"Name": "x", "Role": "lab", "Command": {"Name": "glueetl"}});
        for (member, value) in more.as_object().unwrap() {
            job[member] = value.clone();
        }
        job
    };
    for (more, message) in [
        (
            json!({"MaxCapacity": 2.0, "WorkerType": "G.1X"}),
            "Please do not set Max Capacity if using Worker Type and Number of Workers.",
        ),
        (
            json!({"Timeout": 20000}),
            "Timeout must be at most 10080 minutes.",
        ),
        (
            json!({"CodeGenConfigurationNodes": {"out": target("gone")}}),
            "node 'Out' (S3GlueParquetTarget): input 'gone' is not a node of this job; nodes: out",
        ),
    ] {
        let error = lake.try_job(job(more)).await.unwrap_err();
        assert_eq!(
            (error.code(), error.to_string().as_str()),
            ("InvalidInputException", message)
        );
    }
    lake.job("x", quick()).await;
    let error = lake.try_job(job(json!({}))).await.unwrap_err();
    assert_eq!(error.code(), "AlreadyExistsException");
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_listed_replaced_and_deleted() {
    let lake = lake().await;
    for name in ["b", "a", "c"] {
        lake.job(name, quick()).await;
    }
    let mut names = Vec::new();
    let mut token = None;
    loop {
        let request = ListJobsRequest {
            max_results: Some(2),
            next_token: token,
            ..ListJobsRequest::default()
        };
        let page = lake.jobs.list_jobs(&lake.context, request).await.unwrap();
        names.push(page.job_names.unwrap());
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(names, [vec!["a", "b"], vec!["c"]]);
    let wrong = GetJobsRequest {
        next_token: Some("?".to_owned()),
        ..GetJobsRequest::default()
    };
    let error = lake.jobs.get_jobs(&lake.context, wrong).await.unwrap_err();
    assert_eq!(error.code(), "InvalidInputException");

    let update: JobUpdate = serde_json::from_value(json!({
        "Role": "other", "Command": {"Name": "glueetl"}, "GlueVersion": "4.0"
    }))
    .unwrap();
    let request = UpdateJobRequest {
        job_name: "a".to_owned(),
        job_update: update,
    };
    lake.jobs.update_job(&lake.context, request).await.unwrap();
    let job = get(&lake, "a").await.unwrap();
    assert_eq!(job.role.as_deref(), Some("other"));
    assert_eq!((job.timeout, job.number_of_workers), (Some(2880), Some(10)));
    assert_eq!(job.code_gen_configuration_nodes, None);

    for _ in 0..2 {
        let request = DeleteJobRequest {
            job_name: "a".to_owned(),
        };
        lake.jobs.delete_job(&lake.context, request).await.unwrap();
    }
    let error = get(&lake, "a").await.unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("EntityNotFoundException", "Job a not found.")
    );
    let request = BatchGetJobsRequest {
        job_names: vec!["a".to_owned(), "b".to_owned()],
    };
    let found = lake
        .jobs
        .batch_get_jobs(&lake.context, request)
        .await
        .unwrap();
    assert_eq!(found.jobs.unwrap()[0].name.as_deref(), Some("b"));
    assert_eq!(found.jobs_not_found.unwrap(), ["a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_through_its_states_and_is_kept() {
    let lake = lake().await;
    let mut events = lake.platform.events.subscribe();
    let run = lake.succeed(quick()).await;
    let id = run.id.clone().unwrap();
    assert!(id.starts_with("jr_") && id.len() == 67, "{id}");
    assert_eq!(run.attempt, Some(0));
    assert_eq!(run.max_capacity, Some(2.0));
    let lasted = run.completed_on.unwrap().since(run.started_on.unwrap());
    let dpu_seconds = run.dpu_seconds.unwrap();
    assert!((dpu_seconds - 2.0 * lasted.as_secs_f64()).abs() < 1e-9);
    let mut states = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let EventKind::JobRunStateChanged { state, run_id, .. } = &event.kind {
            assert_eq!(*run_id, id);
            states.push(state.clone());
        }
    }
    assert_eq!(states, ["STARTING", "RUNNING", "SUCCEEDED"]);
    let log = lake.run_log(&id).await;
    assert!(log.contains("wrote 3000 rows"), "{log}");
    assert!(lake.jobs.progress(&id).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_run_really_stops_and_leaves_nothing() {
    let lake = lake().await;
    lake.job("slow", endless()).await;
    let id = lake.start("slow").await;
    let error = lake
        .jobs
        .start_job_run(
            &lake.context,
            StartJobRunRequest {
                job_name: "slow".to_owned(),
                ..StartJobRunRequest::default()
            },
        )
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        (
            "ConcurrentRunsExceededException",
            "Concurrent runs exceeded for slow"
        )
    );
    while lake
        .jobs
        .progress(&id)
        .is_none_or(|progress| progress.rows_read == 0)
    {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let progress = lake.jobs.progress(&id).unwrap();
    assert_eq!(
        (
            progress.current_node.as_deref(),
            progress.nodes_done,
            progress.nodes_total
        ),
        (Some("node 'Out' (S3GlueParquetTarget)"), 2, 3)
    );
    let asked = Instant::now();
    let request = BatchStopJobRunRequest {
        job_name: "slow".to_owned(),
        job_run_ids: vec![id.clone(), "jr_0".to_owned()],
    };
    let answer = lake
        .jobs
        .batch_stop_job_run(&lake.context, request.clone())
        .await
        .unwrap();
    let stopping = answer.successful_submissions.unwrap();
    assert_eq!(stopping[0].job_run_id.as_deref(), Some(id.as_str()));
    let detail = answer.errors.unwrap()[0].error_detail.clone().unwrap();
    assert_eq!(
        detail.error_code.as_deref(),
        Some("EntityNotFoundException")
    );
    let run = lake.ended("slow", &id).await;
    assert_eq!(run.job_run_state, Some(JobRunState::Stopped));
    assert!(asked.elapsed() < Duration::from_secs(5));
    assert!(lake.keys("out").await.is_empty());
    let answer = lake
        .jobs
        .batch_stop_job_run(&lake.context, request)
        .await
        .unwrap();
    assert_eq!(
        answer.errors.unwrap().len(),
        2,
        "what is over cannot be stopped"
    );
    // Its place is free again.
    let again = lake.start("slow").await;
    lake.jobs.shutdown().await;
    let run = lake.job_run("slow", &again).await;
    assert_eq!(run.job_run_state, Some(JobRunState::Stopped));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_takes_too_long_times_out_by_the_clock() {
    let lake = lake().await;
    lake.try_job(json!({
        "Name": "slow", "Role": "lab", "Command": {}, "Timeout": 5, "CodeGenConfigurationNodes": endless()
    }))
    .await
    .unwrap();
    let id = lake.start("slow").await;
    while lake.job_run("slow", &id).await.job_run_state != Some(JobRunState::Running) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    lake.platform.clock.advance(Duration::from_secs(301));
    let run = lake.ended("slow", &id).await;
    assert_eq!(run.job_run_state, Some(JobRunState::Timeout));
    assert!(run.execution_time.unwrap() >= 300);
    assert!(lake.keys("out").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_run_is_retried_as_often_as_the_job_says() {
    let lake = Lake::new().await;
    lake.try_job(json!({
        "Name": "broken", "Role": "lab", "Command": {}, "MaxRetries": 2, "CodeGenConfigurationNodes": quick()
    }))
    .await
    .unwrap();
    let first = lake.start("broken").await;
    let last = format!("{first}_attempt_2");
    while lake.run_log(&last).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let run = lake.ended("broken", &last).await;
    assert_eq!(run.job_run_state, Some(JobRunState::Failed));
    assert_eq!(run.attempt, Some(2));
    assert_eq!(run.previous_run_id, Some(format!("{first}_attempt_1")));
    let mut ids = Vec::new();
    let mut token = None;
    loop {
        let request = GetJobRunsRequest {
            job_name: "broken".to_owned(),
            max_results: Some(2),
            next_token: token,
        };
        let page = lake
            .jobs
            .get_job_runs(&lake.context, request)
            .await
            .unwrap();
        ids.extend(page.job_runs.unwrap().into_iter().filter_map(|run| run.id));
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(ids, [last, format!("{first}_attempt_1"), first]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_fails_without_a_server_to_talk_to() {
    let lake = lake().await;
    lake.try_job(json!({
        "Name": "script", "Role": "lab",
        "Command": {"Name": "glueetl", "ScriptLocation": "s3://raw/job.py"}
    }))
    .await
    .unwrap();
    let id = lake.start("script").await;
    let run = lake.ended("script", &id).await;
    assert_eq!(run.job_run_state, Some(JobRunState::Failed));
    assert_eq!(
        run.error_message.unwrap(),
        "scripts run on a server that listens, and none does yet"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_kind_that_does_not_run_here_is_named_when_it_is_to_run() {
    let lake = lake().await;
    let message = lake
        .fail(json!({
            "students": students(),
            "spigot": {"Spigot": {"Name": "Sample", "Inputs": ["students"], "Path": "s3://out/s/"}},
            "out": target("spigot")
        }))
        .await;
    assert_eq!(
        message,
        "job 'job': node 'Sample' (Spigot): this node kind is not supported by visual jobs here"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_not_there_cannot_start() {
    let lake = lake().await;
    let request = StartJobRunRequest {
        job_name: "absent".to_owned(),
        ..StartJobRunRequest::default()
    };
    let error = lake
        .jobs
        .start_job_run(&lake.context, request)
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        (
            "EntityNotFoundException",
            "Failed to start job run due to missing metadata"
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_under_way_when_the_process_died_are_failed() {
    let lake = lake().await;
    lake.job("slow", endless()).await;
    let id = lake.start("slow").await;
    // A second process opens the same metadata, as after a crash of the first.
    let next = Jobs::open(
        lake.platform.clone(),
        lake.catalog.clone(),
        lake.engine.clone(),
        Arc::new(lake.logs.clone()),
    )
    .unwrap();
    let run = lake.job_run("slow", &id).await;
    assert_eq!(run.job_run_state, Some(JobRunState::Failed));
    assert_eq!(
        run.error_message.as_deref(),
        Some("lakebed ended while the run was under way; start it again")
    );
    assert!(next.progress(&id).is_none());
    lake.jobs.shutdown().await;
}
