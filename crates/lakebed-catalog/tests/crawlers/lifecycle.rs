use std::time::Duration;

use lakebed_core::EventKind;
use lakebed_wire::glue::{
    self, CrawlerHistoryState, CrawlerOperations, CrawlsFilter, FieldName, FilterOperator,
    LastCrawlStatus, ListCrawlsRequest,
};

use crate::bed::{Bed, crawler};

async fn crawls(bed: &Bed, filters: Option<Vec<CrawlsFilter>>) -> Vec<glue::CrawlerHistory> {
    let request = ListCrawlsRequest {
        crawler_name: "c".to_owned(),
        filters,
        ..Default::default()
    };
    let answer = bed.crawlers.list_crawls(&bed.context, request).await;
    answer.unwrap().crawls.unwrap()
}

#[tokio::test]
async fn a_crawler_runs_once_at_a_time() {
    let bed = Bed::new().await;
    assert_eq!(
        bed.start("c").await.unwrap_err().to_string(),
        "Crawler with name c does not exist"
    );
    bed.create(crawler("c", &["t/"])).await.unwrap();
    assert_eq!(
        bed.stop("c").await.unwrap_err().code(),
        "CrawlerNotRunningException"
    );
    // The test's runtime has one thread: the run does not begin before the test waits.
    bed.start("c").await.unwrap();
    assert_eq!(
        bed.start("c").await.unwrap_err().code(),
        "CrawlerRunningException"
    );
    let delete = glue::DeleteCrawlerRequest {
        name: "c".to_owned(),
    };
    assert_eq!(
        bed.crawlers
            .delete_crawler(&bed.context, delete)
            .await
            .unwrap_err()
            .code(),
        "CrawlerRunningException"
    );
    bed.stop("c").await.unwrap();
    assert_eq!(
        bed.stop("c").await.unwrap_err().code(),
        "CrawlerStoppingException"
    );
    let last = bed.wait("c").await;
    assert_eq!(last.status, Some(LastCrawlStatus::Cancelled));
    assert_eq!(
        crawls(&bed, None).await[0].state,
        Some(CrawlerHistoryState::Stopped)
    );
}

#[tokio::test]
async fn an_empty_path_succeeds_and_a_missing_bucket_fails() {
    let bed = Bed::new().await;
    bed.create(crawler("c", &["nothing/here/"])).await.unwrap();
    let last = bed.crawl("c").await;
    assert_eq!(last.status, Some(LastCrawlStatus::Succeeded));
    assert_eq!(bed.outlines(), Vec::<String>::new());

    let mut request = crawler("d", &["t/"]);
    request.targets.s3_targets.as_mut().unwrap()[0].path = Some("s3://no-such-lake/t/".to_owned());
    bed.create(request).await.unwrap();
    let last = bed.crawl("d").await;
    assert_eq!(last.status, Some(LastCrawlStatus::Failed));
    assert_eq!(
        last.error_message.as_deref(),
        Some("s3://no-such-lake/t/: The specified bucket does not exist")
    );
}

#[tokio::test]
async fn one_bad_file_does_not_fail_the_crawl() {
    let bed = Bed::new().await;
    bed.put("t/good/a.csv", "id,n\n1,2\n").await;
    bed.put("t/bad/a.parquet", "PAR1 but no footer").await;
    bed.create(crawler("c", &["t/"])).await.unwrap();
    let last = bed.crawl("c").await;
    assert_eq!(last.status, Some(LastCrawlStatus::Succeeded));
    let summary = crawls(&bed, None).await[0].summary.clone().unwrap();
    assert!(summary.contains("s3://lake/t/bad/a.parquet"), "{summary}");
}

#[tokio::test]
async fn the_history_is_filtered() {
    let bed = Bed::new().await;
    bed.put("t/a.csv", "id,n\n1,2\n").await;
    bed.create(crawler("c", &["t/"])).await.unwrap();
    bed.crawl("c").await;
    bed.crawl("c").await;
    let history = crawls(&bed, None).await;
    assert_eq!(history.len(), 2);
    let filter = |field, operator, value: &str| {
        Some(vec![CrawlsFilter {
            field_name: Some(field),
            filter_operator: Some(operator),
            field_value: Some(value.to_owned()),
        }])
    };
    let id = history[0].crawl_id.clone().unwrap();
    let found = crawls(&bed, filter(FieldName::CrawlId, FilterOperator::Eq, &id)).await;
    assert_eq!(found, history[..1]);
    let failed = filter(FieldName::State, FilterOperator::Eq, "FAILED");
    assert_eq!(crawls(&bed, failed).await, []);
    let future = filter(FieldName::StartTime, FilterOperator::Gt, "9999999999999");
    assert_eq!(crawls(&bed, future).await, []);
}

