use lakebed_storage::{
    BodyChecks, Checksum, ChecksumAlgorithm, ChecksumType, CompleteUpload, CompletedPart,
    CreateUpload, GetObject, ListUploads, ObjectInfo, Part, PartNumber, PutObject, Result, Upload,
    UploadId, UploadPart, WriteCondition, body,
};
use rstest::rstest;

use crate::bed::{Bed, bytes, code, key, lake};

const FIVE_MIB: usize = 5 * 1024 * 1024;

fn number(number: u32) -> PartNumber {
    PartNumber::new(number).unwrap()
}

async fn begin(bed: &Bed, text: &str, create: CreateUpload) -> Upload {
    bed.storage
        .create_multipart_upload(&lake(), &key(text), create)
        .await
        .unwrap()
}

async fn send(bed: &Bed, upload: &Upload, part: u32, bytes: Vec<u8>) -> Result<Part> {
    let checks = BodyChecks {
        algorithm: upload.algorithm,
        ..BodyChecks::default()
    };
    bed.storage
        .upload_part(
            &lake(),
            &upload.key,
            &upload.id,
            number(part),
            body(bytes),
            UploadPart {
                checks,
                ..UploadPart::default()
            },
        )
        .await
}

fn named(part: &Part) -> CompletedPart {
    CompletedPart {
        number: part.number,
        etag: part.etag.quoted(),
        checksum: part.checksum.clone(),
    }
}

fn of(parts: &[Part]) -> CompleteUpload {
    CompleteUpload {
        parts: parts.iter().map(named).collect(),
        ..CompleteUpload::default()
    }
}

async fn complete(bed: &Bed, upload: &Upload, complete: CompleteUpload) -> Result<ObjectInfo> {
    bed.storage
        .complete_multipart_upload(&lake(), &upload.key, &upload.id, complete)
        .await
}

#[tokio::test]
async fn parts_become_one_object() {
    let bed = Bed::new().await;
    let upload = begin(&bed, "big", CreateUpload::default()).await;
    // Out of order, and the second twice: the last one counts.
    let third = send(&bed, &upload, 30, b"end".to_vec()).await.unwrap();
    let lost = send(&bed, &upload, 2, vec![b'x'; FIVE_MIB]).await.unwrap();
    let second = send(&bed, &upload, 2, vec![b'b'; FIVE_MIB]).await.unwrap();
    let first = send(&bed, &upload, 1, vec![b'a'; FIVE_MIB]).await.unwrap();
    assert_eq!(bed.keys().await, [""; 0]);
    assert_eq!(
        code(complete(&bed, &upload, of(&[first.clone(), lost])).await),
        "InvalidPart"
    );

    let request = of(&[first, second, third]);
    let object = complete(&bed, &upload, request.clone()).await.unwrap();
    // md5(md5(5 MiB of a) + md5(5 MiB of b) + md5("end")), by hashlib.
    assert_eq!(object.etag.as_str(), "664acfbb935a00cf57c9f91ad983b354-3");
    assert_eq!(object.size, 2 * FIVE_MIB as u64 + 3);
    let mut whole = vec![b'a'; FIVE_MIB];
    whole.extend(vec![b'b'; FIVE_MIB]);
    whole.extend(b"end");
    let read = bed.get_with("big", GetObject::default()).await.unwrap();
    assert!(bytes(read).await == whole);
    let last = GetObject {
        part_number: Some(number(30)),
        ..GetObject::default()
    };
    let read = bed.get_with("big", last).await.unwrap();
    assert_eq!(bytes(read).await, b"end");
    let missing = GetObject {
        part_number: Some(number(3)),
        ..GetObject::default()
    };
    assert_eq!(
        code(bed.get_with("big", missing).await),
        "InvalidPartNumber"
    );

    // The same bytes put in one piece have the same full-object checksum.
    let put = bed.put("small", &String::from_utf8(whole).unwrap()).await;
    assert_eq!(put.checksum, object.checksum);

    assert!(bed.files("uploads").is_empty() && bed.files("tmp").is_empty());
    // A client that lost the answer asks again.
    assert_eq!(complete(&bed, &upload, request).await.unwrap(), object);
    assert_eq!(
        code(send(&bed, &upload, 1, Vec::new()).await),
        "NoSuchUpload"
    );
}

