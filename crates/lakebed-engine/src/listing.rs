//! The files of a table or partition.

use futures::TryStreamExt;
use lakebed_storage::{BucketName, Storage};
use object_store::ObjectMeta;
use object_store::ObjectStoreExt as _;

use crate::{EngineError, Location};

/// The data files under a location, in key order. Hidden ones (a name or folder below the location
/// that starts with `_` or `.`) and empty ones are not data, as in Hive and Trino.
///
/// A location that is itself an object is that file: crawlers make such tables when they are
/// pointed at files. Athena on AWS finds no rows in them ("Why do I get zero records when I query
/// my Amazon Athena table?", AWS re:Post), which the log says.
pub(crate) async fn data_files(
    storage: &Storage,
    location: &Location,
) -> Result<Vec<ObjectMeta>, EngineError> {
    let bucket: BucketName = location
        .bucket()
        .parse()
        .map_err(|_| EngineError::InvalidLocation(location.to_string()))?;
    let store = storage.object_store(&bucket);
    let path = location.path()?;
    if !location.prefix().is_empty() {
        match store.head(&path).await {
            Ok(file) if file.size > 0 => {
                tracing::warn!(%location, "a table's location is a file; on AWS, Athena reads folders only and finds no rows here");
                return Ok(vec![file]);
            }
            Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let prefix_length = path.as_ref().len();
    let mut files: Vec<ObjectMeta> = store
        .list(Some(&path))
        .try_filter(|file| {
            let below = file
                .location
                .as_ref()
                .get(prefix_length..)
                .unwrap_or_default();
            let hidden = below.split('/').any(|name| name.starts_with(['_', '.']));
            std::future::ready(file.size > 0 && !hidden)
        })
        .try_collect()
        .await?;
    files.sort_by(|left, right| left.location.cmp(&right.location));
    Ok(files)
}
