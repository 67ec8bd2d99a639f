//! Which types an operator takes, and what it makes of them: Trino's rules in place of DataFusion's
//! more lenient ones. Trino converts numbers to wider ones, and texts never. Trino developer guide,
//! "Types"; manual, "Conversion functions".

mod arithmetic;
mod common_type;
mod comparison;
mod expressions;
mod operators;

pub(crate) use arithmetic::operation;
pub(crate) use common_type::common_type;
pub(crate) use expressions::rewrite;
pub(crate) use operators::Operators;
