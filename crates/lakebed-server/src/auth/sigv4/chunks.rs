use sha2::{Digest, Sha256};

use super::{ALGORITHM, EMPTY_SHA256, SigningKey, SigningTime};

/// Verifies the signatures within a chunked body, each of which signs the one before it. S3 API
/// reference, "Signature Calculations for the Authorization Header: Transferring Payload in
/// Multiple Chunks".
#[derive(Debug, Clone)]
pub(crate) struct ChunkSignatures {
    key: SigningKey,
    time: SigningTime,
    previous: String,
    chunk: Sha256,
}

impl ChunkSignatures {
    /// Begins with the signature of the request's head.
    pub(crate) fn after(seed: &str, key: SigningKey, time: SigningTime) -> Self {
        Self {
            key,
            time,
            previous: seed.to_owned(),
            chunk: Sha256::new(),
        }
    }

    /// Takes in a piece of the chunk under way.
    pub(crate) fn update(&mut self, payload: &[u8]) {
        self.chunk.update(payload);
    }

    /// Whether `signature` is that of the chunk that was taken in, and begins the next one.
    pub(crate) fn end_chunk(&mut self, signature: &str) -> bool {
        let chunk = std::mem::replace(&mut self.chunk, Sha256::new());
        let rest = format!(
            "{}\n{EMPTY_SHA256}\n{}",
            self.previous,
            hex::encode(chunk.finalize())
        );
        self.advance("PAYLOAD", &rest, signature)
    }

    /// Whether `signature` is that of the trailing headers, which come after the last chunk.
    pub(crate) fn end_trailers(&mut self, trailers: &[(String, String)], signature: &str) -> bool {
        let canonical: String = trailers
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let rest = format!(
            "{}\n{}",
            self.previous,
            hex::encode(Sha256::digest(canonical))
        );
        self.advance("TRAILER", &rest, signature)
    }

    fn advance(&mut self, kind: &str, rest: &str, signature: &str) -> bool {
        let algorithm = format!("{ALGORITHM}-{kind}");
        let text = self.key.string_to_sign(&algorithm, self.time, rest);
        signature.clone_into(&mut self.previous);
        self.key.verifies(text.as_bytes(), signature)
    }
}

#[cfg(test)]
impl ChunkSignatures {
    /// Those of the S3 API reference's examples, which differ in the signature of their head.
    #[allow(clippy::unwrap_used)]
    pub(crate) fn of_examples(seed: &str) -> Self {
        let scope = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";
        let credential = super::Credential::parse(scope).unwrap();
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let time = SigningTime::parse_basic("20130524T000000Z").unwrap();
        Self::after(seed, SigningKey::derive(secret, &credential.scope), time)
    }
}
