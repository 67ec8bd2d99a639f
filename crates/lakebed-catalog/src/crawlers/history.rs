//! The runs of each crawler: what `ListCrawls` and `GetCrawlerMetrics` answer with.

use std::time::Duration;

use lakebed_core::{Connection, Documents, StoreError, Timestamp, Transaction};
use lakebed_wire::glue::{
    CrawlerHistory, CrawlerHistoryState, CrawlerMetrics, CrawlsFilter, FieldName, FilterOperator,
};
use serde::{Deserialize, Serialize};

use super::progress::Progress;

/// Crawls by crawler, in the order of their start.
pub(super) const CRAWLS: Documents<Crawl> = Documents::of("glue.crawl");

/// Where crawlers write their log on AWS.
pub(super) const LOG_GROUP: &str = "/aws-glue/crawlers";

/// What a crawl changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Changes {
    pub(super) tables_created: Vec<String>,
    pub(super) tables_updated: Vec<String>,
    pub(super) tables_deleted: Vec<String>,
    pub(super) partitions_created: u64,
    pub(super) partitions_updated: u64,
    pub(super) partitions_deleted: u64,
    /// Files that no classifier recognised.
    pub(super) unrecognised: Vec<String>,
}

impl Changes {
    /// The JSON text that `ListCrawls` answers as the run's summary.
    pub(super) fn summary(&self) -> String {
        let tables = |names: &[String]| serde_json::json!({"Count": names.len(), "Details": {"names": names}});
        serde_json::json!({
            "TABLE": {
                "ADD": tables(&self.tables_created),
                "UPDATE": tables(&self.tables_updated),
                "DELETE": tables(&self.tables_deleted),
            },
            "PARTITION": {
                "ADD": {"Count": self.partitions_created},
                "UPDATE": {"Count": self.partitions_updated},
                "DELETE": {"Count": self.partitions_deleted},
            },
            "FILE": {"UNRECOGNIZED": {"Count": self.unrecognised.len(), "Details": {"names": self.unrecognised}}},
        })
        .to_string()
    }
}

/// "Only retains up to 12 months of crawls" (ListCrawls).
const RETENTION: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// One run of a crawler.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Crawl {
    pub(super) id: String,
    pub(super) crawler: String,
    pub(super) state: CrawlerHistoryState,
    pub(super) started: Timestamp,
    pub(super) ended: Option<Timestamp>,
    pub(super) error: Option<String>,
    pub(super) changes: Changes,
}

impl Crawl {
    /// The key under its crawler: keys sort as starts do.
    pub(super) fn key(&self) -> String {
        format!("{:020}/{}", self.started.as_millis(), self.id)
    }

    fn seconds(&self) -> Option<f64> {
        self.ended
            .map(|ended| ended.since(self.started).as_secs_f64())
    }

    /// The run as `ListCrawls` shows it.
    pub(super) fn into_history(self) -> CrawlerHistory {
        CrawlerHistory {
            summary: self.ended.map(|_| self.changes.summary()),
            crawl_id: Some(self.id.clone()),
            state: Some(self.state),
            start_time: Some(self.started),
            end_time: self.ended,
            error_message: self.error,
            log_group: Some(LOG_GROUP.to_owned()),
            log_stream: Some(self.crawler),
            message_prefix: Some(self.id),
            // No DPU is used, so none is reported.
            dpu_hour: Some(0.0),
        }
    }

    /// Whether a filter of `ListCrawls` lets the run through.
    pub(super) fn passes(&self, filter: &CrawlsFilter) -> Result<bool, String> {
        let (Some(field), Some(value)) = (filter.field_name, filter.field_value.as_deref()) else {
            return Err("A filter needs FieldName, FilterOperator and FieldValue".to_owned());
        };
        let operator = filter.filter_operator.unwrap_or(FilterOperator::Eq);
        let moment = || {
            value
                .parse::<i64>()
                .map_err(|_| format!("FieldValue must be milliseconds since 1970, got '{value}'"))
        };
        let ordering = match field {
            FieldName::CrawlId => Some(self.id.as_str().cmp(value)),
            FieldName::State => Some(self.state.as_str().cmp(value)),
            FieldName::StartTime => Some(self.started.as_millis().cmp(&moment()?)),
            FieldName::EndTime => {
                let moment = moment()?;
                self.ended.map(|ended| ended.as_millis().cmp(&moment))
            }
            FieldName::DpuHour => {
                let hours: f64 = value
                    .parse()
                    .map_err(|_| format!("FieldValue must be a number, got '{value}'"))?;
                0.0_f64.partial_cmp(&hours)
            }
        };
        Ok(ordering.is_some_and(|ordering| match operator {
            FilterOperator::Eq => ordering.is_eq(),
            FilterOperator::Ne => ordering.is_ne(),
            FilterOperator::Gt => ordering.is_gt(),
            FilterOperator::Ge => ordering.is_ge(),
            FilterOperator::Lt => ordering.is_lt(),
            FilterOperator::Le => ordering.is_le(),
        }))
    }
}

/// All runs of a crawler, the latest first.
pub(super) fn crawls(connection: &Connection, crawler: &str) -> Result<Vec<Crawl>, StoreError> {
    let mut crawls = CRAWLS.list(connection, crawler)?;
    crawls.reverse();
    Ok(crawls)
}

/// Forgets the runs that are too old when one started at this moment is kept.
pub(super) fn forget_before(
    tx: &Transaction<'_>,
    crawler: &str,
    moment: Timestamp,
) -> Result<(), StoreError> {
    for crawl in CRAWLS.list(tx, crawler)? {
        if moment.since(crawl.started) <= RETENTION {
            break;
        }
        CRAWLS.delete(tx, crawler, &crawl.key())?;
    }
    Ok(())
}

/// The figures of a crawler from its runs, the latest first, and from what the one that runs has
/// done `so_far`.
pub(super) fn metrics(
    crawler: &str,
    crawls: &[Crawl],
    so_far: Option<&Progress>,
    now: Timestamp,
) -> CrawlerMetrics {
    let mut seconds: Vec<f64> = crawls.iter().filter_map(Crawl::seconds).collect();
    let last = seconds.first().copied();
    seconds.sort_by(f64::total_cmp);
    let changes = match so_far {
        Some(progress) => progress.changes().clone(),
        None => crawls
            .first()
            .map(|crawl| crawl.changes.clone())
            .unwrap_or_default(),
    };
    let seconds_left = so_far.map(|progress| {
        let started = crawls.first().map_or(now, |crawl| crawl.started);
        progress.seconds_left(now.since(started).as_secs_f64())
    });
    let count = |tables: &[String]| i32::try_from(tables.len()).ok();
    CrawlerMetrics {
        crawler_name: Some(crawler.to_owned()),
        time_left_seconds: Some(seconds_left.flatten().unwrap_or(0.0)),
        still_estimating: Some(seconds_left == Some(None)),
        last_runtime_seconds: Some(last.unwrap_or(0.0)),
        median_runtime_seconds: Some(seconds.get(seconds.len() / 2).copied().unwrap_or(0.0)),
        tables_created: count(&changes.tables_created),
        tables_updated: count(&changes.tables_updated),
        tables_deleted: count(&changes.tables_deleted),
    }
}
