use std::fs;
use std::io;
use std::path::Path;

use lakebed_core::{AccountId, Region, Timestamp};

use crate::storage::Inner;
use crate::{BucketName, BucketSettings, Error, Result, Storage};

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    pub name: BucketName,
    pub region: Region,
    pub created: Timestamp,
    /// The account that made it.
    pub owner: AccountId,
}

/// How a bucket is to be made.
#[derive(Debug, Clone)]
pub struct CreateBucket {
    pub region: Region,
    pub owner: AccountId,
    pub settings: BucketSettings,
}

impl Storage {
    /// Makes a bucket in a region, of the account that runs the storage, with nothing set.
    ///
    /// # Errors
    /// As [`Self::create_bucket_with`].
    pub async fn create_bucket(&self, name: &BucketName, region: &Region) -> Result<Bucket> {
        let create = CreateBucket {
            region: region.clone(),
            owner: self.inner.platform.account().clone(),
            settings: BucketSettings::default(),
        };
        self.create_bucket_with(name, create).await
    }

    /// Makes a bucket.
    ///
    /// Making one's own bucket again succeeds in us-east-1 and nowhere else ("CreateBucket" in
    /// the S3 API reference); it stays as it is.
    ///
    /// # Errors
    /// `BucketAlreadyOwnedByYou`, `BucketAlreadyExists` for one of another account.
    pub async fn create_bucket_with(
        &self,
        name: &BucketName,
        create: CreateBucket,
    ) -> Result<Bucket> {
        let bucket = Bucket {
            name: name.clone(),
            region: create.region,
            created: self.inner.platform.clock.now(),
            owner: create.owner,
        };
        self.blocking(move |inner| {
            let (region, owner) = (bucket.region.clone(), bucket.owner.clone());
            let (open, new) = inner.add_bucket(bucket, create.settings)?;
            let legacy = Region::default();
            if new {
                return Ok(open.bucket.clone());
            }
            let bucket = open.bucket.name.to_string();
            if open.bucket.owner != owner {
                Err(Error::BucketAlreadyExists { bucket })
            } else if region == legacy && open.bucket.region == legacy {
                Ok(open.bucket.clone())
            } else {
                Err(Error::BucketAlreadyOwnedByYou { bucket })
            }
        })
        .await
    }

    /// What is known of a bucket.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub async fn head_bucket(&self, name: &BucketName) -> Result<Bucket> {
        Ok(self.inner.bucket(name)?.bucket.clone())
    }

    /// All buckets, by name.
    ///
    /// # Errors
    /// None today: the buckets are held in memory.
    pub async fn list_buckets(&self) -> Result<Vec<Bucket>> {
        let buckets = self.inner.all_buckets();
        Ok(buckets.iter().map(|open| open.bucket.clone()).collect())
    }

    /// Deletes a bucket that holds no objects; its unfinished uploads go with it.
    ///
    /// # Errors
    /// `NoSuchBucket`, `BucketNotEmpty`.
    pub async fn delete_bucket(&self, name: &BucketName) -> Result<()> {
        let name = name.clone();
        self.blocking(move |inner| inner.delete_bucket(&name)).await
    }
}

impl Inner {
    fn delete_bucket(&self, name: &BucketName) -> Result<()> {
        let open = self.bucket(name)?;
        let not_empty = || Error::BucketNotEmpty {
            bucket: name.to_string(),
        };
        let mut namespace = open.enter()?;
        if self.index.has_objects(name)? {
            return Err(not_empty());
        }
        // A file dropped a moment ago is an object already, though the watcher has not seen it.
        match remove_empty_folders(&self.files.bucket(name)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
                return Err(not_empty());
            }
            Err(error) => return Err(Error::file("remove the folder of a bucket")(error)),
        }
        let uploads = self.index.uploads(name, "")?;
        self.index.delete_bucket(name)?;
        namespace.close();
        drop(namespace);
        self.forget_bucket(name);
        for upload in uploads {
            self.discard_upload(&upload.id);
        }
        Ok(())
    }
}

/// Removes a folder in which there are nothing but folders.
fn remove_empty_folders(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        remove_empty_folders(&entry.path())?;
    }
    fs::remove_dir(folder)
}
