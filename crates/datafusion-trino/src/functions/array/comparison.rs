//! How values are compared, with what is in them: whether two arrays are equal is not known if
//! that hangs on a null in them. Trino manual, "Comparison functions and operators".

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray, make_comparator};
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use datafusion::common::Result;

use crate::types::{Own, without_zone};

/// Whether a value of the one array equals one of the other; none if it is not known.
pub(crate) type Equality = Box<dyn Fn(usize, usize) -> Option<bool>>;

/// How a value of the one array is to be sorted beside one of the other.
pub(crate) type Order = Box<dyn Fn(usize, usize) -> Ordering>;

/// Where NaN is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nan {
    First,
    Last,
}

/// Whether a value is null; Arrow says that those of the type `unknown` are not.
pub(crate) fn is_null(array: &ArrayRef, place: usize) -> bool {
    array.data_type().is_null() || array.is_null(place)
}

/// Whether values of two arrays of one type are equal.
pub(crate) fn equality(a: &ArrayRef, b: &ArrayRef) -> Result<Equality> {
    let equal = not_null_equality(a, b)?;
    let (a, b) = (a.clone(), b.clone());
    Ok(Box::new(move |i, j| {
        match is_null(&a, i) || is_null(&b, j) {
            true => None,
            false => equal(i, j),
        }
    }))
}

fn not_null_equality(a: &ArrayRef, b: &ArrayRef) -> Result<Equality> {
    if let Some(own) = Own::of(a.data_type()) {
        return match own.comparable() {
            Some(_) => not_null_equality(&without_zone(a)?, &without_zone(b)?),
            None => same(a, b),
        };
    }
    match a.data_type() {
        DataType::Float32 => Ok(float_equality::<Float32Type>(a, b)),
        DataType::Float64 => Ok(float_equality::<Float64Type>(a, b)),
        DataType::List(_) => {
            let (a, b) = (a.as_list::<i32>().clone(), b.as_list::<i32>().clone());
            let elements = equality(a.values(), b.values())?;
            Ok(Box::new(move |i, j| {
                let [x, y] = [(&a, i), (&b, j)].map(|(list, row)| {
                    let offsets = list.value_offsets();
                    offsets[row] as usize..offsets[row + 1] as usize
                });
                if x.len() != y.len() {
                    return Some(false);
                }
                all(x.zip(y).map(|(i, j)| elements(i, j)))
            }))
        }
        DataType::Struct(_) => {
            let fields = a.as_struct().columns().iter().zip(b.as_struct().columns());
            let fields: Vec<Equality> =
                fields.map(|(a, b)| equality(a, b)).collect::<Result<_>>()?;
            Ok(Box::new(move |i, j| {
                all(fields.iter().map(|field| field(i, j)))
            }))
        }
        DataType::Map(..) => {
            let (a, b) = (a.as_map().clone(), b.as_map().clone());
            let keys = equality(a.keys(), b.keys())?;
            let values = equality(a.values(), b.values())?;
            Ok(Box::new(move |i, j| {
                let [x, y] = [(&a, i), (&b, j)].map(|(map, row)| {
                    let offsets = map.value_offsets();
                    offsets[row] as usize..offsets[row + 1] as usize
                });
                if x.len() != y.len() {
                    return Some(false);
                }
                all(
                    x.map(|i| match y.clone().find(|j| keys(i, *j) == Some(true)) {
                        Some(j) => values(i, j),
                        None => Some(false),
                    }),
                )
            }))
        }
        _ => same(a, b),
    }
}

/// False if one is false, else not known if one is not known.
fn all(equal: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(true);
    for equal in equal {
        match equal {
            Some(true) => {}
            Some(false) => return Some(false),
            None => known = None,
        }
    }
    known
}

fn same(a: &ArrayRef, b: &ArrayRef) -> Result<Equality> {
    let compare = make_comparator(a, b, SortOptions::default())?;
    Ok(Box::new(move |i, j| Some(compare(i, j).is_eq())))
}

/// NaN equals nothing.
fn float_equality<T: ArrowPrimitiveType>(a: &ArrayRef, b: &ArrayRef) -> Equality {
    let (a, b): (PrimitiveArray<T>, PrimitiveArray<T>) =
        (a.as_primitive().clone(), b.as_primitive().clone());
    Box::new(move |i, j| Some(a.value(i) == b.value(j)))
}

/// How values of two arrays of one type are sorted: nulls last.
pub(crate) fn order(a: &ArrayRef, b: &ArrayRef, nan: Nan) -> Result<Order> {
    let compare = not_null_order(a, b, nan)?;
    let (a, b) = (a.clone(), b.clone());
    Ok(Box::new(move |i, j| {
        match (is_null(&a, i), is_null(&b, j)) {
            (false, false) => compare(i, j),
            (a, b) => a.cmp(&b),
        }
    }))
}

fn not_null_order(a: &ArrayRef, b: &ArrayRef, nan: Nan) -> Result<Order> {
    if let Some(comparable) = Own::of(a.data_type()).map(Own::comparable) {
        return match comparable {
            Some(_) => not_null_order(&without_zone(a)?, &without_zone(b)?, nan),
            None => Ok(make_comparator(a, b, SortOptions::default())?),
        };
    }
    match a.data_type() {
        DataType::Float32 => Ok(float_order::<Float32Type>(a, b, nan)),
        DataType::Float64 => Ok(float_order::<Float64Type>(a, b, nan)),
        DataType::List(_) => {
            let (a, b) = (a.as_list::<i32>().clone(), b.as_list::<i32>().clone());
            let elements = order(a.values(), b.values(), nan)?;
            Ok(Box::new(move |i, j| {
                let [x, y] = [(&a, i), (&b, j)].map(|(list, row)| {
                    let offsets = list.value_offsets();
                    offsets[row] as usize..offsets[row + 1] as usize
                });
                let lengths = x.len().cmp(&y.len());
                let mut elements = x.zip(y).map(|(i, j)| elements(i, j));
                elements.find(|order| order.is_ne()).unwrap_or(lengths)
            }))
        }
        DataType::Struct(_) => {
            let fields = a.as_struct().columns().iter().zip(b.as_struct().columns());
            let fields: Vec<Order> = fields
                .map(|(a, b)| order(a, b, nan))
                .collect::<Result<_>>()?;
            Ok(Box::new(move |i, j| {
                let mut fields = fields.iter().map(|field| field(i, j));
                fields
                    .find(|order| order.is_ne())
                    .unwrap_or(Ordering::Equal)
            }))
        }
        _ => Ok(make_comparator(a, b, SortOptions::default())?),
    }
}

fn float_order<T: ArrowPrimitiveType>(a: &ArrayRef, b: &ArrayRef, nan: Nan) -> Order
where
    T::Native: PartialOrd,
{
    let (a, b): (PrimitiveArray<T>, PrimitiveArray<T>) =
        (a.as_primitive().clone(), b.as_primitive().clone());
    Box::new(move |i, j| {
        let (a, b) = (a.value(i), b.value(j));
        a.partial_cmp(&b).unwrap_or_else(|| {
            let is_nan = |value: T::Native| value.partial_cmp(&value).is_none();
            match nan {
                Nan::First => is_nan(b).cmp(&is_nan(a)),
                Nan::Last => is_nan(a).cmp(&is_nan(b)),
            }
        })
    })
}
