//! `frequencies(columns…)`: how often values occur, as an aggregate function, so that rules about
//! uniqueness share the pass of all others instead of grouping the data once each.
//!
//! It holds 24 bytes for each distinct value: 128 bits of hash and a count.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::hash_utils::{RandomState, create_hashes};
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::error::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Expr, Signature, Volatility,
};

/// How often the values of the columns occur: `[rows, distinct, unique, entropy]`. Rows in which
/// all columns are null do not count. The entropy is in nats.
pub(super) fn frequencies(columns: Vec<Expr>) -> Expr {
    static FUNCTION: LazyLock<Arc<AggregateUDF>> =
        LazyLock::new(|| Arc::new(AggregateUDF::from(Frequencies::new())));
    FUNCTION.call(columns)
}

/// What [`frequencies`] gives, by name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub(super) rows: f64,
    pub(super) distinct: f64,
    /// Values that occur once.
    pub(super) unique: f64,
    pub(super) entropy: f64,
}

impl Spread {
    pub(super) fn of(numbers: &[f64]) -> Self {
        let number = |index: usize| numbers.get(index).copied().unwrap_or(0.0);
        Self {
            rows: number(0),
            distinct: number(1),
            unique: number(2),
            entropy: number(3),
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Frequencies {
    signature: Signature,
}

impl Frequencies {
    fn new() -> Self {
        Self {
            signature: Signature::variadic_any(Volatility::Immutable),
        }
    }
}

impl AggregateUDFImpl for Frequencies {
    fn name(&self) -> &'static str {
        "frequencies"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::new_list(DataType::Float64, true))
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Counts::default()))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let name = format!("{}[counts]", args.name);
        Ok(vec![Arc::new(Field::new(
            name,
            DataType::LargeBinary,
            true,
        ))])
    }
}

/// Keys are hashes already.
#[derive(Debug, Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }
}

#[derive(Debug, Default)]
struct Counts {
    counts: HashMap<u128, u64, BuildHasherDefault<AsIs>>,
    low: Vec<u64>,
    high: Vec<u64>,
}

const ENTRY: usize = size_of::<u128>() + size_of::<u64>();

impl Accumulator for Counts {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let rows = values.first().map_or(0, |column| column.len());
        for (hashes, seed) in [(&mut self.low, 17), (&mut self.high, 71)] {
            hashes.clear();
            hashes.resize(rows, 0);
            create_hashes(values, &RandomState::with_seed(seed), hashes)?;
        }
        let nulls: Vec<_> = values.iter().map(|column| column.logical_nulls()).collect();
        let sometimes_null = nulls.iter().all(Option::is_some);
        for row in 0..rows {
            if sometimes_null && nulls.iter().flatten().all(|nulls| nulls.is_null(row)) {
                continue;
            }
            let key = u128::from(self.high[row]) << 64 | u128::from(self.low[row]);
            *self.counts.entry(key).or_default() += 1;
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let Some(states) = states.first() else {
            return Ok(());
        };
        for state in states.as_binary::<i64>().iter().flatten() {
            for entry in state.chunks_exact(ENTRY) {
                let (key, count) = entry.split_at(size_of::<u128>());
                let (Ok(key), Ok(count)) = (key.try_into(), count.try_into()) else {
                    return Err(DataFusionError::Internal("a count was cut".to_owned()));
                };
                *self.counts.entry(u128::from_le_bytes(key)).or_default() +=
                    u64::from_le_bytes(count);
            }
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let mut state = Vec::with_capacity(self.counts.len() * ENTRY);
        for (key, count) in std::mem::take(&mut self.counts) {
            state.extend_from_slice(&key.to_le_bytes());
            state.extend_from_slice(&count.to_le_bytes());
        }
        Ok(vec![ScalarValue::LargeBinary(Some(state))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let rows: u64 = self.counts.values().sum();
        let unique = self.counts.values().filter(|count| **count == 1).count();
        let entropy: f64 = self
            .counts
            .values()
            .map(|count| {
                let share = *count as f64 / rows as f64;
                -share * share.ln()
            })
            .sum();
        let numbers = [
            rows as f64,
            self.counts.len() as f64,
            unique as f64,
            entropy,
        ];
        let numbers: Vec<ScalarValue> = numbers.map(ScalarValue::from).to_vec();
        Ok(ScalarValue::List(ScalarValue::new_list_nullable(
            &numbers,
            &DataType::Float64,
        )))
    }

    fn size(&self) -> usize {
        size_of_val(self)
            + self.counts.capacity() * (ENTRY + 9)
            + (self.low.capacity() + self.high.capacity()) * size_of::<u64>()
    }
}
