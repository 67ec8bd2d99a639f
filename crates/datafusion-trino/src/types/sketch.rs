use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BinaryBuilder};
use arrow::datatypes::DataType;
use datafusion::common::Result;

use super::values::{Nulls, StructBuilder, fields, is_null};
use crate::functions::scalar::{Input, Output};

/// A summary of many values, as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Sketch {
    HyperLogLog,
    SetDigest,
    TDigest,
    QDigestBigint,
    QDigestReal,
    QDigestDouble,
}

impl Sketch {
    const ALL: [Self; 6] = [
        Self::HyperLogLog,
        Self::SetDigest,
        Self::TDigest,
        Self::QDigestBigint,
        Self::QDigestReal,
        Self::QDigestDouble,
    ];

    /// The name in Trino's words.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HyperLogLog => "HyperLogLog",
            Self::SetDigest => "SetDigest",
            Self::TDigest => "tdigest",
            Self::QDigestBigint => "qdigest(bigint)",
            Self::QDigestReal => "qdigest(real)",
            Self::QDigestDouble => "qdigest(double)",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|sketch| sketch.name().eq_ignore_ascii_case(name))
    }
}

/// A sketch's bytes in a column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packed<T>(pub(crate) T);

impl<'a> Input<'a> for Packed<&'a [u8]> {
    type Column = (&'a BinaryArray, Nulls<'a>);

    fn column(array: &'a ArrayRef) -> Result<Self::Column> {
        let row = fields(array)?;
        Ok((row.column(0).as_binary(), row.nulls()))
    }

    fn get((bytes, nulls): &Self::Column, row: usize) -> Option<Self> {
        (!is_null(*nulls, row)).then(|| Self(bytes.value(row)))
    }
}

impl Output for Packed<Vec<u8>> {
    type Builder = StructBuilder<BinaryBuilder>;

    fn builder(rows: usize, data_type: &DataType) -> Result<Self::Builder> {
        StructBuilder::new(data_type, rows, BinaryBuilder::new())
    }

    fn append(value: Option<Self>, builder: &mut Self::Builder) {
        builder.nulls.append(value.is_some());
        let bytes = value.map_or_else(Vec::new, |packed| packed.0);
        builder.columns.append_value(bytes);
    }

    fn finish(mut builder: Self::Builder) -> ArrayRef {
        let bytes = Arc::new(builder.columns.finish());
        builder.finish(vec![bytes])
    }
}
