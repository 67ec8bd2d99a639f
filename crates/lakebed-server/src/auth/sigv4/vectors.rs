//! AWS's own examples: the Signature Version 4 test suite and the S3 API reference, and the round
//! trip from signing to verifying.
#![allow(clippy::unwrap_used)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use http::request::Parts;
use proptest::prelude::*;
use rstest::rstest;
use sha2::{Digest, Sha256};

use super::*;

const S3_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const SUITE_SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn parts(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

/// The signature that `secret` gives a request that claims one.
fn signature(parts: &Parts, secret: &str, payload: &str, form: PathForm) -> (Claim, String) {
    let claim = Claim::of(parts).unwrap().unwrap();
    let canonical = CanonicalRequest::of(parts, &claim.signed_headers, payload, form);
    let key = SigningKey::derive(secret, &claim.credential.scope);
    let text = key.string_to_sign(ALGORITHM, claim.time, &canonical.hash());
    (claim, key.sign(text.as_bytes()))
}

fn suite_authorization(signed_headers: &str) -> String {
    format!(
        "{ALGORITHM} Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={signed_headers}, Signature=00"
    )
}

#[rstest]
#[case::vanilla(
    "GET",
    "/",
    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
)]
#[case::relative(
    "GET",
    "/example/..",
    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
)]
#[case::query_in_order(
    "GET",
    "/?Param2=value2&Param1=value1",
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
)]
#[case::post_vanilla(
    "POST",
    "/",
    "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
)]
fn the_test_suite_of_signature_version_4(
    #[case] method: &str,
    #[case] uri: &str,
    #[case] expected: &str,
) {
    let parts = parts(
        method,
        uri,
        &[
            ("host", "example.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
            ("authorization", &suite_authorization("host;x-amz-date")),
        ],
    );
    let (_, signature) = signature(
        &parts,
        SUITE_SECRET,
        EMPTY_SHA256,
        PathForm::NormalizedTwice,
    );
    assert_eq!(signature, expected);
}

const FOR_S3: &str = "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";

#[rstest]
#[case::get_object(
    "GET",
    "/test.txt",
    &[("range", "bytes=0-9"), ("x-amz-content-sha256", EMPTY_SHA256), ("x-amz-date", "20130524T000000Z")],
    EMPTY_SHA256,
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
)]
#[case::put_object(
    "PUT",
    "/test$file.text",
    &[
        ("date", "Fri, 24 May 2013 00:00:00 GMT"),
        ("x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
    ],
    "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
)]
#[case::get_bucket_lifecycle(
    "GET",
    "/?lifecycle",
    &[("x-amz-content-sha256", EMPTY_SHA256), ("x-amz-date", "20130524T000000Z")],
    EMPTY_SHA256,
    "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
)]
#[case::list_objects(
    "GET",
    "/?max-keys=2&prefix=J",
    &[("x-amz-content-sha256", EMPTY_SHA256), ("x-amz-date", "20130524T000000Z")],
    EMPTY_SHA256,
    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
)]
fn the_examples_of_the_s3_reference(
    #[case] method: &str,
    #[case] uri: &str,
    #[case] headers: &[(&str, &str)],
    #[case] payload: &str,
    #[case] expected: &str,
) {
    let mut headers = headers.to_vec();
    headers.push(("host", "examplebucket.s3.amazonaws.com"));
    headers.sort_unstable();
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let authorization = format!(
        "{ALGORITHM} {FOR_S3},SignedHeaders={},Signature={expected}",
        names.join(";")
    );
    headers.push(("authorization", &authorization));
    let parts = parts(method, uri, &headers);
    let (claim, signature) = signature(&parts, S3_SECRET, payload, PathForm::Once);
    assert_eq!(signature, expected);
    assert_eq!(claim.signature, expected);
}

#[test]
fn the_presigned_example_of_the_s3_reference() {
    let expected = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    let uri = format!(
        "/test.txt?X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature={expected}"
    );
    let parts = parts("GET", &uri, &[("host", "examplebucket.s3.amazonaws.com")]);
    let (claim, signature) = signature(&parts, S3_SECRET, UNSIGNED_PAYLOAD, PathForm::Once);
    assert_eq!(claim.place, Place::Query);
    assert_eq!(signature, expected);
}

