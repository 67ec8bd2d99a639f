//! Functions of arrays and maps.

mod size;

use datafusion::logical_expr::ScalarUDF;

pub(super) fn functions() -> Vec<ScalarUDF> {
    vec![size::function()]
}
