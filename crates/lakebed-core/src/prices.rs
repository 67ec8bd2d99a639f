//! What AWS charges on demand in us-east-1, as published in May 2026 on its pricing pages; free
//! tiers are not taken off.

/// Which prices these are, as shown to the user.
pub const REGION: &str = "us-east-1";
/// When they were published.
pub const DATE: &str = "2026-05";

const ATHENA_PER_TERABYTE: f64 = 5.0;
const S3_GET_PER_REQUEST: f64 = 0.0004 / 1_000.0;
const MEGABYTE: u64 = 1 << 20;
/// "rounded up to the nearest megabyte, with a 10 MB minimum per query".
const QUERY_MINIMUM: u64 = 10 * MEGABYTE;

/// US dollars for a query that scanned so many bytes. Statements that scan nothing are priced as
/// the ten-megabyte minimum too; DDL must not be asked for.
#[must_use]
pub fn athena_query(scanned_bytes: u64) -> f64 {
    let megabytes = scanned_bytes.max(QUERY_MINIMUM).div_ceil(MEGABYTE);
    megabytes as f64 / (1 << 20) as f64 * ATHENA_PER_TERABYTE
}

/// US dollars for reading from S3, one request each.
#[must_use]
pub fn s3_gets(requests: usize) -> f64 {
    requests as f64 * S3_GET_PER_REQUEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_billed_by_the_megabyte_and_ten_at_least() {
        let dollars = |megabytes: f64| megabytes / 1_048_576.0 * 5.0;
        for (scanned, expected) in [
            (1, dollars(10.0)),
            ((10 << 20) + 1, dollars(11.0)),
            (1 << 40, 5.0),
        ] {
            let computed = athena_query(scanned);
            assert!((computed - expected).abs() < 1e-9, "{scanned}: {computed}");
        }
    }
}
