//! `make_set_digest(x) -> SetDigest`: the smallest hashes of the values and how often each was there,
//! beside a HyperLogLog of all. `cardinality(setdigest) -> bigint`,
//! `intersection_cardinality(setdigest, setdigest) -> bigint`, `jaccard_index(setdigest, setdigest)
//! -> double` and `hash_counts(setdigest) -> map(bigint, smallint)`. Up to 8,192 different values
//! all of it is exact.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! let rows = "FROM (VALUES (1, 1), (NULL, 2), (2, 3), (3, 4)) t(a, b)";
//! let two = "make_set_digest(a), make_set_digest(b)";
//! assert_eq!(evaluate(&format!("intersection_cardinality({two}) {rows}")), "3");
//! assert_eq!(evaluate(&format!("jaccard_index({two}) {rows}")), "0.75");
//! assert_eq!(
//!     evaluate("hash_counts(make_set_digest(x)) FROM (VALUES 1, 1, 1, 2, 2) t(x)"),
//!     "{19144387141682250=3, -2447670524089286488=2}"
//! );
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int16Builder, Int64Builder, MapBuilder, MapFieldNames};
use datafusion::common::Result;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};

use super::building::{Building, Summary, numbers, unreadable};
use super::hashing::hashes;
use super::hyper_log_log::{HyperLogLog, of_hashes};
use crate::functions::aggregate::aggregate;
use crate::functions::scalar::Kind::{self, Any, Bigint, Double, Map, Smallint};
use crate::functions::scalar::{Call, Scalar, scalar};
use crate::types::{Packed, Sketch};

pub(super) const KIND: Kind = Kind::Sketch(Sketch::SetDigest);

pub(super) fn make_set_digest() -> AggregateUDF {
    aggregate("make_set_digest")
        .overload(
            [Any],
            KIND,
            Building(|rows| Ok(SetDigest::of(hashes(&rows[0])?))),
        )
        .udaf()
}

pub(super) fn cardinality(scalar: Scalar) -> Scalar {
    scalar.overload([KIND], Bigint, |call| {
        call.try_map1(|digest: Packed<&[u8]>| Ok(Some(SetDigest::read(digest.0)?.cardinality())))
    })
}

pub(super) fn udfs() -> [ScalarUDF; 3] {
    [
        scalar("intersection_cardinality")
            .overload([KIND, KIND], Bigint, |call| {
                call.try_map2(|one: Packed<&[u8]>, other: Packed<&[u8]>| {
                    let one = SetDigest::read(one.0)?;
                    Ok(Some(
                        one.intersection_cardinality(SetDigest::read(other.0)?),
                    ))
                })
            })
            .udf(),
        scalar("jaccard_index")
            .overload([KIND, KIND], Double, |call| {
                call.try_map2(|one: Packed<&[u8]>, other: Packed<&[u8]>| {
                    let one = SetDigest::read(one.0)?;
                    Ok(Some(one.jaccard_index(&SetDigest::read(other.0)?)))
                })
            })
            .udf(),
        scalar("hash_counts")
            .overload([KIND], Map(&Bigint, &Smallint), hash_counts)
            .udf(),
    ]
}

fn hash_counts(call: &Call<'_>) -> Result<ArrayRef> {
    let digests = call.column::<Packed<&[u8]>>(0)?;
    let names = MapFieldNames {
        entry: "entries".to_owned(),
        key: "key".to_owned(),
        value: "value".to_owned(),
    };
    let mut maps = MapBuilder::new(Some(names), Int64Builder::new(), Int16Builder::new());
    for row in 0..call.rows() {
        let digest = digests.get(row);
        if let Some(digest) = &digest {
            for (hash, count) in SetDigest::read(digest.0)?.smallest {
                maps.keys().append_value(hash.cast_signed());
                maps.values()
                    .append_value(i16::try_from(count).unwrap_or(i16::MAX));
            }
        }
        maps.append(digest.is_some())?;
    }
    Ok(Arc::new(maps.finish()))
}

/// So many hashes are kept, the smallest ones.
const MOST_HASHES: usize = 8_192;

/// Bytes of the length that is written first.
const LENGTH: usize = 8;

pub(super) struct SetDigest {
    all: HyperLogLog,
    smallest: BTreeMap<u64, u64>,
}

impl SetDigest {
    fn of(hashes: Vec<u64>) -> Self {
        let mut smallest = BTreeMap::new();
        for hash in &hashes {
            *smallest.entry(*hash).or_default() += 1;
        }
        let mut digest = Self {
            all: of_hashes(hashes),
            smallest,
        };
        digest.truncate();
        digest
    }

    fn truncate(&mut self) {
        while self.smallest.len() > MOST_HASHES {
            self.smallest.pop_last();
        }
    }

    fn is_exact(&self) -> bool {
        self.smallest.len() < MOST_HASHES
    }

    fn cardinality(&self) -> i64 {
        match self.is_exact() {
            true => self.smallest.len() as i64,
            false => self.all.cardinality(),
        }
    }

    /// The share of values in both among those in either, told by as many hashes of the union as
    /// the smaller digest has if that does not know all of its values.
    fn jaccard_index(&self, other: &Self) -> f64 {
        let mut union: Vec<u64> = self.smallest.keys().copied().collect();
        union.extend(
            other
                .smallest
                .keys()
                .filter(|hash| !self.smallest.contains_key(hash)),
        );
        union.sort_unstable();
        if !(self.is_exact() && other.is_exact()) {
            union.truncate(MOST_HASHES);
        }
        let is_common =
            |hash: &&u64| self.smallest.contains_key(hash) && other.smallest.contains_key(hash);
        let common = union.iter().filter(is_common).count();
        match union.len() {
            0 => 0.0,
            count => common as f64 / count as f64,
        }
    }

    fn intersection_cardinality(mut self, other: Self) -> i64 {
        if self.is_exact() && other.is_exact() {
            let is_common = |hash: &&u64| other.smallest.contains_key(hash);
            return self.smallest.keys().filter(is_common).count() as i64;
        }
        let share = self.jaccard_index(&other);
        let least = self.cardinality().min(other.cardinality());
        self.merge(other);
        ((share * self.cardinality() as f64).round() as i64).min(least)
    }
}

impl Summary for SetDigest {
    fn read(bytes: &[u8]) -> Result<Self> {
        let parts = bytes
            .split_first_chunk::<LENGTH>()
            .and_then(|(length, rest)| {
                let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
                let (all, smallest) = rest.split_at_checked(length)?;
                let mut smallest = numbers(smallest)?.map(u64::from_le_bytes);
                let mut counts = BTreeMap::new();
                while let Some(hash) = smallest.next() {
                    counts.insert(hash, smallest.next()?);
                }
                Some((all, counts))
            });
        let (all, smallest) = parts.ok_or_else(|| unreadable("SetDigest"))?;
        Ok(Self {
            all: HyperLogLog::read(all)?,
            smallest,
        })
    }

    fn write(&self) -> Vec<u8> {
        let all = self.all.write();
        let mut bytes = (all.len() as u64).to_le_bytes().to_vec();
        bytes.extend(all);
        for (hash, count) in &self.smallest {
            bytes.extend(hash.to_le_bytes());
            bytes.extend(count.to_le_bytes());
        }
        bytes
    }

    fn merge(&mut self, other: Self) {
        self.all.merge(other.all);
        for (hash, count) in other.smallest {
            *self.smallest.entry(hash).or_default() += count;
        }
        self.truncate();
    }
}
