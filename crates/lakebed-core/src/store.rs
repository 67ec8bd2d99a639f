use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
pub use rusqlite::{Connection, Transaction};
use rusqlite::{OptionalExtension, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Durability;

/// Metadata could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refused: the disk is full, the file is damaged, another process holds it.
    #[error("metadata database: {0}")]
    Database(#[from] rusqlite::Error),
    /// A stored document is not what this version of Lakebed writes.
    #[error("metadata of kind '{kind}' under '{scope}' named '{key}' cannot be read")]
    Document {
        kind: &'static str,
        scope: String,
        key: String,
        #[source]
        source: serde_json::Error,
    },
}

/// How many idle read connections are kept open.
const IDLE_READERS: usize = 8;

/// The one metadata database: SQLite in WAL mode, one writer at a time, readers never blocked.
///
/// Calls are short and block: a read is microseconds, a write is a few tens of them.
#[derive(Debug, Clone)]
pub struct MetadataStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    durability: Durability,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl MetadataStore {
    /// Opens the database file, making it if it is not there.
    ///
    /// # Errors
    /// If the file cannot be opened or is not a database.
    pub fn open(path: &Path, durability: Durability) -> Result<Self, StoreError> {
        let writer = connect(path, durability)?;
        writer.execute_batch(
            "CREATE TABLE IF NOT EXISTS documents (
                 kind TEXT NOT NULL,
                 scope TEXT NOT NULL,
                 key TEXT NOT NULL,
                 body TEXT NOT NULL,
                 PRIMARY KEY (kind, scope, key)
             ) WITHOUT ROWID",
        )?;
        Ok(Self {
            shared: Arc::new(Shared {
                path: path.to_owned(),
                durability,
                writer: Mutex::new(writer),
                readers: Mutex::default(),
            }),
        })
    }

    /// Runs `read` on a connection that sees the last committed state.
    ///
    /// # Errors
    /// What `read` returns, or [`StoreError`] if the database cannot be opened.
    pub fn read<T, E: From<StoreError>>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let idle = self.shared.readers.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&self.shared.path, self.shared.durability)?,
        };
        let answer = read(&connection);
        let mut readers = self.shared.readers.lock();
        if readers.len() < IDLE_READERS {
            readers.push(connection);
        }
        answer
    }

    /// Runs `write` in a transaction: committed when it returns `Ok`, undone when `Err`.
    ///
    /// # Errors
    /// What `write` returns, or [`StoreError`] if the transaction cannot begin or commit.
    pub fn write<T, E: From<StoreError>>(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut writer = self.shared.writer.lock();
        let transaction = writer
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let answer = write(&transaction)?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(answer)
    }

    /// Runs statements that make the tables of a crate that has tables of its own.
    ///
    /// # Errors
    /// If a statement is refused.
    pub fn define(&self, statements: &str) -> Result<(), StoreError> {
        Ok(self.shared.writer.lock().execute_batch(statements)?)
    }

    /// Empties every table.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn clear(&self) -> Result<(), StoreError> {
        self.write(|transaction| {
            let tables: Vec<String> = transaction
                .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for table in tables {
                transaction.execute(&format!("DELETE FROM \"{table}\""), [])?;
            }
            Ok(())
        })
    }
}

