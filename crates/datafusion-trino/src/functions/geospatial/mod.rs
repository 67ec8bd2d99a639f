//! Geometries on a plane, the Earth's surface and Bing's tiles. Trino manual, "Geospatial
//! functions".
//!
//! Trino computes with Esri's library, which this follows: predicates by the DE-9IM, sets of points,
//! lines and areas together, polygons with their shells against the clock.

mod aggregates;
mod arguments;
mod bing_tile;
mod boundary;
mod buffer;
mod encoded_polyline;
mod envelope;
mod from_text;
mod geojson;
mod hadoop_shape;
mod hull;
mod line_position;
mod measures;
mod members;
mod nearest_points;
mod overlay;
mod properties;
mod relations;
mod rings;
mod set_operations;
mod simplify;
mod spherical;
mod validity;

use datafusion::logical_expr::{AggregateUDF, ScalarUDF};

use super::scalar::Kind;

/// `array(Geometry)`.
const GEOMETRIES: Kind = Kind::Array(&Kind::Geometry);

pub(super) fn udfs() -> Vec<ScalarUDF> {
    let mut functions = vec![
        boundary::udf(),
        buffer::udf(),
        hadoop_shape::udf(),
        nearest_points::udf(),
        simplify::udf(),
    ];
    functions.extend(bing_tile::udfs());
    functions.extend(encoded_polyline::udfs());
    functions.extend(envelope::udfs());
    functions.extend(from_text::udfs());
    functions.extend(geojson::udfs());
    functions.extend(hull::udfs());
    functions.extend(line_position::udfs());
    functions.extend(measures::udfs());
    functions.extend(members::udfs());
    functions.extend(properties::udfs());
    functions.extend(relations::udfs());
    functions.extend(rings::udfs());
    functions.extend(set_operations::udfs());
    functions.extend(spherical::udfs());
    functions.extend(validity::udfs());
    functions
}

pub(super) fn udafs() -> [AggregateUDF; 2] {
    aggregates::udafs()
}
