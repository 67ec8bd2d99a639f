use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use std::time::Duration;

use crate::{
    AccountId, CallContext, Clock, Documents, EventBus, MetadataStore, Region, StoreError,
};

/// How far the clock is ahead.
const CLOCK: Documents<Duration> = Documents::of("clock");

/// What must survive what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// An acknowledged write survives the death of the process.
    #[default]
    Process,
    /// An acknowledged write survives loss of power: files and index are synced.
    Fsync,
}

/// How a Lakebed is to be opened.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder everything is kept in; made if missing.
    pub data_dir: PathBuf,
    /// The account all resources belong to.
    pub account: AccountId,
    /// The region all resources are in.
    pub region: Region,
    /// What acknowledged writes survive.
    pub durability: Durability,
}

impl Settings {
    /// Default account, region and durability over `data_dir`.
    #[must_use]
    pub fn at(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            account: AccountId::default(),
            region: Region::default(),
            durability: Durability::default(),
        }
    }
}

/// The data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// The folder cannot be made or written.
    #[error("cannot use the data folder '{}'", path.display())]
    Folder {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// Another process works in the folder.
    #[error(
        "the data folder '{}' is in use by another lakebed; stop it or choose another --data-dir",
        path.display()
    )]
    InUse { path: PathBuf },
    /// The metadata database cannot be opened.
    #[error("cannot open the metadata in '{}'", path.display())]
    Store {
        path: PathBuf,
        #[source]
        source: StoreError,
    },
}

/// What every service is built on. Cheap to clone: all clones are the same platform.
#[derive(Debug, Clone)]
pub struct Platform {
    settings: Arc<Settings>,
    /// Held for as long as any clone lives: one process at a time works in a data folder.
    _lock: Arc<File>,
    /// The one clock.
    pub clock: Clock,
    /// The one event bus.
    pub events: EventBus,
    /// The one metadata database.
    pub store: MetadataStore,
}

impl Platform {
    /// Opens the data folder, making it if it is not there.
    ///
    /// # Errors
    /// If the folder cannot be made, another process works in it, or `lakebed.db` in it cannot be
    /// opened.
    pub fn open(settings: Settings) -> Result<Self, PlatformError> {
        let path = &settings.data_dir;
        std::fs::create_dir_all(path).map_err(|source| PlatformError::Folder {
            path: path.clone(),
            source,
        })?;
        let lock = lock(path)?;
        let database = path.join("lakebed.db");
        let store = MetadataStore::open(&database, settings.durability).map_err(|source| {
            PlatformError::Store {
                path: database,
                source,
            }
        })?;
        let clock = Clock::system();
        let ahead = store
            .read(|connection| CLOCK.get(connection, "", ""))
            .map_err(|source| PlatformError::Store {
                path: path.join("lakebed.db"),
                source,
            })?;
        clock.advance(ahead.unwrap_or_default());
        let events = EventBus::new(clock.clone());
        Ok(Self {
            settings: Arc::new(settings),
            _lock: Arc::new(lock),
            clock,
            events,
            store,
        })
    }

    /// Moves the clock forward, for good: it stays ahead when the folder is opened again.
    ///
    /// # Errors
    /// If the database cannot be written; then the clock has not moved.
    pub fn advance_clock(&self, by: Duration) -> Result<(), StoreError> {
        self.remember_clock(self.clock.ahead().saturating_add(by))?;
        self.clock.advance(by);
        Ok(())
    }

    /// Empties the metadata store, of all but what the clock shows.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn clear(&self) -> Result<(), StoreError> {
        self.store.clear()?;
        self.remember_clock(self.clock.ahead())
    }

    fn remember_clock(&self, ahead: Duration) -> Result<(), StoreError> {
        self.store
            .write(|transaction| CLOCK.put(transaction, "", "", &ahead))
    }

    /// The account all resources belong to.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.settings.account
    }

    /// The region all resources are in.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.settings.region
    }

    /// The folder everything is kept in.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.settings.data_dir
    }

    /// What acknowledged writes survive.
    #[must_use]
    pub fn durability(&self) -> Durability {
        self.settings.durability
    }

    /// The context of calls that a service makes on its own behalf.
    #[must_use]
    pub fn internal_context(&self) -> CallContext {
        CallContext::internal(self.account(), self.region())
    }
}

/// Takes the folder's lock. The operating system gives it back when the process ends, however it
/// ends, so a killed Lakebed leaves nothing to clean up.
fn lock(data_dir: &Path) -> Result<File, PlatformError> {
    let folder = |source| PlatformError::Folder {
        path: data_dir.to_owned(),
        source,
    };
    let file = File::create(data_dir.join("lakebed.lock")).map_err(folder)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(PlatformError::InUse {
            path: data_dir.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(folder(source)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_platform_at_a_time_works_in_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let first = Platform::open(Settings::at(dir.path())).unwrap();
        let second = Platform::open(Settings::at(dir.path()));
        assert!(matches!(second, Err(PlatformError::InUse { .. })));
        drop(first);
        assert!(Platform::open(Settings::at(dir.path())).is_ok());
    }

    #[test]
    fn an_advanced_clock_stays_ahead() {
        let dir = tempfile::tempdir().unwrap();
        let day = Duration::from_secs(86_400);
        let platform = Platform::open(Settings::at(dir.path())).unwrap();
        platform.advance_clock(day).unwrap();
        platform.clear().unwrap();
        platform.advance_clock(day).unwrap();
        drop(platform);
        let again = Platform::open(Settings::at(dir.path())).unwrap();
        assert_eq!(again.clock.ahead(), 2 * day);
        assert!(again.clock.now().since(again.clock.wall_now()) > day);
    }
}
