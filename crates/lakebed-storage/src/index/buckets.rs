use lakebed_core::Timestamp;
use lakebed_core::rusqlite::params;

use super::Index;
use crate::{Bucket, BucketName, BucketSettings, Error, Result, Usage};

impl Index {
    /// Adds or replaces a bucket and its settings.
    pub(crate) fn put_bucket(&self, bucket: &Bucket, settings: &BucketSettings) -> Result<()> {
        let settings = serde_json::to_string(settings).map_err(|source| Error::Details {
            key: bucket.name.to_string(),
            source,
        })?;
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO s3_buckets (name, region, created, owner, settings)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    bucket.name.as_str(),
                    bucket.region.as_str(),
                    bucket.created.as_millis(),
                    bucket.owner.as_str(),
                    settings
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

    pub(crate) fn buckets(&self) -> Result<Vec<(Bucket, BucketSettings)>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT name, region, created, owner, settings FROM s3_buckets ORDER BY name",
            )?;
            let mut rows = statement.query([])?;
            let mut buckets = Vec::new();
            while let Some(row) = rows.next()? {
                let name: String = row.get(0)?;
                let region: String = row.get(1)?;
                let owner: String = row.get(3)?;
                let settings: String = row.get(4)?;
                let settings =
                    serde_json::from_str(&settings).map_err(|source| Error::Details {
                        key: name.clone(),
                        source,
                    })?;
                let bucket = Bucket {
                    name: BucketName::parse(&name)?,
                    region: region
                        .parse()
                        .map_err(|_| unknown("region", &name, &region))?,
                    created: Timestamp::from_millis(row.get(2)?),
                    owner: owner.parse().map_err(|_| unknown("owner", &name, &owner))?,
                };
                buckets.push((bucket, settings));
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

fn unknown(name: &'static str, bucket: &str, value: &str) -> Error {
    Error::InvalidArgument {
        name,
        value: value.to_owned(),
        message: format!("bucket '{bucket}' has the unknown {name} '{value}'"),
    }
}
