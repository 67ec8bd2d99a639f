use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use lakebed_core::{Platform, Timestamp};
use object_store::ObjectStore;
use parking_lot::{Mutex, MutexGuard, RwLock};
use tokio::sync::Notify;

use crate::bucket_store::BucketStore;
use crate::encryption::{Keyring, KmsKeyName};
use crate::files::Files;
use crate::index::Index;
use crate::lifecycle::Runner;
use crate::watcher::Watcher;
use crate::{Bucket, BucketName, BucketSettings, Encryption, Error, LifecycleDay, Result};

/// S3's buckets and objects over files on disk. Cheap to clone: all clones are the same storage.
#[derive(Debug, Clone)]
pub struct Storage {
    pub(crate) inner: Arc<Inner>,
}

/// How a storage is to work.
#[derive(Debug, Clone, Default)]
pub struct StorageSettings {
    /// How long a day of lifecycle rules is.
    pub lifecycle_day: LifecycleDay,
    /// The KMS keys there are besides S3's own.
    pub kms_keys: Vec<KmsKeyName>,
}

/// What the storage holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    pub buckets: u64,
    pub objects: u64,
    pub bytes: u64,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) platform: Platform,
    pub(crate) files: Files,
    pub(crate) index: Index,
    pub(crate) keyring: Keyring,
    buckets: RwLock<BTreeMap<BucketName, Arc<OpenBucket>>>,
    watcher: Mutex<Option<Watcher>>,
    pub(crate) lifecycle_day: LifecycleDay,
    pub(crate) runner: Mutex<Option<Runner>>,
    /// Told of every restore that was asked for.
    pub(crate) restores_changed: Notify,
}

/// A bucket, and the lock under which its keys change hands.
#[derive(Debug)]
pub(crate) struct OpenBucket {
    pub(crate) bucket: Bucket,
    settings: RwLock<Arc<BucketSettings>>,
    namespace: Mutex<Namespace>,
}

/// The right to change which key is which file. Held for a rename and an index commit, never
/// while bytes stream.
#[derive(Debug, Default)]
pub(crate) struct Namespace {
    removed: bool,
}

impl Namespace {
    pub(crate) fn close(&mut self) {
        self.removed = true;
    }
}

impl OpenBucket {
    fn new(bucket: Bucket, settings: BucketSettings) -> Arc<Self> {
        Arc::new(Self {
            bucket,
            settings: RwLock::new(Arc::new(settings)),
            namespace: Mutex::default(),
        })
    }

    pub(crate) fn settings(&self) -> Arc<BucketSettings> {
        Arc::clone(&self.settings.read())
    }

    /// Takes settings into use that the index has. The caller holds the namespace.
    pub(crate) fn set_settings(&self, settings: BucketSettings) {
        *self.settings.write() = Arc::new(settings);
    }

    /// # Errors
    /// `NoSuchBucket` if the bucket was deleted meanwhile.
    pub(crate) fn enter(&self) -> Result<MutexGuard<'_, Namespace>> {
        let namespace = self.namespace.lock();
        if namespace.removed {
            return Err(no_such_bucket(&self.bucket.name));
        }
        Ok(namespace)
    }
}

fn no_such_bucket(name: &BucketName) -> Error {
    Error::NoSuchBucket {
        bucket: name.to_string(),
    }
}

impl Storage {
    /// Opens the buckets of a data folder with everything at its default.
    ///
    /// # Errors
    /// As [`Self::open_with`].
    pub fn open(platform: Platform) -> Result<Self> {
        Self::open_with(platform, StorageSettings::default())
    }

    /// Opens the buckets of a data folder: makes disk and index agree, then watches the bucket
    /// folders for files dropped into them.
    ///
    /// Blocks while new files are read; on a folder left in order that is a look at every file.
    ///
    /// # Errors
    /// If the folders or the index cannot be used.
    pub fn open_with(platform: Platform, settings: StorageSettings) -> Result<Self> {
        let files = Files::open(platform.data_dir(), platform.durability())?;
        let index = Index::open(platform.store.clone(), platform.account())?;
        let keyring = Keyring::open(
            platform.store.clone(),
            platform.region().clone(),
            platform.account().clone(),
            settings.kms_keys,
        )?;
        let inner = Arc::new(Inner {
            platform,
            files,
            index,
            keyring,
            buckets: RwLock::default(),
            watcher: Mutex::default(),
            lifecycle_day: settings.lifecycle_day,
            runner: Mutex::default(),
            restores_changed: Notify::new(),
        });
        inner.open_buckets()?;
        // Watching starts first, so that nothing that changes during the look is missed.
        match Watcher::start(&inner) {
            Ok(watcher) => *inner.watcher.lock() = Some(watcher),
            Err(error) => tracing::warn!(
                %error,
                "files dropped into bucket folders are found at the next start only"
            ),
        }
        inner.reconcile()?;
        Ok(Self { inner })
    }

    /// The bucket as an [`ObjectStore`], for the crates that read and write bytes in-process.
    ///
    /// A bucket that does not exist shows when the store is used.
    #[must_use]
    pub fn object_store(&self, bucket: &BucketName) -> Arc<dyn ObjectStore> {
        Arc::new(BucketStore::new(self.clone(), bucket.clone(), None))
    }

