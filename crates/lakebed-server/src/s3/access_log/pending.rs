use chrono::{DateTime, Utc};
use lakebed_core::Timestamp;
use lakebed_storage::Bucket;
use lakebed_storage::settings::{LogKeyFormat, Logging, PartitionDate};

use super::record::Record;

const DAY_MILLIS: i64 = 86_400_000;

/// Lines that will be one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) source: Bucket,
    pub(super) logging: Logging,
    /// The midnight before all requests in it, where keys have the date of the requests.
    day: Option<Timestamp>,
    pub(super) lines: String,
}

/// Lines that wait for their delivery.
#[derive(Debug, Default)]
pub(super) struct Pending {
    batches: Vec<Batch>,
}

impl Pending {
    pub(super) fn add(&mut self, logging: &Logging, record: &Record) {
        let by_event = logging.key_format == LogKeyFormat::Partitioned(PartitionDate::EventTime);
        let day = by_event.then(|| midnight_before(record.time));
        let found = self.batches.iter_mut().find(|batch| {
            batch.source == record.bucket && batch.logging == *logging && batch.day == day
        });
        let line = format!("{record}\n");
        match found {
            Some(batch) => batch.lines.push_str(&line),
            None => self.batches.push(Batch {
                source: record.bucket.clone(),
                logging: logging.clone(),
                day,
                lines: line,
            }),
        }
    }

    /// Takes all lines there are.
    pub(super) fn take(&mut self) -> Vec<Batch> {
        std::mem::take(&mut self.batches)
    }
}

fn midnight_before(moment: Timestamp) -> Timestamp {
    let millis = moment.as_millis();
    Timestamp::from_millis(millis - millis.rem_euclid(DAY_MILLIS))
}

impl Batch {
    /// The key of the object. S3 user guide, "Log object key format".
    pub(super) fn key(&self, now: Timestamp, unique: &str) -> String {
        let prefix = &self.logging.target_prefix;
        let name = |date: DateTime<Utc>| format!("{}-{unique}", date.format("%Y-%m-%d-%H-%M-%S"));
        match self.logging.key_format {
            LogKeyFormat::Simple => format!("{prefix}{}", name(now.to_datetime())),
            LogKeyFormat::Partitioned(_) => {
                let Bucket {
                    name: bucket,
                    region,
                    owner,
                    ..
                } = &self.source;
                let date = self.day.unwrap_or(now).to_datetime();
                let folder = date.format("%Y/%m/%d");
                format!("{prefix}{owner}/{region}/{bucket}/{folder}/{}", name(date))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use lakebed_core::{AccountId, Region};
    use lakebed_storage::BucketName;

    use super::*;

    fn record(time: Timestamp) -> Record {
        let source = Bucket {
            name: BucketName::parse("lake").unwrap(),
            region: Region::default(),
            created: Timestamp::default(),
            owner: AccountId::default(),
        };
        let operation = "REST.GET.OBJECT".to_owned();
        Record::new("OWNER".to_owned(), source, time, "ID".to_owned(), operation)
    }

    fn keys(key_format: LogKeyFormat) -> Vec<String> {
        let logging = Logging {
            target_bucket: BucketName::parse("logs").unwrap(),
            target_prefix: "log/".to_owned(),
            target_grants: Vec::new(),
            key_format,
        };
        let evening = Timestamp::from_millis(1_549_497_599_000);
        let morning = Timestamp::from_millis(1_549_497_601_000);
        let mut pending = Pending::default();
        pending.add(&logging, &record(evening));
        pending.add(&logging, &record(evening));
        pending.add(&logging, &record(morning));
        let batches = pending.take();
        let lines: usize = batches
            .iter()
            .map(|batch| batch.lines.lines().count())
            .sum();
        assert_eq!(lines, 3);
        assert!(pending.take().is_empty());
        batches
            .iter()
            .map(|batch| batch.key(morning, "UNIQUE"))
            .collect()
    }

    #[test]
    fn keys_have_the_date_of_the_delivery() {
        let simple = keys(LogKeyFormat::Simple);
        assert_eq!(simple, ["log/2019-02-07-00-00-01-UNIQUE"]);
        let partitioned = keys(LogKeyFormat::Partitioned(PartitionDate::DeliveryTime));
        assert_eq!(
            partitioned,
            ["log/000000000000/us-east-1/lake/2019/02/07/2019-02-07-00-00-01-UNIQUE"]
        );
    }

    #[test]
    fn or_that_of_the_requests_a_day_an_object() {
        let partitioned = keys(LogKeyFormat::Partitioned(PartitionDate::EventTime));
        assert_eq!(
            partitioned,
            [
                "log/000000000000/us-east-1/lake/2019/02/06/2019-02-06-00-00-00-UNIQUE",
                "log/000000000000/us-east-1/lake/2019/02/07/2019-02-07-00-00-00-UNIQUE"
            ]
        );
    }
}
