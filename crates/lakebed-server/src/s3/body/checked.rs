use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures::stream::{self, BoxStream, Stream, StreamExt};
use http::HeaderMap;
use http_body::Frame;
use http_body_util::StreamBody;
use sha2::{Digest, Sha256};

use super::aws_chunked::{ChunkDecoder, ChunkError};
use crate::auth::ChunkSignatures;

/// Why a body is not what its headers promise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyFault {
    /// `IncompleteBody`.
    #[error("You did not provide the number of bytes specified by the Content-Length HTTP header")]
    Incomplete,
    /// `InvalidRequest`.
    #[error("The chunked body is malformed: {0}")]
    Chunk(String),
    /// `MalformedTrailerError`.
    #[error(
        "The request contained trailing data that was not well-formed or did not conform to our published schema."
    )]
    Trailer,
    /// `SignatureDoesNotMatch`.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your key and signing method."
    )]
    ChunkSignature,
    /// `XAmzContentSHA256Mismatch`.
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    Sha256 { declared: String, computed: String },
    /// `EntityTooLarge`: the file in a form is longer than its policy allows.
    #[error("Your proposed upload exceeds the maximum allowed size")]
    TooLarge { most: u64 },
    /// `EntityTooSmall`: the file in a form is shorter than its policy allows.
    #[error("Your proposed upload is smaller than the minimum allowed size")]
    TooSmall { least: u64, sent: u64 },
}

impl From<ChunkError> for BodyFault {
    fn from(error: ChunkError) -> Self {
        match error {
            ChunkError::Trailer(_) => Self::Trailer,
            ChunkError::Signature => Self::ChunkSignature,
            error => Self::Chunk(error.to_string()),
        }
    }
}

/// The trailing headers of a request, known once its body has been read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trailers(Arc<OnceLock<Vec<(String, String)>>>);

impl Trailers {
    /// The value of a trailing header; names are in lower case.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let trailers = self.0.get()?;
        trailers
            .iter()
            .find(|(candidate, _)| candidate == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Tells, after a request was served, whether its body was at fault.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch(Arc<OnceLock<BodyFault>>);

impl Watch {
    /// Notes what is wrong with the body; the first time counts.
    pub(crate) fn note(&self, fault: BodyFault) {
        let _ = self.0.set(fault);
    }

    /// What was found wrong with the body, if anything was.
    pub(crate) fn fault(&self) -> Option<&BodyFault> {
        self.0.get()
    }
}

/// How a body is to be read: what wraps it and what it must match.
#[derive(Debug, Default)]
pub(crate) struct CheckedBody {
    /// The body is `aws-chunked`; the trailing headers go here.
    pub(crate) chunked: Option<Trailers>,
    /// What the chunks must be signed with, if they must be.
    pub(crate) signatures: Option<ChunkSignatures>,
    /// A trailing header that was announced and must come.
    pub(crate) announced_trailer: Option<String>,
    /// The SHA-256 the payload must have, in lower-case hexadecimal.
    pub(crate) sha256: Option<String>,
}

impl CheckedBody {
    /// What the headers say of the body. MD5 and checksums are left to who stores the object or
    /// reads the command.
    pub(crate) fn declared_by(headers: &HeaderMap) -> Self {
        let get = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let declared = get("x-amz-content-sha256").unwrap_or_default();
        let chunked = declared.starts_with("STREAMING-")
            || (headers.contains_key("x-amz-decoded-content-length")
                && get("content-encoding").is_some_and(has_aws_chunked));
        let is_hash = declared.len() == 64 && declared.bytes().all(|b| b.is_ascii_hexdigit());
        Self {
            chunked: chunked.then(Trailers::default),
            signatures: None,
            announced_trailer: get("x-amz-trailer")
                .filter(|_| chunked)
                .map(|name| name.trim().to_ascii_lowercase()),
            sha256: is_hash.then(|| declared.to_ascii_lowercase()),
        }
    }

    /// Reads `body` as declared. The stream ends with an error if the body is not as declared,
    /// and `watch` then knows why.
    pub(crate) fn read(mut self, body: axum::body::Body, watch: Watch) -> s3s::Body {
        if self.chunked.is_none() && self.sha256.is_none() {
            return s3s::Body::http_body_unsync(body);
        }
        let reader = Reader {
            source: body
                .into_data_stream()
                .map(|piece| piece.map_err(|_| BodyFault::Incomplete))
                .boxed(),
            pending: Bytes::new(),
            decoder: self
                .chunked
                .as_ref()
                .map(|_| ChunkDecoder::new(self.signatures.take())),
            sha256: self.sha256.as_ref().map(|_| Sha256::new()),
            declared: self,
        };
        let frames = reader.stream(watch).map(|piece| piece.map(Frame::data));
        s3s::Body::http_body_unsync(StreamBody::new(frames))
    }
}

/// Whether a `Content-Encoding` has `aws-chunked` among its codings.
fn has_aws_chunked(encoding: &str) -> bool {
    encoding
        .split(',')
        .any(|coding| coding.trim().eq_ignore_ascii_case("aws-chunked"))
}

struct Reader {
    source: BoxStream<'static, Result<Bytes, BodyFault>>,
    pending: Bytes,
    decoder: Option<ChunkDecoder>,
    sha256: Option<Sha256>,
    declared: CheckedBody,
}

impl Reader {
    fn stream(self, watch: Watch) -> impl Stream<Item = Result<Bytes, BodyFault>> + Send + 'static {
        stream::try_unfold(self, move |mut reader| {
            let watch = watch.clone();
            async move {
                let next = reader.next().await;
                if let Err(fault) = &next {
                    watch.note(fault.clone());
                }
                Ok(next?.map(|piece| (piece, reader)))
            }
        })
    }

    /// The next piece of payload; none at the end of a body that is as declared.
    async fn next(&mut self) -> Result<Option<Bytes>, BodyFault> {
        loop {
            if let Some(decoder) = &mut self.decoder
                && let Some(payload) = decoder.decode(&mut self.pending)?
            {
                return Ok(Some(self.hashed(payload)));
            }
            match self.source.next().await.transpose()? {
                Some(piece) if self.decoder.is_some() => self.pending = piece,
                Some(piece) => return Ok(Some(self.hashed(piece))),
                None => {
                    self.finish()?;
                    return Ok(None);
                }
            }
        }
    }

    fn hashed(&mut self, payload: Bytes) -> Bytes {
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(&payload);
        }
        payload
    }

