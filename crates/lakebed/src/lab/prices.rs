//! What the lab's steps would have cost on AWS.
//!
//! On-demand prices of us-east-1 as published in May 2026 on the pricing pages of Amazon S3, AWS
//! Glue and Amazon Athena; free tiers are not taken off.

use std::time::Duration;

pub(crate) use lakebed_core::prices::{DATE, REGION, athena_query as query};

const S3_PUT_PER_REQUEST: f64 = 0.005 / 1_000.0;
const GLUE_PER_DPU_HOUR: f64 = 0.44;
/// "10-minute minimum duration for each crawl".
const CRAWL_MINIMUM: Duration = Duration::from_secs(600);
/// The pricing page's example crawler uses two DPUs; AWS gives no other figure.
const CRAWLER_DPUS: f64 = 2.0;
/// "1-minute minimum billing duration" since Glue 2.0.
const JOB_MINIMUM: Duration = Duration::from_secs(60);

/// US dollars for storing objects, one request each.
pub(crate) fn puts(requests: usize) -> f64 {
    requests as f64 * S3_PUT_PER_REQUEST
}

/// US dollars for a crawl.
pub(crate) fn crawl(took: Duration) -> f64 {
    dpu_hours(CRAWLER_DPUS, took.max(CRAWL_MINIMUM)) * GLUE_PER_DPU_HOUR
}

/// US dollars for a Spark job run on `workers` of type G.1X (one DPU each).
pub(crate) fn job_run(workers: i32, took: Duration) -> f64 {
    dpu_hours(f64::from(workers), took.max(JOB_MINIMUM)) * GLUE_PER_DPU_HOUR
}

fn dpu_hours(dpus: f64, took: Duration) -> f64 {
    dpus * took.as_secs_f64() / 3_600.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_dollars(computed: f64, expected: f64) {
        assert!(
            (computed - expected).abs() < 1e-9,
            "{computed} is not {expected}"
        );
    }

    #[test]
    fn minimum_durations_and_sizes_are_billed() {
        assert_dollars(crawl(Duration::from_secs(1)), 2.0 / 6.0 * 0.44);
        assert_dollars(job_run(2, Duration::from_secs(1)), 2.0 / 60.0 * 0.44);
    }

    #[test]
    fn beyond_the_minimum_use_is_billed() {
        assert_dollars(crawl(Duration::from_secs(1_800)), 0.44);
        assert_dollars(puts(1_000), 0.005);
    }
}
