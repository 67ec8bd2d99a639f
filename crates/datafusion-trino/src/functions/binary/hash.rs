//! `md5`, `sha1`, `sha256`, `sha512`, `xxhash64` and `murmur3` (binary) -> varbinary, `crc32(binary)
//! -> bigint`. Trino manual, "Binary functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("to_hex(md5(to_utf8('')))"), "D41D8CD98F00B204E9800998ECF8427E");
//! assert_eq!(evaluate("crc32(to_utf8('CRC me!'))"), "38028046");
//! ```

use datafusion::logical_expr::ScalarUDF;
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use xxhash_rust::xxh64::xxh64;

use crate::functions::scalar::Kind::{Bigint, Varbinary};
use crate::functions::scalar::scalar;

macro_rules! digest {
    ($name:literal, $digest:expr) => {
        scalar($name)
            .overload([Varbinary], Varbinary, |call| call.map1($digest))
            .udf()
    };
}

pub(in crate::functions) fn udfs() -> [ScalarUDF; 7] {
    [
        digest!("md5", |bytes: &[u8]| Md5::digest(bytes).to_vec()),
        digest!("sha1", |bytes: &[u8]| Sha1::digest(bytes).to_vec()),
        digest!("sha256", |bytes: &[u8]| Sha256::digest(bytes).to_vec()),
        digest!("sha512", |bytes: &[u8]| Sha512::digest(bytes).to_vec()),
        digest!("xxhash64", |bytes: &[u8]| xxh64(bytes, 0).to_be_bytes()),
        digest!("murmur3", murmur3),
        scalar("crc32")
            .overload([Varbinary], Bigint, |call| {
                call.map1(|bytes: &[u8]| i64::from(crc32fast::hash(bytes)))
            })
            .udf(),
    ]
}

/// The 128-bit variant for 64-bit machines, its halves as they lie in memory.
fn murmur3(mut bytes: &[u8]) -> Vec<u8> {
    // Reading from memory cannot fail.
    let hash = murmur3::murmur3_x64_128(&mut bytes, 0).unwrap_or_default();
    hash.to_le_bytes().to_vec()
}
