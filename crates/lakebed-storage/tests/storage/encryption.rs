use std::fs;
use std::path::PathBuf;

use futures::StreamExt;
use lakebed_storage::settings::{BucketEncryption, SseAlgorithm};
use lakebed_storage::{
    ByteRange, CompleteUpload, CompletedPart, CopyObject, CopyPart, CreateUpload, CustomerKey,
    Encryption, EncryptionKind, Error, GetObject, KmsEncryption, KmsKeyName, ObjectInfo,
    PartNumber, PutObject, Result, StorageSettings, UploadPart, Versioning, body,
};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use proptest::test_runner::{Config, TestRunner};
use rstest::rstest;

use crate::bed::{Bed, code, key, lake};

const FIVE_MIB: usize = 5 * 1024 * 1024;
const MARK: &str = "student 17 of the workshop";

/// How an object is to be encrypted, and what must be said to read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Plain,
    S3,
    Kms,
    TwoLayers,
    Customer,
}

const MODES: [Mode; 5] = [
    Mode::Plain,
    Mode::S3,
    Mode::Kms,
    Mode::TwoLayers,
    Mode::Customer,
];

fn customer_key() -> CustomerKey {
    CustomerKey::parse(
        "pO3upElrwuEXSoFwCfnZPdSsmt/xWeFa0N9KgDijwVs=",
        "DWygnHRtgiJ77HCm+1rvHw==",
    )
    .unwrap()
}

fn other_customer_key() -> CustomerKey {
    CustomerKey::parse(
        "6b+WOZ1T3cqZMxgThRcXAQBrS5mXKdDUphvpxptl9/4=",
        "arxBvwY2V4SiOne6yppVPQ==",
    )
    .unwrap()
}

impl Mode {
    fn encryption(self) -> Option<Encryption> {
        match self {
            Self::Plain => None,
            Self::S3 => Some(Encryption::S3),
            Self::Kms | Self::TwoLayers => Some(Encryption::Kms(KmsEncryption {
                dual_layer: self == Self::TwoLayers,
                ..KmsEncryption::default()
            })),
            Self::Customer => Some(Encryption::Customer(customer_key())),
        }
    }

    fn key(self) -> Option<CustomerKey> {
        (self == Self::Customer).then(customer_key)
    }

    fn put(self) -> PutObject {
        PutObject {
            encryption: self.encryption(),
            ..PutObject::default()
        }
    }

    fn get(self) -> GetObject {
        GetObject {
            customer_key: self.key(),
            ..GetObject::default()
        }
    }
}

/// Text that tells every place in it from every other.
fn text(size: usize) -> String {
    let mut text = String::with_capacity(size + MARK.len() + 8);
    while text.len() < size {
        text.push_str(&format!("{MARK}, line {}\n", text.len()));
    }
    text.truncate(size);
    text
}

async fn put(bed: &Bed, name: &str, bytes: &str, mode: Mode) -> ObjectInfo {
    bed.put_with(name, bytes, mode.put()).await.unwrap()
}

async fn read(bed: &Bed, name: &str, get: GetObject) -> Result<Vec<u8>> {
    let mut read = bed.get_with(name, get).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = read.body.next().await {
        bytes.extend_from_slice(&chunk.map_err(Error::Body)?);
    }
    Ok(bytes)
}

async fn head(bed: &Bed, name: &str, get: GetObject) -> Result<ObjectInfo> {
    let head = bed.storage.head_object(&lake(), &key(name), get).await?;
    Ok(head.object)
}

/// The file that an encrypted object's bytes lie in.
fn file_of(bed: &Bed, name: &str) -> PathBuf {
    let blob = bed.blob(name);
    bed.path("objects").join(&blob[..2]).join(blob)
}

fn shows(file: &[u8], text: &str) -> bool {
    file.windows(text.len())
        .any(|window| window == text.as_bytes())
}

async fn default_to(bed: &Bed, algorithm: SseAlgorithm) {
    bed.storage
        .change_bucket_settings(&lake(), move |settings| {
            settings.encryption = Some(BucketEncryption {
                algorithm,
                kms_key: None,
                bucket_key: true,
            });
            Ok(())
        })
        .await
        .unwrap();
}

