use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::adoption::Examined;
use crate::files::is_absent;
use crate::storage::Inner;
use crate::{BucketName, Error, Result};

/// How long a file that is being written must be left alone before it is looked at: a copy under
/// way is not an object.
const WRITTEN: Duration = Duration::from_millis(1500);

/// How long to wait after a change that is complete in itself: a file closed, moved or removed.
const SETTLED: Duration = Duration::from_millis(150);

/// How often paths that have waited long enough are looked at.
const TICK: Duration = Duration::from_millis(100);

/// Finds files dropped into bucket folders, changed or removed there while the process runs.
#[derive(Debug)]
pub(crate) struct Watcher {
    /// Dropped first: it holds the sender whose end stops the thread.
    notifier: Option<RecommendedWatcher>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    pub(crate) fn start(inner: &Arc<Inner>) -> Result<Self> {
        let (sender, events) = mpsc::channel();
        let mut notifier = notify::recommended_watcher(move |event| {
            // The receiver is gone only while the watcher is stopped.
            let _ = sender.send(event);
        })
        .map_err(Error::Watch)?;
        notifier
            .watch(inner.files.buckets(), RecursiveMode::Recursive)
            .map_err(Error::Watch)?;
        let storage = Arc::downgrade(inner);
        let thread = thread::Builder::new()
            .name("bucket-watcher".to_owned())
            .spawn(move || watch(&storage, &events))
            .map_err(Error::file("start the watcher's thread"))?;
        Ok(Self {
            notifier: Some(notifier),
            thread: Some(thread),
        })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.notifier.take();
        let Some(thread) = self.thread.take() else {
            return;
        };
        // The last owner of the storage may be the watcher's own thread.
        if thread.thread().id() != thread::current().id() && thread.join().is_err() {
            tracing::warn!("the watcher of bucket folders went down");
        }
    }
}

type Notice = notify::Result<notify::Event>;

/// Collects notices, and looks at each path once it has been quiet long enough.
fn watch(storage: &Weak<Inner>, notices: &Receiver<Notice>) {
    let mut restless: HashMap<PathBuf, Instant> = HashMap::new();
    let mut looked = Instant::now();
    loop {
        let notice = if restless.is_empty() {
            notices.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            notices.recv_timeout(TICK)
        };
        let Some(inner) = storage.upgrade() else {
            return;
        };
        match notice {
            Ok(notice) => note(&inner, notice, &mut restless),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let now = Instant::now();
        if now.duration_since(looked) < TICK {
            continue;
        }
        looked = now;
        let due: Vec<PathBuf> = restless
            .extract_if(|_, due| *due <= now)
            .map(|(path, _)| path)
            .collect();
        for path in due {
            match inner.look_at(&path) {
                Ok(Examined::Changing) => {
                    restless.insert(path, now + WRITTEN);
                }
                Ok(_) | Err(Error::NoSuchBucket { .. }) => {}
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "cannot adopt a file");
                }
            }
        }
    }
}

/// Remembers when the paths of a notice are to be looked at.
fn note(inner: &Inner, notice: Notice, restless: &mut HashMap<PathBuf, Instant>) {
    let event = match notice {
        Ok(event) => event,
        Err(error) => {
            tracing::warn!(%error, "some changes in bucket folders may go unnoticed");
            return;
        }
    };
    let now = Instant::now();
    if event.need_rescan() {
        restless.insert(inner.files.buckets().to_owned(), now + SETTLED);
        return;
    }
    let wait = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => SETTLED,
        EventKind::Access(_) => return,
        EventKind::Create(CreateKind::File) | EventKind::Modify(ModifyKind::Data(_)) => WRITTEN,
        _ => SETTLED,
    };
    restless.extend(event.paths.into_iter().map(|path| (path, now + wait)));
}

impl Inner {
    /// Makes the index agree with what lies at a path among the buckets.
    fn look_at(&self, path: &Path) -> Result<Examined> {
        let Ok(relative) = path.strip_prefix(self.files.buckets()) else {
            return Ok(Examined::Same);
        };
        let Some(folder) = relative.iter().next() else {
            // Notices were lost: look at everything.
            return self.reconcile_buckets().map(|_| Examined::Same);
        };
        let Ok(bucket) = BucketName::parse(&folder.to_string_lossy()) else {
            return Ok(Examined::Same);
        };
        self.adopt_bucket(&bucket)?;
        self.restore_folder(&bucket)?;
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_dir() => {
                return self.adopt_folder(&bucket, path).map(|()| Examined::Same);
            }
            Err(error) if is_absent(&error) => self.forget_folder(&bucket, path)?,
            _ => {}
        }
        match self.key_of_file(&bucket, path) {
            Some(key) => self.examine(&bucket, &key),
            None => Ok(Examined::Same),
        }
    }

    /// Makes a bucket's folder again that was taken away, and forgets what was in it.
    fn restore_folder(&self, bucket: &BucketName) -> Result<()> {
        let open = self.bucket(bucket)?;
        let folder = self.files.bucket(bucket);
        if folder.is_dir() {
            return Ok(());
        }
        let namespace = open.enter()?;
        fs::create_dir_all(&folder).map_err(Error::file("make the folder of a bucket"))?;
        drop(namespace);
        self.examine_rows(bucket, "", &mut HashSet::new())
    }

    /// Forgets the objects of a folder that was taken away.
    fn forget_folder(&self, bucket: &BucketName, path: &Path) -> Result<()> {
        match self.key_of_file(bucket, path) {
            Some(key) => self.examine_rows(bucket, &format!("{key}/"), &mut HashSet::new()),
            None => Ok(()),
        }
    }
}
