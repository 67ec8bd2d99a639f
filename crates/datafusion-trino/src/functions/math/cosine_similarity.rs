//! `cosine_similarity(x, y) -> double`, of sparse vectors `map(varchar, double)`; null if one of
//! them is zero or has a null. Trino manual, "Mathematical functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("cosine_similarity(MAP(ARRAY['a'], ARRAY[1e0]), MAP(ARRAY['a'], ARRAY[2e0]))"), "1.0");
//! ```

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, MapArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind::{Double, SparseVector};
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("cosine_similarity")
        .overload([SparseVector, SparseVector], Double, similarity)
        .udf()
}

fn similarity(call: &Call<'_>) -> Result<ArrayRef> {
    let (x, y) = (call.array(0)?, call.array(1)?);
    let (x, y) = (Vectors::of(x.as_map())?, Vectors::of(y.as_map())?);
    call.collect(|row| {
        let (Some(x), Some(y)) = (x.get(row), y.get(row)) else {
            return Ok(None);
        };
        let product: f64 = x
            .iter()
            .filter_map(|(key, value)| Some(value * y.get(key)?))
            .sum();
        let lengths = length(&x) * length(&y);
        Ok((lengths != 0.0).then(|| product / lengths))
    })
}

fn length(vector: &HashMap<&str, f64>) -> f64 {
    vector
        .values()
        .map(|value| value * value)
        .sum::<f64>()
        .sqrt()
}

struct Vectors<'a> {
    maps: &'a MapArray,
    keys: ArrayRef,
    values: ArrayRef,
}

impl<'a> Vectors<'a> {
    fn of(maps: &'a MapArray) -> Result<Self> {
        Ok(Self {
            maps,
            keys: cast(maps.keys(), &DataType::Utf8)?,
            values: cast(maps.values(), &DataType::Float64)?,
        })
    }

    fn get(&self, row: usize) -> Option<HashMap<&str, f64>> {
        if self.maps.is_null(row) {
            return None;
        }
        let keys = self.keys.as_string::<i32>();
        let values = self.values.as_primitive::<Float64Type>();
        let offsets = self.maps.value_offsets();
        (offsets[row]..offsets[row + 1])
            .map(|entry| {
                let entry = usize::try_from(entry).ok()?;
                let value = values.is_valid(entry).then(|| values.value(entry))?;
                Some((keys.value(entry), value))
            })
            .collect()
    }
}
