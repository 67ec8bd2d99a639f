//! Finding columns by the paths that nodes use.
//!
//! A path is a list of keys from the outermost column inwards. Names match as Spark matches them:
//! exactly if there is such a column, else ignoring case.

use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::{Expr, ident};

use crate::error::NodeError;

/// A column or a field inside one.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Reads the value.
    pub(crate) expr: Expr,
    /// The path as the schema spells it.
    pub(crate) path: Vec<String>,
    /// The type of the value.
    pub(crate) data_type: DataType,
}

/// Looks a path up, nested or not. A single key with dots is tried as it stands, then as a path.
///
/// # Errors
/// [`NodeError::ColumnNotFound`] with the columns there are.
pub(crate) fn find(fields: &Fields, path: &[String]) -> Result<Found, NodeError> {
    try_find(fields, path).ok_or_else(|| NodeError::ColumnNotFound {
        column: path.join("."),
        available: names(fields),
    })
}

/// Like [`find`], for nodes that ignore what is not there.
pub(crate) fn try_find(fields: &Fields, path: &[String]) -> Option<Found> {
    if let [key] = path
        && key.contains('.')
        && field(fields, key).is_none()
    {
        let parts: Vec<String> = key.split('.').map(str::to_owned).collect();
        return try_find(fields, &parts);
    }
    let (first, rest) = path.split_first()?;
    let column = field(fields, first)?;
    let mut found = Found {
        expr: ident(column.name()),
        path: vec![column.name().clone()],
        data_type: column.data_type().clone(),
    };
    for key in rest {
        let DataType::Struct(inner) = &found.data_type else {
            return None;
        };
        let inner = field(inner, key)?.clone();
        found.expr = get_field(found.expr, inner.name().clone());
        found.path.push(inner.name().clone());
        found.data_type = inner.data_type().clone();
    }
    Some(found)
}

/// The column of this name.
pub(crate) fn field<'a>(fields: &'a Fields, name: &str) -> Option<&'a Field> {
    fields
        .iter()
        .find(|field| field.name() == name)
        .or_else(|| {
            fields
                .iter()
                .find(|field| field.name().to_lowercase() == name.to_lowercase())
        })
        .map(AsRef::as_ref)
}

/// The names of all columns, as messages list them.
pub(crate) fn names(fields: &Fields) -> String {
    let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
    names.join(", ")
}
