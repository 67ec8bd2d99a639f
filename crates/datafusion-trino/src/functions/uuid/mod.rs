//! `uuid() -> uuid`: a random one, another in each row. Trino manual, "UUID functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("length(CAST(uuid() AS varchar))"), "36");
//! assert_eq!(evaluate("typeof(uuid())"), "uuid");
//! ```

use datafusion::logical_expr::ScalarUDF;

use crate::functions::scalar::Kind;
use crate::functions::scalar::scalar;
use crate::types::Uuid;

pub(super) fn udf() -> ScalarUDF {
    scalar("uuid")
        .overload([], Kind::Uuid, |call| {
            call.collect(|_| {
                let mut bytes: [u8; 16] = rand::random();
                // Version 4 of RFC 4122's variant.
                bytes[6] = bytes[6] & 0x0F | 0x40;
                bytes[8] = bytes[8] & 0x3F | 0x80;
                Ok(Some(Uuid(bytes)))
            })
        })
        .volatile()
        .udf()
}
