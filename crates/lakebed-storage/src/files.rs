use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lakebed_core::Durability;
use uuid::Uuid;

use crate::index::FileRow;
use crate::layout::{Seen, Way, find_way, plain_path};
use crate::{BucketName, Error, ObjectKey, Result, UploadId};

/// The folders below the data folder, and what is done to files in them.
#[derive(Debug)]
pub(crate) struct Files {
    buckets: PathBuf,
    objects: PathBuf,
    uploads: PathBuf,
    temporary: PathBuf,
    durability: Durability,
    ignores_case: bool,
    last_stamp_nanos: AtomicI64,
}

/// Where the bytes of an object are to lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    /// In the bucket's folder under its own key.
    pub(crate) plain: bool,
}

/// Tells one content of a file from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) size: u64,
    pub(crate) modified_nanos: i64,
}

impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> io::Result<Self> {
        let modified = metadata.modified()?;
        let nanos = match modified.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |n| -n),
        };
        Ok(Self {
            size: metadata.len(),
            modified_nanos: nanos,
        })
    }
}

impl Files {
    /// Makes the folders that are missing.
    pub(crate) fn open(data_dir: &Path, durability: Durability) -> Result<Self> {
        // The watcher reports real paths: a link on the way to the data folder must not hide them.
        let data_dir = fs::canonicalize(data_dir).map_err(Error::file("open the data folder"))?;
        let folder = |name: &str| -> Result<PathBuf> {
            let path = data_dir.join(name);
            fs::create_dir_all(&path).map_err(Error::file(format!("make the folder '{name}'")))?;
            Ok(path)
        };
        let temporary = folder("tmp")?;
        let ignores_case = ignores_case(&temporary).map_err(Error::file("try the data folder"))?;
        Ok(Self {
            buckets: folder("buckets")?,
            objects: folder("objects")?,
            uploads: folder("uploads")?,
            temporary,
            durability,
            ignores_case,
            last_stamp_nanos: AtomicI64::new(0),
        })
    }

    pub(crate) fn buckets(&self) -> &Path {
        &self.buckets
    }

    pub(crate) fn objects(&self) -> &Path {
        &self.objects
    }

    pub(crate) fn uploads(&self) -> &Path {
        &self.uploads
    }

    pub(crate) fn temporary(&self) -> &Path {
        &self.temporary
    }

    pub(crate) fn bucket(&self, bucket: &BucketName) -> PathBuf {
        self.buckets.join(bucket.as_str())
    }

    pub(crate) fn upload(&self, upload: &UploadId) -> PathBuf {
        self.uploads.join(upload.as_str())
    }

    /// The file of a key that is in the index.
    pub(crate) fn object(&self, bucket: &BucketName, key: &str, file: &FileRow) -> PathBuf {
        match plain_path(key).filter(|_| file.plain) {
            Some(relative) => self.bucket(bucket).join(relative),
            None => self.aside(&file.blob),
        }
    }

    /// Where bytes lie that are not a plain file.
    pub(crate) fn aside(&self, blob: &str) -> PathBuf {
        self.objects.join(blob.get(..2).unwrap_or("00")).join(blob)
    }

    /// A fresh file among the temporary ones.
    pub(crate) fn stage(&self) -> Result<(TempFile, File)> {
        let blob = Uuid::new_v4().simple().to_string();
        let path = self.temporary.join(&blob);
        let file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(Error::unwritten("make a temporary file"))?;
        Ok((TempFile { path, blob }, file))
    }

    /// Gives a finished temporary file a time that no other file of this process has, so that
    /// its stamp tells it from every other content, and syncs it where that is asked for.
    pub(crate) fn finish(&self, file: &File) -> Result<Stamp> {
        let finish = || {
            file.set_modified(self.next_stamp())?;
            if self.durability == Durability::Fsync {
                file.sync_all()?;
                self.sync_folder(&self.temporary)?;
            }
            Stamp::of(&file.metadata()?)
        };
        finish().map_err(Error::file("finish a temporary file"))
    }

