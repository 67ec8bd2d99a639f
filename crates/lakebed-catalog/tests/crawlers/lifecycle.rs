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
