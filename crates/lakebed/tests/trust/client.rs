use std::fmt::Write;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use quick_xml::de::from_str;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::http::{HeaderMap, Request};

/// What a key may contain unencoded in a path. A dot is none of it: `..` would be a step up.
const KEY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// Speaks S3 to one server; does not repeat what failed.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    agent: ureq::Agent,
    endpoint: String,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// No answer: the connection broke, or never was.
pub(crate) type Broken = ureq::Error;

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn document<T: DeserializeOwned>(&self) -> T {
        let text = self.text();
        assert_eq!(self.status, 200, "{text}");
        from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"))
    }
}

/// A version of a key, as a listing of versions shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedVersion {
    pub(crate) key: String,
    pub(crate) id: String,
    pub(crate) marker: bool,
    pub(crate) latest: bool,
}

/// An upload that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ListedUpload {
    #[serde(rename = "Key")]
    pub(crate) key: String,
    #[serde(rename = "UploadId")]
    pub(crate) id: String,
}

/// A part of an upload.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ListedPart {
    #[serde(rename = "PartNumber")]
    pub(crate) number: usize,
    #[serde(rename = "ETag")]
    pub(crate) etag: String,
}

/// The path of an object.
pub(crate) fn path(bucket: &str, key: &str) -> String {
    format!("/{bucket}/{}", utf8_percent_encode(key, KEY))
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8()
        .unwrap()
        .into_owned()
}

impl Client {
    pub(crate) fn of(endpoint: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        Self {
            agent,
            endpoint: endpoint.to_owned(),
        }
    }