#[test]
fn the_chunked_example_of_the_s3_reference() {
    let mut chunks = ChunkSignatures::of_examples(
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    );
    chunks.update(&[b'a'; 65536]);
    assert!(chunks.end_chunk("ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"));
    chunks.update(&[b'a'; 1000]);
    chunks.update(&[b'a'; 24]);
    assert!(chunks.end_chunk("0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"));
    assert!(chunks.end_chunk("b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"));
}

#[test]
fn the_trailer_example_of_the_s3_reference() {
    let mut chunks = ChunkSignatures::of_examples(
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    );
    chunks.update(&[b'a'; 65536]);
    assert!(chunks.end_chunk("b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2"));
    chunks.update(&[b'a'; 1024]);
    assert!(chunks.end_chunk("1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7"));
    assert!(chunks.end_chunk("2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"));
    let trailers = [("x-amz-checksum-crc32c".to_owned(), "sOO8/Q==".to_owned())];
    assert!(chunks.end_trailers(
        &trailers,
        "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"
    ));
}

#[test]
fn a_changed_chunk_does_not_verify() {
    let mut chunks = ChunkSignatures::of_examples(
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    );
    chunks.update(&[b'b'; 65536]);
    assert!(!chunks.end_chunk("ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"));
}

/// The document of the S3 API reference, "Example: Browser-Based Upload using HTTP POST", whose
/// lines end as on Windows.
const EXAMPLE_POLICY: &str = r#"{ "expiration": "2015-12-30T12:00:00.000Z",
  "conditions": [
    {"bucket": "sigv4examplebucket"},
    ["starts-with", "$key", "user/user1/"],
    {"acl": "public-read"},
    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},
    ["starts-with", "$Content-Type", "image/"],
    {"x-amz-meta-uuid": "14365123651274"},
    {"x-amz-server-side-encryption": "AES256"},
    ["starts-with", "$x-amz-meta-tag", ""],

    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
    {"x-amz-date": "20151229T000000Z" }
  ]
}"#;

#[test]
fn the_form_example_of_the_s3_reference_is_signed_with_the_same_key() {
    let credential =
        Credential::parse("AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request").unwrap();
    let policy = STANDARD.encode(EXAMPLE_POLICY.replace('\n', "\r\n"));
    let key = SigningKey::derive(S3_SECRET, &credential.scope);
    assert!(key.verifies(
        policy.as_bytes(),
        "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"
    ));
}

proptest! {
    /// Whatever is asked with whatever secret: what was signed verifies, and neither with another
    /// secret nor for another path.
    #[test]
    fn what_is_signed_verifies(
        secret in "[!-~]{1,40}",
        path in "(/[a-zA-Z0-9._~!$'()*+,;=:@-]{1,8}){1,4}",
        query in "([a-zA-Z0-9-]{1,6}=[a-zA-Z0-9%20._~-]{0,8}&){0,3}z=1",
        payload in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let hash = hex::encode(Sha256::digest(&payload));
        let headers = [
            ("host", "lake.localhost"),
            ("x-amz-date", "20150830T123600Z"),
            ("authorization", &suite_authorization("host;x-amz-date")),
        ];
        let signed = parts("PUT", &format!("{path}?{query}"), &headers);
        let (claim, made) = signature(&signed, &secret, &hash, PathForm::Once);
        let verifies = |request: &Parts, secret: &str| {
            let canonical =
                CanonicalRequest::of(request, &claim.signed_headers, &hash, PathForm::Once);
            let key = SigningKey::derive(secret, &claim.credential.scope);
            let text = key.string_to_sign(ALGORITHM, claim.time, &canonical.hash());
            key.verifies(text.as_bytes(), &made)
        };
        prop_assert!(verifies(&signed, &secret));
        let other_secret = format!("{secret}x");
        prop_assert!(!verifies(&signed, &other_secret));
        let other = parts("PUT", &format!("{path}x?{query}"), &headers);
        prop_assert!(!verifies(&other, &secret));
    }
}
