pub(crate) mod constructor;
pub(crate) mod subscript;