#[rstest]
#[case(Mode::S3)]
#[case(Mode::Kms)]
#[case(Mode::TwoLayers)]
#[case(Mode::Customer)]
#[tokio::test]
async fn an_encrypted_object_is_read_back_after_a_restart_and_not_seen_on_disk(#[case] mode: Mode) {
    let bed = Bed::new().await;
    let text = text(200_000);
    put(&bed, "in/report.csv", &text, mode).await;
    assert!(!bed.path("buckets/lake/in/report.csv").exists());
    let file = fs::read(file_of(&bed, "in/report.csv")).unwrap();
    assert!(!shows(&file, MARK));

    let bed = bed.reopen(|_| ()).await;
    let object = bed.get_with("in/report.csv", mode.get()).await.unwrap();
    assert_eq!(object.head.object.size, 200_000);
    let read = read(&bed, "in/report.csv", mode.get()).await.unwrap();
    assert_eq!(read, text.as_bytes());
}

#[test]
fn any_range_of_an_encrypted_object_is_read() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let bed = runtime.block_on(Bed::new());
    let text = text(700_000);
    for mode in MODES {
        runtime.block_on(put(&bed, &format!("{mode:?}"), &text, mode));
    }
    let config = Config::with_cases(40);
    let ranges = (0_u64..700_000, 0_u64..700_000);
    TestRunner::new(config)
        .run(&ranges, |(one, other)| {
            let (first, last) = (one.min(other), one.max(other));
            for mode in MODES {
                let get = GetObject {
                    range: Some(ByteRange::Bounded { first, last }),
                    ..mode.get()
                };
                let read = runtime.block_on(read(&bed, &format!("{mode:?}"), get));
                let expected = &text.as_bytes()[first as usize..=last as usize];
                assert!(read.unwrap() == expected, "{mode:?} {first}-{last}");
            }
            Ok(())
        })
        .unwrap();
}

#[rstest]
#[case(0)]
#[case(1)]
#[case(65_536)]
#[case(65_537)]
#[tokio::test]
async fn sizes_at_the_edges_of_segments_are_read(#[case] size: usize) {
    let bed = Bed::new().await;
    let text = text(size);
    for mode in MODES {
        put(&bed, "k", &text, mode).await;
        assert_eq!(head(&bed, "k", mode.get()).await.unwrap().size, size as u64);
        assert_eq!(read(&bed, "k", mode.get()).await.unwrap(), text.as_bytes());
    }
}

#[tokio::test]
async fn a_file_that_was_changed_is_an_error_and_never_other_bytes() {
    let bed = Bed::new().await;
    let text = text(150_000);
    for mode in [Mode::S3, Mode::TwoLayers] {
        put(&bed, "k", &text, mode).await;
        let path = file_of(&bed, "k");
        let sealed = fs::read(&path).unwrap();
        for at in [0, 8, 9, 20, 41, 42, 70_000, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            fs::write(&path, changed).unwrap();
            let refused = read(&bed, "k", mode.get()).await.unwrap_err();
            assert_eq!(refused.code(), "InternalError", "{mode:?}, byte {at}");
        }
        for size in [0, 10, 42, 65_594, sealed.len() - 1] {
            fs::write(&path, &sealed[..size]).unwrap();
            assert!(
                read(&bed, "k", mode.get()).await.is_err(),
                "{mode:?}, {size} bytes"
            );
        }
        fs::write(&path, [&sealed[..], b"more"].concat()).unwrap();
        assert!(read(&bed, "k", mode.get()).await.is_err());
        fs::write(&path, &sealed).unwrap();
        assert_eq!(read(&bed, "k", mode.get()).await.unwrap(), text.as_bytes());
    }
}

#[tokio::test]
async fn files_that_changed_places_are_an_error() {
    let bed = Bed::new().await;
    let text = text(1000);
    put(&bed, "one", &text, Mode::Customer).await;
    put(&bed, "other", &text, Mode::Customer).await;
    let (one, other) = (file_of(&bed, "one"), file_of(&bed, "other"));
    let kept = fs::read(&one).unwrap();
    fs::copy(&other, &one).unwrap();
    fs::write(&other, kept).unwrap();
    for name in ["one", "other"] {
        assert!(read(&bed, name, Mode::Customer.get()).await.is_err());
    }
}

