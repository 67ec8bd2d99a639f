use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};

use super::{Input, Output};

/// The arguments of one call over a batch of rows.
pub(crate) struct Call<'a> {
    arguments: Vec<Argument>,
    rows: usize,
    return_type: &'a DataType,
}

struct Argument {
    array: ArrayRef,
    /// Whether the one value stands for all rows.
    is_constant: bool,
}

impl<'a> Call<'a> {
    pub(super) fn new(args: &'a ScalarFunctionArgs) -> Result<Self> {
        let arguments: Vec<Argument> = args
            .args
            .iter()
            .map(|argument| {
                Ok(match argument {
                    ColumnarValue::Array(array) => Argument {
                        array: ArrayRef::clone(array),
                        is_constant: false,
                    },
                    ColumnarValue::Scalar(value) => Argument {
                        array: value.to_array()?,
                        is_constant: true,
                    },
                })
            })
            .collect::<Result<_>>()?;
        let constant = !arguments.is_empty() && arguments.iter().all(|one| one.is_constant);
        Ok(Self {
            arguments,
            rows: if constant { 1 } else { args.number_rows },
            return_type: args.return_type(),
        })
    }

    /// Whether no argument depends on the row.
    pub(super) fn is_constant(&self) -> bool {
        !self.arguments.is_empty() && self.arguments.iter().all(|argument| argument.is_constant)
    }

    pub(crate) fn return_type(&self) -> &DataType {
        self.return_type
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// How many arguments there are.
    pub(crate) fn len(&self) -> usize {
        self.arguments.len()
    }

    pub(crate) fn data_type(&self, argument: usize) -> &DataType {
        self.arguments[argument].array.data_type()
    }

    /// Whether an argument is the same in all rows.
    pub(crate) fn is_constant_at(&self, argument: usize) -> bool {
        self.arguments[argument].is_constant
    }

    /// The one value of an argument that is the same in all rows.
    pub(crate) fn value(&self, argument: usize) -> ArrayRef {
        ArrayRef::clone(&self.arguments[argument].array)
    }

    /// An argument with one value a row.
    pub(crate) fn array(&self, argument: usize) -> Result<ArrayRef> {
        let Argument { array, is_constant } = &self.arguments[argument];
        if *is_constant && self.rows != 1 {
            let value = datafusion::common::ScalarValue::try_from_array(array, 0)?;
            return value.to_array_of_size(self.rows);
        }
        Ok(ArrayRef::clone(array))
    }

    /// An argument's values.
    pub(crate) fn column<'c, A: Input<'c>>(&'c self, argument: usize) -> Result<Column<'c, A>> {
        let Argument { array, is_constant } = &self.arguments[argument];
        Ok(Column {
            values: A::column(array)?,
            is_constant: *is_constant,
        })
    }

    /// Answers each row by what `value` makes of it.
    pub(crate) fn collect<R: Output>(
        &self,
        mut value: impl FnMut(usize) -> Result<Option<R>>,
    ) -> Result<ArrayRef> {
        let mut builder = R::builder(self.rows, self.return_type)?;
        for row in 0..self.rows {
            R::append(value(row)?, &mut builder);
        }
        Ok(R::finish(builder))
    }

    /// Maps all values of the first argument at once, those of nulls too.
    pub(crate) fn unary<T: ArrowPrimitiveType>(
        &self,
        map: impl Fn(T::Native) -> T::Native,
    ) -> Result<ArrayRef> {
        let values = self.array(0)?;
        let values: PrimitiveArray<T> = values.as_primitive::<T>().unary(map);
        Ok(Arc::new(values))
    }

    /// Maps the one argument; null to null.
    pub(crate) fn map1<'c, A: Input<'c>, R: Output>(
        &'c self,
        mut map: impl FnMut(A) -> R,
    ) -> Result<ArrayRef> {
        self.try_map1(|a| Ok(Some(map(a))))
    }

    /// Maps the one argument; null to null. The mapping can fail, and answer null.
    pub(crate) fn try_map1<'c, A: Input<'c>, R: Output>(
        &'c self,
        mut map: impl FnMut(A) -> Result<Option<R>>,
    ) -> Result<ArrayRef> {
        let a = self.column::<A>(0)?;
        self.collect(|row| match a.get(row) {
            Some(a) => map(a),
            None => Ok(None),
        })
    }

    /// Maps two arguments; null if one is null.
    pub(crate) fn map2<'c, A: Input<'c>, B: Input<'c>, R: Output>(
        &'c self,
        mut map: impl FnMut(A, B) -> R,
    ) -> Result<ArrayRef> {
        self.try_map2(|a, b| Ok(Some(map(a, b))))
    }

    /// Maps two arguments; null if one is null. The mapping can fail, and answer null.
    pub(crate) fn try_map2<'c, A: Input<'c>, B: Input<'c>, R: Output>(
        &'c self,
        mut map: impl FnMut(A, B) -> Result<Option<R>>,
    ) -> Result<ArrayRef> {
        let (a, b) = (self.column::<A>(0)?, self.column::<B>(1)?);
        self.collect(|row| match (a.get(row), b.get(row)) {
            (Some(a), Some(b)) => map(a, b),
            _ => Ok(None),
        })
    }

    /// Maps three arguments; null if one is null. The mapping can fail, and answer null.
    pub(crate) fn try_map3<'c, A: Input<'c>, B: Input<'c>, C: Input<'c>, R: Output>(
        &'c self,
        mut map: impl FnMut(A, B, C) -> Result<Option<R>>,
    ) -> Result<ArrayRef> {
        let (a, b, c) = (
            self.column::<A>(0)?,
            self.column::<B>(1)?,
            self.column::<C>(2)?,
        );
        self.collect(|row| match (a.get(row), b.get(row), c.get(row)) {
            (Some(a), Some(b), Some(c)) => map(a, b, c),
            _ => Ok(None),
        })
    }
}

/// An argument's values by row.
pub(crate) struct Column<'c, A: Input<'c>> {
    values: A::Column,
    is_constant: bool,
}

impl<'c, A: Input<'c>> Column<'c, A> {
    /// None for null.
    pub(crate) fn get(&self, row: usize) -> Option<A> {
        A::get(&self.values, if self.is_constant { 0 } else { row })
    }
}