    /// Sends a request; one with a body or with an empty one, but for `None`.
    pub(crate) fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Answer, Broken> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{target}", self.endpoint));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = match body {
            Some(body) => self.agent.run(request.body(body).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let (parts, mut body) = response?.into_parts();
        Ok(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: body.with_config().limit(u64::MAX).read_to_vec()?,
        })
    }

    pub(crate) fn get(&self, target: &str) -> Result<Answer, Broken> {
        self.send("GET", target, &[], None)
    }

    pub(crate) fn put(&self, bucket: &str, key: &str, body: &[u8]) -> Result<Answer, Broken> {
        self.send("PUT", &path(bucket, key), &[], Some(body))
    }

    pub(crate) fn delete(&self, bucket: &str, key: &str) -> Result<Answer, Broken> {
        self.send("DELETE", &path(bucket, key), &[], None)
    }

    /// Makes a bucket, or finds it made.
    pub(crate) fn create_bucket(&self, bucket: &str) {
        let target = format!("/{bucket}");
        let answer = self.send("PUT", &target, &[], Some(b"")).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Lets a bucket keep versions.
    pub(crate) fn enable_versioning(&self, bucket: &str) {
        let document =
            b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        let target = format!("/{bucket}?versioning");
        let answer = self.send("PUT", &target, &[], Some(document)).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// All keys that begin with a prefix.
    pub(crate) fn keys(&self, bucket: &str, prefix: &str) -> Vec<String> {
        #[derive(Deserialize)]
        struct Listing {
            #[serde(rename = "Contents", default)]
            objects: Vec<Listed>,
            #[serde(rename = "NextContinuationToken")]
            next: Option<String>,
        }
        #[derive(Deserialize)]
        struct Listed {
            #[serde(rename = "Key")]
            key: String,
        }
        let mut keys = Vec::new();
        let prefix = utf8_percent_encode(prefix, NON_ALPHANUMERIC);
        let first = format!("/{bucket}?list-type=2&encoding-type=url&prefix={prefix}");
        let mut target = first.clone();
        loop {
            let listing: Listing = self.get(&target).unwrap().document();
            keys.extend(listing.objects.iter().map(|listed| decoded(&listed.key)));
            let Some(next) = listing.next else {
                return keys;
            };
            target = format!("{first}&continuation-token={next}");
        }
    }

    /// The keys of a bucket, 1,000 at most, with their sizes in bytes.
    pub(crate) fn sizes(&self, bucket: &str) -> Vec<(String, usize)> {
        #[derive(Deserialize)]
        struct Listing {
            #[serde(rename = "Contents", default)]
            objects: Vec<Listed>,
        }
        #[derive(Deserialize)]
        struct Listed {
            #[serde(rename = "Key")]
            key: String,
            #[serde(rename = "Size")]
            size: usize,
        }
        let answer = self.get(&format!("/{bucket}?list-type=2")).unwrap();
        let objects = answer.document::<Listing>().objects;
        objects
            .into_iter()
            .map(|listed| (listed.key, listed.size))
            .collect()
    }

    /// All versions in a bucket, in the order listed.
    pub(crate) fn versions(&self, bucket: &str) -> Vec<ListedVersion> {
        #[derive(Deserialize)]
        struct Listing {
            #[serde(rename = "$value", default)]
            elements: Vec<Element>,
        }
        #[derive(Deserialize)]
        enum Element {
            Version(Entry),
            DeleteMarker(Entry),
            NextKeyMarker(String),
            NextVersionIdMarker(String),
            #[serde(other)]
            Other,
        }
        #[derive(Deserialize)]
        struct Entry {
            #[serde(rename = "Key")]
            key: String,
            #[serde(rename = "VersionId")]
            id: String,
            #[serde(rename = "IsLatest")]
            latest: bool,
        }
        let mut versions = Vec::new();
        let mut target = format!("/{bucket}?versions&encoding-type=url");
        loop {
            let listing: Listing = self.get(&target).unwrap().document();
            let (mut next_key, mut next_version) = (None, None);
            for element in listing.elements {
                let (entry, marker) = match element {
                    Element::Version(entry) => (entry, false),
                    Element::DeleteMarker(entry) => (entry, true),
                    Element::NextKeyMarker(next) => {
                        next_key = Some(next);
                        continue;
                    }
                    Element::NextVersionIdMarker(next) => {
                        next_version = Some(next);
                        continue;
                    }
                    Element::Other => continue,
                };
                versions.push(ListedVersion {
                    key: decoded(&entry.key),
                    id: entry.id,
                    marker,
                    latest: entry.latest,
                });
            }
            let (Some(key), Some(version)) = (next_key, next_version) else {
                return versions;
            };
            target = format!(
                "/{bucket}?versions&encoding-type=url&key-marker={key}&version-id-marker={version}"
            );
        }
    }

    /// All uploads under way in a bucket.
    pub(crate) fn uploads(&self, bucket: &str) -> Vec<ListedUpload> {
        #[derive(Deserialize)]
        struct Listing {
            #[serde(rename = "Upload", default)]
            uploads: Vec<ListedUpload>,
        }
        let answer = self.get(&format!("/{bucket}?uploads")).unwrap();
        answer.document::<Listing>().uploads
    }

    /// The parts of an upload.
    pub(crate) fn parts(&self, bucket: &str, upload: &ListedUpload) -> Vec<ListedPart> {
        #[derive(Deserialize)]
        struct Listing {
            #[serde(rename = "Part", default)]
            parts: Vec<ListedPart>,
        }
        let target = format!("{}?uploadId={}", path(bucket, &upload.key), upload.id);
        self.get(&target).unwrap().document::<Listing>().parts
    }

    /// Begins an upload and gives its id.
    pub(crate) fn create_upload(
        &self,
        bucket: &str,
        key: &str,
        headers: &[(&str, &str)],
    ) -> Result<String, Broken> {
        #[derive(Deserialize)]
        struct Created {
            #[serde(rename = "UploadId")]
            id: String,
        }
        let target = format!("{}?uploads", path(bucket, key));
        let answer = self.send("POST", &target, headers, Some(b""))?;
        Ok(answer.document::<Created>().id)
    }

    pub(crate) fn upload_part(
        &self,
        bucket: &str,
        upload: &ListedUpload,
        number: usize,
        body: &[u8],
    ) -> Result<Answer, Broken> {
        let target = format!(
            "{}?partNumber={number}&uploadId={}",
            path(bucket, &upload.key),
            upload.id
        );
        self.send("PUT", &target, &[], Some(body))
    }

    pub(crate) fn complete_upload(
        &self,
        bucket: &str,
        upload: &ListedUpload,
        parts: &[ListedPart],
    ) -> Result<Answer, Broken> {
        let mut document = "<CompleteMultipartUpload>".to_owned();
        for part in parts {
            let ListedPart { number, etag } = part;
            write!(
                document,
                "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
            )
            .unwrap();
        }
        document.push_str("</CompleteMultipartUpload>");
        let target = format!("{}?uploadId={}", path(bucket, &upload.key), upload.id);
        self.send("POST", &target, &[], Some(document.as_bytes()))
    }

    pub(crate) fn abort_upload(
        &self,
        bucket: &str,
        upload: &ListedUpload,
    ) -> Result<Answer, Broken> {
        let target = format!("{}?uploadId={}", path(bucket, &upload.key), upload.id);
        self.send("DELETE", &target, &[], None)
    }

    /// Deletes objects in one request.
    pub(crate) fn delete_objects(&self, bucket: &str, keys: &[&str]) -> Result<Answer, Broken> {
        let mut document = "<Delete><Quiet>true</Quiet>".to_owned();
        for key in keys {
            write!(document, "<Object><Key>{key}</Key></Object>").unwrap();
        }
        document.push_str("</Delete>");
        let target = format!("/{bucket}?delete");
        let checksum = crc64nvme_base64(document.as_bytes());
        let headers = [("x-amz-checksum-crc64nvme", checksum.as_str())];
        self.send("POST", &target, &headers, Some(document.as_bytes()))
    }
}

/// The checksum S3 asks of requests that change several objects.
fn crc64nvme_base64(bytes: &[u8]) -> String {
    use base64::Engine;
    let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, bytes);
    base64::engine::general_purpose::STANDARD.encode(crc.to_be_bytes())
}
