//! `width_bucket(x, bound1, bound2, n) -> bigint`: the bucket of `x` among `n` of equal width, 0 or
//! `n + 1` outside of them. `width_bucket(x, bins)`: how many of the ascending `bins` are not above
//! `x`. Trino manual, "Mathematical functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("width_bucket(3.14e0, 0e0, 4e0, 3)"), "3");
//! assert_eq!(evaluate("width_bucket(3.14e0, 4e0, 0e0, 3)"), "1");
//! assert_eq!(evaluate("width_bucket(2e0, ARRAY[0e0, 2e0, 4e0])"), "2");
//! ```

use arrow::array::{Array, AsArray};
use arrow::datatypes::Float64Type;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::{ErrorCode, TrinoError};
use crate::functions::scalar::Kind::{Bigint, Double, Doubles};
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("width_bucket")
        .overload([Double, Double, Double, Bigint], Bigint, |call| {
            let (x, low) = (call.column::<f64>(0)?, call.column::<f64>(1)?);
            let (high, buckets) = (call.column::<f64>(2)?, call.column::<i64>(3)?);
            call.collect(
                |row| match (x.get(row), low.get(row), high.get(row), buckets.get(row)) {
                    (Some(x), Some(low), Some(high), Some(buckets)) => {
                        bucket(x, low, high, buckets).map(Some)
                    }
                    _ => Ok(None),
                },
            )
        })
        .overload([Double, Doubles], Bigint, among_bins)
        .udf()
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "buckets are counted in doubles, as in Trino"
)]
fn bucket(x: f64, bound1: f64, bound2: f64, buckets: i64) -> Result<i64> {
    check(buckets > 0, "bucketCount must be greater than 0")?;
    check(!x.is_nan(), "operand must not be NaN")?;
    check(bound1.is_finite(), "first bound must be finite")?;
    check(bound2.is_finite(), "second bound must be finite")?;
    #[allow(clippy::float_cmp, reason = "only the same bounds leave no width")]
    check(bound1 != bound2, "bounds cannot equal each other")?;
    let (low, high) = (bound1.min(bound2), bound1.max(bound2));
    let bucket = if x < low {
        0
    } else if x >= high {
        buckets.checked_add(1).ok_or_else(|| {
            let message = format!("Bucket for value {x} is out of range");
            TrinoError::new(ErrorCode::NumericValueOutOfRange, message)
        })?
    } else {
        (buckets as f64 * (x - low) / (high - low)) as i64 + 1
    };
    Ok(match bound1 > bound2 {
        true => buckets - bucket + 1,
        false => bucket,
    })
}

fn among_bins(call: &Call<'_>) -> Result<arrow::array::ArrayRef> {
    let x = call.column::<f64>(0)?;
    let bins = call.array(1)?;
    let bins = bins.as_list::<i32>();
    call.collect(|row| {
        let Some(x) = x.get(row).filter(|_| bins.is_valid(row)) else {
            return Ok(None);
        };
        let bins = bins.value(row);
        let bins = bins.as_primitive::<Float64Type>();
        check(!bins.is_empty(), "Bins cannot be an empty array")?;
        check(!x.is_nan(), "Operand cannot be NaN")?;
        check(bins.null_count() == 0, "Bin values must be finite")?;
        let bins = bins.values();
        let are_finite = bins.iter().all(|bin| bin.is_finite());
        check(are_finite, "Bin values must be finite")?;
        let is_sorted = bins.is_sorted();
        check(is_sorted, "Bin values are not sorted in ascending order")?;
        Ok(i64::try_from(bins.partition_point(|bin| *bin <= x)).ok())
    })
}

fn check(holds: bool, message: &str) -> Result<()> {
    match holds {
        true => Ok(()),
        false => Err(TrinoError::invalid_argument(message)),
    }
}
