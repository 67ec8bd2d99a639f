use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder,
    Float64Builder, Int8Builder, Int16Builder, Int32Builder, Int64Builder, ListArray,
    NullBufferBuilder, StringBuilder,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, internal_err};

use super::Date;

/// What a kernel makes of one row; none for null.
pub(crate) trait Output {
    type Builder;

    fn builder(rows: usize, data_type: &DataType) -> Result<Self::Builder>;
    fn append(value: Option<Self>, builder: &mut Self::Builder)
    where
        Self: Sized;
    fn finish(builder: Self::Builder) -> ArrayRef;
}

macro_rules! outputs {
    ($($native:ty, $builder:ident;)*) => {
        $(impl Output for $native {
            type Builder = $builder;

            fn builder(rows: usize, _: &DataType) -> Result<Self::Builder> {
                Ok($builder::with_capacity(rows))
            }

            fn append(value: Option<Self>, builder: &mut Self::Builder) {
                builder.append_option(value);
            }

            fn finish(mut builder: Self::Builder) -> ArrayRef {
                Arc::new(builder.finish())
            }
        })*
    };
}

outputs! {
    bool, BooleanBuilder;
    i8, Int8Builder;
    i16, Int16Builder;
    i32, Int32Builder;
    i64, Int64Builder;
    f32, Float32Builder;
    f64, Float64Builder;
}

impl Output for Date {
    type Builder = Date32Builder;

    fn builder(rows: usize, _: &DataType) -> Result<Self::Builder> {
        Ok(Date32Builder::with_capacity(rows))
    }

    fn append(value: Option<Self>, builder: &mut Self::Builder) {
        builder.append_option(value.map(|date| date.0));
    }

    fn finish(mut builder: Self::Builder) -> ArrayRef {
        Arc::new(builder.finish())
    }
}

/// Decimals have the precision and scale of the answer's type.
impl Output for i128 {
    type Builder = Decimal128Builder;

    fn builder(rows: usize, data_type: &DataType) -> Result<Self::Builder> {
        Ok(Decimal128Builder::with_capacity(rows).with_data_type(data_type.clone()))
    }

    fn append(value: Option<Self>, builder: &mut Self::Builder) {
        builder.append_option(value);
    }

    fn finish(mut builder: Self::Builder) -> ArrayRef {
        Arc::new(builder.finish())
    }
}

/// Texts and bytes, whose average size nobody knows before.
macro_rules! byte_outputs {
    ($($native:ty, $builder:ident;)*) => {
        $(impl Output for $native {
            type Builder = $builder;

            fn builder(rows: usize, _: &DataType) -> Result<Self::Builder> {
                Ok($builder::with_capacity(rows, rows * 16))
            }

            fn append(value: Option<Self>, builder: &mut Self::Builder) {
                match value {
                    Some(value) => builder.append_value(value),
                    None => builder.append_null(),
                }
            }

            fn finish(mut builder: Self::Builder) -> ArrayRef {
                Arc::new(builder.finish())
            }
        })*
    };
}

byte_outputs! {
    String, StringBuilder;
    &str, StringBuilder;
    Cow<'_, str>, StringBuilder;
    Vec<u8>, BinaryBuilder;
    &[u8], BinaryBuilder;
    Cow<'_, [u8]>, BinaryBuilder;
}

macro_rules! array_outputs {
    ($($size:literal)*) => {
        $(impl Output for [u8; $size] {
            type Builder = BinaryBuilder;

            fn builder(rows: usize, _: &DataType) -> Result<Self::Builder> {
                Ok(BinaryBuilder::with_capacity(rows, rows * $size))
            }

            fn append(value: Option<Self>, builder: &mut Self::Builder) {
                builder.append_option(value);
            }

            fn finish(mut builder: Self::Builder) -> ArrayRef {
                Arc::new(builder.finish())
            }
        })*
    };
}

array_outputs! { 4 8 16 20 32 64 }

/// An array as the answer of one row.
pub(crate) struct Elements<T>(pub(crate) Vec<T>);

/// Collects arrays.
pub(crate) struct ElementsBuilder<B> {
    element: FieldRef,
    values: B,
    lengths: Vec<usize>,
    nulls: NullBufferBuilder,
}

impl<T: Output> Output for Elements<T> {
    type Builder = ElementsBuilder<T::Builder>;

    fn builder(rows: usize, data_type: &DataType) -> Result<Self::Builder> {
        let DataType::List(element) = data_type else {
            return internal_err!("{data_type} is no array");
        };
        Ok(ElementsBuilder {
            element: FieldRef::clone(element),
            values: T::builder(rows, element.data_type())?,
            lengths: Vec::with_capacity(rows),
            nulls: NullBufferBuilder::new(rows),
        })
    }

    fn append(value: Option<Self>, builder: &mut Self::Builder) {
        builder.nulls.append(value.is_some());
        let elements = value.map_or_else(Vec::new, |array| array.0);
        builder.lengths.push(elements.len());
        for element in elements {
            T::append(Some(element), &mut builder.values);
        }
    }

    fn finish(mut builder: Self::Builder) -> ArrayRef {
        let offsets = OffsetBuffer::from_lengths(builder.lengths);
        let values = T::finish(builder.values);
        let nulls = builder.nulls.finish();
        Arc::new(ListArray::new(builder.element, offsets, values, nulls))
    }
}
