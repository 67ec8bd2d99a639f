use std::collections::HashSet;
use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;

use crate::adoption::Examined;
use crate::files::is_absent;
use crate::index::BlobRow;
use crate::layout::key_of;
use crate::storage::Inner;
use crate::{BucketName, Error, ObjectKey, Result, UploadId};

/// How many rows are looked at between two questions to the index.
const PAGE_ROWS: usize = 1000;

impl Inner {
    /// Makes disk and index agree after a stop, however it came about: finishes renames, removes
    /// what nobody names, adopts files that are new or changed, forgets objects whose files are
    /// gone.
    pub(crate) fn reconcile(&self) -> Result<()> {
        self.finish_renames()?;
        self.reconcile_uploads()?;
        let aside = self.reconcile_buckets()?;
        self.remove_orphans(&aside)
    }

    /// Makes folders and index agree; gives the names of the blobs that lie aside.
    pub(crate) fn reconcile_buckets(&self) -> Result<HashSet<String>> {
        for entry in entries(self.files.buckets())? {
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            let folder = entry.file_name().to_string_lossy().into_owned();
            match BucketName::parse(&folder) {
                Ok(name) => {
                    self.adopt_bucket(&name)?;
                }
                Err(_) => tracing::warn!(folder, "not a bucket: its name is not a bucket name"),
            }
        }
        let mut aside: HashSet<String> = self.index.version_blobs()?.into_iter().collect();
        for open in self.all_buckets() {
            let bucket = &open.bucket.name;
            self.examine_rows(bucket, "", &mut aside)?;
            self.adopt_folder(bucket, &self.files.bucket(bucket))?;
        }
        Ok(aside)
    }

    /// Moves temporary files the index waits for to their places, and removes the others.
    fn finish_renames(&self) -> Result<()> {
        for entry in entries(self.files.temporary())? {
            let blob = entry.file_name().to_string_lossy().into_owned();
            let (bucket, key, place) = match self.index.row_of_blob(&blob)? {
                None => {
                    remove(&entry)?;
                    continue;
                }
                Some((bucket, BlobRow::Version(row))) => {
                    (bucket, row.key, self.files.place_aside(&blob)?)
                }
                Some((bucket, BlobRow::Current(mut row))) => {
                    let key = ObjectKey::parse(row.key.as_str())?;
                    let place = self.place(&bucket, &key, &blob, row.file.sealed)?;
                    if place.plain != row.file.plain {
                        // Something else lies in its way by now.
                        row.file.plain = place.plain;
                        self.index.put_object(&bucket, &row)?;
                    }
                    (bucket, row.key, place)
                }
            };
            fs::rename(entry.path(), &place.path)
                .map_err(Error::file("move an object to its place"))?;
            tracing::info!(%bucket, key, "finished a write that was cut short");
        }
        Ok(())
    }

    /// Removes uploads that have ended, and of the others the files that never became parts.
    fn reconcile_uploads(&self) -> Result<()> {
        for entry in entries(self.files.uploads())? {
            let id = entry.file_name().to_string_lossy().into_owned();
            if !self.index.has_upload(&id)? {
                remove(&entry)?;
                continue;
            }
            let parts = self.index.parts(&UploadId::parse(&id)?, 0, usize::MAX)?;
            let blobs: HashSet<String> = parts.into_iter().map(|part| part.blob).collect();
            for file in entries(&entry.path())? {
                if !blobs.contains(&*file.file_name().to_string_lossy()) {
                    remove(&file)?;
                }
            }
        }
        Ok(())
    }

    /// Looks at the file of every row whose key begins with a prefix; notes the blobs that lie
    /// aside.
    pub(crate) fn examine_rows(
        &self,
        bucket: &BucketName,
        prefix: &str,
        aside: &mut HashSet<String>,
    ) -> Result<()> {
        let mut after = String::new();
        loop {
            let files = self.index.files_after(bucket, prefix, &after, PAGE_ROWS)?;
            let Some((last, _)) = files.last() else {
                return Ok(());
            };
            after.clone_from(last);
            for (key, file) in files {
                self.examine_settled(bucket, &ObjectKey::parse(key)?)?;
                if !file.plain {
                    aside.insert(file.blob);
                }
            }
        }
    }

    /// Makes objects of the files in a folder of a bucket that are none yet.
    pub(crate) fn adopt_folder(&self, bucket: &BucketName, folder: &Path) -> Result<()> {
        let entries = match entries(folder) {
            Err(error @ Error::File { .. }) => {
                tracing::warn!(%bucket, %error, "the files of a folder cannot be adopted");
                return Ok(());
            }
            entries => entries?,
        };
        for entry in entries {
            let path = entry.path();
            let kind = match entry.file_type() {
                Ok(kind) => kind,
                Err(error) if is_absent(&error) => continue,
                Err(error) => return Err(Error::file("look at a file in a bucket")(error)),
            };
            if kind.is_dir() {
                self.adopt_folder(bucket, &path)?;
            } else if kind.is_file()
                && let Some(key) = self.key_of_file(bucket, &path)
            {
                self.examine_settled(bucket, &key)?;
            } else {
                tracing::warn!(path = %path.display(), "not adopted: not a file with a name that can be a key");
            }
        }
        Ok(())
    }

    /// The key a file in a bucket's folder has.
    pub(crate) fn key_of_file(&self, bucket: &BucketName, path: &Path) -> Option<ObjectKey> {
        let relative = path.strip_prefix(self.files.bucket(bucket)).ok()?;
        ObjectKey::parse(key_of(relative)?).ok()
    }

    /// Examines a key whose file is expected to hold still; the watcher sees to one that does
    /// not, and one that cannot be read stands in nobody's way.
    fn examine_settled(&self, bucket: &BucketName, key: &ObjectKey) -> Result<()> {
        match self.examine(bucket, key) {
            Ok(Examined::Changing) => {
                tracing::info!(%bucket, %key, "a file is being changed and will be adopted later");
            }
            Ok(_) => {}
            Err(error @ Error::File { .. }) => {
                tracing::warn!(%bucket, %key, %error, "a file cannot be adopted");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Removes files aside that no row names.
    fn remove_orphans(&self, aside: &HashSet<String>) -> Result<()> {
        for shelf in entries(self.files.objects())? {
            for entry in entries(&shelf.path())? {
                let blob = entry.file_name().to_string_lossy().into_owned();
                if !aside.contains(&blob) {
                    remove(&entry)?;
                }
            }
        }
        Ok(())
    }
}

/// The entries of a folder; none if it is gone.
fn entries(folder: &Path) -> Result<Vec<DirEntry>> {
    match fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<DirEntry>>>) {
        Ok(entries) => Ok(entries),
        Err(error) if is_absent(&error) => Ok(Vec::new()),
        Err(error) => Err(Error::file(format!("list '{}'", folder.display()))(error)),
    }
}

fn remove(entry: &DirEntry) -> Result<()> {
    let path = entry.path();
    let removed = match entry.file_type() {
        Ok(kind) if kind.is_dir() => fs::remove_dir_all(&path),
        Ok(_) => fs::remove_file(&path),
        Err(error) => Err(error),
    };
    removed.map_err(Error::file(format!("remove '{}'", path.display())))
}
