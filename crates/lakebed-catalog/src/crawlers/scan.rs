//! Reads a target's files: all names, and of each file only what tells its format and schema.

use std::collections::HashMap;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use lakebed_storage::Storage;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use super::crawl::CrawlFailure;
use super::grouping::ClassifiedFile;
use super::progress::Progress;
use super::targets::Place;
use crate::inference::{CustomClassifier, inspect};

/// Files looked at at a time.
const CONCURRENCY: usize = 16;

/// What lies at a target.
pub(super) struct Scan {
    /// The target's path is that of one file.
    pub(super) is_file: bool,
    pub(super) files: Vec<ClassifiedFile>,
    /// Keys of the files that could not be read or are not recognised, and why.
    pub(super) left_out: Vec<(String, String)>,
}

/// Lists and classifies the files of a target, but for those in folders that are `known`.
pub(super) async fn scan(
    storage: &Storage,
    place: &Place,
    custom: &[CustomClassifier],
    known: impl Fn(&str) -> bool,
    progress: &Progress,
) -> Result<Scan, CrawlFailure> {
    storage
        .head_bucket(&place.path.bucket)
        .await
        .map_err(|error| CrawlFailure::Failed(format!("{}: {error}", place.path)))?;
    let store = storage.object_store(&place.path.bucket);
    let exact = the_file(store.as_ref(), place).await?;
    let is_file = exact.is_some();
    let mut objects = match exact {
        Some(file) => vec![file],
        None => list(store.as_ref(), place).await?,
    };
    objects.retain(|object| !known(object.location.as_ref()));
    progress.found(objects.len());
    let classifiers: Arc<[CustomClassifier]> = custom.into();
    let mut looked_at = futures::stream::iter(objects)
        .map(|object| look_at(Arc::clone(&store), object, Arc::clone(&classifiers)))
        .buffered(CONCURRENCY);
    let mut scan = Scan {
        is_file,
        files: Vec::new(),
        left_out: Vec::new(),
    };
    while let Some(file) = looked_at.next().await {
        progress.read_one();
        match file {
            Ok(file) => scan.files.push(file),
            Err(left_out) => scan.left_out.push(left_out),
        }
    }
    Ok(scan)
}

/// The object whose key is the target's path, if there is one.
async fn the_file(
    store: &dyn ObjectStore,
    place: &Place,
) -> Result<Option<ObjectMeta>, CrawlFailure> {
    let key = &place.path.key;
    if key.is_empty() || key.ends_with('/') {
        return Ok(None);
    }
    match store.head(&path_of(place, key)?).await {
        Ok(object) => Ok(Some(object)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(unreadable(place, &error)),
    }
}

/// The data files under the target's folder, in the order of their keys.
async fn list(store: &dyn ObjectStore, place: &Place) -> Result<Vec<ObjectMeta>, CrawlFailure> {
    let folder = place.path.folder();
    let prefix = path_of(place, &folder)?;
    let mut objects: Vec<ObjectMeta> = store
        .list(Some(&prefix))
        .try_filter(|object| {
            let key = object.location.as_ref();
            let relative = key.strip_prefix(&folder).unwrap_or(key);
            let wanted =
                object.size > 0 && !is_hidden(relative) && !place.exclusions.excludes(relative);
            futures::future::ready(wanted)
        })
        .try_collect()
        .await
        .map_err(|error| unreadable(place, &error))?;
    objects.sort_by(|one, other| one.location.cmp(&other.location));
    if let Some(size) = place.sample_size {
        let mut seen: HashMap<String, usize> = HashMap::new();
        objects.retain(|object| {
            let key = object.location.as_ref();
            let folder = key.rsplit_once('/').map_or("", |(folder, _)| folder);
            let count = seen.entry(folder.to_owned()).or_default();
            *count += 1;
            *count <= size
        });
    }
    Ok(objects)
}

/// Readers of tables leave out what starts with an underscore or a dot: `_SUCCESS`, `.part.crc`.
fn is_hidden(relative: &str) -> bool {
    relative.split('/').any(|name| name.starts_with(['_', '.']))
}

async fn look_at(
    store: Arc<dyn ObjectStore>,
    object: ObjectMeta,
    classifiers: Arc<[CustomClassifier]>,
) -> Result<ClassifiedFile, (String, String)> {
    let key = object.location.to_string();
    classified(store, &object, classifiers)
        .await
        .map_err(|reason| (key, reason))
}

async fn classified(
    store: Arc<dyn ObjectStore>,
    object: &ObjectMeta,
    classifiers: Arc<[CustomClassifier]>,
) -> Result<ClassifiedFile, String> {
    let inspected = inspect(store, object, classifiers).await?;
    Ok(ClassifiedFile {
        key: object.location.to_string(),
        size: object.size,
        compression: inspected.compression,
        schema: inspected.schema,
    })
}

fn path_of(place: &Place, key: &str) -> Result<Path, CrawlFailure> {
    Path::parse(key).map_err(|error| {
        CrawlFailure::Failed(format!("the path '{}' cannot be read: {error}", place.path))
    })
}

fn unreadable(place: &Place, error: &object_store::Error) -> CrawlFailure {
    CrawlFailure::Failed(format!("cannot read '{}': {error}", place.path))
}