fn connect(path: &Path, durability: Durability) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match durability {
        Durability::Process => "NORMAL",
        Durability::Fsync => "FULL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Control-plane entities of one kind, kept as JSON documents under (scope, key).
///
/// The scope is the parent's name (a table's database), empty where there is none; keys are
/// listed in byte order. Methods take the connection, so that several can share one transaction.
#[derive(Debug)]
pub struct Documents<T> {
    kind: &'static str,
    entity: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned> Documents<T> {
    /// The documents of `kind`, a name such as `glue.table`.
    #[must_use]
    pub const fn of(kind: &'static str) -> Self {
        Self {
            kind,
            entity: PhantomData,
        }
    }

    /// The document, if it is there.
    ///
    /// # Errors
    /// If the database or the document cannot be read.
    pub fn get(
        &self,
        connection: &Connection,
        scope: &str,
        key: &str,
    ) -> Result<Option<T>, StoreError> {
        let body: Option<String> = connection
            .prepare_cached(
                "SELECT body FROM documents WHERE kind = ?1 AND scope = ?2 AND key = ?3",
            )?
            .query_row(params![self.kind, scope, key], |row| row.get(0))
            .optional()?;
        body.map(|body| self.parse(scope, key, &body)).transpose()
    }

    /// Adds or replaces the document.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn put(
        &self,
        transaction: &Transaction<'_>,
        scope: &str,
        key: &str,
        document: &T,
    ) -> Result<(), StoreError> {
        let body = self.print(scope, key, document)?;
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO documents (kind, scope, key, body) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![self.kind, scope, key, body])?;
        Ok(())
    }

    /// Adds the document unless there is one already; says whether it was added.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn insert(
        &self,
        transaction: &Transaction<'_>,
        scope: &str,
        key: &str,
        document: &T,
    ) -> Result<bool, StoreError> {
        let body = self.print(scope, key, document)?;
        let added = transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO documents (kind, scope, key, body) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![self.kind, scope, key, body])?;
        Ok(added == 1)
    }

    /// Removes the document; says whether it was there.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn delete(
        &self,
        transaction: &Transaction<'_>,
        scope: &str,
        key: &str,
    ) -> Result<bool, StoreError> {
        let removed = transaction
            .prepare_cached("DELETE FROM documents WHERE kind = ?1 AND scope = ?2 AND key = ?3")?
            .execute(params![self.kind, scope, key])?;
        Ok(removed == 1)
    }

    /// Removes all documents of a scope; says how many there were.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn delete_scope(
        &self,
        transaction: &Transaction<'_>,
        scope: &str,
    ) -> Result<usize, StoreError> {
        Ok(transaction
            .prepare_cached("DELETE FROM documents WHERE kind = ?1 AND scope = ?2")?
            .execute(params![self.kind, scope])?)
    }

    /// Up to `limit` documents of a scope whose key comes after `after`, with their keys, in key order.
    ///
    /// # Errors
    /// If the database or a document cannot be read.
    pub fn page(
        &self,
        connection: &Connection,
        scope: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, T)>, StoreError> {
        let (comparison, after) = following(after);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = connection.prepare_cached(&format!(
            "SELECT key, body FROM documents WHERE kind = ?1 AND scope = ?2 AND key {comparison} ?3 ORDER BY key LIMIT ?4"
        ))?;
        let mut rows = statement.query(params![self.kind, scope, after, limit])?;
        let mut page = Vec::new();
        while let Some(row) = rows.next()? {
            let key: String = row.get(0)?;
            let body: String = row.get(1)?;
            let document = self.parse(scope, &key, &body)?;
            page.push((key, document));
        }
        Ok(page)
    }

    /// Up to `limit` keys of a scope that come after `after`, in key order. No document is read.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn keys(
        &self,
        connection: &Connection,
        scope: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        let (comparison, after) = following(after);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let keys = connection
            .prepare_cached(&format!(
                "SELECT key FROM documents WHERE kind = ?1 AND scope = ?2 AND key {comparison} ?3 ORDER BY key LIMIT ?4"
            ))?
            .query_map(params![self.kind, scope, after, limit], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        Ok(keys)
    }

    /// All documents of a scope, in key order.
    ///
    /// # Errors
    /// If the database or a document cannot be read.
    pub fn list(&self, connection: &Connection, scope: &str) -> Result<Vec<T>, StoreError> {
        let page = self.page(connection, scope, None, usize::MAX)?;
        Ok(page.into_iter().map(|(_, document)| document).collect())
    }

    /// How many documents a scope holds.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn count(&self, connection: &Connection, scope: &str) -> Result<usize, StoreError> {
        let count: i64 = connection
            .prepare_cached("SELECT count(*) FROM documents WHERE kind = ?1 AND scope = ?2")?
            .query_row(params![self.kind, scope], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    fn parse(&self, scope: &str, key: &str, body: &str) -> Result<T, StoreError> {
        serde_json::from_str(body).map_err(|source| self.unreadable(scope, key, source))
    }

    fn print(&self, scope: &str, key: &str, document: &T) -> Result<String, StoreError> {
        serde_json::to_string(document).map_err(|source| self.unreadable(scope, key, source))
    }

    fn unreadable(&self, scope: &str, key: &str, source: serde_json::Error) -> StoreError {
        StoreError::Document {
            kind: self.kind,
            scope: scope.to_owned(),
            key: key.to_owned(),
            source,
        }
    }
}

