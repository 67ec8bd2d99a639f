//! The files of a table or partition.

use futures::TryStreamExt;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt as _};

use crate::{EngineError, Location};

/// The data files under a location, in key order. Hidden ones (a name or folder below the location
/// that starts with `_` or `.`) and empty ones are not data, as in Hive and Trino.
///
/// A location that is itself an object, with nothing below it, is that file: crawlers make such tables when they are
/// pointed at files. Athena on AWS finds no rows in them ("Why do I get zero records when I query
/// my Amazon Athena table?", AWS re:Post), which the log says.
pub(crate) async fn data_files(
    store: &dyn ObjectStore,
    location: &Location,
) -> Result<Vec<ObjectMeta>, EngineError> {
    let path = location.path()?;
    let prefix_length = path.as_ref().len();
    let mut below: Vec<ObjectMeta> = store.list(Some(&path)).try_collect().await?;
    if below.is_empty() && !location.prefix().is_empty() {
        return single_file(store, location).await;
    }
    below.retain(|file| {
        let name = file.location.as_ref();
        let below = name.get(prefix_length..).unwrap_or_default();
        let hidden = below.split('/').any(|name| name.starts_with(['_', '.']));
        file.size > 0 && !hidden
    });
    below.sort_by(|left, right| left.location.cmp(&right.location));
    Ok(below)
}

async fn single_file(
    store: &dyn ObjectStore,
    location: &Location,
) -> Result<Vec<ObjectMeta>, EngineError> {
    match store.head(&location.path()?).await {
        Ok(file) if file.size > 0 => {
            tracing::warn!(%location, "a table's location is a file; on AWS, Athena reads folders only and finds no rows here");
            Ok(vec![file])
        }
        Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}
