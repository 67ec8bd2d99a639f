use std::collections::BTreeMap;

use lakebed_storage::{
    ByteRange, ChecksumAlgorithm, CopyObject, CopyPart, CreateUpload, ObjectInfo, ObjectMetadata,
    PartNumber, PutObject, Result,
};

use crate::bed::{Bed, code, key, lake};

async fn copy(bed: &Bed, from: &str, to: &str, copy: CopyObject) -> Result<ObjectInfo> {
    let (from, to) = (key(from), key(to));
    bed.storage
        .copy_object((&lake(), &from), (&lake(), &to), copy)
        .await
}

fn described(name: &str) -> ObjectMetadata {
    ObjectMetadata {
        content_type: Some("text/plain".to_owned()),
        user: BTreeMap::from([("name".to_owned(), name.to_owned())]),
        ..ObjectMetadata::default()
    }
}

#[tokio::test]
async fn a_copy_keeps_bytes_tag_checksum_and_metadata() {
    let bed = Bed::new().await;
    let put = PutObject {
        metadata: ObjectMetadata {
            storage_class: Some("GLACIER_IR".to_owned()),
            ..described("first")
        },
        ..PutObject::default()
    };
    let source = bed.put_with("a", "bytes", put).await.unwrap();
    let target = copy(&bed, "a", "b/c", CopyObject::default()).await.unwrap();
    assert_eq!(
        (&target.etag, &target.checksum),
        (&source.etag, &source.checksum)
    );
    // The storage class is the copy's own: "CopyObject" in the S3 API reference.
    assert_eq!(target.metadata, described("first"));
    assert_eq!(bed.get("b/c").await.unwrap(), "bytes");
    assert_eq!(bed.get("a").await.unwrap(), "bytes");
}

#[tokio::test]
async fn a_copy_onto_itself_must_change_something() {
    let bed = Bed::new().await;
    bed.put("a", "bytes").await;
    let refused = copy(&bed, "a", "a", CopyObject::default()).await;
    assert_eq!(code(refused), "InvalidRequest");
    let replace = CopyObject {
        metadata: Some(described("second")),
        ..CopyObject::default()
    };
    copy(&bed, "a", "a", replace).await.unwrap();
    let object = bed.head("a").await.unwrap();
    assert_eq!(object.metadata, described("second"));
    assert_eq!(bed.get("a").await.unwrap(), "bytes");
}

#[tokio::test]
async fn a_copy_can_have_another_checksum() {
    let bed = Bed::new().await;
    bed.put("a", "123456789").await;
    let with_crc32 = CopyObject {
        algorithm: Some(ChecksumAlgorithm::Crc32),
        ..CopyObject::default()
    };
    let target = copy(&bed, "a", "b", with_crc32).await.unwrap();
    assert_eq!(target.checksum.unwrap().value(), "y/Q5Jg==");
}

#[tokio::test]
async fn a_copy_needs_its_source() {
    let bed = Bed::new().await;
    let missing = copy(&bed, "missing", "b", CopyObject::default()).await;
    assert_eq!(code(missing), "NoSuchKey");
    assert_eq!(bed.keys().await, [""; 0]);
}

#[tokio::test]
async fn a_part_can_be_a_range_of_an_object() {
    let bed = Bed::new().await;
    bed.put("source", "0123456789").await;
    let upload = bed
        .storage
        .create_multipart_upload(&lake(), &key("target"), CreateUpload::default())
        .await
        .unwrap();
    let copy = async |range: &str| {
        let copy = CopyPart {
            range: ByteRange::parse(range),
            ..CopyPart::default()
        };
        let (source, target) = (key("source"), key("target"));
        let number = PartNumber::new(1).unwrap();
        bed.storage
            .upload_part_copy(
                (&lake(), &source),
                (&lake(), &target),
                &upload.id,
                number,
                copy,
            )
            .await
    };
    let part = copy("bytes=3-5").await.unwrap();
    assert_eq!(part.size, 3);
    assert_eq!(part.etag.as_str(), "d81f9c1be2e08964bf9f24b15f0e4900");
    assert_eq!(code(copy("bytes=5-10").await), "InvalidArgument");
    assert_eq!(code(copy("bytes=5-").await), "InvalidArgument");
}