    fn next_stamp(&self) -> SystemTime {
        let now = UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let later = |last: i64| now.max(last.saturating_add(1));
        let last =
            self.last_stamp_nanos
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
                    Some(later(last))
                });
        let next = later(last.unwrap_or_else(|last| last));
        UNIX_EPOCH + Duration::from_nanos(u64::try_from(next).unwrap_or(0))
    }

    /// Decides where a new object's bytes go, and makes the folders on the way. The caller
    /// holds the bucket's namespace.
    pub(crate) fn place(&self, bucket: &BucketName, key: &ObjectKey, blob: &str) -> Result<Place> {
        if let Some(relative) = plain_path(key.as_str()) {
            let folder = self.bucket(bucket);
            let path = folder.join(&relative);
            match self.make_way(&folder, &relative) {
                Ok(true) => return Ok(Place { path, plain: true }),
                Ok(false) => {}
                Err(error) if error.kind() == io::ErrorKind::InvalidFilename => {}
                Err(error) => return Err(Error::unwritten("make the folders of a key")(error)),
            }
        }
        self.place_aside(blob)
    }

    /// A place outside the bucket's folder.
    pub(crate) fn place_aside(&self, blob: &str) -> Result<Place> {
        let path = self.aside(blob);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Error::file("make a folder for objects"))?;
        }
        Ok(Place { path, plain: false })
    }

    /// Makes the folders above a path; false if something else is in the way.
    fn make_way(&self, folder: &Path, relative: &Path) -> io::Result<bool> {
        let way = find_way(relative, |path| self.look(&folder.join(path)))?;
        let Way::Free { missing } = way else {
            return Ok(false);
        };
        for path in &missing {
            fs::create_dir(folder.join(path))?;
        }
        if !missing.is_empty() {
            // That a name is too long for the disk shows only once its folder is there.
            self.look(&folder.join(relative))?;
        }
        Ok(true)
    }

    /// What is found at a path, links not followed.
    fn look(&self, path: &Path) -> io::Result<Option<Seen>> {
        let is_folder = match fs::symlink_metadata(path) {
            Ok(metadata) => metadata.is_dir(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let same_name =
            !self.ignores_case || fs::canonicalize(path)?.file_name() == path.file_name();
        Ok(Some(Seen {
            is_folder,
            same_name,
        }))
    }

    /// The stamp of a file that may be an object: a file itself, reached without links.
    pub(crate) fn plain_stamp(
        &self,
        bucket: &BucketName,
        relative: &Path,
    ) -> io::Result<Option<Stamp>> {
        let mut path = self.bucket(bucket);
        let mut found = None;
        for name in relative {
            path.push(name);
            match fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_symlink() => return Ok(None),
                Ok(metadata) => found = Some(metadata),
                Err(error) if is_absent(&error) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        found
            .filter(Metadata::is_file)
            .as_ref()
            .map(Stamp::of)
            .transpose()
    }

    /// Syncs a folder's entries where that is asked for.
    pub(crate) fn sync_parent(&self, path: &Path) -> Result<()> {
        match (self.durability, path.parent()) {
            (Durability::Fsync, Some(folder)) => self
                .sync_folder(folder)
                .map_err(Error::file("sync a folder")),
            _ => Ok(()),
        }
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // Windows cannot open a folder as a file, and keeps its entries in its own journal.
        if cfg!(windows) {
            return Ok(());
        }
        File::open(folder)?.sync_all()
    }

    /// Removes the folders above a removed file that are empty now, up to the bucket's own.
    pub(crate) fn prune(&self, bucket: &BucketName, path: &Path) {
        let top = self.bucket(bucket);
        let mut folder = path.parent();
        while let Some(empty) = folder.filter(|folder| *folder != top && folder.starts_with(&top)) {
            if fs::remove_dir(empty).is_err() {
                return;
            }
            folder = empty.parent();
        }
    }

    /// Moves a file or folder among the temporary ones, where it is as good as gone.
    pub(crate) fn discard(&self, path: &Path) -> io::Result<TempFile> {
        self.set_aside(path, &Uuid::new_v4().simple().to_string())
    }

    /// Moves an object's file among the temporary ones under its blob name: start-up puts it
    /// back if the index still wants it.
    pub(crate) fn set_aside(&self, path: &Path, blob: &str) -> io::Result<TempFile> {
        let target = self.temporary.join(blob);
        fs::rename(path, &target)?;
        Ok(TempFile {
            path: target,
            blob: blob.to_owned(),
        })
    }
}

/// Says whether an error means that there is nothing at a path.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn ignores_case(folder: &Path) -> io::Result<bool> {
    let name = Uuid::new_v4().simple().to_string();
    let lower = folder.join(format!("case-{name}"));
    File::create(&lower)?;
    let ignores_case = folder.join(format!("CASE-{name}")).exists();
    fs::remove_file(&lower)?;
    Ok(ignores_case)
}

/// A file among the temporary ones, removed when it is dropped unless it moved on.
#[derive(Debug)]
pub(crate) struct TempFile {
    path: PathBuf,
    blob: String,
}

impl TempFile {
    pub(crate) fn blob(&self) -> &str {
        &self.blob
    }

    /// Moves the file to where it belongs; where that fails it stays, and start-up does it.
    pub(crate) fn settle(mut self, target: &Path) -> io::Result<()> {
        let path = std::mem::take(&mut self.path);
        fs::rename(path, target)
    }

    /// Moves the file to where it belongs, over what is there.
    pub(crate) fn move_to(mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.path = PathBuf::new();
        Ok(())
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        if self.path.as_os_str().is_empty() {
            return;
        }
        let removed = match fs::symlink_metadata(&self.path) {
            Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(&self.path),
            Ok(_) => fs::remove_file(&self.path),
            Err(error) => Err(error),
        };
        if let Err(error) = removed
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.path.display(), %error, "cannot remove a temporary file");
        }
    }
}
