//! Bing's tiles: squares of the world's map, four of each at the next zoom level, which goes from 1
//! to 23. Source: "Bing Maps Tile System".
//!
//! `bing_tile(x, y, zoom_level) -> BingTile`, `bing_tile(quadKey)`, `bing_tile_at(latitude,
//! longitude, zoom_level)`, `bing_tile_quadkey(tile) -> varchar`, `bing_tile_coordinates(tile) ->
//! row(x, y)`, `bing_tile_zoom_level(tile) -> tinyint`, `bing_tile_polygon(tile) -> Geometry`.
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("bing_tile_quadkey(bing_tile(3, 5, 3))"), "213");
//! assert_eq!(evaluate("bing_tile('213') = bing_tile(3, 5, 3)"), "true");
//! assert_eq!(evaluate("bing_tile_quadkey(bing_tile_at(30.12, 60, 15))"), "123030123010121");
//! assert_eq!(evaluate("bing_tile_coordinates(bing_tile('213'))"), "{x=3, y=5}");
//! assert_eq!(evaluate("bing_tile('')"), "INVALID_FUNCTION_ARGUMENT: QuadKey must not be empty string");
//! ```

mod around;
mod covering;
mod projection;
mod quadkey;

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Builder, NullBufferBuilder, StructArray};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::ScalarUDF;
use geo::{Geometry, Polygon};

use super::envelope::ring;
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{self, BingTile, Double, Integer, Tinyint, Varchar};
use crate::functions::scalar::{Call, Returns, scalar};
use crate::types::geometry::Tile;
use projection::{check_latitude, check_longitude, tile_at, tile_rect};

/// `array(BingTile)`.
const BING_TILES: Kind = Kind::Array(&BingTile);

pub(super) fn udfs() -> [ScalarUDF; 8] {
    let coordinates = Returns::Of(|_| {
        let number = |name| Field::new(name, DataType::Int32, true);
        Ok(DataType::Struct(Fields::from(vec![
            number("x"),
            number("y"),
        ])))
    });
    [
        scalar("bing_tile")
            .overload([Integer, Integer, Integer], BingTile, |call| {
                call.try_map3(|x: i32, y: i32, zoom: i32| tile(x, y, zoom).map(Some))
            })
            .overload([Varchar], BingTile, |call| {
                call.try_map1(|key: &str| quadkey::read(key).map(Some))
            })
            .udf(),
        scalar("bing_tile_at")
            .overload([Double, Double, Integer], BingTile, |call| {
                call.try_map3(|latitude: f64, longitude: f64, zoom: i32| {
                    check_place(latitude, longitude)?;
                    Ok(Some(tile_at(latitude, longitude, check_zoom(zoom)?)))
                })
            })
            .udf(),
        scalar("bing_tile_quadkey")
            .overload([BingTile], Varchar, |call| call.map1(quadkey::write))
            .udf(),
        scalar("bing_tile_coordinates")
            .overload([BingTile], coordinates, tile_coordinates)
            .udf(),
        scalar("bing_tile_zoom_level")
            .overload([BingTile], Tinyint, |call| {
                call.try_map1(|tile: Tile| Ok(i8::try_from(tile.zoom()).ok()))
            })
            .udf(),
        scalar("bing_tile_polygon")
            .overload([BingTile], Kind::Geometry, |call| call.map1(tile_polygon))
            .udf(),
        scalar("bing_tiles_around")
            .overload([Double, Double, Integer], BING_TILES, around::neighbours)
            .overload(
                [Double, Double, Integer, Double],
                BING_TILES,
                around::within_radius,
            )
            .udf(),
        scalar("geometry_to_bing_tiles")
            .overload(
                [Kind::Geometry, Integer],
                BING_TILES,
                covering::geometry_to_tiles,
            )
            .udf(),
    ]
}

fn tile(x: i32, y: i32, zoom: i32) -> Result<Tile> {
    let zoom = check_zoom(zoom)?;
    let side = 1_u32 << zoom;
    let place = |coordinate: i32| match u32::try_from(coordinate) {
        Ok(place) if place < side => Ok(place),
        _ => Err(TrinoError::invalid_argument(format!(
            "XY coordinates for a Bing tile at zoom level {zoom} must be within [0, {side}) range"
        ))),
    };
    Ok(Tile::new(place(x)?, place(y)?, zoom))
}

fn check_zoom(zoom: i32) -> Result<u32> {
    match u32::try_from(zoom) {
        Ok(zoom @ 1..=Tile::MAX_ZOOM) => Ok(zoom),
        Ok(1..) => Err(TrinoError::invalid_argument(format!(
            "Zoom level must be <= {}",
            Tile::MAX_ZOOM
        ))),
        _ => Err(TrinoError::invalid_argument("Zoom level must be > 0")),
    }
}

fn check_place(latitude: f64, longitude: f64) -> Result<()> {
    check_latitude(
        latitude,
        "Latitude must be between -85.05112878 and 85.05112878",
    )?;
    check_longitude(longitude, "Longitude must be between -180.0 and 180.0")
}

fn tile_polygon(tile: Tile) -> Geometry {
    Polygon::new(ring(&tile_rect(tile)), Vec::new()).into()
}

fn tile_coordinates(call: &Call<'_>) -> Result<ArrayRef> {
    let DataType::Struct(fields) = call.return_type() else {
        return internal_err!("{} is no row", call.return_type());
    };
    let tiles = call.column::<Tile>(0)?;
    let [mut x, mut y] = [0, 1].map(|_| Int32Builder::with_capacity(call.rows()));
    let mut nulls = NullBufferBuilder::new(call.rows());
    for row in 0..call.rows() {
        let tile = tiles.get(row);
        nulls.append(tile.is_some());
        x.append_option(tile.and_then(|tile| i32::try_from(tile.x()).ok()));
        y.append_option(tile.and_then(|tile| i32::try_from(tile.y()).ok()));
    }
    let columns: Vec<ArrayRef> = vec![Arc::new(x.finish()), Arc::new(y.finish())];
    Ok(Arc::new(StructArray::try_new(
        fields.clone(),
        columns,
        nulls.finish(),
    )?))
}
