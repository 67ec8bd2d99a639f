use lakebed_core::Timestamp;
use lakebed_core::rusqlite::params;

use super::Index;
use crate::{Bucket, BucketName, Error, Result, Usage};

impl Index {
    pub(crate) fn put_bucket(&self, bucket: &Bucket) -> Result<()> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO s3_buckets (name, region, created) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![
                    bucket.name.as_str(),
                    bucket.region.as_str(),
                    bucket.created.as_millis()
                ])?;
            Ok(())
        })
    }

    /// Removes a bucket and what is left of its uploads.
    pub(crate) fn delete_bucket(&self, name: &BucketName) -> Result<()> {
        self.write(|transaction| {
            transaction.execute("DELETE FROM s3_buckets WHERE name = ?1", [name.as_str()])?;
            transaction.execute(
                "DELETE FROM s3_parts WHERE upload IN (SELECT id FROM s3_uploads WHERE bucket = ?1)",
                [name.as_str()],
            )?;
            transaction.execute("DELETE FROM s3_uploads WHERE bucket = ?1", [name.as_str()])?;
            Ok(())
        })
    }

    pub(crate) fn buckets(&self) -> Result<Vec<Bucket>> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT name, region, created FROM s3_buckets ORDER BY name")?;
            let mut rows = statement.query([])?;
            let mut buckets = Vec::new();
            while let Some(row) = rows.next()? {
                let name: String = row.get(0)?;
                let region: String = row.get(1)?;
                buckets.push(Bucket {
                    name: BucketName::parse(&name)?,
                    region: region.parse().map_err(|_| Error::InvalidArgument {
                        name: "region",
                        value: region.clone(),
                        message: format!("bucket '{name}' is in an unknown region '{region}'"),
                    })?,
                    created: Timestamp::from_millis(row.get(2)?),
                });
            }
            Ok(buckets)
        })
    }

    pub(crate) fn usage(&self) -> Result<Usage> {
        self.read(|connection| {
            let usage = connection
                .prepare_cached(
                    "SELECT (SELECT count(*) FROM s3_buckets), count(*), coalesce(sum(size), 0)
                     FROM s3_objects",
                )?
                .query_row([], |row| {
                    Ok(Usage {
                        buckets: row.get::<_, i64>(0)?.cast_unsigned(),
                        objects: row.get::<_, i64>(1)?.cast_unsigned(),
                        bytes: row.get::<_, i64>(2)?.cast_unsigned(),
                    })
                })?;
            Ok(usage)
        })
    }
}
