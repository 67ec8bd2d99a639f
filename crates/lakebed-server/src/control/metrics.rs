use std::fmt;
use std::time::{Duration, Instant};

use lakebed_storage::Usage;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper bounds of the histogram's buckets, in seconds.
const DURATIONS: [f64; 12] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0,
];

/// What is counted, in Prometheus' terms.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<OperationLabels, Histogram, fn() -> Histogram>,
    buckets: Gauge,
    objects: Gauge,
    stored: Gauge,
    memory: Gauge,
    uptime: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    service: &'static str,
    operation: String,
    status: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    service: &'static str,
    operation: String,
}

impl Default for Metrics {
    fn default() -> Self {
        let requests = Family::default();
        let durations = Family::new_with_constructor(new_histogram as fn() -> Histogram);
        let [buckets, objects, stored, memory, uptime]: [Gauge; 5] = Default::default();
        let mut registry = Registry::with_prefix("lakebed");
        registry.register("requests", "AWS requests answered", requests.clone());
        registry.register_with_unit(
            "request_duration",
            "Time from a request's head to its answer's head",
            Unit::Seconds,
            durations.clone(),
        );
        registry.register("buckets", "Buckets that exist", buckets.clone());
        registry.register("objects", "Objects that exist", objects.clone());
        registry.register_with_unit("stored", "Size of all objects", Unit::Bytes, stored.clone());
        registry.register_with_unit(
            "resident_memory",
            "Memory the process holds, where the system tells",
            Unit::Bytes,
            memory.clone(),
        );
        registry.register_with_unit(
            "uptime",
            "Time since the start",
            Unit::Seconds,
            uptime.clone(),
        );
        Self {
            registry,
            requests,
            durations,
            buckets,
            objects,
            stored,
            memory,
            uptime,
        }
    }
}

impl Metrics {
    /// Counts one answer.
    pub(crate) fn count(
        &self,
        service: &'static str,
        operation: &str,
        status: u16,
        duration: Duration,
    ) {
        let labels = RequestLabels {
            service,
            operation: operation.to_owned(),
            status: u32::from(status),
        };
        self.requests.get_or_create(&labels).inc();
        let labels = OperationLabels {
            service,
            operation: operation.to_owned(),
        };
        self.durations
            .get_or_create(&labels)
            .observe(duration.as_secs_f64());
    }

    /// Writes everything in the OpenMetrics text format, which Prometheus reads.
    pub(super) fn write(&self, usage: &Usage, started: Instant) -> Result<String, fmt::Error> {
        self.buckets.set(gauge_value(usage.buckets));
        self.objects.set(gauge_value(usage.objects));
        self.stored.set(gauge_value(usage.bytes));
        self.memory.set(gauge_value(resident_bytes().unwrap_or(0)));
        self.uptime.set(gauge_value(started.elapsed().as_secs()));
        let mut output = String::new();
        text::encode(&mut output, &self.registry)?;
        Ok(output)
    }
}

fn new_histogram() -> Histogram {
    Histogram::new(DURATIONS)
}

fn gauge_value(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The memory the process holds, from `/proc` where there is one.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn answers_are_counted_by_service_operation_and_status() {
        let metrics = Metrics::default();
        metrics.count("s3", "GetObject", 200, Duration::from_millis(2));
        metrics.count("s3", "GetObject", 200, Duration::from_millis(2));
        metrics.count("glue", "GetTable", 400, Duration::from_millis(1));
        let usage = Usage {
            buckets: 1,
            objects: 2,
            bytes: 30,
        };
        let text = metrics.write(&usage, Instant::now()).unwrap();
        for line in [
            "lakebed_requests_total{service=\"s3\",operation=\"GetObject\",status=\"200\"} 2",
            "lakebed_requests_total{service=\"glue\",operation=\"GetTable\",status=\"400\"} 1",
            "lakebed_request_duration_seconds_count{service=\"s3\",operation=\"GetObject\"} 2",
            "lakebed_objects 2",
            "lakebed_stored_bytes 30",
        ] {
            assert!(
                text.lines().any(|candidate| candidate == line),
                "{line} is not in\n{text}"
            );
        }
    }
}
