use serde::{Deserialize, Serialize};

use crate::BucketName;

/// Where the access log of a bucket goes.
///
/// S3 user guide, "Logging requests with server access logging".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logging {
    pub target_bucket: BucketName,
    pub target_prefix: String,
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub key_format: LogKeyFormat,
}

/// How the keys of log objects are made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogKeyFormat {
    /// `[prefix][YYYY]-[MM]-[DD]-[hh]-[mm]-[ss]-[UniqueString]`.
    #[default]
    Simple,
    /// `[prefix][account]/[region]/[bucket]/[YYYY]/[MM]/[DD]/[YYYY]-[MM]-[DD]-[hh]-[mm]-[ss]-[UniqueString]`.
    Partitioned(PartitionDate),
}

/// Which date a partitioned key has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartitionDate {
    /// That of the requests; hours, minutes and seconds are 00.
    EventTime,
    /// When the log was delivered.
    DeliveryTime,
}
