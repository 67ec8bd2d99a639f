use arrow::datatypes::{DataType, FieldRef};
use datafusion::arrow::datatypes::Field;
use datafusion::common::Result;
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast::DataType as SqlType;
use std::sync::Arc;

use super::parse_type;
use crate::error::{ErrorCode, TrinoError};

/// Plans the types that queries name.
#[derive(Debug)]
pub(crate) struct Types;

impl TypePlanner for Types {
    fn plan_type_field(&self, sql_type: &SqlType) -> Result<Option<FieldRef>> {
        let text = match sql_type {
            // As the query has it; see `dialect::types`.
            SqlType::Custom(name, modifiers) if modifiers.is_empty() => match name.0.as_slice() {
                [part] => part.as_ident().map(|ident| ident.value.clone()),
                _ => None,
            },
            _ => None,
        };
        let text = text.unwrap_or_else(|| sql_type.to_string());
        let data_type: DataType = parse_type(&text).ok_or_else(|| {
            TrinoError::new(ErrorCode::TypeNotFound, format!("Unknown type: {text}"))
        })?;
        Ok(Some(Arc::new(Field::new("", data_type, true))))
    }
}