#[tokio::test]
async fn a_completion_must_name_the_parts_rightly() {
    let bed = Bed::new().await;
    let upload = begin(&bed, "k", CreateUpload::default()).await;
    let first = send(&bed, &upload, 1, b"small".to_vec()).await.unwrap();
    let second = send(&bed, &upload, 2, b"end".to_vec()).await.unwrap();
    let missing = Part {
        number: number(3),
        ..second.clone()
    };
    let both = of(&[first.clone(), second.clone()]);
    let backwards = of(&[second.clone(), first.clone()]);
    let sized = CompleteUpload {
        object_size: Some(9),
        ..of(std::slice::from_ref(&first))
    };
    for (request, expected) in [
        (both, "EntityTooSmall"),
        (backwards, "InvalidPartOrder"),
        (of(&[first.clone(), missing]), "InvalidPart"),
        (of(&[]), "MalformedXML"),
        (sized, "InvalidRequest"),
    ] {
        assert_eq!(code(complete(&bed, &upload, request).await), expected);
    }
    let object = complete(&bed, &upload, of(&[first])).await.unwrap();
    assert_eq!(object.size, 5);
}

#[tokio::test]
async fn a_completion_can_be_conditional() {
    let bed = Bed::new().await;
    bed.put("k", "there").await;
    let upload = begin(&bed, "k", CreateUpload::default()).await;
    let part = send(&bed, &upload, 1, b"new".to_vec()).await.unwrap();
    let request = CompleteUpload {
        condition: WriteCondition::absent(),
        ..of(&[part])
    };
    let refused = complete(&bed, &upload, request.clone()).await;
    assert_eq!(code(refused), "PreconditionFailed");
    // The upload is still there for another try.
    bed.delete("k").await;
    complete(&bed, &upload, request).await.unwrap();
    assert_eq!(bed.get("k").await.unwrap(), "new");
}

#[rstest]
#[case(
    ChecksumAlgorithm::Sha256,
    None,
    "CCs1a+1DlLxspT19ARp9eg2ZuO4lvUykB7Orxi45QJg=-2"
)]
#[case(ChecksumAlgorithm::Crc32, None, "gJQ79w==-2")]
#[case(ChecksumAlgorithm::Crc32, Some(ChecksumType::FullObject), "JZ3nOw==")]
#[tokio::test]
async fn an_upload_has_the_checksum_it_was_begun_with(
    #[case] algorithm: ChecksumAlgorithm,
    #[case] kind: Option<ChecksumType>,
    #[case] expected: &str,
) {
    let bed = Bed::new().await;
    let create = CreateUpload {
        algorithm: Some(algorithm),
        kind,
        ..CreateUpload::default()
    };
    let upload = begin(&bed, "k", create).await;
    let first = send(&bed, &upload, 1, vec![b'a'; FIVE_MIB]).await.unwrap();
    let second = send(&bed, &upload, 2, b"end".to_vec()).await.unwrap();
    let request = of(&[first, second]);
    if kind.is_none() {
        let mut nameless = request.clone();
        nameless.parts[1].checksum = None;
        let refused = complete(&bed, &upload, nameless).await.unwrap_err();
        assert!(
            refused
                .to_string()
                .ends_with("missing for part 2 in the request.")
        );
    }
    let object = complete(&bed, &upload, request).await.unwrap();
    assert_eq!(object.checksum.unwrap().value(), expected);
}

#[tokio::test]
async fn a_checksum_must_fit_its_upload() {
    let bed = Bed::new().await;
    let composite_crc64 = CreateUpload {
        algorithm: Some(ChecksumAlgorithm::Crc64Nvme),
        kind: Some(ChecksumType::Composite),
        ..CreateUpload::default()
    };
    let refused = bed
        .storage
        .create_multipart_upload(&lake(), &key("k"), composite_crc64)
        .await;
    assert_eq!(code(refused), "InvalidRequest");

    let sha1 = CreateUpload {
        algorithm: Some(ChecksumAlgorithm::Sha1),
        ..CreateUpload::default()
    };
    let upload = begin(&bed, "k", sha1).await;
    let crc32 = BodyChecks {
        checksum: Some(Checksum::parse(ChecksumAlgorithm::Crc32, "AAAAAA==").unwrap()),
        ..BodyChecks::default()
    };
    for (checks, actual) in [(crc32, "crc32"), (BodyChecks::default(), "null")] {
        let refused = bed
            .storage
            .upload_part(
                &lake(),
                &key("k"),
                &upload.id,
                number(1),
                body(""),
                UploadPart {
                    checks,
                    ..UploadPart::default()
                },
            )
            .await;
        let message = format!(
            "Checksum Type mismatch occurred, expected checksum Type: sha1, actual checksum Type: {actual}"
        );
        assert_eq!(refused.unwrap_err().to_string(), message);
    }
}

