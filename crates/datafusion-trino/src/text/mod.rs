//! Values in Athena's text form, as they stand in result files and in `GetQueryResults`, and the
//! types' names. Knows Arrow and nothing of Athena's API.

mod column_type;
mod float;
mod temporal;
mod value;

pub use column_type::ColumnType;
pub(crate) use float::{write as write_float, write_scientific};
pub use value::TextColumn;
pub(crate) use value::write_bytes;
