use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BinaryArray, BooleanArray, LargeStringArray,
    PrimitiveArray, StringArray, StringViewArray,
};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type,
};
use datafusion::common::{Result, internal_datafusion_err, internal_err};

/// A value that a kernel takes from an argument.
pub(crate) trait Input<'a>: Copy {
    type Column;

    /// # Errors
    /// If the argument is of another type than was declared.
    fn column(array: &'a ArrayRef) -> Result<Self::Column>;

    /// None for null.
    fn get(column: &Self::Column, row: usize) -> Option<Self>;
}

fn primitive<T: ArrowPrimitiveType>(array: &ArrayRef) -> Result<&PrimitiveArray<T>> {
    array.as_primitive_opt().ok_or_else(|| {
        internal_datafusion_err!("expected {}, got {}", T::DATA_TYPE, array.data_type())
    })
}

macro_rules! primitive_inputs {
    ($($native:ty, $arrow:ty;)*) => {
        $(impl<'a> Input<'a> for $native {
            type Column = &'a PrimitiveArray<$arrow>;

            fn column(array: &'a ArrayRef) -> Result<Self::Column> {
                primitive::<$arrow>(array)
            }

            fn get(column: &Self::Column, row: usize) -> Option<Self> {
                column.is_valid(row).then(|| column.value(row))
            }
        })*
    };
}

primitive_inputs! {
    i8, Int8Type;
    i16, Int16Type;
    i32, Int32Type;
    i64, Int64Type;
    f32, Float32Type;
    f64, Float64Type;
    i128, Decimal128Type;
}

/// A day, counted from 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date(pub(crate) i32);

impl<'a> Input<'a> for Date {
    type Column = &'a PrimitiveArray<Date32Type>;

    fn column(array: &'a ArrayRef) -> Result<Self::Column> {
        primitive::<Date32Type>(array)
    }

    fn get(column: &Self::Column, row: usize) -> Option<Self> {
        column.is_valid(row).then(|| Self(column.value(row)))
    }
}

impl<'a> Input<'a> for bool {
    type Column = &'a BooleanArray;

    fn column(array: &'a ArrayRef) -> Result<Self::Column> {
        array
            .as_boolean_opt()
            .ok_or_else(|| internal_datafusion_err!("expected booleans, got {}", array.data_type()))
    }

    fn get(column: &Self::Column, row: usize) -> Option<Self> {
        column.is_valid(row).then(|| column.value(row))
    }
}

impl<'a> Input<'a> for &'a [u8] {
    type Column = &'a BinaryArray;

    fn column(array: &'a ArrayRef) -> Result<Self::Column> {
        array
            .as_binary_opt()
            .ok_or_else(|| internal_datafusion_err!("expected bytes, got {}", array.data_type()))
    }

    fn get(column: &Self::Column, row: usize) -> Option<Self> {
        column.is_valid(row).then(|| column.value(row))
    }
}

/// Texts in whichever of Arrow's forms they come.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Texts<'a> {
    Small(&'a StringArray),
    Large(&'a LargeStringArray),
    View(&'a StringViewArray),
}

impl<'a> Input<'a> for &'a str {
    type Column = Texts<'a>;

    fn column(array: &'a ArrayRef) -> Result<Self::Column> {
        Ok(match array.data_type() {
            DataType::Utf8 => Texts::Small(array.as_string()),
            DataType::LargeUtf8 => Texts::Large(array.as_string()),
            DataType::Utf8View => Texts::View(array.as_string_view()),
            other => return internal_err!("expected texts, got {other}"),
        })
    }

    fn get(column: &Self::Column, row: usize) -> Option<Self> {
        match *column {
            Texts::Small(texts) => texts.is_valid(row).then(|| texts.value(row)),
            Texts::Large(texts) => texts.is_valid(row).then(|| texts.value(row)),
            Texts::View(texts) => texts.is_valid(row).then(|| texts.value(row)),
        }
    }
}
