use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BinaryBuilder};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use geo::Geometry;

use super::{read_wkb, write_wkb};
use crate::functions::scalar::{Input, Output};
use crate::types::values::{Nulls, StructBuilder, fields, is_null};

/// A geometry as it lies in a column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wkb<'a>(&'a [u8]);

impl Wkb<'_> {
    /// # Errors
    /// If the bytes, which come from files, are no geometry.
    pub(crate) fn read(self) -> Result<Geometry> {
        read_wkb(self.0)
    }
}

impl<'a> Input<'a> for Wkb<'a> {
    type Column = (&'a BinaryArray, Nulls<'a>);

    fn column(array: &'a ArrayRef) -> Result<Self::Column> {
        let row = fields(array)?;
        Ok((row.column(0).as_binary(), row.nulls()))
    }

    fn get((bytes, nulls): &Self::Column, row: usize) -> Option<Self> {
        (!is_null(*nulls, row)).then(|| Self(bytes.value(row)))
    }
}

impl Output for Geometry {
    type Builder = StructBuilder<BinaryBuilder>;

    fn builder(rows: usize, data_type: &DataType) -> Result<Self::Builder> {
        StructBuilder::new(
            data_type,
            rows,
            BinaryBuilder::with_capacity(rows, rows * 32),
        )
    }

    fn append(value: Option<Self>, builder: &mut Self::Builder) {
        builder.nulls.append(value.is_some());
        let mut bytes = Vec::new();
        if let Some(geometry) = value {
            write_wkb(&geometry, &mut bytes);
        }
        builder.columns.append_value(bytes);
    }

    fn finish(mut builder: Self::Builder) -> ArrayRef {
        let bytes = Arc::new(builder.columns.finish());
        builder.finish(vec![bytes])
    }
}
