//! `geometry_to_bing_tiles(geometry, zoom_level) -> array(BingTile)`: the fewest tiles that cover a
//! geometry.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(
//!     evaluate("transform(geometry_to_bing_tiles(ST_Point(60, 30.12), 10), x -> bing_tile_quadkey(x))"),
//!     "[1230301230]"
//! );
//! assert_eq!(
//!     evaluate("geometry_to_bing_tiles(ST_Point(600, 30.12), 10)"),
//!     "INVALID_FUNCTION_ARGUMENT: Longitude span for the geometry must be in [-180.00, 180.00] range"
//! );
//! ```

use arrow::array::ArrayRef;
use datafusion::common::Result;
use geo::{CoordsIter, Geometry, Rect};

use super::projection::{check_latitude, check_longitude, corner, tile_at, tile_rect};
use super::{check_zoom, tile_polygon};
use crate::error::TrinoError;
use crate::functions::geospatial::arguments::map_with;
use crate::functions::geospatial::envelope::envelope;
use crate::functions::geospatial::relations::{contains, disjoint};
use crate::functions::scalar::{Call, Elements};
use crate::types::geometry::Tile;

const MOST_TILES: u64 = 1_000_000;

/// Tiles times points.
const MOST_WORK: u64 = 25_000_000;

/// Above this zoom level large tiles within the geometry are split without looking again.
const COARSE_ZOOM: u32 = 10;

pub(super) fn geometry_to_tiles(call: &Call<'_>) -> Result<ArrayRef> {
    map_with(call, |geometry, zoom: i32| {
        let zoom = check_zoom(zoom)?;
        Ok(Some(Elements(match envelope(geometry) {
            Some(rect) => covering(geometry, &rect, zoom)?,
            None => Vec::new(),
        })))
    })
}

fn covering(geometry: &Geometry, rect: &Rect, zoom: u32) -> Result<Vec<Tile>> {
    let (min, max) = (rect.min(), rect.max());
    for latitude in [min.y, max.y] {
        let message = "Latitude span for the geometry must be in [-85.05, 85.05] range";
        check_latitude(latitude, message)?;
    }
    for longitude in [min.x, max.x] {
        let message = "Longitude span for the geometry must be in [-180.00, 180.00] range";
        check_longitude(longitude, message)?;
    }
    let first = tile_at(max.y, min.x, zoom);
    let last = lower_right_tile(rect, zoom);
    // The lower right tile of a rectangle without width may lie before the upper left one.
    let (width, height) = (
        (last.x() + 1).saturating_sub(first.x()),
        (last.y() + 1).saturating_sub(first.y()),
    );
    let count = u64::from(width) * u64::from(height);
    let is_whole = is_point_or_rectangle(geometry, rect);
    check_work(geometry, rect, is_whole, count, zoom)?;
    let grid = |zoom_out: u32| {
        let rows = first.y() >> zoom_out..=last.y() >> zoom_out;
        let columns = first.x() >> zoom_out..=last.x() >> zoom_out;
        columns.flat_map(move |x| rows.clone().map(move |y| Tile::new(x, y, zoom - zoom_out)))
    };
    let mut tiles = Vec::new();
    if is_whole {
        tiles.extend(grid(0));
    } else {
        for tile in grid(zoom.saturating_sub(COARSE_ZOOM)) {
            add_subtiles(geometry, tile, zoom, &mut tiles)?;
        }
    }
    Ok(tiles)
}

/// The tile of the lower right corner; one that the rectangle only touches does not count.
fn lower_right_tile(rect: &Rect, zoom: u32) -> Tile {
    let (x, y) = (rect.max().x, rect.min().y);
    let tile = tile_at(y, x, zoom);
    let edge = corner(tile.x(), tile.y(), zoom);
    let less = |place: u32, is_edge: bool| place.saturating_sub(u32::from(is_edge));
    Tile::new(
        less(tile.x(), edge.x == x),
        less(tile.y(), edge.y == y),
        zoom,
    )
}

fn is_point_or_rectangle(geometry: &Geometry, rect: &Rect) -> bool {
    match geometry {
        Geometry::Point(_) => true,
        Geometry::Polygon(polygon) => {
            let corners = polygon.exterior().0.as_slice();
            polygon.interiors().is_empty()
                && corners.len() == 5
                && [(rect.min().x, rect.min().y), (rect.min().x, rect.max().y)]
                    .iter()
                    .chain(&[(rect.max().x, rect.min().y), (rect.max().x, rect.max().y)])
                    .all(|(x, y)| {
                        corners
                            .iter()
                            .any(|corner| corner.x == *x && corner.y == *y)
                    })
        }
        _ => false,
    }
}

fn check_work(
    geometry: &Geometry,
    rect: &Rect,
    is_whole: bool,
    count: u64,
    zoom: u32,
) -> Result<()> {
    let (min, max) = (rect.min(), rect.max());
    if is_whole && count > MOST_TILES {
        return Err(TrinoError::invalid_argument(format!(
            "The number of tiles covering input rectangle exceeds the limit of 1M. Number of tiles: {count}. Rectangle: xMin={:.2}, yMin={:.2}, xMax={:.2}, yMax={:.2}. Zoom level: {zoom}.",
            min.x, min.y, max.x, max.y
        )));
    }
    if !is_whole && i32::try_from(count).is_err() {
        return Err(TrinoError::invalid_argument(
            "The zoom level is too high to compute a set of covering Bing tiles.",
        ));
    }
    let work = count.saturating_mul(geometry.coords_count() as u64);
    if !is_whole && work > MOST_WORK {
        return Err(TrinoError::invalid_argument(
            "The zoom level is too high or the geometry is too complex to compute a set of covering Bing tiles. Please use a lower zoom level or convert the geometry to its bounding box using the ST_Envelope function.",
        ));
    }
    Ok(())
}

/// Adds the tiles of a zoom level within `tile` that meet the geometry.
fn add_subtiles(geometry: &Geometry, tile: Tile, zoom: u32, tiles: &mut Vec<Tile>) -> Result<()> {
    if tile.zoom() == zoom {
        if !disjoint(geometry, &tile_rect(tile).into())? {
            tiles.push(tile);
        }
        return Ok(());
    }
    if disjoint(geometry, &tile_rect(tile).into())? {
        return Ok(());
    }
    let within = |levels: u32| {
        let (x, y, side) = (tile.x() << levels, tile.y() << levels, 1_u32 << levels);
        let zoom = tile.zoom() + levels;
        (x..x + side).flat_map(move |x| (y..y + side).map(move |y| Tile::new(x, y, zoom)))
    };
    if contains(geometry, &tile_polygon(tile))? {
        tiles.extend(within(zoom - tile.zoom()));
        return Ok(());
    }
    within(1).try_for_each(|part| add_subtiles(geometry, part, zoom, tiles))
}
