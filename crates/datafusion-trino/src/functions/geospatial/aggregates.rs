//! `geometry_union_agg(Geometry) -> Geometry` and `convex_hull_agg(Geometry) -> Geometry`: over all
//! rows, null if there is no geometry in any. Trino manual, "Geospatial functions".

use arrow::array::{ArrayRef, AsArray, BinaryArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility,
};
use geo::Geometry;
use std::sync::Arc;

use super::hull::convex_hull;
use super::set_operations::{collection, union};
use crate::error::TrinoError;
use crate::functions::scalar::{Input, Output};
use crate::types::geometry::{Wkb, read_wkb, write_wkb};
use crate::types::{Own, type_name};

/// Makes one geometry of two.
type Combine = fn(Geometry, Geometry) -> Result<Geometry>;

pub(super) fn udafs() -> [AggregateUDF; 2] {
    [
        udaf("geometry_union_agg", |one, other| {
            Ok(union([&one, &other])?.unwrap_or(one))
        }),
        udaf("convex_hull_agg", |one, other| {
            convex_hull(&collection(vec![one, other]))
        }),
    ]
}

fn udaf(name: &'static str, combine: Combine) -> AggregateUDF {
    AggregateUDF::from(Folded {
        name,
        combine,
        signature: Signature::user_defined(Volatility::Immutable),
    })
}

#[derive(Debug)]
struct Folded {
    name: &'static str,
    combine: Combine,
    signature: Signature,
}

/// Aggregates are told apart by their names, which are unique.
impl PartialEq for Folded {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Folded {}

impl std::hash::Hash for Folded {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl AggregateUDFImpl for Folded {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types {
            [given] if Own::of(given) == Some(Own::Geometry) => Ok(vec![given.clone()]),
            _ => {
                let given: Vec<String> = types.iter().map(type_name).collect();
                Err(TrinoError::wrong_types(format!(
                    "Unexpected parameters ({}) for function {name}. Expected: {name}(Geometry)",
                    given.join(", "),
                    name = self.name
                )))
            }
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(Own::Geometry.data_type())
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let name = format!("{}[geometry]", args.name);
        Ok(vec![Arc::new(Field::new(name, DataType::Binary, true))])
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Folding {
            combine: self.combine,
            geometry: None,
        }))
    }
}

#[derive(Debug)]
struct Folding {
    combine: Combine,
    geometry: Option<Geometry>,
}

impl Folding {
    fn add(&mut self, geometry: Geometry) -> Result<()> {
        // The first is combined with itself, which brings it into its final form.
        let before = self.geometry.take().unwrap_or_else(|| geometry.clone());
        self.geometry = Some((self.combine)(before, geometry)?);
        Ok(())
    }
}

impl Accumulator for Folding {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let column = Wkb::column(&values[0])?;
        (0..values[0].len())
            .filter_map(|row| Wkb::get(&column, row))
            .try_for_each(|geometry| self.add(geometry.read()?))
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let mut builder = Geometry::builder(1, &Own::Geometry.data_type())?;
        Geometry::append(self.geometry.clone(), &mut builder);
        ScalarValue::try_from_array(&Geometry::finish(builder), 0)
    }

    fn size(&self) -> usize {
        let mut bytes = Vec::new();
        if let Some(geometry) = &self.geometry {
            write_wkb(geometry, &mut bytes);
        }
        size_of_val(self) + bytes.len()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let bytes = self.geometry.as_ref().map(|geometry| {
            let mut bytes = Vec::new();
            write_wkb(geometry, &mut bytes);
            bytes
        });
        Ok(vec![ScalarValue::Binary(bytes)])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let states: &BinaryArray = states[0].as_binary();
        states
            .iter()
            .flatten()
            .try_for_each(|bytes| self.add(read_wkb(bytes)?))
    }
}
