//! `qdigest_agg(x[, w[, accuracy]]) -> qdigest([same as x])`, `value_at_quantile(qdigest(T),
//! quantile) -> T` and `values_at_quantiles(qdigest(T), quantiles) -> array(T)` of bigints, reals and
//! doubles: the value at a share of all, off by 0.1 % of them at most; up to 4,000 different values
//! it is exact.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let rows = "FROM (VALUES BIGINT '1', 2, 3) t(x)";
//! assert_eq!(evaluate(&format!("value_at_quantile(qdigest_agg(x), 0.5) {rows}")), "2");
//! assert_eq!(evaluate(&format!("values_at_quantiles(qdigest_agg(x), ARRAY[0, 1]) {rows}")), "[1, 3]");
//! assert_eq!(evaluate(&format!("value_at_quantile(qdigest_agg(-1.5e0 * x, 1), 0) {rows}")), "-4.5");
//! ```

use arrow::array::ArrayRef;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;

use super::building::{Building, Summary, numbers, unreadable};
use super::tdigest::{at_quantiles, checked, weights};
use crate::functions::aggregate::aggregate;
use crate::functions::scalar::Kind::{self, Array, Bigint, Double, Doubles, Real};
use crate::functions::scalar::{Input, Scalar};
use crate::types::{Packed, Sketch};

const OF_BIGINTS: Kind = Kind::Sketch(Sketch::QDigestBigint);
const OF_REALS: Kind = Kind::Sketch(Sketch::QDigestReal);
const OF_DOUBLES: Kind = Kind::Sketch(Sketch::QDigestDouble);

pub(super) fn qdigest_agg() -> AggregateUDF {
    let mut function = aggregate("qdigest_agg");
    for (kind, digest) in [(Bigint, OF_BIGINTS), (Real, OF_REALS), (Double, OF_DOUBLES)] {
        function = function
            .overload([kind], digest, Building(of_rows))
            .overload([kind, Bigint], digest, Building(of_rows))
            // The accuracy that is asked for is less than the one there is.
            .overload([kind, Bigint, Double], digest, Building(of_rows));
    }
    function.udaf()
}

pub(super) fn value_at_quantile(scalar: Scalar) -> Scalar {
    scalar
        .overload([OF_BIGINTS, Double], Bigint, |call| {
            call.try_map2(|digest: Packed<&[u8]>, share: f64| {
                Ok(QDigest::read(digest.0)?.key(checked(share)?))
            })
        })
        .overload([OF_REALS, Double], Real, |call| {
            call.try_map2(|digest: Packed<&[u8]>, share: f64| {
                Ok(QDigest::read(digest.0)?.key(checked(share)?).map(real))
            })
        })
        .overload([OF_DOUBLES, Double], Double, |call| {
            call.try_map2(|digest: Packed<&[u8]>, share: f64| {
                Ok(QDigest::read(digest.0)?.key(checked(share)?).map(double))
            })
        })
}

pub(super) fn values_at_quantiles(scalar: Scalar) -> Scalar {
    scalar
        .overload([OF_BIGINTS, Doubles], Array(&Bigint), |call| {
            at_quantiles(call, QDigest::key)
        })
        .overload([OF_REALS, Doubles], Array(&Real), |call| {
            at_quantiles(call, |digest: &QDigest, share| digest.key(share).map(real))
        })
        .overload([OF_DOUBLES, Doubles], Doubles, |call| {
            at_quantiles(call, |digest: &QDigest, share| {
                digest.key(share).map(double)
            })
        })
}

/// Numbers that are ordered as doubles are: of negative ones all bits but the sign are turned.
fn ordered(number: f64) -> i64 {
    let bits = number.to_bits().cast_signed();
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

fn double(key: i64) -> f64 {
    f64::from_bits((key ^ ((key >> 63).cast_unsigned() >> 1).cast_signed()).cast_unsigned())
}

fn real(key: i64) -> f32 {
    double(key) as f32
}

fn of_rows(rows: &[ArrayRef]) -> Result<QDigest> {
    let keys: Vec<i64> = match rows[0].data_type() {
        DataType::Int64 => <i64 as Input>::column(&rows[0])?.iter().flatten().collect(),
        _ => {
            let numbers = cast(&rows[0], &DataType::Float64)?;
            let numbers = <f64 as Input>::column(&numbers)?.iter().flatten();
            numbers.map(ordered).collect()
        }
    };
    let entries = keys.into_iter().zip(weights(rows)?);
    let mut digest = QDigest(entries.map(|(key, weight)| Entry { key, weight }).collect());
    digest.compress();
    Ok(digest)
}

/// So many different values are kept as they are.
const MOST_ENTRIES: usize = 4_000;

/// A value, and how many values there are from the one before up to it.
#[derive(Debug, Clone, Copy)]
struct Entry {
    key: i64,
    weight: f64,
}

pub(super) struct QDigest(Vec<Entry>);

impl QDigest {
    fn compress(&mut self) {
        self.0.sort_by_key(|entry| entry.key);
        self.join(0.0);
        if self.0.len() > MOST_ENTRIES {
            // Any two neighbours together are more than this, so at most half of them stay.
            self.join(self.total() * 2.0 / MOST_ENTRIES as f64);
        }
    }

    /// Joins neighbours that are the same, or no more than `most` together.
    fn join(&mut self, most: f64) {
        self.0.dedup_by(|next, before| {
            let joins = next.key == before.key || next.weight + before.weight <= most;
            if joins {
                before.key = next.key;
                before.weight += next.weight;
            }
            joins
        });
    }

    fn total(&self) -> f64 {
        self.0.iter().map(|entry| entry.weight).sum()
    }

    /// The first value with more than this share of all values up to it.
    fn key(&self, share: f64) -> Option<i64> {
        let rank = share * self.total();
        let mut passed = 0.0;
        let found = self.0.iter().find(|entry| {
            passed += entry.weight;
            passed > rank
        });
        found.or(self.0.last()).map(|entry| entry.key)
    }
}

impl Summary for QDigest {
    fn read(bytes: &[u8]) -> Result<Self> {
        let entries = numbers(bytes).and_then(|mut numbers| {
            let mut entries = Vec::new();
            while let Some(key) = numbers.next() {
                entries.push(Entry {
                    key: i64::from_le_bytes(key),
                    weight: f64::from_le_bytes(numbers.next()?),
                });
            }
            Some(Self(entries))
        });
        entries.ok_or_else(|| unreadable("qdigest"))
    }

    fn write(&self) -> Vec<u8> {
        self.0
            .iter()
            .flat_map(|entry| [entry.key.to_le_bytes(), entry.weight.to_le_bytes()])
            .flatten()
            .collect()
    }

    fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
        self.compress();
    }
}