#[tokio::test]
async fn a_customers_object_is_only_for_who_has_the_key() {
    let bed = Bed::new().await;
    put(&bed, "k", "bytes", Mode::Customer).await;
    put(&bed, "plain", "bytes", Mode::Plain).await;
    put(&bed, "s3", "bytes", Mode::S3).await;

    let missing = bed.get_with("k", GetObject::default()).await;
    assert_eq!(
        missing.unwrap_err().to_string(),
        "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."
    );
    assert_eq!(code(bed.head("k").await), "InvalidRequest");
    let wrong = || GetObject {
        customer_key: Some(other_customer_key()),
        ..GetObject::default()
    };
    assert_eq!(code(bed.get_with("k", wrong()).await), "AccessDenied");
    assert_eq!(code(head(&bed, "k", wrong()).await), "AccessDenied");
    for name in ["plain", "s3"] {
        let needless = bed.get_with(name, Mode::Customer.get()).await;
        assert_eq!(
            needless.unwrap_err().to_string(),
            "The encryption parameters are not applicable to this object."
        );
        let needless = head(&bed, name, Mode::Customer.get()).await;
        assert_eq!(code(needless), "InvalidRequest");
    }
}

#[tokio::test]
async fn the_etag_is_the_md5_only_where_s3_has_the_key() {
    let bed = Bed::new().await;
    let md5 = "4b3a6218bb3e3a7303e8a171a60fcf92";
    for (mode, is_md5) in [
        (Mode::Plain, true),
        (Mode::S3, true),
        (Mode::Kms, false),
        (Mode::Customer, false),
    ] {
        let object = put(&bed, "k", "bytes", mode).await;
        assert_eq!(object.etag.as_str() == md5, is_md5, "{mode:?}");
        assert_eq!(object.etag.as_str().len(), 32);
    }
}

#[tokio::test]
async fn kms_keys_are_named_by_id_alias_and_arn() {
    let id = "1f6a2b4c-0d3e-4f5a-8b7c-9d0e1f2a3b4c";
    let bed = Bed::with(StorageSettings {
        kms_keys: vec![KmsKeyName {
            id: id.to_owned(),
            alias: Some("alias/lake".to_owned()),
        }],
        ..StorageSettings::default()
    })
    .await;
    let arn = format!("arn:aws:kms:us-east-1:000000000000:key/{id}");
    let with = |name: &str| PutObject {
        encryption: Some(Encryption::Kms(KmsEncryption {
            key: Some(name.to_owned()),
            ..KmsEncryption::default()
        })),
        ..PutObject::default()
    };
    let alias_arn = "arn:aws:kms:us-east-1:000000000000:alias/lake";
    for name in [id, "alias/lake", &arn, alias_arn] {
        let object = bed.put_with("k", "bytes", with(name)).await.unwrap();
        let EncryptionKind::Kms { key_arn, .. } = object.encryption.unwrap().kind else {
            panic!("not KMS")
        };
        assert_eq!(key_arn, arn);
        assert_eq!(bed.get("k").await.unwrap(), "bytes");
    }
    for (name, message) in [
        ("no-such", "Invalid keyId 'no-such'"),
        (
            "00000000-0000-4000-8000-000000000000",
            "Key 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-4000-8000-000000000000' does not exist",
        ),
        (
            "alias/none",
            "Alias arn:aws:kms:us-east-1:000000000000:alias/none is not found.",
        ),
        (
            "arn:aws:kms:us-west-2:000000000000:key/x",
            "Invalid arn us-west-2",
        ),
    ] {
        let refused = bed.put_with("k", "bytes", with(name)).await.unwrap_err();
        assert_eq!(refused.code(), "KMS.NotFoundException");
        assert_eq!(refused.to_string(), message);
    }
}

#[tokio::test]
async fn a_copy_goes_from_any_encryption_to_any() {
    let bed = Bed::new().await;
    let text = text(100_000);
    for source in MODES {
        put(&bed, "source", &text, source).await;
        for target in MODES {
            let copy = CopyObject {
                encryption: target.encryption(),
                source_customer_key: source.key(),
                ..CopyObject::default()
            };
            let copied = bed
                .storage
                .copy_object((&lake(), &key("source")), (&lake(), &key("copy")), copy)
                .await
                .unwrap();
            assert_eq!(copied.encryption.is_some(), target != Mode::Plain);
            let plain = bed.path("buckets/lake/copy").exists();
            assert_eq!(plain, target == Mode::Plain);
            let read = read(&bed, "copy", target.get()).await.unwrap();
            assert!(read == text.as_bytes(), "{source:?} to {target:?}");
        }
    }
    let without_key = bed
        .storage
        .copy_object(
            (&lake(), &key("source")),
            (&lake(), &key("copy")),
            CopyObject::default(),
        )
        .await;
    assert_eq!(code(without_key), "InvalidRequest");
}