    /// The bucket as an [`ObjectStore`] whose writes are encrypted so, whatever the bucket is set to.
    #[must_use]
    pub fn encrypting_store(
        &self,
        bucket: &BucketName,
        encryption: Encryption,
    ) -> Arc<dyn ObjectStore> {
        Arc::new(BucketStore::new(
            self.clone(),
            bucket.clone(),
            Some(encryption),
        ))
    }

    /// The time, by the clock that all of the process shares.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.platform.clock.now()
    }

    /// Counts what is stored.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub async fn usage(&self) -> Result<Usage> {
        self.blocking(|inner| inner.index.usage()).await
    }

    /// Removes all buckets, objects and uploads, files and rows.
    ///
    /// # Errors
    /// If a file cannot be moved or the index cannot be written.
    pub async fn reset(&self) -> Result<()> {
        self.blocking(Inner::reset).await
    }

    /// Stops carrying out lifecycle rules and watching the bucket folders. Writes under way finish
    /// by themselves.
    pub async fn shutdown(&self) {
        let runner = self.inner.runner.lock().take();
        if let Some(runner) = runner {
            runner.stop().await;
        }
        let watcher = self.inner.watcher.lock().take();
        // Stopping joins the watcher's thread.
        if let Err(error) = tokio::task::spawn_blocking(move || drop(watcher)).await {
            tracing::warn!(%error, "the watcher did not stop cleanly");
        }
    }

    /// Runs file work where it may block.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || work(&inner))
            .await
            .map_err(Error::Task)?
    }
}

impl Inner {
    /// # Errors
    /// `NoSuchBucket`.
    pub(crate) fn bucket(&self, name: &BucketName) -> Result<Arc<OpenBucket>> {
        let buckets = self.buckets.read();
        buckets
            .get(name)
            .cloned()
            .ok_or_else(|| no_such_bucket(name))
    }

    pub(crate) fn all_buckets(&self) -> Vec<Arc<OpenBucket>> {
        self.buckets.read().values().cloned().collect()
    }

    /// Adds a bucket and its folder unless there is one; gives the one that is there and
    /// whether it is new.
    pub(crate) fn add_bucket(
        &self,
        bucket: Bucket,
        settings: BucketSettings,
    ) -> Result<(Arc<OpenBucket>, bool)> {
        let mut buckets = self.buckets.write();
        if let Some(existing) = buckets.get(&bucket.name) {
            return Ok((Arc::clone(existing), false));
        }
        let folder = self.files.bucket(&bucket.name);
        fs::create_dir_all(&folder).map_err(Error::file("make the folder of a bucket"))?;
        self.files.sync_parent(&folder)?;
        self.index.put_bucket(&bucket, &settings)?;
        let open = OpenBucket::new(bucket, settings);
        buckets.insert(open.bucket.name.clone(), Arc::clone(&open));
        Ok((open, true))
    }

    /// Makes a bucket of a folder that was found, unless it is one or is gone by now; says
    /// whether it was made.
    pub(crate) fn adopt_bucket(&self, name: &BucketName) -> Result<bool> {
        if self.bucket(name).is_ok() {
            return Ok(false);
        }
        let mut buckets = self.buckets.write();
        if buckets.contains_key(name) || !self.files.bucket(name).is_dir() {
            return Ok(false);
        }
        let bucket = Bucket {
            name: name.clone(),
            region: self.platform.region().clone(),
            created: self.platform.clock.now(),
            owner: self.platform.account().clone(),
        };
        let settings = BucketSettings::default();
        self.index.put_bucket(&bucket, &settings)?;
        buckets.insert(name.clone(), OpenBucket::new(bucket, settings));
        tracing::info!(bucket = %name, "adopted a folder as a bucket");
        Ok(true)
    }

    /// Takes the buckets that are in the index into use.
    fn open_buckets(&self) -> Result<()> {
        let mut buckets = self.buckets.write();
        for (bucket, settings) in self.index.buckets()? {
            let folder = self.files.bucket(&bucket.name);
            fs::create_dir_all(&folder).map_err(Error::file("make the folder of a bucket"))?;
            buckets.insert(bucket.name.clone(), OpenBucket::new(bucket, settings));
        }
        Ok(())
    }

    /// Forgets a bucket whose namespace is closed.
    pub(crate) fn forget_bucket(&self, name: &BucketName) {
        self.buckets.write().remove(name);
    }

    fn reset(&self) -> Result<()> {
        let mut buckets = self.buckets.write();
        let closed = std::mem::take(&mut *buckets);
        for open in closed.values() {
            open.namespace.lock().close();
        }
        let mut gone = Vec::new();
        for folder in [
            self.files.buckets(),
            self.files.objects(),
            self.files.uploads(),
        ] {
            for entry in fs::read_dir(folder).map_err(Error::file("list a folder"))? {
                let entry = entry.map_err(Error::file("list a folder"))?;
                gone.push(
                    self.files
                        .discard(&entry.path())
                        .map_err(Error::file("move a folder away"))?,
                );
            }
        }
        self.index.clear()?;
        drop(buckets);
        // Moved away they are gone for every caller; the time it takes to free them is not theirs.
        std::thread::spawn(move || drop(gone));
        Ok(())
    }
}
