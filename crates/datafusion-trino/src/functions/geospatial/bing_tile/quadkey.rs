//! Quadkeys: one digit a zoom level, whose bits are those of the tile's row and column.

use datafusion::common::Result;

use crate::error::TrinoError;
use crate::types::geometry::Tile;

pub(super) fn read(key: &str) -> Result<Tile> {
    if key.is_empty() {
        return Err(TrinoError::invalid_argument(
            "QuadKey must not be empty string",
        ));
    }
    if key.len() > Tile::MAX_ZOOM as usize {
        return Err(TrinoError::invalid_argument(format!(
            "QuadKey must be {} characters or less",
            Tile::MAX_ZOOM
        )));
    }
    let (mut x, mut y) = (0, 0);
    for digit in key.chars() {
        let Some(bits) = digit.to_digit(4) else {
            return Err(TrinoError::invalid_argument(format!(
                "Invalid QuadKey digit sequence: {key}"
            )));
        };
        x = x << 1 | bits & 1;
        y = y << 1 | bits >> 1;
    }
    Ok(Tile::new(x, y, key.len() as u32))
}

pub(super) fn write(tile: Tile) -> String {
    (0..tile.zoom())
        .rev()
        .filter_map(|level| {
            let bit = |place: u32| place >> level & 1;
            char::from_digit(bit(tile.y()) << 1 | bit(tile.x()), 4)
        })
        .collect()
}
