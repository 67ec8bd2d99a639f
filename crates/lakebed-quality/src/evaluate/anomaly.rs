//! Whether a metric is far from what it used to be.
//!
//! Glue does not say how its model works, only that it needs at least three values. Here the
//! expectation is the median of the earlier values, and the limits are three robust standard
//! deviations (from the median absolute deviation) away from it, or 5 % of it if that is more:
//! values that were all the same leave some room too.

use super::formula::percentile;

/// How many earlier values it takes to expect one.
pub(super) const ENOUGH: usize = 3;

/// What is expected of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Expectation {
    pub(super) expected: f64,
    pub(super) lower: f64,
    pub(super) upper: f64,
}

/// The expectation that earlier values give; none if they are too few.
pub(super) fn expect(earlier: &[f64]) -> Option<Expectation> {
    if earlier.len() < ENOUGH {
        return None;
    }
    let expected = percentile(earlier, 50.0);
    let distances: Vec<f64> = earlier
        .iter()
        .map(|value| (value - expected).abs())
        .collect();
    // Scales the median absolute deviation of a normal distribution to its standard deviation.
    let deviation = 1.4826 * percentile(&distances, 50.0);
    let room = (3.0 * deviation).max(0.05 * expected.abs());
    Some(Expectation {
        expected,
        lower: expected - room,
        upper: expected + room,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_values_are_beyond_the_limits() {
        assert_eq!(expect(&[100.0, 100.0]), None);
        let cases = [
            (&[100.0, 100.0, 100.0][..], 104.0, true),
            (&[100.0, 100.0, 100.0][..], 106.0, false),
            (&[90.0, 100.0, 110.0, 105.0][..], 120.0, true),
            (&[90.0, 100.0, 110.0, 105.0][..], 200.0, false),
            // One outlier among the earlier values does not widen the limits.
            (&[100.0, 101.0, 99.0, 100.0, 5_000.0][..], 300.0, false),
        ];
        for (earlier, value, fits) in cases {
            let limits = expect(earlier);
            let found = limits.is_some_and(|limits| limits.lower <= value && value <= limits.upper);
            assert_eq!(found, fits, "{earlier:?} {value}");
        }
    }
}
