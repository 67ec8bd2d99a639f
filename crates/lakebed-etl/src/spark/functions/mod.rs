//! Spark's functions that DataFusion lacks or gives another meaning, one file each.

pub(crate) mod aggregate;
mod collection;
mod datetime;
mod function;
pub(crate) mod string;

use datafusion::prelude::SessionContext;
use lakebed_core::Timestamp;

use super::cast;

/// Adds the functions to a session, in place of DataFusion's own of the same name.
pub(super) fn register(session: &SessionContext, now: Timestamp) {
    session.register_udf(cast::sql_cast());
    session.register_udf(cast::number());
    for function in string::functions() {
        session.register_udf(function);
    }
    for function in datetime::functions(now) {
        session.register_udf(function);
    }
    for function in collection::functions() {
        session.register_udf(function);
    }
    for function in aggregate::functions() {
        session.register_udaf(function);
    }
}
