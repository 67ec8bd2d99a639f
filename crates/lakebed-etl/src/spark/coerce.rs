//! Spark's implicit casts where DataFusion would refuse or decide otherwise.

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::Expr;

use super::cast::spark_cast;

/// An expression and its type.
pub(crate) type Typed = (Expr, DataType);

pub(crate) fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}

/// Makes two values comparable: a text beside another type becomes that type, null if it cannot.
pub(crate) fn comparable((left, left_type): Typed, (right, right_type): Typed) -> (Expr, Expr) {
    match (is_text(&left_type), is_text(&right_type)) {
        (true, false) if promotes_texts(&right_type) => (spark_cast(left, &right_type), right),
        (false, true) if promotes_texts(&left_type) => (left, spark_cast(right, &left_type)),
        _ => (left, right),
    }
}

fn promotes_texts(data_type: &DataType) -> bool {
    data_type.is_numeric() || data_type.is_temporal() || *data_type == DataType::Boolean
}

/// A value to calculate with: texts become doubles.
pub(crate) fn as_number((value, data_type): Typed) -> Expr {
    if is_text(&data_type) {
        spark_cast(value, &DataType::Float64)
    } else {
        value
    }
}
