use std::path::PathBuf;

use futures::TryStreamExt;
use lakebed_core::rusqlite::Error as Sqlite;
use lakebed_core::{Platform, Settings, StoreError};
use lakebed_storage::{
    BucketName, DeleteObject, Deleted, Error, GetObject, ListObjects, ObjectInfo, ObjectKey,
    ObjectRead, PutObject, Result, Storage, StorageSettings, body,
};
use tempfile::TempDir;

/// A storage over a folder of its own, with the bucket `lake`.
pub(crate) struct Bed {
    pub(crate) storage: Storage,
    pub(crate) platform: Platform,
    folder: TempDir,
}

pub(crate) fn lake() -> BucketName {
    BucketName::parse("lake").unwrap()
}

pub(crate) fn key(text: &str) -> ObjectKey {
    ObjectKey::parse(text).unwrap()
}

impl Bed {
    pub(crate) async fn new() -> Self {
        Self::with(StorageSettings::default()).await
    }

    pub(crate) async fn with(settings: StorageSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let platform = Platform::open(Settings::at(folder.path())).unwrap();
        let storage = Storage::open_with(platform.clone(), settings).unwrap();
        let region = platform.region().clone();
        storage.create_bucket(&lake(), &region).await.unwrap();
        Self {
            storage,
            platform,
            folder,
        }
    }

    /// Stops, lets something happen to the files, and opens again.
    pub(crate) async fn reopen(self, meanwhile: impl FnOnce(&Self)) -> Self {
        self.storage.shutdown().await;
        meanwhile(&self);
        let Self {
            storage,
            platform,
            folder,
        } = self;
        drop((storage, platform));
        let platform = Platform::open(Settings::at(folder.path())).unwrap();
        let storage = Storage::open(platform.clone()).unwrap();
        Self {
            storage,
            platform,
            folder,
        }
    }

    /// A path in the data folder.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// The names of the files below a folder of the data folder.
    pub(crate) fn files(&self, relative: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.path(relative)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let below = path.strip_prefix(self.path(relative)).unwrap();
                    found.push(below.to_str().unwrap().to_owned());
                }
            }
        }
        found.sort();
        found
    }

    /// The name a key's bytes have while they are not in their place.
    pub(crate) fn blob(&self, key: &str) -> String {
        let question = "SELECT blob FROM s3_objects WHERE key = ?1";
        self.platform
            .store
            .read(|connection| {
                let blob = connection.query_row(question, [key], |row| row.get(0));
                blob.map_err(|error: Sqlite| StoreError::from(error))
            })
            .unwrap()
    }

    pub(crate) async fn put(&self, key: &str, bytes: &str) -> ObjectInfo {
        self.put_with(key, bytes, PutObject::default())
            .await
            .unwrap()
    }

    pub(crate) async fn put_with(
        &self,
        text: &str,
        bytes: &str,
        put: PutObject,
    ) -> Result<ObjectInfo> {
        let bytes = body(bytes.to_owned());
        self.storage
            .put_object(&lake(), &key(text), bytes, put)
            .await
    }

    pub(crate) async fn get(&self, key: &str) -> Result<String> {
        let read = self.get_with(key, GetObject::default()).await?;
        Ok(text(read).await)
    }

    pub(crate) async fn get_with(&self, text: &str, get: GetObject) -> Result<ObjectRead> {
        self.storage.get_object(&lake(), &key(text), get).await
    }

    pub(crate) async fn head(&self, text: &str) -> Result<ObjectInfo> {
        let head = GetObject::default();
        let head = self.storage.head_object(&lake(), &key(text), head).await?;
        Ok(head.object)
    }

    pub(crate) async fn delete(&self, text: &str) {
        let delete = DeleteObject::default();
        self.delete_with(text, delete).await.unwrap();
    }

    pub(crate) async fn delete_with(&self, text: &str, delete: DeleteObject) -> Result<Deleted> {
        self.storage
            .delete_object(&lake(), &key(text), delete)
            .await
    }

    pub(crate) async fn keys(&self) -> Vec<String> {
        let listing = self
            .storage
            .list_objects(&lake(), ListObjects::default())
            .await
            .unwrap();
        listing.objects.into_iter().map(|found| found.key).collect()
    }
}

pub(crate) async fn bytes(read: ObjectRead) -> Vec<u8> {
    let chunks: Vec<_> = read.body.try_collect().await.unwrap();
    chunks.concat()
}

pub(crate) async fn text(read: ObjectRead) -> String {
    String::from_utf8(bytes(read).await).unwrap()
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    result.map_err(|error: Error| error.code()).unwrap_err()
}