#[tokio::test]
async fn a_copy_onto_itself_may_change_the_encryption() {
    let bed = Bed::new().await;
    let plain = put(&bed, "k", "bytes", Mode::Plain).await;
    let copy = CopyObject {
        encryption: Some(Encryption::S3),
        ..CopyObject::default()
    };
    let copied = bed
        .storage
        .copy_object((&lake(), &key("k")), (&lake(), &key("k")), copy)
        .await
        .unwrap();
    assert_eq!(copied.encryption.unwrap().kind, EncryptionKind::S3);
    assert_eq!(copied.etag, plain.etag);
    assert!(!bed.path("buckets/lake/k").exists());
    assert_eq!(bed.get("k").await.unwrap(), "bytes");
}

#[rstest]
#[case(Mode::S3)]
#[case(Mode::Kms)]
#[case(Mode::TwoLayers)]
#[case(Mode::Customer)]
#[tokio::test]
async fn parts_are_encrypted_one_by_one(#[case] mode: Mode) {
    let bed = Bed::new().await;
    let (lake, target) = (lake(), key("k"));
    let create = CreateUpload {
        encryption: mode.encryption(),
        ..CreateUpload::default()
    };
    let upload = bed
        .storage
        .create_multipart_upload(&lake, &target, create)
        .await
        .unwrap();
    let number = |number| PartNumber::new(number).unwrap();
    let with_key = |customer_key| UploadPart {
        customer_key,
        ..UploadPart::default()
    };
    let text = text(FIVE_MIB + 123_456);
    let (one, rest) = text.split_at(FIVE_MIB + 1);
    if mode == Mode::Customer {
        for wrong in [None, Some(other_customer_key())] {
            let bytes = body(one.to_owned());
            let refused = bed
                .storage
                .upload_part(
                    &lake,
                    &target,
                    &upload.id,
                    number(1),
                    bytes,
                    with_key(wrong),
                )
                .await;
            assert_eq!(code(refused), "InvalidRequest");
        }
    }
    let bytes = body(one.to_owned());
    let part = with_key(mode.key());
    let one_part = bed
        .storage
        .upload_part(&lake, &target, &upload.id, number(1), bytes, part)
        .await
        .unwrap();
    put(&bed, "source", rest, Mode::Plain).await;
    let copy = CopyPart {
        customer_key: mode.key(),
        ..CopyPart::default()
    };
    let source = key("source");
    let copied_part = bed
        .storage
        .upload_part_copy(
            (&lake, &source),
            (&lake, &target),
            &upload.id,
            number(2),
            copy,
        )
        .await
        .unwrap();
    for file in bed.files("uploads") {
        assert!(!shows(
            &fs::read(bed.path("uploads").join(file)).unwrap(),
            MARK
        ));
    }
    let complete = CompleteUpload {
        parts: [one_part, copied_part]
            .iter()
            .map(|part| CompletedPart {
                number: part.number,
                etag: part.etag.quoted(),
                checksum: None,
            })
            .collect(),
        ..CompleteUpload::default()
    };
    // Whoever completes needs no key.
    let object = bed
        .storage
        .complete_multipart_upload(&lake, &target, &upload.id, complete)
        .await
        .unwrap();
    assert_eq!(object.size, text.len() as u64);
    assert!(object.etag.as_str().ends_with("-2"));
    assert!(read(&bed, "k", mode.get()).await.unwrap() == text.as_bytes());
    let across = GetObject {
        range: Some(ByteRange::Bounded {
            first: FIVE_MIB as u64 - 70_000,
            last: FIVE_MIB as u64 + 70_000,
        }),
        ..mode.get()
    };
    let expected = &text.as_bytes()[FIVE_MIB - 70_000..=FIVE_MIB + 70_000];
    assert!(read(&bed, "k", across).await.unwrap() == expected);
    let second = GetObject {
        part_number: Some(number(2)),
        ..mode.get()
    };
    assert!(read(&bed, "k", second).await.unwrap() == rest.as_bytes());
}

