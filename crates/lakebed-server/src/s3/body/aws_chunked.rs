//! Decoding of `aws-chunked` bodies. S3 API reference, "Signature Calculations for the
//! Authorization Header: Transferring Payload in Multiple Chunks" and "… with trailing headers".

use bytes::{Buf, Bytes};

use crate::auth::ChunkSignatures;

/// The longest line accepted: a chunk's size with its signature, or one trailing header.
const LONGEST_LINE: usize = 8 * 1024;

/// How many trailing headers are accepted.
const MOST_TRAILERS: usize = 32;

/// What is wrong with a chunked body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ChunkError {
    #[error("the chunk size '{0}' is not a hexadecimal number")]
    Size(String),
    #[error("a chunk is not followed by a line end")]
    Separator,
    #[error("a line of the chunked body is longer than {LONGEST_LINE} bytes")]
    Line,
    #[error("the trailing header '{0}' is malformed")]
    Trailer(String),
    #[error("bytes follow the end of the chunked body")]
    Surplus,
    #[error("a chunk's signature does not match")]
    Signature,
}

/// The trailing header that signs the others.
const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature";

/// Decodes a chunked body piece by piece. Payload is passed on without being copied; only lines
/// between chunks are gathered. Where chunks are signed, a wrong signature shows behind the chunk
/// it is of.
#[derive(Debug, Default)]
pub(super) struct ChunkDecoder {
    state: State,
    line: Vec<u8>,
    trailers: Vec<(String, String)>,
    signatures: Option<ChunkSignatures>,
    /// The signature of the chunk under way, as its first line has it.
    signature: String,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In a chunk's first line.
    #[default]
    Size,
    /// In a chunk's payload, with so many bytes to come.
    Payload(u64),
    /// In the empty line behind a payload.
    Separator,
    /// In the lines behind the last chunk.
    Trailers,
    /// Behind the empty line that ends the body.
    End,
}

impl ChunkDecoder {
    /// Decodes a body whose chunks must have these signatures, if any.
    pub(super) fn new(signatures: Option<ChunkSignatures>) -> Self {
        Self {
            signatures,
            ..Self::default()
        }
    }