#[tokio::test]
async fn a_run_cut_off_by_a_crash_is_recorded_as_failed() {
    let bed = Bed::new().await;
    bed.create(crawler("c", &["t/"])).await.unwrap();
    bed.crawl("c").await;
    let folder = bed.close().await;
    let database = folder.path().join("lakebed.db");
    let connection = lakebed_core::rusqlite::Connection::open(&database).unwrap();
    // What the store holds while a crawl runs.
    connection
        .execute_batch(
            "UPDATE documents SET body = json_set(body, '$.State', 'RUNNING') WHERE kind = 'glue.crawler';
             UPDATE documents SET body = json_set(body, '$.state', 'RUNNING', '$.ended', NULL) WHERE kind = 'glue.crawl';",
        )
        .unwrap();
    drop(connection);
    let bed = Bed::over(folder);
    let last = bed.wait("c").await;
    assert_eq!(last.status, Some(LastCrawlStatus::Failed));
    assert!(last.error_message.unwrap().contains("interrupted"));
    assert_eq!(
        crawls(&bed, None).await[0].state,
        Some(CrawlerHistoryState::Failed)
    );
}

#[tokio::test]
async fn crawls_of_more_than_a_year_ago_are_forgotten() {
    let bed = Bed::new().await;
    bed.create(crawler("c", &["t/"])).await.unwrap();
    bed.crawl("c").await;
    bed.clock.advance(Duration::from_secs(364 * 24 * 60 * 60));
    bed.crawl("c").await;
    assert_eq!(crawls(&bed, None).await.len(), 2);
    bed.clock.advance(Duration::from_secs(2 * 24 * 60 * 60));
    bed.crawl("c").await;
    assert_eq!(crawls(&bed, None).await.len(), 2);
}

#[tokio::test]
async fn the_beginning_and_the_end_of_a_crawl_are_events() {
    let bed = Bed::new().await;
    let mut events = bed.events.subscribe();
    let mut states = async |path: &str| {
        bed.create(crawler("c", &[path])).await.unwrap();
        bed.crawl("c").await;
        let delete = glue::DeleteCrawlerRequest {
            name: "c".to_owned(),
        };
        bed.crawlers
            .delete_crawler(&bed.context, delete)
            .await
            .unwrap();
        // The last event follows the record by which the crawler is ready.
        tokio::time::sleep(Duration::from_millis(20)).await;
        let mut states = Vec::new();
        while let Ok(event) = events.try_recv() {
            if let EventKind::CrawlStateChanged {
                state,
                error,
                tables_created,
                partitions_created,
                ..
            } = &event.kind
            {
                let outcome = error.clone().unwrap_or_default();
                states.push(format!(
                    "{state} {tables_created} {partitions_created} {outcome}"
                ));
            }
        }
        states
    };
    bed.put("t/p=1/a.csv", "id,n\n1,2\n").await;
    assert_eq!(states("t/").await, ["Started 0 0 ", "Succeeded 1 1 "]);
    let failed = states("t/../u").await;
    assert!(failed[1].starts_with("Failed 0 0 the path"), "{failed:?}");
}

#[tokio::test]
async fn the_log_tells_the_story_of_a_crawl() {
    let bed = Bed::new().await;
    bed.put("t/p=1/a.csv", "id,n\n1,2\n").await;
    bed.put("t/p=1/b.parquet", "PAR1 but no footer").await;
    bed.create(crawler("a/b", &["t/"])).await.unwrap();
    let run = bed.crawl("a/b").await.message_prefix.unwrap();
    let lines: Vec<String> = bed
        .log("a/b")
        .await
        .iter()
        .map(|line| line.replace(&run, "run"))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    [run] BENCHMARK : Running Start Crawl for Crawler a/b
    [run] WARN : s3://lake/t/p=1/b.parquet is left out of the catalog: damaged Parquet file: Parquet error: Invalid Parquet file. Corrupt footer. Tables created did not infer schemas from this file.
    [run] INFO : Looked at 2 files at s3://lake/t/, of which 1 are left out
    [run] BENCHMARK : Classification complete, writing results to database lake
    [run] INFO : Crawler configured with SchemaChangePolicy {"UpdateBehavior":"UPDATE_IN_DATABASE","DeleteBehavior":"DEPRECATE_IN_DATABASE"}.
    [run] INFO : Files at s3://lake/t/ are classified as csv by csv with certainty 1.00.
    [run] INFO : Created table t in database lake
    [run] INFO : Created partitions of table t in database lake: 1
    [run] BENCHMARK : Finished writing to Catalog
    [run] INFO : Run Summary For PARTITION:
    [run] INFO : ADD: 1
    [run] INFO : Run Summary For TABLE:
    [run] INFO : ADD: 1
    [run] BENCHMARK : Crawler has finished running and is in state READY
    "#);
}
