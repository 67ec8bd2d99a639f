//! `bing_tiles_around(latitude, longitude, zoom_level) -> array(BingTile)`: the tile of a place and
//! those around it; `bing_tiles_around(latitude, longitude, zoom_level, radius_in_km)`: those that a
//! circle covers.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("cardinality(bing_tiles_around(30.12, 60, 15))"), "9");
//! assert_eq!(evaluate("cardinality(bing_tiles_around(30.12, 60, 1, 1000))"), "1");
//! assert_eq!(
//!     evaluate("bing_tiles_around(30.12, 60, 1, -1)"),
//!     "INVALID_FUNCTION_ARGUMENT: Radius must be >= 0"
//! );
//! ```

use arrow::array::ArrayRef;
use datafusion::common::Result;
use geo::Coord;

use super::projection::{MAX_LATITUDE, MAX_LONGITUDE, corner, tile_at};
use super::{check_place, check_zoom};
use crate::error::TrinoError;
use crate::functions::geospatial::spherical::great_circle_distance;
use crate::functions::scalar::{Call, Elements};
use crate::types::geometry::Tile;

const EARTH_RADIUS_KM: f64 = 6371.01;
const MOST_TILES: u64 = 1_000_000;
const MAX_RADIUS_KM: f64 = 1000.0;

pub(super) fn neighbours(call: &Call<'_>) -> Result<ArrayRef> {
    call.try_map3(|latitude: f64, longitude: f64, zoom: i32| {
        check_place(latitude, longitude)?;
        let zoom = check_zoom(zoom)?;
        let center = tile_at(latitude, longitude, zoom);
        let near = |place: u32| {
            let last = (1_u32 << zoom) - 1;
            place.saturating_sub(1)..=(place + 1).min(last)
        };
        let tiles =
            near(center.x()).flat_map(|x| near(center.y()).map(move |y| Tile::new(x, y, zoom)));
        Ok(Some(Elements(tiles.collect())))
    })
}

pub(super) fn within_radius(call: &Call<'_>) -> Result<ArrayRef> {
    let (latitudes, longitudes) = (call.column::<f64>(0)?, call.column::<f64>(1)?);
    let (zooms, radii) = (call.column::<i32>(2)?, call.column::<f64>(3)?);
    call.collect(|row| {
        let (Some(latitude), Some(longitude), Some(zoom), Some(radius)) = (
            latitudes.get(row),
            longitudes.get(row),
            zooms.get(row),
            radii.get(row),
        ) else {
            return Ok(None);
        };
        check_place(latitude, longitude)?;
        let zoom = check_zoom(zoom)?;
        let center = Coord {
            x: longitude,
            y: latitude,
        };
        circle(center, zoom, radius).map(Elements).map(Some)
    })
}

/// The tiles of the cross through the center first, then those of the quarters, column by column.
fn circle(center: Coord, zoom: u32, radius: f64) -> Result<Vec<Tile>> {
    if radius.is_nan() || radius < 0.0 {
        return Err(TrinoError::invalid_argument("Radius must be >= 0"));
    }
    if radius > MAX_RADIUS_KM {
        return Err(TrinoError::invalid_argument("Radius must be <= 1,000 km"));
    }
    let side = 1_u32 << zoom;
    let middle = tile_at(center.y, center.x, zoom);
    let top = tile_at(latitude_towards(center, radius, 1.0), center.x, zoom).y();
    let bottom = tile_at(latitude_towards(center, radius, -1.0), center.x, zoom).y();
    let left = tile_at(center.y, longitude_towards(center, radius, -1.0), zoom).x();
    let right = tile_at(center.y, longitude_towards(center, radius, 1.0), zoom).x();
    // A circle over the date line goes on at the other edge of the map.
    let width = match right < left {
        true => right + side - left + 1,
        false => right - left + 1,
    };
    let count = u64::from(width) * u64::from(bottom - top + 1);
    if count > MOST_TILES {
        return Err(TrinoError::invalid_argument(format!(
            "The number of tiles covering input rectangle exceeds the limit of 1M. Number of tiles: {count}. Radius: {radius:.1} km. Zoom level: {zoom}."
        )));
    }
    let tile = |x, y| Tile::new(x, y, zoom);
    let mut tiles: Vec<Tile> = (0..width)
        .map(|step| tile((left + step) % side, middle.y()))
        .collect();
    tiles.extend(
        (top..=bottom)
            .filter(|y| *y != middle.y())
            .map(|y| tile(middle.x(), y)),
    );
    let is_near = |x, y| great_circle_distance(center, corner(x, y, zoom)) <= radius;
    let columns = |from: u32, step: u32| {
        let next = move |x: &u32| Some((x + step) % side);
        std::iter::successors(Some(from), next).take_while(|x| *x != middle.x())
    };
    // Each column from its outer end inwards: from the first tile whose corner nearest to the
    // center is in the circle.
    for (x, inner) in columns(right, side - 1)
        .map(|x| (x, x))
        .chain(columns(left, 1).map(|x| (x, x + 1)))
    {
        let upper = (top..middle.y()).skip_while(|y| !is_near(inner, y + 1));
        tiles.extend(upper.map(|y| tile(x, y)));
        let lower = (middle.y() + 1..=bottom)
            .rev()
            .skip_while(|y| !is_near(inner, *y));
        tiles.extend(lower.map(|y| tile(x, y)));
    }
    Ok(tiles)
}

/// The latitude at a distance to the north (1) or south (-1), by the haversine formula.
fn latitude_towards(center: Coord, distance: f64, north: f64) -> f64 {
    let (sin, cos) = center.y.to_radians().sin_cos();
    let (turn_sin, turn_cos) = (distance / EARTH_RADIUS_KM).sin_cos();
    let latitude = (sin * turn_cos + cos * turn_sin * north)
        .asin()
        .to_degrees();
    latitude.clamp(-MAX_LATITUDE, MAX_LATITUDE)
}

/// The longitude at a distance to the east (1) or west (-1).
fn longitude_towards(center: Coord, distance: f64, east: f64) -> f64 {
    let (sin, cos) = center.y.to_radians().sin_cos();
    let (turn_sin, turn_cos) = (distance / EARTH_RADIUS_KM).sin_cos();
    let turn = (east * turn_sin * cos).atan2(turn_cos - sin * sin);
    let longitude = (center.x.to_radians() + turn).to_degrees();
    match longitude {
        east if east > MAX_LONGITUDE => east - 2.0 * MAX_LONGITUDE,
        west if west < -MAX_LONGITUDE => west + 2.0 * MAX_LONGITUDE,
        inside => inside,
    }
}
