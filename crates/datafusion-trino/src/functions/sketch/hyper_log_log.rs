//! `approx_set(x) -> HyperLogLog`, `empty_approx_set() -> HyperLogLog` and
//! `cardinality(HyperLogLog) -> bigint`: how many different values there are, with a standard error
//! of 1.6 %; up to 1,000 are counted exactly. Flajolet et al., "HyperLogLog: the analysis of a
//! near-optimal cardinality estimation algorithm".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("cardinality(approx_set(x)) FROM (VALUES 1, 2, 2, NULL) t(x)"), "2");
//! assert_eq!(evaluate("cardinality(empty_approx_set())"), "0");
//! assert_eq!(
//!     evaluate("abs(cardinality(approx_set(x)) - 10000) < 500 FROM UNNEST(sequence(1, 10000)) t(x)"),
//!     "true"
//! );
//! ```

use std::collections::BTreeSet;

use datafusion::common::Result;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};

use super::building::{Building, Summary, numbers, unreadable};
use super::hashing::hashes;
use crate::functions::aggregate::aggregate;
use crate::functions::scalar::Kind::{self, Any, Bigint};
use crate::functions::scalar::{Scalar, scalar};
use crate::types::{Packed, Sketch};

const KIND: Kind = Kind::Sketch(Sketch::HyperLogLog);

pub(super) fn approx_set() -> AggregateUDF {
    aggregate("approx_set")
        .overload(
            [Any],
            KIND,
            Building(|rows| Ok(of_hashes(hashes(&rows[0])?))),
        )
        .udaf()
}

pub(super) fn empty_approx_set() -> ScalarUDF {
    scalar("empty_approx_set")
        .overload([], KIND, |call| {
            call.collect(|_| Ok(Some(Packed(of_hashes([]).write()))))
        })
        .udf()
}

pub(super) fn cardinality(scalar: Scalar) -> Scalar {
    scalar.overload([KIND], Bigint, |call| {
        call.try_map1(|sketch: Packed<&[u8]>| Ok(Some(HyperLogLog::read(sketch.0)?.cardinality())))
    })
}

/// Bits of a hash that say which register counts it.
const INDEX_BITS: u32 = 12;
const REGISTERS: usize = 1 << INDEX_BITS;

/// So many hashes are kept as they are.
const MOST_EXACT: usize = 1_000;

/// What is written first.
const EXACT: u8 = 0;
const ESTIMATED: u8 = 1;

/// The hashes themselves, or of those that share a register the longest run of zeros.
pub(super) enum HyperLogLog {
    Exact(BTreeSet<u64>),
    Estimated(Vec<u8>),
}

pub(super) fn of_hashes(hashes: impl IntoIterator<Item = u64>) -> HyperLogLog {
    let mut sketch = HyperLogLog::Exact(BTreeSet::new());
    hashes.into_iter().for_each(|hash| sketch.add(hash));
    sketch
}

impl HyperLogLog {
    fn add(&mut self, hash: u64) {
        match self {
            Self::Exact(hashes) => {
                hashes.insert(hash);
                if hashes.len() > MOST_EXACT {
                    let mut registers = vec![0; REGISTERS];
                    hashes.iter().for_each(|hash| count(&mut registers, *hash));
                    *self = Self::Estimated(registers);
                }
            }
            Self::Estimated(registers) => count(registers, hash),
        }
    }

    pub(super) fn cardinality(&self) -> i64 {
        let registers = match self {
            Self::Exact(hashes) => return hashes.len() as i64,
            Self::Estimated(registers) => registers,
        };
        let size = REGISTERS as f64;
        let sum: f64 = registers
            .iter()
            .map(|zeros| 2_f64.powi(-i32::from(*zeros)))
            .sum();
        let estimate = 0.7213 / (1.0 + 1.079 / size) * size * size / sum;
        let empty = registers.iter().filter(|zeros| **zeros == 0).count();
        let estimate = match estimate <= 2.5 * size && empty > 0 {
            true => size * (size / empty as f64).ln(),
            false => estimate,
        };
        estimate.round() as i64
    }
}

fn count(registers: &mut [u8], hash: u64) {
    let register = (hash >> (u64::BITS - INDEX_BITS)) as usize;
    // One bit behind the hash ends the longest run there can be.
    let rest = hash << INDEX_BITS | 1 << (INDEX_BITS - 1);
    let zeros = rest.leading_zeros() as u8 + 1;
    registers[register] = registers[register].max(zeros);
}

impl Summary for HyperLogLog {
    fn read(bytes: &[u8]) -> Result<Self> {
        let sketch = match bytes.split_first() {
            Some((&EXACT, hashes)) => {
                numbers(hashes).map(|hashes| Self::Exact(hashes.map(u64::from_le_bytes).collect()))
            }
            Some((&ESTIMATED, registers)) if registers.len() == REGISTERS => {
                Some(Self::Estimated(registers.to_vec()))
            }
            _ => None,
        };
        sketch.ok_or_else(|| unreadable("HyperLogLog"))
    }

    fn write(&self) -> Vec<u8> {
        match self {
            Self::Exact(hashes) => {
                let mut bytes = vec![EXACT];
                bytes.extend(hashes.iter().flat_map(|hash| hash.to_le_bytes()));
                bytes
            }
            Self::Estimated(registers) => {
                let mut bytes = vec![ESTIMATED];
                bytes.extend(registers);
                bytes
            }
        }
    }

    fn merge(&mut self, other: Self) {
        match (&mut *self, other) {
            (_, Self::Exact(hashes)) => hashes.into_iter().for_each(|hash| self.add(hash)),
            (Self::Estimated(registers), Self::Estimated(others)) => {
                for (register, other) in registers.iter_mut().zip(others) {
                    *register = other.max(*register);
                }
            }
            (Self::Exact(hashes), Self::Estimated(mut registers)) => {
                hashes.iter().for_each(|hash| count(&mut registers, *hash));
                *self = Self::Estimated(registers);
            }
        }
    }
}
