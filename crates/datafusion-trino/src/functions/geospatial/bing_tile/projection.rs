//! Between degrees and tiles, by the Mercator projection of a sphere.

use std::f64::consts::PI;

use datafusion::common::Result;
use geo::{Coord, Rect};

use crate::error::TrinoError;
use crate::types::geometry::Tile;

/// Where the map, which is a square, ends.
pub(super) const MAX_LATITUDE: f64 = 85.051_128_78;
pub(super) const MAX_LONGITUDE: f64 = 180.0;

/// Pixels of a tile's side.
const TILE_PIXELS: u32 = 256;

pub(super) fn check_latitude(latitude: f64, message: &str) -> Result<()> {
    match latitude.abs() <= MAX_LATITUDE {
        true => Ok(()),
        false => Err(TrinoError::invalid_argument(message)),
    }
}

pub(super) fn check_longitude(longitude: f64, message: &str) -> Result<()> {
    match longitude.abs() <= MAX_LONGITUDE {
        true => Ok(()),
        false => Err(TrinoError::invalid_argument(message)),
    }
}

/// The side of the map in pixels.
fn map_size(zoom: u32) -> f64 {
    f64::from(TILE_PIXELS << zoom)
}

pub(super) fn tile_at(latitude: f64, longitude: f64, zoom: u32) -> Tile {
    let sin = (latitude * PI / 180.0).sin();
    let x = (longitude + 180.0) / 360.0;
    let y = 0.5 - ((1.0 + sin) / (1.0 - sin)).ln() / (4.0 * PI);
    let size = map_size(zoom);
    let place = |share: f64| (share * size).clamp(0.0, size - 1.0) as u32 / TILE_PIXELS;
    Tile::new(place(x), place(y), zoom)
}

/// The degrees of the upper left corner of a place of the grid.
pub(super) fn corner(x: u32, y: u32, zoom: u32) -> Coord {
    let size = map_size(zoom);
    let share = |place: u32| (f64::from(place) * f64::from(TILE_PIXELS)).clamp(0.0, size) / size;
    let north = 0.5 - share(y);
    Coord {
        x: 360.0 * (share(x) - 0.5),
        y: 90.0 - 360.0 * (-north * 2.0 * PI).exp().atan() / PI,
    }
}

pub(super) fn tile_rect(tile: Tile) -> Rect {
    let (x, y, zoom) = (tile.x(), tile.y(), tile.zoom());
    Rect::new(corner(x, y, zoom), corner(x + 1, y + 1, zoom))
}