#[tokio::test]
async fn an_aborted_upload_leaves_nothing() {
    let bed = Bed::new().await;
    let upload = begin(&bed, "k", CreateUpload::default()).await;
    send(&bed, &upload, 1, b"1".to_vec()).await.unwrap();
    let abort = async || {
        bed.storage
            .abort_multipart_upload(&lake(), &key("k"), &upload.id)
            .await
    };
    abort().await.unwrap();
    assert_eq!(code(abort().await), "NoSuchUpload");
    assert_eq!(code(UploadId::parse("../../etc")), "NoSuchUpload");
    assert!(bed.files("uploads").is_empty());
}

#[tokio::test]
async fn an_upload_outlives_the_process() {
    let bed = Bed::new().await;
    let upload = begin(&bed, "k", CreateUpload::default()).await;
    let part = send(&bed, &upload, 1, b"kept".to_vec()).await.unwrap();
    let gone = bed.path("uploads/0123456789abcdef0123456789abcdef");
    let bed = bed.reopen(|_| std::fs::create_dir(&gone).unwrap()).await;
    assert!(!gone.exists());
    complete(&bed, &upload, of(&[part])).await.unwrap();
    assert_eq!(bed.get("k").await.unwrap(), "kept");
}

#[tokio::test]
async fn parts_and_uploads_are_listed_in_pages() {
    let bed = Bed::new().await;
    let upload = begin(&bed, "a/1", CreateUpload::default()).await;
    for part in [7, 3, 5] {
        send(&bed, &upload, part, vec![b'p'; part as usize])
            .await
            .unwrap();
    }
    let page = bed
        .storage
        .list_parts(&lake(), &key("a/1"), &upload.id, 0, 2)
        .await
        .unwrap();
    let sizes: Vec<u64> = page.parts.iter().map(|part| part.size).collect();
    assert_eq!((sizes, page.next), (vec![3, 5], Some(5)));
    let page = bed
        .storage
        .list_parts(&lake(), &key("a/1"), &upload.id, 5, 2)
        .await
        .unwrap();
    assert_eq!((page.parts.len(), page.next), (1, None));

    let again = begin(&bed, "a/1", CreateUpload::default()).await;
    let other = begin(&bed, "b", CreateUpload::default()).await;
    let mut list = ListUploads {
        max_uploads: 1,
        ..ListUploads::default()
    };
    let mut found = Vec::new();
    loop {
        let page = bed
            .storage
            .list_multipart_uploads(&lake(), list.clone())
            .await
            .unwrap();
        found.extend(page.uploads.into_iter().map(|upload| upload.id));
        let Some((key, id)) = page.next else { break };
        list.key_marker = Some(key);
        list.upload_id_marker = Some(id);
    }
    assert_eq!(found.len(), 3);
    assert_eq!(found[2], other.id);
    assert!(found[..2].contains(&upload.id) && found[..2].contains(&again.id));

    let rolled = ListUploads {
        delimiter: Some("/".to_owned()),
        ..ListUploads::default()
    };
    let page = bed
        .storage
        .list_multipart_uploads(&lake(), rolled)
        .await
        .unwrap();
    assert_eq!(page.common_prefixes, ["a/"]);
    assert_eq!(page.uploads, [other]);
}

#[tokio::test]
async fn a_bucket_with_uploads_can_be_deleted() {
    let bed = Bed::new().await;
    let upload = begin(&bed, "k", CreateUpload::default()).await;
    send(&bed, &upload, 1, b"1".to_vec()).await.unwrap();
    bed.storage.delete_bucket(&lake()).await.unwrap();
    assert!(bed.files("uploads").is_empty());
    let put = bed.put_with("k", "1", PutObject::default()).await;
    assert_eq!(code(put), "NoSuchBucket");
}
