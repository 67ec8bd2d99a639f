//! `substring(text, position[, length])`: counts characters from 1, from the end if negative.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use datafusion::arrow::datatypes::{DataType, Int32Type};
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, ScalarUDF};

use crate::spark::functions::function::Function;

/// The call, for `SUBSTRING(text FROM position FOR length)`.
pub(crate) fn substring(args: Vec<Expr>) -> Expr {
    function().call(args)
}

pub(super) fn function() -> ScalarUDF {
    Function {
        name: "substring",
        takes: vec![
            Some(DataType::Utf8),
            Some(DataType::Int32),
            Some(DataType::Int32),
        ],
        required: 2,
        returns: DataType::Utf8,
        kernel: cut,
    }
    .into_udf(&["substr"])
}

fn cut(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let texts = columns[0].as_string::<i32>();
    let positions = columns[1].as_primitive::<Int32Type>();
    let lengths = columns
        .get(2)
        .map(|lengths| lengths.as_primitive::<Int32Type>());
    let mut cut = StringBuilder::new();
    for row in 0..texts.len() {
        if columns.iter().any(|column| column.is_null(row)) {
            cut.append_null();
            continue;
        }
        let text = texts.value(row);
        let length = lengths.map_or(i32::MAX, |lengths| lengths.value(row));
        let (start, end) = bounds(positions.value(row), length, text.chars().count());
        cut.append_value(
            text.chars()
                .skip(start)
                .take(end - start)
                .collect::<String>(),
        );
    }
    Ok(Arc::new(cut.finish()))
}

/// The characters wanted, as a half-open range within the text.
fn bounds(position: i32, length: i32, characters: usize) -> (usize, usize) {
    let characters = i64::try_from(characters).unwrap_or(i64::MAX);
    let start = match i64::from(position) {
        0 => 0,
        position if position > 0 => position - 1,
        position => characters + position,
    };
    let end = start + i64::from(length);
    let within = |place: i64| usize::try_from(place.clamp(0, characters)).unwrap_or(0);
    (within(start), within(end).max(within(start)))
}

#[cfg(test)]
mod tests {
    use super::bounds;

    #[test]
    fn bounds_are_sparks() {
        assert_eq!(bounds(1, 3, 5), (0, 3));
        assert_eq!(bounds(0, 3, 5), (0, 3));
        assert_eq!(bounds(-2, i32::MAX, 5), (3, 5));
        assert_eq!(bounds(-7, 3, 5), (0, 1));
        assert_eq!(bounds(9, 3, 5), (5, 5));
        assert_eq!(bounds(2, -1, 5), (1, 1));
    }
}
