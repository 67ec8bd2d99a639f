use crate::files::{TempFile, is_absent};
use crate::index::ObjectRow;
use crate::storage::Inner;
use crate::{BucketName, Error, EtagMatch, ObjectKey, Result, Storage};

impl Storage {
    /// Deletes an object; one that is not there is deleted already.
    ///
    /// # Errors
    /// `NoSuchBucket`; with `if_match`, `PreconditionFailed` if the tag is another and
    /// `NoSuchKey` if there is no object.
    pub async fn delete_object(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        if_match: Option<&EtagMatch>,
    ) -> Result<()> {
        let (bucket, key, if_match) = (bucket.clone(), key.clone(), if_match.cloned());
        self.blocking(move |inner| inner.delete(&bucket, &[key], if_match.as_ref()))
            .await
    }

    /// Deletes objects in one transaction; those that are not there are deleted already.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub async fn delete_objects(&self, bucket: &BucketName, keys: &[ObjectKey]) -> Result<()> {
        let (bucket, keys) = (bucket.clone(), keys.to_vec());
        self.blocking(move |inner| inner.delete(&bucket, &keys, None))
            .await
    }
}

impl Inner {
    /// Files move among the temporary ones first, then the index forgets them: a crash before
    /// the commit puts them back at start-up, a crash after it removes them there.
    fn delete(
        &self,
        bucket: &BucketName,
        keys: &[ObjectKey],
        if_match: Option<&EtagMatch>,
    ) -> Result<()> {
        let open = self.bucket(bucket)?;
        let _namespace = open.enter()?;
        let mut rows = Vec::with_capacity(keys.len());
        for key in keys {
            let row = self.index.object(bucket, key.as_str())?;
            match (&row, if_match) {
                (Some(row), Some(tags)) if !tags.includes(&row.object.etag) => {
                    return Err(Error::PreconditionFailed {
                        condition: "If-Match",
                    });
                }
                (None, Some(_)) => {
                    return Err(Error::NoSuchKey {
                        key: key.to_string(),
                    });
                }
                _ => rows.extend(row),
            }
        }
        // A key may be named twice in one request.
        rows.sort_by(|left, right| left.key.cmp(&right.key));
        rows.dedup_by(|left, right| left.key == right.key);

        let moved = self.move_away(bucket, &rows)?;
        match self.forget(bucket, &rows) {
            Ok(()) => drop(moved),
            Err(Error::DiskFull(_)) => {
                // The index cannot say so before there is room, and this is how room is made.
                drop(moved);
                self.forget(bucket, &rows)?;
            }
            Err(error) => {
                self.put_back(bucket, &rows, moved);
                return Err(error);
            }
        }
        for row in &rows {
            if row.file.plain {
                self.files.prune(bucket, &self.file_of(bucket, row));
            }
            self.publish_removed(bucket, &row.key);
        }
        Ok(())
    }

    fn forget(&self, bucket: &BucketName, rows: &[ObjectRow]) -> Result<()> {
        self.index
            .delete_objects(bucket, rows.iter().map(|row| row.key.as_str()))
    }

    /// Moves the files of rows away, all or none; a file that is gone already is none.
    fn move_away(&self, bucket: &BucketName, rows: &[ObjectRow]) -> Result<Vec<Option<TempFile>>> {
        let mut moved = Vec::with_capacity(rows.len());
        for row in rows {
            match self
                .files
                .set_aside(&self.file_of(bucket, row), &row.file.blob)
            {
                Ok(file) => moved.push(Some(file)),
                Err(error) if is_absent(&error) => moved.push(None),
                Err(error) => {
                    self.put_back(bucket, rows, moved);
                    return Err(Error::file("remove an object")(error));
                }
            }
        }
        Ok(moved)
    }

    fn put_back(&self, bucket: &BucketName, rows: &[ObjectRow], moved: Vec<Option<TempFile>>) {
        for (row, file) in rows.iter().zip(moved) {
            let Some(file) = file else { continue };
            if let Err(error) = file.move_to(&self.file_of(bucket, row)) {
                tracing::error!(%bucket, key = row.key, %error, "cannot put back an object's file");
            }
        }
    }
}
