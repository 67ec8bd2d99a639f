//! `hmac_md5`, `hmac_sha1`, `hmac_sha256`, `hmac_sha512` (binary, key) -> varbinary. Trino manual,
//! "Binary functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("to_hex(hmac_md5(to_utf8('a'), to_utf8('key')))"),
//!     "80EA44CCEA14CC2263889567CFACCCD7");
//! ```

use datafusion::logical_expr::ScalarUDF;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use crate::functions::scalar::Kind::Varbinary;
use crate::functions::scalar::scalar;

macro_rules! hmac {
    ($name:literal, $digest:ty) => {
        scalar($name)
            .overload([Varbinary, Varbinary], Varbinary, |call| {
                call.try_map2(|bytes: &[u8], key: &[u8]| {
                    // A key of any length will do.
                    let mac = Hmac::<$digest>::new_from_slice(key).ok();
                    Ok(mac.map(|mac| mac.chain_update(bytes).finalize().into_bytes().to_vec()))
                })
            })
            .udf()
    };
}

pub(in crate::functions) fn udfs() -> [ScalarUDF; 4] {
    [
        hmac!("hmac_md5", Md5),
        hmac!("hmac_sha1", Sha1),
        hmac!("hmac_sha256", Sha256),
        hmac!("hmac_sha512", Sha512),
    ]
}
