//! A lake in a folder.

use std::path::Path;

use lakebed_catalog::Catalog;
use lakebed_core::{Platform, Settings};
use lakebed_engine::{Engine, EngineSettings};
use lakebed_sql::{Athena, Quotas};
use lakebed_storage::{BucketName, ObjectKey, PutObject, Storage, body};

pub(crate) struct TestLake {
    pub(crate) platform: Platform,
    pub(crate) storage: Storage,
    pub(crate) catalog: Catalog,
    pub(crate) athena: Athena,
}

pub(crate) fn open(folder: &Path) -> TestLake {
    open_platform(Platform::open(Settings::at(folder)).unwrap(), settings())
}

/// A lake whose queries have little memory and disk.
pub(crate) fn open_small(folder: &Path) -> TestLake {
    let small = EngineSettings {
        memory_limit_bytes: 12 << 20,
        spill_limit_bytes: 16 << 20,
        ..settings()
    };
    open_platform(Platform::open(Settings::at(folder)).unwrap(), small)
}

fn settings() -> EngineSettings {
    EngineSettings {
        threads: 2,
        ..EngineSettings::default()
    }
}

/// Opens a folder again whose last user's threads may still be winding down.
pub(crate) fn reopen(folder: &Path) -> TestLake {
    for _ in 0..200 {
        if let Ok(platform) = Platform::open(Settings::at(folder)) {
            return open_platform(platform, settings());
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the folder stays in use");
}

fn open_platform(platform: Platform, settings: EngineSettings) -> TestLake {
    let storage = Storage::open(platform.clone()).unwrap();
    let catalog = Catalog::open(platform.clone());
    let engine = Engine::new(&platform, storage.clone(), settings).unwrap();
    let athena = Athena::open(
        platform.clone(),
        catalog.clone(),
        engine,
        storage.clone(),
        Quotas::default(),
    )
    .unwrap();
    TestLake {
        platform,
        storage,
        catalog,
        athena,
    }
}

impl TestLake {
    pub(crate) async fn make_bucket(&self, name: &str) {
        let name: BucketName = name.parse().unwrap();
        self.storage
            .create_bucket(&name, self.platform.region())
            .await
            .unwrap();
    }

    pub(crate) async fn put(&self, bucket: &str, key: &str, bytes: impl Into<bytes::Bytes>) {
        let bucket: BucketName = bucket.parse().unwrap();
        let key = ObjectKey::parse(key).unwrap();
        self.storage
            .put_object(&bucket, &key, body(bytes), PutObject::default())
            .await
            .unwrap();
    }
}
