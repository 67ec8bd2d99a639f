use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, Int64Builder};
use arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::functions::scalar::{Input, Output};
use crate::types::values::{Nulls, StructBuilder, fields, is_null};

/// A tile of Bing's maps as one number: its zoom level in the lowest five bits, then its column and
/// its row in 23 bits each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tile(i64);

const ZOOM_BITS: u32 = 5;
const PLACE_BITS: u32 = 23;
const PLACE_MASK: i64 = (1 << PLACE_BITS) - 1;

impl Tile {
    /// The finest zoom level.
    pub(crate) const MAX_ZOOM: u32 = PLACE_BITS;

    /// The tile at a place of the grid, counted from the upper left corner of the map.
    pub(crate) fn new(x: u32, y: u32, zoom: u32) -> Self {
        let place = i64::from(y) << PLACE_BITS | i64::from(x);
        Self(place << ZOOM_BITS | i64::from(zoom))
    }

    pub(crate) fn x(self) -> u32 {
        (self.0 >> ZOOM_BITS & PLACE_MASK) as u32
    }

    pub(crate) fn y(self) -> u32 {
        (self.0 >> (ZOOM_BITS + PLACE_BITS) & PLACE_MASK) as u32
    }

    pub(crate) fn zoom(self) -> u32 {
        (self.0 & ((1 << ZOOM_BITS) - 1)) as u32
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (x, y, zoom) = (self.x(), self.y(), self.zoom());
        write!(f, "BingTile{{x={x}, y={y}, zoom_level={zoom}}}")
    }
}

impl<'a> Input<'a> for Tile {
    type Column = (&'a Int64Array, Nulls<'a>);

    fn column(array: &'a ArrayRef) -> Result<Self::Column> {
        let row = fields(array)?;
        Ok((row.column(0).as_primitive(), row.nulls()))
    }

    fn get((tiles, nulls): &Self::Column, row: usize) -> Option<Self> {
        (!is_null(*nulls, row)).then(|| Self(tiles.value(row)))
    }
}

impl Output for Tile {
    type Builder = StructBuilder<Int64Builder>;

    fn builder(rows: usize, data_type: &DataType) -> Result<Self::Builder> {
        StructBuilder::new(data_type, rows, Int64Builder::with_capacity(rows))
    }

    fn append(value: Option<Self>, builder: &mut Self::Builder) {
        builder.nulls.append(value.is_some());
        builder.columns.append_value(value.map_or(0, |tile| tile.0));
    }

    fn finish(mut builder: Self::Builder) -> ArrayRef {
        let tiles = Arc::new(builder.columns.finish());
        builder.finish(vec![tiles])
    }
}
