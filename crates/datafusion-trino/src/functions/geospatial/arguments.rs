//! Geometries as arguments of calls.

use std::borrow::Cow;

use arrow::array::{Array, ArrayRef, AsArray};
use datafusion::common::Result;
use geo::{CoordsIter, Geometry};

use crate::error::TrinoError;
use crate::functions::scalar::{Call, Column, Input, Output};
use crate::types::geometry::Wkb;

/// An argument's geometries by row; one that is the same in all rows is read once.
pub(super) struct Geometries<'c> {
    column: Column<'c, Wkb<'c>>,
    constant: Option<Geometry>,
}

impl<'c> Geometries<'c> {
    pub(super) fn of(call: &'c Call<'_>, argument: usize) -> Result<Self> {
        let column = call.column::<Wkb<'_>>(argument)?;
        let constant = match call.is_constant_at(argument) {
            true => column.get(0).map(Wkb::read).transpose()?,
            false => None,
        };
        Ok(Self { column, constant })
    }

    /// None for null.
    pub(super) fn get(&self, row: usize) -> Result<Option<Cow<'_, Geometry>>> {
        if let Some(geometry) = &self.constant {
            return Ok(Some(Cow::Borrowed(geometry)));
        }
        let geometry = self.column.get(row).map(Wkb::read).transpose()?;
        Ok(geometry.map(Cow::Owned))
    }
}

/// Maps the one geometry.
pub(super) fn map<R: Output>(
    call: &Call<'_>,
    map: impl Fn(&Geometry) -> Result<Option<R>>,
) -> Result<ArrayRef> {
    call.try_map1(|geometry: Wkb<'_>| map(&geometry.read()?))
}

/// Maps a geometry and something else.
pub(super) fn map_with<'c, B: Input<'c>, R: Output>(
    call: &'c Call<'_>,
    map: impl Fn(&Geometry, B) -> Result<Option<R>>,
) -> Result<ArrayRef> {
    let geometries = Geometries::of(call, 0)?;
    let others = call.column::<B>(1)?;
    call.collect(|row| match (geometries.get(row)?, others.get(row)) {
        (Some(geometry), Some(other)) => map(&geometry, other),
        _ => Ok(None),
    })
}

/// Maps two geometries.
pub(super) fn map_pairs<R: Output>(
    call: &Call<'_>,
    map: impl Fn(&Geometry, &Geometry) -> Result<Option<R>>,
) -> Result<ArrayRef> {
    let (left, right) = (Geometries::of(call, 0)?, Geometries::of(call, 1)?);
    call.collect(|row| match (left.get(row)?, right.get(row)?) {
        (Some(left), Some(right)) => map(&left, &right),
        _ => Ok(None),
    })
}

/// Maps the one array of geometries.
pub(super) fn map_arrays<R: Output>(
    call: &Call<'_>,
    map: impl Fn(&[Option<Geometry>]) -> Result<Option<R>>,
) -> Result<ArrayRef> {
    let arrays = call.array(0)?;
    let arrays = arrays.as_list::<i32>();
    let elements = arrays.values();
    let column = Wkb::column(elements)?;
    call.collect(|row| {
        if arrays.is_null(row) {
            return Ok(None);
        }
        let offsets = arrays.value_offsets();
        let places = offsets[row] as usize..offsets[row + 1] as usize;
        let geometries: Vec<Option<Geometry>> = places
            .map(|place| Wkb::get(&column, place).map(Wkb::read).transpose())
            .collect::<Result<_>>()?;
        map(&geometries)
    })
}

/// The kind of a geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Point,
    MultiPoint,
    LineString,
    MultiLineString,
    Polygon,
    MultiPolygon,
    GeometryCollection,
}

impl Shape {
    pub(super) fn of(geometry: &Geometry) -> Self {
        match geometry {
            Geometry::Point(_) => Self::Point,
            Geometry::MultiPoint(_) => Self::MultiPoint,
            Geometry::Line(_) | Geometry::LineString(_) => Self::LineString,
            Geometry::MultiLineString(_) => Self::MultiLineString,
            Geometry::Polygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => Self::Polygon,
            Geometry::MultiPolygon(_) => Self::MultiPolygon,
            Geometry::GeometryCollection(_) => Self::GeometryCollection,
        }
    }

    /// The name in Trino's messages.
    fn name(self) -> &'static str {
        match self {
            Self::Point => "POINT",
            Self::MultiPoint => "MULTI_POINT",
            Self::LineString => "LINE_STRING",
            Self::MultiLineString => "MULTI_LINE_STRING",
            Self::Polygon => "POLYGON",
            Self::MultiPolygon => "MULTI_POLYGON",
            Self::GeometryCollection => "GEOMETRY_COLLECTION",
        }
    }

    /// The name by `ST_GeometryType`.
    pub(super) fn standard_name(self) -> &'static str {
        match self {
            Self::Point => "ST_Point",
            Self::MultiPoint => "ST_MultiPoint",
            Self::LineString => "ST_LineString",
            Self::MultiLineString => "ST_MultiLineString",
            Self::Polygon => "ST_Polygon",
            Self::MultiPolygon => "ST_MultiPolygon",
            Self::GeometryCollection => "ST_GeomCollection",
        }
    }
}

/// Refuses a geometry of another kind than the function takes.
pub(super) fn require(function: &str, geometry: &Geometry, shapes: &[Shape]) -> Result<()> {
    let shape = Shape::of(geometry);
    if shapes.contains(&shape) {
        return Ok(());
    }
    Err(TrinoError::invalid_argument(format!(
        "{function} only applies to {}. Input type is: {}",
        names(shapes),
        shape.name()
    )))
}

/// The same for functions of the Earth's surface.
pub(super) fn require_on_sphere(
    function: &str,
    geometry: &Geometry,
    shapes: &[Shape],
) -> Result<()> {
    let shape = Shape::of(geometry);
    if shapes.contains(&shape) {
        return Ok(());
    }
    Err(TrinoError::invalid_argument(format!(
        "When applied to SphericalGeography inputs, {function} only supports {}. Input type is: {}",
        names(shapes),
        shape.name()
    )))
}

fn names(shapes: &[Shape]) -> String {
    let names: Vec<&str> = shapes.iter().map(|shape| shape.name()).collect();
    names.join(" or ")
}

/// Refuses a geometry that is infinite, with which nothing can be computed.
pub(super) fn require_finite(geometry: &Geometry) -> Result<()> {
    match geometry
        .coords_iter()
        .any(|coord| coord.x.is_infinite() || coord.y.is_infinite())
    {
        true => Err(TrinoError::invalid_argument(
            "Coordinates of a geometry must be finite",
        )),
        false => Ok(()),
    }
}
