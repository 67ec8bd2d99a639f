use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lakebed_catalog::{Catalog, Crawlers};
use lakebed_core::{CallContext, Clock, EventBus, Platform, Settings};
use lakebed_observe::Logs;
use lakebed_storage::{BucketName, DeleteObject, ObjectKey, PutObject, Storage, body};
use lakebed_wire::glue::{
    self, Column, Crawler, CrawlerOperations, CrawlerState, CreateCrawlerRequest, S3Target, Table,
};
use lakebed_wire::logs::{GetLogEventsRequest, LogEventOperations};
use tempfile::TempDir;

/// Crawlers over a data folder of their own, with the bucket `lake`.
pub(crate) struct Bed {
    pub(crate) crawlers: Crawlers,
    pub(crate) catalog: Catalog,
    pub(crate) storage: Storage,
    logs: Logs,
    pub(crate) context: CallContext,
    pub(crate) clock: Clock,
    pub(crate) events: EventBus,
    folder: TempDir,
}

impl Bed {
    pub(crate) async fn new() -> Self {
        let bed = Self::over(tempfile::tempdir().unwrap());
        let region = bed.context.region.clone();
        bed.storage.create_bucket(&lake(), &region).await.unwrap();
        bed
    }

    pub(crate) fn over(folder: TempDir) -> Self {
        let platform = Platform::open(Settings::at(folder.path())).unwrap();
        let storage = Storage::open(platform.clone()).unwrap();
        let catalog = Catalog::open(platform.clone());
        let logs = Logs::open(&platform).unwrap();
        let (clock, events) = (platform.clock.clone(), platform.events.clone());
        let crawlers = Crawlers::open(
            platform.clone(),
            catalog.clone(),
            storage.clone(),
            Arc::new(logs.clone()),
        )
        .unwrap();
        Self {
            crawlers,
            catalog,
            storage,
            logs,
            context: platform.internal_context(),
            clock,
            events,
            folder,
        }
    }

    /// Lets go of the data folder.
    pub(crate) async fn close(self) -> TempDir {
        self.crawlers.shutdown().await;
        self.storage.shutdown().await;
        self.folder
    }

    /// The lines of a crawler's log.
    pub(crate) async fn log(&self, crawler: &str) -> Vec<String> {
        let request = GetLogEventsRequest {
            log_group_name: Some("/aws-glue/crawlers".to_owned()),
            log_stream_name: crawler.to_owned(),
            ..Default::default()
        };
        let answer = self.logs.get_log_events(&self.context, request).await;
        let events = answer.unwrap().events.unwrap();
        events
            .into_iter()
            .filter_map(|event| event.message)
            .collect()
    }

    pub(crate) async fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        let key = ObjectKey::parse(key).unwrap();
        self.storage
            .put_object(&lake(), &key, body(bytes.into()), PutObject::default())
            .await
            .unwrap();
    }

    pub(crate) async fn delete(&self, key: &str) {
        let key = ObjectKey::parse(key).unwrap();
        self.storage
            .delete_object(&lake(), &key, DeleteObject::default())
            .await
            .unwrap();
    }

    pub(crate) async fn create(&self, request: CreateCrawlerRequest) -> Result<(), glue::Error> {
        self.crawlers
            .create_crawler(&self.context, request)
            .await
            .map(|_| ())
    }

    pub(crate) async fn get(&self, name: &str) -> Crawler {
        let request = glue::GetCrawlerRequest {
            name: name.to_owned(),
        };
        let answer = self.crawlers.get_crawler(&self.context, request).await;
        answer.unwrap().crawler.unwrap()
    }

    pub(crate) async fn start(&self, name: &str) -> Result<(), glue::Error> {
        let request = glue::StartCrawlerRequest {
            name: name.to_owned(),
        };
        self.crawlers
            .start_crawler(&self.context, request)
            .await
            .map(|_| ())
    }

    pub(crate) async fn stop(&self, name: &str) -> Result<(), glue::Error> {
        let request = glue::StopCrawlerRequest {
            name: name.to_owned(),
        };
        self.crawlers
            .stop_crawler(&self.context, request)
            .await
            .map(|_| ())
    }

    /// Starts the crawler, waits until it is ready again and answers with its last crawl.
    pub(crate) async fn crawl(&self, name: &str) -> glue::LastCrawlInfo {
        self.start(name).await.unwrap();
        self.wait(name).await
    }

    pub(crate) async fn wait(&self, name: &str) -> glue::LastCrawlInfo {
        for _ in 0..3_000 {
            let crawler = self.get(name).await;
            if crawler.state == Some(CrawlerState::Ready) {
                return crawler.last_crawl.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("crawler {name} does not become ready");
    }

    /// Crawls `s3://lake/<path>` once, into the database `lake`, with a crawler called `c`.
    pub(crate) async fn crawl_path(&self, path: &str) -> Vec<Table> {
        self.create(crawler("c", &[path])).await.unwrap();
        let last = self.crawl("c").await;
        assert_eq!(
            last.status,
            Some(glue::LastCrawlStatus::Succeeded),
            "{last:?}"
        );
        self.catalog.tables("lake").unwrap()
    }

    /// `name(column type, …) by (key, …)` of each table of the database `lake`.
    pub(crate) fn outlines(&self) -> Vec<String> {
        self.catalog
            .tables("lake")
            .unwrap()
            .iter()
            .map(outline)
            .collect()
    }
}

pub(crate) fn lake() -> BucketName {
    BucketName::parse("lake").unwrap()
}

/// The request for a crawler of paths in the bucket `lake`.
pub(crate) fn crawler(name: &str, paths: &[&str]) -> CreateCrawlerRequest {
    let targets = paths
        .iter()
        .map(|path| S3Target {
            path: Some(format!("s3://lake/{path}")),
            ..Default::default()
        })
        .collect();
    CreateCrawlerRequest {
        name: name.to_owned(),
        role: "arn:aws:iam::000000000000:role/crawler".to_owned(),
        database_name: Some("lake".to_owned()),
        targets: glue::CrawlerTargets {
            s3_targets: Some(targets),
            ..Default::default()
        },
        ..Default::default()
    }
}

pub(crate) fn outline(table: &Table) -> String {
    let columns = |columns: &[Column]| {
        columns
            .iter()
            .map(|column| {
                format!(
                    "{} {}",
                    column.name,
                    column.r#type.as_deref().unwrap_or("?")
                )
            })
            .collect::<Vec<_>>()
            .join(", ")
    };
    let descriptor = table.storage_descriptor.as_ref().unwrap();
    let keys = columns(table.partition_keys.as_deref().unwrap_or_default());
    let by = if keys.is_empty() {
        String::new()
    } else {
        format!(" by ({keys})")
    };
    format!(
        "{}({}){by}",
        table.name,
        columns(descriptor.columns.as_deref().unwrap())
    )
}

/// Parameters without the id of the run, which is another every time.
pub(crate) fn steady(parameters: &Option<BTreeMap<String, String>>) -> BTreeMap<String, String> {
    let mut parameters = parameters.clone().unwrap_or_default();
    parameters.remove("CRAWL_RUN_ID");
    parameters
}