/// What a key that comes after another is compared with, and how. Without another it is compared
/// with the empty key, which `>` alone would lose.
fn following(after: Option<&str>) -> (&'static str, &str) {
    match after {
        Some(after) => (">", after),
        None => (">=", ""),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn store() -> (tempfile::TempDir, MetadataStore) {
        let dir = tempfile::tempdir().unwrap();
        let store = MetadataStore::open(&dir.path().join("t.db"), Durability::Process).unwrap();
        (dir, store)
    }

    const NUMBERS: Documents<u32> = Documents::of("test.number");

    #[test]
    fn documents_are_listed_by_scope_in_key_order() {
        let (_dir, store) = store();
        store
            .write(|tx| {
                for (key, number) in [("b", 2), ("a", 1), ("c", 3)] {
                    NUMBERS.put(tx, "here", key, &number)?;
                }
                NUMBERS.put(tx, "there", "d", &4)
            })
            .unwrap();
        let all = store.read(|c| NUMBERS.list(c, "here")).unwrap();
        assert_eq!(all, [1, 2, 3]);
        let page = store
            .read(|c| NUMBERS.page(c, "here", Some("a"), 1))
            .unwrap();
        assert_eq!(page, [("b".to_owned(), 2)]);
        let keys = store
            .read(|c| NUMBERS.keys(c, "here", Some("a"), 5))
            .unwrap();
        assert_eq!(keys, ["b", "c"]);
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let (_dir, store) = store();
        let failed: Result<(), StoreError> = store.write(|tx| {
            NUMBERS.put(tx, "", "a", &1)?;
            Err(rusqlite::Error::InvalidQuery.into())
        });
        assert!(failed.is_err());
        assert_eq!(store.read(|c| NUMBERS.count(c, "")).unwrap(), 0);
    }

    #[test]
    fn insert_keeps_the_first() {
        let (_dir, store) = store();
        let added = store
            .write(|tx| {
                Ok::<_, StoreError>((
                    NUMBERS.insert(tx, "", "a", &1)?,
                    NUMBERS.insert(tx, "", "a", &2)?,
                ))
            })
            .unwrap();
        assert_eq!(added, (true, false));
        assert_eq!(store.read(|c| NUMBERS.get(c, "", "a")).unwrap(), Some(1));
    }

    #[test]
    fn clear_empties_tables_of_other_crates_too() {
        let (_dir, store) = store();
        store
            .define("CREATE TABLE IF NOT EXISTS extra (n INTEGER)")
            .unwrap();
        store
            .write(|tx| {
                tx.execute("INSERT INTO extra VALUES (1)", [])?;
                NUMBERS.put(tx, "", "a", &1)
            })
            .unwrap();
        store.clear().unwrap();
        let left: i64 = store
            .read(|c| {
                Ok::<_, StoreError>(
                    c.query_row("SELECT count(*) FROM extra", [], |row| row.get(0))?,
                )
            })
            .unwrap();
        assert_eq!(
            (left, store.read(|c| NUMBERS.count(c, "")).unwrap()),
            (0, 0)
        );
    }
}