    /// Compares what came with what was declared.
    fn finish(&mut self) -> Result<(), BodyFault> {
        if let Some(decoder) = self.decoder.take() {
            if !decoder.is_complete() {
                return Err(BodyFault::Incomplete);
            }
            let trailers = decoder.into_trailers();
            let announced = self.declared.announced_trailer.as_deref();
            if announced.is_some_and(|name| !trailers.iter().any(|(sent, _)| sent == name)) {
                return Err(BodyFault::Trailer);
            }
            if let Some(slot) = &self.declared.chunked {
                let _ = slot.0.set(trailers);
            }
        }
        if let (Some(sha256), Some(declared)) = (self.sha256.take(), &self.declared.sha256) {
            let computed = hex::encode(sha256.finalize());
            if computed != *declared {
                return Err(BodyFault::Sha256 {
                    declared: declared.clone(),
                    computed,
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http_body_util::BodyExt;

    use super::*;

    async fn read(
        headers: &[(&'static str, &'static str)],
        body: &'static str,
    ) -> (Option<Bytes>, Watch, Option<Trailers>) {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        let declared = CheckedBody::declared_by(&headers);
        let trailers = declared.chunked.clone();
        let watch = Watch::default();
        let body = declared.read(axum::body::Body::from(body), watch.clone());
        let bytes = BodyExt::collect(body)
            .await
            .ok()
            .map(|collected| collected.to_bytes());
        (bytes, watch, trailers)
    }

    #[tokio::test]
    async fn trailers_are_there_when_the_body_was_read() {
        let headers = [
            ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            ("x-amz-trailer", "x-amz-checksum-crc32"),
        ];
        let body = "2\r\nhi\r\n0\r\nx-amz-checksum-crc32:2f4Y8A==\r\n\r\n";
        let (bytes, watch, trailers) = read(&headers, body).await;
        assert_eq!(bytes.unwrap(), "hi");
        assert_eq!(watch.fault(), None);
        assert_eq!(
            trailers.unwrap().get("x-amz-checksum-crc32"),
            Some("2f4Y8A==")
        );
    }

    #[tokio::test]
    async fn an_announced_trailer_must_come() {
        let headers = [
            ("content-encoding", "aws-chunked"),
            ("x-amz-decoded-content-length", "2"),
            ("x-amz-trailer", "x-amz-checksum-crc32"),
        ];
        let (bytes, watch, _) = read(&headers, "2\r\nhi\r\n0\r\n\r\n").await;
        assert_eq!(bytes, None);
        assert_eq!(watch.fault(), Some(&BodyFault::Trailer));
    }

    #[tokio::test]
    async fn the_payload_must_have_the_declared_hash() {
        const HI: &str = "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4";
        let headers = [("x-amz-content-sha256", HI)];
        let (bytes, watch, _) = read(&headers, "ho").await;
        assert_eq!(bytes, None);
        assert!(
            matches!(watch.fault(), Some(BodyFault::Sha256 { declared, .. }) if declared == HI)
        );
        let (bytes, watch, _) = read(&headers, "hi").await;
        assert_eq!((bytes.unwrap().as_ref(), watch.fault()), (&b"hi"[..], None));
    }
}
