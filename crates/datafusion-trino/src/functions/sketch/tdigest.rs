//! `tdigest_agg(x[, w]) -> tdigest`, `value_at_quantile(tdigest, quantile) -> double` and
//! `values_at_quantiles(tdigest, quantiles) -> array(double)`: quantiles of doubles, most exact at
//! both ends.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let rows = "FROM (VALUES 1e0, 2e0, 3e0) t(x)";
//! assert_eq!(evaluate(&format!("value_at_quantile(tdigest_agg(x), 0.5) {rows}")), "2.0");
//! assert_eq!(evaluate(&format!("values_at_quantiles(tdigest_agg(x), ARRAY[0, 1]) {rows}")), "[1.0, 3.0]");
//! assert_eq!(
//!     evaluate(&format!("value_at_quantile(tdigest_agg(x), 2) {rows}")),
//!     "INVALID_FUNCTION_ARGUMENT: Quantile should be within bounds [0, 1], was: 2.0"
//! );
//! ```

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;

use super::building::{Building, Summary, numbers, unreadable};
use crate::error::TrinoError;
use crate::functions::aggregate::aggregate;
use crate::functions::aggregate::digest::{Centroid, compress, quantile};
use crate::functions::scalar::Kind::{self, Double, Doubles};
use crate::functions::scalar::{Call, Elements, Input, Output, Scalar};
use crate::text::write_float;
use crate::types::{Packed, Sketch};

const KIND: Kind = Kind::Sketch(Sketch::TDigest);

pub(super) fn tdigest_agg() -> AggregateUDF {
    aggregate("tdigest_agg")
        .overload([Double], KIND, Building(of_rows))
        .overload([Double, Double], KIND, Building(of_rows))
        .udaf()
}

pub(super) fn value_at_quantile(scalar: Scalar) -> Scalar {
    scalar.overload([KIND, Double], Double, |call| {
        call.try_map2(|digest: Packed<&[u8]>, share: f64| {
            Ok(quantile(&TDigest::read(digest.0)?.0, checked(share)?))
        })
    })
}

pub(super) fn values_at_quantiles(scalar: Scalar) -> Scalar {
    scalar.overload([KIND, Doubles], Doubles, |call| {
        at_quantiles(call, |digest: &TDigest, share| quantile(&digest.0, share))
    })
}

/// A share of all values.
pub(super) fn checked(share: f64) -> Result<f64> {
    if (0.0..=1.0).contains(&share) {
        return Ok(share);
    }
    let mut message = "Quantile should be within bounds [0, 1], was: ".to_owned();
    write_float(share, &mut message);
    Err(TrinoError::invalid_argument(message))
}

/// The values of a digest at each of several shares.
pub(super) fn at_quantiles<S: Summary, R: Output>(
    call: &Call<'_>,
    value: impl Fn(&S, f64) -> Option<R>,
) -> Result<ArrayRef> {
    let digests = call.column::<Packed<&[u8]>>(0)?;
    let shares = call.array(1)?;
    let shares = shares.as_list::<i32>();
    call.collect(|row| {
        let Some(digest) = digests.get(row).filter(|_| shares.is_valid(row)) else {
            return Ok(None);
        };
        let digest = S::read(digest.0)?;
        let shares = shares.value(row);
        let mut values = Vec::with_capacity(shares.len());
        for share in <f64 as Input>::column(&shares)? {
            let share = share
                .ok_or_else(|| TrinoError::invalid_argument("All quantiles should be non-null."))?;
            values.extend(value(&digest, checked(share)?));
        }
        Ok(Some(Elements(values)))
    })
}

/// How often each row counts: as the second argument says, once without one.
pub(super) fn weights(rows: &[ArrayRef]) -> Result<Vec<f64>> {
    let Some(weights) = rows.get(1) else {
        return Ok(vec![1.0; rows[0].len()]);
    };
    let weights = cast(weights, &DataType::Float64)?;
    let weights = weights.as_primitive::<Float64Type>();
    weights
        .iter()
        .map(|weight| match weight {
            Some(weight) if weight > 0.0 => Ok(weight),
            _ => Err(TrinoError::invalid_argument("weight must be > 0")),
        })
        .collect()
}

fn of_rows(rows: &[ArrayRef]) -> Result<TDigest> {
    let numbers = <f64 as Input>::column(&rows[0])?.iter().flatten();
    let centroids = numbers.zip(weights(rows)?);
    let centroids = centroids.map(|(mean, weight)| Centroid { mean, weight });
    Ok(TDigest(compress(centroids.collect())))
}

pub(super) struct TDigest(Vec<Centroid>);

impl Summary for TDigest {
    fn read(bytes: &[u8]) -> Result<Self> {
        let centroids = numbers(bytes).and_then(|numbers| {
            let mut numbers = numbers.map(f64::from_le_bytes);
            let mut centroids = Vec::new();
            while let Some(mean) = numbers.next() {
                let weight = numbers.next()?;
                centroids.push(Centroid { mean, weight });
            }
            Some(Self(centroids))
        });
        centroids.ok_or_else(|| unreadable("tdigest"))
    }

    fn write(&self) -> Vec<u8> {
        let numbers = self.0.iter().flat_map(|one| [one.mean, one.weight]);
        numbers.flat_map(f64::to_le_bytes).collect()
    }

    fn merge(&mut self, other: Self) {
        let mut all = std::mem::take(&mut self.0);
        all.extend(other.0);
        self.0 = compress(all);
    }
}
