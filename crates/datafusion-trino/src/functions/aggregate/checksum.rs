//! `checksum(x) -> varbinary`: the same whatever the order of the values, nulls included. Null
//! without any. Texts, bytes, numbers, dates and booleans have the checksums of Trino; others have
//! one of their text. Trino manual, "Aggregate functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(
//!     evaluate("(SELECT checksum(x) FROM (VALUES 1, 2) t(x)) = (SELECT checksum(x) FROM (VALUES 2, 1) t(x))"),
//!     "true"
//! );
//! assert_eq!(evaluate("checksum(x) FROM (VALUES CAST(NULL AS bigint)) t(x)"), "87 ca eb 85 b1 79 37 9e");
//! ```

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::AggregateUDF;
use xxhash_rust::xxh64::xxh64;

use super::aggregate;
use super::reduction::{Reduction, one};
use crate::functions::scalar::Input;
use crate::functions::scalar::Kind::{Any, Varbinary};
use crate::text::TextColumn;

pub(in crate::functions) fn udaf() -> AggregateUDF {
    aggregate("checksum")
        .overload([Any], Varbinary, Checksum)
        .udaf()
}

/// What hashes are multiplied with, and what null counts.
const PRIME: i64 = 0x9E37_79B1_85EB_CA87_u64.cast_signed();

/// The sum of the values' hashes.
#[derive(Debug)]
struct Checksum;

impl Reduction for Checksum {
    fn state(&self, _: &[DataType]) -> Vec<DataType> {
        vec![DataType::Int64]
    }

    fn prepare(&self, arguments: &[ArrayRef]) -> Result<Vec<ArrayRef>> {
        let values = &arguments[0];
        let mut sum = 0_i64;
        for_each_hash(values, |hash| {
            sum = sum.wrapping_add(hash.map_or(PRIME, |hash| hash.wrapping_mul(PRIME)));
        })?;
        Ok(vec![Arc::new(Int64Array::from(vec![
            (!values.is_empty()).then_some(sum),
        ]))])
    }

    fn compact(&self, state: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
        Ok(vec![Arc::new(Int64Array::from(vec![total(&state)?]))])
    }

    fn finish(&self, state: &[ArrayRef], returns: &DataType) -> Result<ArrayRef> {
        one(total(state)?.map(|sum| sum.to_le_bytes().to_vec()), returns)
    }
}

fn total(state: &[ArrayRef]) -> Result<Option<i64>> {
    let sums = <i64 as Input>::column(&state[0])?.iter().flatten();
    Ok(sums.reduce(i64::wrapping_add))
}

/// Null has no hash.
fn for_each_hash(values: &ArrayRef, mut each: impl FnMut(Option<i64>)) -> Result<()> {
    let hash = |bytes: &[u8]| xxh64(bytes, 0).cast_signed();
    let data_type = values.data_type();
    if data_type.is_integer() || matches!(data_type, DataType::Date32 | DataType::Boolean) {
        let numbers = match data_type {
            DataType::Date32 => cast(values, &DataType::Int32)?,
            _ => Arc::clone(values),
        };
        let numbers = cast(&numbers, &DataType::Int64)?;
        for number in <i64 as Input>::column(&numbers)? {
            each(number.map(|number| hash(&number.to_le_bytes())));
        }
    } else if matches!(data_type, DataType::Float64) {
        for number in <f64 as Input>::column(values)? {
            each(number.map(|number| hash(&number.to_bits().to_le_bytes())));
        }
    } else if data_type.is_binary() || data_type.is_string() {
        let bytes = cast(values, &DataType::Binary)?;
        let bytes = <&[u8] as Input>::column(&bytes)?;
        for value in bytes {
            each(value.map(hash));
        }
    } else {
        let texts = TextColumn::new(values)?;
        for row in 0..values.len() {
            each(texts.text(row).map(|text| hash(text.as_bytes())));
        }
    }
    Ok(())
}
