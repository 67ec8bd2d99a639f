use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};

/// Any error, as streams of bytes carry it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The bytes of an object on their way in or out.
pub type ByteStream = BoxStream<'static, Result<Bytes, BoxError>>;

/// A body that is in memory already.
#[must_use]
pub fn body(bytes: impl Into<Bytes>) -> ByteStream {
    stream::iter([Ok(bytes.into())]).boxed()
}
