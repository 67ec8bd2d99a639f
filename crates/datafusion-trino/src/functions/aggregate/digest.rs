//! A sketch of the distribution of many numbers: means of neighbours, fewer of them together
//! towards both ends. Dunning and Ertl, "Computing extremely accurate quantiles using t-digests".

use std::f64::consts::PI;

/// A mean of numbers, and how many they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::functions) struct Centroid {
    pub(in crate::functions) mean: f64,
    pub(in crate::functions) weight: f64,
}

/// About how many centroids a digest has.
const CENTROIDS: f64 = 1_000.0;

/// So many are kept as they are: small groups have exact quantiles.
const MOST_EXACT: usize = 4_000;

/// The centroids in their order, neighbours together if there are too many.
pub(in crate::functions) fn compress(mut centroids: Vec<Centroid>) -> Vec<Centroid> {
    centroids.sort_by(|a, b| a.mean.total_cmp(&b.mean));
    if centroids.len() <= MOST_EXACT {
        return centroids;
    }
    let total = total(&centroids);
    let scale = |weight: f64| {
        let share = (weight / total).clamp(0.0, 1.0);
        CENTROIDS / (2.0 * PI) * (2.0 * share - 1.0).asin()
    };
    let mut compressed: Vec<Centroid> = Vec::new();
    let (mut before, mut begin) = (0.0, scale(0.0));
    for next in centroids {
        let joins = compressed
            .last()
            .is_some_and(|last| scale(before + last.weight + next.weight) - begin <= 1.0);
        match compressed.last_mut() {
            Some(last) if joins => {
                last.weight += next.weight;
                last.mean += (next.mean - last.mean) * next.weight / last.weight;
            }
            last => {
                before += last.map_or(0.0, |last| last.weight);
                begin = scale(before);
                compressed.push(next);
            }
        }
    }
    compressed
}

fn total(centroids: &[Centroid]) -> f64 {
    centroids.iter().map(|centroid| centroid.weight).sum()
}

/// The number that so large a share of all numbers are below; none without any. A single number is
/// answered as it is, between means it is interpolated.
pub(in crate::functions) fn quantile(centroids: &[Centroid], share: f64) -> Option<f64> {
    let (first, last) = (centroids.first()?, centroids.last()?);
    let total = total(centroids);
    let place = share * total;
    if place < 1.0 {
        return Some(first.mean);
    }
    if place > total - 1.0 {
        return Some(last.mean);
    }
    let mut passed = first.weight / 2.0;
    for pair in centroids.windows(2) {
        let [left, right] = pair else {
            continue;
        };
        let step = f64::midpoint(left.weight, right.weight);
        if passed + step > place {
            let mut from_left = place - passed;
            let mut to_right = passed + step - place;
            if left.weight == 1.0 {
                if from_left < 0.5 {
                    return Some(left.mean);
                }
                from_left -= 0.5;
            }
            if right.weight == 1.0 {
                if to_right <= 0.5 {
                    return Some(right.mean);
                }
                to_right -= 0.5;
            }
            let sum = from_left + to_right;
            let mean = (left.mean * to_right + right.mean * from_left) / sum;
            return Some(mean.clamp(left.mean, right.mean));
        }
        passed += step;
    }
    Some(last.mean)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_digest_is_small_and_near() {
        let numbers = (0..100_000_u32).map(|number| Centroid {
            // In another order than theirs.
            mean: f64::from(number * 7_919 % 100_000),
            weight: 1.0,
        });
        let digest = compress(numbers.collect());
        assert!(digest.len() < 1_100, "{}", digest.len());
        for (share, near) in [(0.001, 10.0), (0.5, 300.0), (0.999, 10.0)] {
            let found = quantile(&digest, share).unwrap();
            assert!((found - share * 100_000.0).abs() < near, "{share}: {found}");
        }
        assert_eq!(quantile(&digest, 0.0), Some(0.0));
        assert_eq!(quantile(&digest, 1.0), Some(99_999.0));
    }
}
