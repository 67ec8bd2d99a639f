use std::fs;
use std::path::PathBuf;

use crate::files::{TempFile, is_absent};
use crate::index::{Change, ObjectRow};
use crate::storage::Inner;
use crate::{BucketName, Error, Result};

/// Changes to rows, and the files that change places with them.
///
/// The files are lifted among the temporary ones under their blob names, then the index commits,
/// then they land. Start-up takes every temporary file to where the index says its blob belongs:
/// a crash before the commit puts them back, a crash after it lets them land.
#[derive(Debug, Default)]
pub(crate) struct Rearrangement {
    pub(crate) changes: Vec<Change>,
    pub(crate) lifts: Vec<Lift>,
}

/// A file that leaves its place.
#[derive(Debug)]
pub(crate) struct Lift {
    blob: String,
    from: PathBuf,
    /// Where it goes; none if nobody needs it any more.
    to: Option<PathBuf>,
}

/// The files of a rearrangement, lifted. Dropped, those that go nowhere are removed.
#[derive(Debug)]
pub(crate) struct Lifted {
    files: Vec<(Lift, Option<TempFile>)>,
}

impl Rearrangement {
    /// Takes the bytes of a row away for good.
    pub(crate) fn discard(&mut self, inner: &Inner, bucket: &BucketName, row: &ObjectRow) {
        self.lifts.push(Lift {
            blob: row.file.blob.clone(),
            from: inner.file_of(bucket, row),
            to: None,
        });
    }

    /// Takes the bytes of a row from one place to another; nothing if it is the same.
    pub(crate) fn relocate(&mut self, row: &ObjectRow, from: PathBuf, to: PathBuf) {
        if from != to {
            self.lifts.push(Lift {
                blob: row.file.blob.clone(),
                from,
                to: Some(to),
            });
        }
    }

    pub(crate) fn append(&mut self, other: Self) {
        self.changes.extend(other.changes);
        self.lifts.extend(other.lifts);
    }
}

impl Inner {
    /// Lifts files, all or none; one that is gone already is none.
    pub(crate) fn lift(&self, lifts: Vec<Lift>) -> Result<Lifted> {
        let mut files = Vec::with_capacity(lifts.len());
        for lift in lifts {
            match self.files.set_aside(&lift.from, &lift.blob) {
                Ok(file) => files.push((lift, Some(file))),
                Err(error) if is_absent(&error) => files.push((lift, None)),
                Err(error) => {
                    Lifted { files }.put_back();
                    return Err(Error::unwritten("move an object's file")(error));
                }
            }
        }
        Ok(Lifted { files })
    }

    /// Makes a rearrangement in which no bytes are new. The caller holds the namespace.
    pub(crate) fn rearrange(
        &self,
        bucket: &BucketName,
        rearrangement: Rearrangement,
    ) -> Result<()> {
        let Rearrangement { changes, lifts } = rearrangement;
        let mut lifted = self.lift(lifts)?;
        match self.index.apply(bucket, &changes) {
            Ok(()) => {}
            Err(Error::DiskFull(source)) => {
                // The index cannot say so before there is room, and this is how room is made.
                if !lifted.free() {
                    lifted.put_back();
                    return Err(Error::DiskFull(source));
                }
                self.index.apply(bucket, &changes)?;
            }
            Err(error) => {
                lifted.put_back();
                return Err(error);
            }
        }
        lifted.land(self, bucket);
        Ok(())
    }
}

impl Lifted {
    /// Removes the files that go nowhere; says whether there were any.
    fn free(&mut self) -> bool {
        let mut freed = false;
        for (lift, file) in &mut self.files {
            if lift.to.is_none() {
                freed |= file.take().is_some();
            }
        }
        freed
    }

    /// Puts every file where it was.
    pub(crate) fn put_back(self) {
        for (lift, file) in self.files {
            let Some(file) = file else { continue };
            if let Err(error) = file.settle(&lift.from) {
                tracing::error!(path = %lift.from.display(), %error, "cannot put a file back before the next start");
            }
        }
    }

    /// Takes the files to their new places, and removes those nobody needs.
    pub(crate) fn land(self, inner: &Inner, bucket: &BucketName) {
        let mut left = Vec::with_capacity(self.files.len());
        for (lift, file) in self.files {
            left.push(lift.from);
            let (Some(file), Some(to)) = (file, lift.to) else {
                continue;
            };
            let landed = to
                .parent()
                .map_or(Ok(()), fs::create_dir_all)
                .and_then(|()| file.settle(&to));
            match landed {
                Ok(()) => {
                    if let Err(error) = inner.files.sync_parent(&to) {
                        tracing::warn!(path = %to.display(), %error, "cannot sync a folder");
                    }
                }
                Err(error) => {
                    tracing::error!(path = %to.display(), %error, "cannot move a file to its place before the next start");
                }
            }
        }
        for path in left {
            inner.files.prune(bucket, &path);
        }
    }
}
