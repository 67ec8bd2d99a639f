//! A lake in a folder.

use std::path::Path;

use lakebed_catalog::Catalog;
use lakebed_core::{Platform, Settings};
use lakebed_engine::{Engine, EngineSettings};
use lakebed_sql::Athena;
use lakebed_storage::{BucketName, ObjectKey, PutObject, Storage, body};

pub struct TestLake {
    #[allow(dead_code, reason = "not every test looks at it")]
    pub platform: Platform,
    pub storage: Storage,
    pub catalog: Catalog,
    pub athena: Athena,
}

pub fn open(folder: &Path) -> TestLake {
    let platform = Platform::open(Settings::at(folder)).unwrap();
    let storage = Storage::open(platform.clone()).unwrap();
    let catalog = Catalog::open(platform.clone());
    let settings = EngineSettings {
        threads: 2,
        ..EngineSettings::default()
    };
    let engine = Engine::new(&platform, storage.clone(), settings).unwrap();
    let athena = Athena::open(platform.clone(), catalog.clone(), engine, storage.clone()).unwrap();
    TestLake {
        platform,
        storage,
        catalog,
        athena,
    }
}

impl TestLake {
    pub async fn make_bucket(&self, name: &str) {
        let name: BucketName = name.parse().unwrap();
        self.storage
            .create_bucket(&name, self.platform.region())
            .await
            .unwrap();
    }

    pub async fn put(&self, bucket: &str, key: &str, bytes: impl Into<bytes::Bytes>) {
        let bucket: BucketName = bucket.parse().unwrap();
        let key = ObjectKey::parse(key).unwrap();
        self.storage
            .put_object(&bucket, &key, body(bytes), PutObject::default())
            .await
            .unwrap();
    }
}