#[tokio::test]
async fn a_buckets_default_applies_to_who_asks_for_nothing() {
    let bed = Bed::new().await;
    default_to(&bed, SseAlgorithm::Kms).await;
    let object = bed.put("k", MARK).await;
    let kind = object.encryption.unwrap().kind;
    assert!(matches!(
        kind,
        EncryptionKind::Kms {
            bucket_key: true,
            dual_layer: false,
            ..
        }
    ));
    assert!(!shows(&fs::read(file_of(&bed, "k")).unwrap(), MARK));
    assert_eq!(bed.get("k").await.unwrap(), MARK);
    let asked = put(&bed, "k", MARK, Mode::Customer).await;
    assert_eq!(asked.encryption.unwrap().kind, EncryptionKind::Customer);
}

#[tokio::test]
async fn the_object_store_writes_and_reads_encrypted_objects() {
    let bed = Bed::new().await;
    default_to(&bed, SseAlgorithm::Aes256).await;
    let store = bed.storage.object_store(&lake());
    let text = text(300_000);
    store
        .put(&Path::from("put"), PutPayload::from(text.clone()))
        .await
        .unwrap();

    // Parts may finish in any order.
    let mut upload = store.put_multipart(&Path::from("parts")).await.unwrap();
    let mut parts: Vec<_> = text
        .as_bytes()
        .chunks(70_001)
        .map(|part| upload.put_part(PutPayload::from(part.to_vec())))
        .collect();
    while let Some(part) = parts.pop() {
        part.await.unwrap();
    }
    upload.complete().await.unwrap();

    for name in ["put", "parts"] {
        let path = Path::from(name);
        assert!(!bed.path(&format!("buckets/lake/{name}")).exists());
        assert!(!shows(&fs::read(file_of(&bed, name)).unwrap(), MARK));
        let whole = store.get(&path).await.unwrap();
        assert_eq!(whole.meta.size, 300_000);
        assert!(whole.bytes().await.unwrap() == text.as_bytes());
        let ranges = [(10..20), (65_530..65_550), (299_990..300_000)];
        let read = store.get_ranges(&path, &ranges).await.unwrap();
        for (bytes, range) in read.iter().zip(ranges) {
            let expected = &text.as_bytes()[range.start as usize..range.end as usize];
            assert_eq!(bytes, expected);
        }
    }
}

#[tokio::test]
async fn every_version_has_its_own_key() {
    let bed = Bed::new().await;
    bed.storage
        .change_bucket_settings(&lake(), |settings| {
            settings.versioning = Versioning::Enabled;
            Ok(())
        })
        .await
        .unwrap();
    let mut versions = Vec::new();
    for mode in MODES {
        let bytes = format!("{mode:?}");
        versions.push((mode, put(&bed, "k", &bytes, mode).await.version));
    }
    let bed = bed.reopen(|_| ()).await;
    for (mode, version) in versions {
        let get = GetObject {
            version: Some(version),
            ..mode.get()
        };
        let expected = format!("{mode:?}");
        assert_eq!(read(&bed, "k", get).await.unwrap(), expected.as_bytes());
    }
}

#[tokio::test]
async fn what_replaces_an_encrypted_object_leaves_nothing_of_it() {
    let bed = Bed::new().await;
    put(&bed, "k", "sealed", Mode::S3).await;
    put(&bed, "k", "plain", Mode::Plain).await;
    assert_eq!(bed.files("objects"), Vec::<String>::new());
    assert_eq!(fs::read(bed.path("buckets/lake/k")).unwrap(), b"plain");
    put(&bed, "k", "sealed again", Mode::S3).await;
    assert_eq!(bed.files("buckets"), Vec::<String>::new());
    bed.delete("k").await;
    assert_eq!(bed.files("objects"), Vec::<String>::new());
}

#[tokio::test]
async fn after_a_reset_objects_are_encrypted_anew() {
    let bed = Bed::new().await;
    put(&bed, "k", "bytes", Mode::Kms).await;
    bed.storage.reset().await.unwrap();
    let region = bed.platform.region().clone();
    bed.storage.create_bucket(&lake(), &region).await.unwrap();
    put(&bed, "k", "bytes", Mode::Kms).await;
    assert_eq!(bed.get("k").await.unwrap(), "bytes");
}