    /// Takes the next piece of payload from the front of `input`; none when `input` is used up.
    pub(super) fn decode(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, ChunkError> {
        while !input.is_empty() {
            match self.state {
                State::Payload(left) => {
                    let available = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
                    let payload = input.split_to(available);
                    if let Some(signatures) = &mut self.signatures {
                        signatures.update(&payload);
                    }
                    self.state = match left - available as u64 {
                        0 => State::Separator,
                        left => State::Payload(left),
                    };
                    return Ok(Some(payload));
                }
                State::End => return Err(ChunkError::Surplus),
                State::Size | State::Separator | State::Trailers => {
                    if let Some(line) = self.take_line(input)? {
                        self.state = self.after_line(&line)?;
                    }
                }
            }
        }
        Ok(None)
    }

    /// Whether the body was complete. One without trailing headers may lack the last empty line;
    /// so may one whose trailing headers need no signature.
    pub(super) fn is_complete(&self) -> bool {
        match self.state {
            State::End => true,
            State::Trailers => {
                self.line.is_empty() && (self.trailers.is_empty() || self.signatures.is_none())
            }
            State::Size | State::Payload(_) | State::Separator => false,
        }
    }

    /// The trailing headers, names in lower case.
    pub(super) fn into_trailers(self) -> Vec<(String, String)> {
        self.trailers
    }

    /// Takes a line from the front of `input`, without its end; none if it is not complete yet.
    fn take_line(&mut self, input: &mut Bytes) -> Result<Option<String>, ChunkError> {
        let end = input.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(input.len(), |end| end + 1);
        if self.line.len() + length > LONGEST_LINE {
            return Err(ChunkError::Line);
        }
        self.line.extend_from_slice(&input[..length]);
        input.advance(length);
        if end.is_none() {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
        Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
    }

    fn after_line(&mut self, line: &str) -> Result<State, ChunkError> {
        match self.state {
            State::Size => {
                let (size, extension) = line.split_once(';').unwrap_or((line, ""));
                let signature = extension.trim().strip_prefix("chunk-signature=");
                self.signature = signature.unwrap_or_default().to_owned();
                match u64::from_str_radix(size.trim(), 16) {
                    Ok(0) => {
                        self.verify_chunk()?;
                        Ok(State::Trailers)
                    }
                    Ok(size) => Ok(State::Payload(size)),
                    Err(_) => Err(ChunkError::Size(size.trim().to_owned())),
                }
            }
            State::Separator if line.is_empty() => {
                self.verify_chunk()?;
                Ok(State::Size)
            }
            State::Separator => Err(ChunkError::Separator),
            State::Trailers if line.is_empty() => {
                self.verify_trailers()?;
                Ok(State::End)
            }
            State::Trailers => {
                let malformed = || ChunkError::Trailer(line.to_owned());
                let (name, value) = line.split_once(':').ok_or_else(malformed)?;
                if self.trailers.len() == MOST_TRAILERS {
                    return Err(malformed());
                }
                self.trailers
                    .push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
                Ok(State::Trailers)
            }
            state @ (State::Payload(_) | State::End) => Ok(state),
        }
    }

    fn verify_chunk(&mut self) -> Result<(), ChunkError> {
        let verified = self
            .signatures
            .as_mut()
            .is_none_or(|signatures| signatures.end_chunk(&self.signature));
        verified.then_some(()).ok_or(ChunkError::Signature)
    }

    /// Trailing headers of a signed body must be signed too.
    fn verify_trailers(&mut self) -> Result<(), ChunkError> {
        let Some(signatures) = &mut self.signatures else {
            return Ok(());
        };
        let (signature, signed): (Vec<_>, Vec<_>) = self
            .trailers
            .iter()
            .cloned()
            .partition(|(name, _)| name == TRAILER_SIGNATURE);
        let verified = match signature.as_slice() {
            [] => signed.is_empty(),
            [(_, signature)] => signatures.end_trailers(&signed, signature),
            _ => false,
        };
        verified.then_some(()).ok_or(ChunkError::Signature)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    const BODY: &str = "5;chunk-signature=ab\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\nx-amz-trailer-signature:cd\r\n\r\n";

    /// Decodes a body that arrives in pieces of `step` bytes.
    fn decode(body: &str, step: usize) -> Result<(String, ChunkDecoder), ChunkError> {
        let mut decoder = ChunkDecoder::default();
        let mut payload = Vec::new();
        for piece in body.as_bytes().chunks(step) {
            let mut input = Bytes::copy_from_slice(piece);
            while let Some(bytes) = decoder.decode(&mut input)? {
                payload.extend_from_slice(&bytes);
            }
        }
        Ok((String::from_utf8(payload).unwrap(), decoder))
    }

    #[test]
    fn payload_and_trailers_survive_any_cut() {
        for step in 1..=BODY.len() {
            let (payload, decoder) = decode(BODY, step).unwrap();
            assert_eq!(payload, "hello world", "in pieces of {step}");
            assert!(decoder.is_complete());
            assert_eq!(
                decoder.into_trailers(),
                [
                    ("x-amz-checksum-crc32".to_owned(), "DUoRhQ==".to_owned()),
                    ("x-amz-trailer-signature".to_owned(), "cd".to_owned()),
                ]
            );
        }
    }

    #[test]
    fn a_body_that_stops_early_is_not_complete() {
        let payload_end = BODY.find("\r\n0\r\n").unwrap() + 4;
        for end in 0..payload_end {
            let (_, decoder) = decode(&BODY[..end], 7).unwrap();
            assert!(!decoder.is_complete(), "{:?}", &BODY[..end]);
        }
    }

    #[rstest]
    #[case("zz\r\n", ChunkError::Size("zz".into()))]
    #[case("2\r\nabc\r\n", ChunkError::Separator)]
    #[case("0\r\nnonsense\r\n\r\n", ChunkError::Trailer("nonsense".into()))]
    #[case("0\r\n\r\nmore", ChunkError::Surplus)]
    #[case("-1\r\n", ChunkError::Size("-1".into()))]
    #[case("fffffffffffffffff\r\n", ChunkError::Size("fffffffffffffffff".into()))]
    fn malformed_bodies_are_named(#[case] body: &str, #[case] error: ChunkError) {
        assert_eq!(decode(body, 3).unwrap_err(), error);
    }

    const SEED: &str = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
    const TRAILER: &str = "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n";

    /// The body of the S3 API reference's example of trailing headers.
    fn signed_body() -> String {
        format!(
            "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n{}\r\n400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n{}\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n{TRAILER}\r\n",
            "a".repeat(65536),
            "a".repeat(1024),
        )
    }

    /// How a body fares that must be signed: its length, or what is wrong with it.
    fn verify(body: &str) -> Result<Option<usize>, ChunkError> {
        let mut decoder = ChunkDecoder::new(Some(ChunkSignatures::of_examples(SEED)));
        let mut length = 0;
        for piece in body.as_bytes().chunks(10_000) {
            let mut input = Bytes::copy_from_slice(piece);
            while let Some(bytes) = decoder.decode(&mut input)? {
                length += bytes.len();
            }
        }
        Ok(decoder.is_complete().then_some(length))
    }

    #[test]
    fn signed_chunks_and_trailers_verify() {
        assert_eq!(verify(&signed_body()), Ok(Some(66560)));
    }

    #[rstest]
    #[case::payload("a\r\n400;", "b\r\n400;")]
    #[case::signature("400;chunk-signature=1c", "400;chunk-signature=1d")]
    #[case::no_signature(
        ";chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        ""
    )]
    #[case::trailer("sOO8/Q==", "AAAAAA==")]
    #[case::no_trailer_signature("x-amz-trailer-signature", "x-amz-trailer-other")]
    fn what_was_changed_on_the_way_does_not(#[case] from: &str, #[case] to: &str) {
        let changed = signed_body().replacen(from, to, 1);
        assert_eq!(verify(&changed), Err(ChunkError::Signature));
    }

    #[test]
    fn trailers_that_must_be_signed_must_end() {
        let body = signed_body();
        let cut = body.strip_suffix("\r\n").unwrap();
        assert_eq!(verify(cut), Ok(None));
    }

    #[test]
    fn a_line_cannot_grow_without_end() {
        let endless = "0".repeat(LONGEST_LINE + 1);
        assert_eq!(decode(&endless, 1000).unwrap_err(), ChunkError::Line);
    }
}
