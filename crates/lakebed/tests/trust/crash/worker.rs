//! A client that writes until the server dies, and remembers what it was promised.

use std::slice;
use std::sync::atomic::{AtomicBool, Ordering};

use super::history::Write;
use super::world::{Expected, PendingUpload, SHARED_KEYS, World};
use crate::client::{Answer, Broken, Client, ListedPart, ListedUpload, path};
use crate::content::Content;
use crate::dice::Dice;

/// The bucket that keeps the last version of a key only, and the one that keeps all.
pub(crate) const BUCKET: &str = "lake";
pub(crate) const VERSIONED: &str = "versioned";

/// Asks that the bytes on disk be encrypted.
const ENCRYPTED: [(&str, &str); 1] = [("x-amz-server-side-encryption", "AES256")];

const PLAIN_KEYS: usize = 8;
const ASIDE_KEYS: usize = 2;
const VERSIONED_KEYS: usize = 3;

/// How many versions a key is let have: all are read after every kill.
const MOST_VERSIONS: usize = 8;

/// The least a part but the last has, in bytes.
const PART_BYTES: usize = 5 * 1024 * 1024;

/// One client.
pub(crate) struct Worker<'a> {
    pub(crate) number: usize,
    pub(crate) world: &'a World,
    pub(crate) client: Client,
    pub(crate) dice: Dice,
    /// Set right before the server is killed.
    pub(crate) killed: &'a AtomicBool,
}

/// Why a worker stops.
pub(crate) enum Stop {
    /// The server is gone.
    Broken,
    /// The server answered what it should not.
    Wrong(String),
}

impl From<Broken> for Stop {
    fn from(_: Broken) -> Self {
        Self::Broken
    }
}

impl Worker<'_> {
    /// Writes until the server is gone; a complaint if something else ended it.
    pub(crate) fn run(mut self) -> Option<String> {
        loop {
            match self.step() {
                Ok(()) => {}
                Err(Stop::Broken) if self.killed.load(Ordering::SeqCst) => return None,
                Err(Stop::Broken) => return Some("the server broke a connection".to_owned()),
                Err(Stop::Wrong(complaint)) => return Some(complaint),
            }
        }
    }

    fn step(&mut self) -> Result<(), Stop> {
        let pending = self.world.pending.lock().unwrap()[self.number].clone();
        if let Some(upload) = pending {
            return self.resume_upload(upload);
        }
        match self.dice.below(100) {
            0..40 => {
                let size = self.dice.below(4096);
                self.put(size)
            }
            40..46 => {
                let size = 512 * 1024 + self.dice.below(2 * 1024 * 1024);
                self.put(size)
            }
            46..56 => self.delete(),
            56..61 => self.delete_several(),
            61..73 => self.copy(),
            73..77 => self.begin_upload(),
            77..90 => self.put_version(),
            90..95 => self.put_marker(),
            _ => self.delete_version(),
        }
    }

    fn any_key(&mut self) -> String {
        match self.dice.below(PLAIN_KEYS + ASIDE_KEYS + SHARED_KEYS) {
            plain @ 0..PLAIN_KEYS => format!("w{}/folder-{plain}/k", self.number),
            key if key < PLAIN_KEYS + ASIDE_KEYS => format!("w{}/aside-{key}/", self.number),
            key => format!("shared/{}", key - PLAIN_KEYS - ASIDE_KEYS),
        }
    }

    fn own_key(&mut self) -> String {
        format!(
            "w{}/folder-{}/k",
            self.number,
            self.dice.below(PLAIN_KEYS - 1)
        )
    }

    fn versioned_key(&mut self) -> String {
        format!("w{}/v{}", self.number, self.dice.below(VERSIONED_KEYS))
    }

    /// Has keys written by one request, and remembers what came of it.
    fn write(
        &self,
        operation: &'static str,
        keys: &[String],
        content: Option<Content>,
        request: impl FnOnce() -> Result<Answer, Broken>,
    ) -> Result<(), Stop> {
        let began = self.world.moments.now();
        let answer = request();
        let broken = answer.is_err();
        let answered = answer.map(|answer| complaint(&answer));
        for key in keys {
            self.world.record(
                key,
                Write {
                    operation,
                    content,
                    began,
                    acknowledged: (!broken).then(|| self.world.moments.now()),
                },
            );
        }
        match answered? {
            None => Ok(()),
            Some(said) => Err(Stop::Wrong(format!("{operation} of {keys:?}: {said}"))),
        }
    }

    fn put(&mut self, size: usize) -> Result<(), Stop> {
        let key = self.any_key();
        let content = Content::new(&mut self.dice, size);
        let (operation, encryption) = match self.dice.below(4) {
            0 => ("encrypted put", &ENCRYPTED[..]),
            _ => ("put", &[][..]),
        };
        self.write(operation, slice::from_ref(&key), Some(content), || {
            content.put_with(&self.client, BUCKET, &key, encryption)
        })
    }

    fn delete(&mut self) -> Result<(), Stop> {
        let key = self.any_key();
        self.write("delete", slice::from_ref(&key), None, || {
            self.client.delete(BUCKET, &key)
        })
    }

    fn delete_several(&mut self) -> Result<(), Stop> {
        let mut keys: Vec<String> = (0..4).map(|_| self.any_key()).collect();
        keys.sort();
        keys.dedup();
        let names: Vec<&str> = keys.iter().map(String::as_str).collect();
        self.write("delete of several", &keys, None, || {
            self.client.delete_objects(BUCKET, &names)
        })
    }

    /// Copies a key nobody else writes to, so that it is known what is copied.
    fn copy(&mut self) -> Result<(), Stop> {
        let (source, target) = (self.own_key(), self.any_key());
        let Some(content) = self.world.content(&source) else {
            return Ok(());
        };
        if source == target {
            return Ok(());
        }
        self.write("copy", slice::from_ref(&target), Some(content), || {
            let source = path(BUCKET, &source);
            let headers = [("x-amz-copy-source", source.as_str())];
            self.client
                .send("PUT", &path(BUCKET, &target), &headers, Some(b""))
        })
    }

    fn begin_upload(&mut self) -> Result<(), Stop> {
        // The last of the plain keys is for uploads: nothing is copied from it.
        let key = format!("w{}/folder-{}/k", self.number, PLAIN_KEYS - 1);
        let last = 1 + self.dice.below(64 * 1024);
        let content = Content::new(&mut self.dice, PART_BYTES + last);
        let (token, kind) = (content.token(), content.content_type());
        let headers = [
            ("x-amz-meta-token", token.as_str()),
            ("content-type", kind.as_str()),
        ];
        let id = self.client.create_upload(BUCKET, &key, &headers)?;
        self.world.pending.lock().unwrap()[self.number] = Some(PendingUpload {
            upload: ListedUpload { key, id },
            content,
            parts: Vec::new(),
            completing: false,
        });
        Ok(())
    }

    /// Uploads the parts that are missing, then completes; or aborts, now and then.
    fn resume_upload(&mut self, mut pending: PendingUpload) -> Result<(), Stop> {
        let bytes = pending.content.bytes();
        let (first, second) = bytes.split_at(PART_BYTES);
        for (number, part) in [(1, first), (2, second)] {
            if pending.parts.iter().any(|part| part.number == number) {
                continue;
            }
            let upload = &pending.upload;
            let answer = self.client.upload_part(BUCKET, upload, number, part)?;
            let Some(etag) = answer.header("etag").filter(|_| answer.status == 200) else {
                return Err(Stop::Wrong(format!("part {number}: {}", answer.text())));
            };
            let etag = etag.to_owned();
            pending.parts.push(ListedPart { number, etag });
            pending.parts.sort_by_key(|part| part.number);
            self.remember(Some(pending.clone()));
        }
        if self.dice.below(5) == 0 {
            pending.completing = true;
            self.remember(Some(pending.clone()));
            let answer = self.client.abort_upload(BUCKET, &pending.upload)?;
            self.remember(None);
            return complaint(&answer).map_or(Ok(()), |said| Err(Stop::Wrong(said)));
        }
        pending.completing = true;
        self.remember(Some(pending.clone()));
        let PendingUpload {
            upload,
            parts,
            content,
            ..
        } = pending;
        self.write(
            "completion of an upload",
            slice::from_ref(&upload.key),
            Some(content),
            || self.client.complete_upload(BUCKET, &upload, &parts),
        )?;
        self.remember(None);
        Ok(())
    }

    fn remember(&self, pending: Option<PendingUpload>) {
        self.world.pending.lock().unwrap()[self.number] = pending;
    }

    fn put_version(&mut self) -> Result<(), Stop> {
        let key = self.versioned_key();
        if self.world.version_ids(&key).len() >= MOST_VERSIONS {
            return self.delete_version();
        }
        let size = self.dice.below(4096);
        let content = Content::new(&mut self.dice, size);
        let attempt = Expected::Version(Some(content));
        self.change_versions(&key, attempt, || content.put(&self.client, VERSIONED, &key))
    }

    fn put_marker(&mut self) -> Result<(), Stop> {
        let key = self.versioned_key();
        let attempt = Expected::Version(None);
        self.change_versions(&key, attempt, || self.client.delete(VERSIONED, &key))
    }

    fn delete_version(&mut self) -> Result<(), Stop> {
        let key = self.versioned_key();
        let ids = self.world.version_ids(&key);
        if ids.is_empty() {
            return Ok(());
        }
        let id = self.dice.one_of(&ids).clone();
        let target = format!("{}?versionId={id}", path(VERSIONED, &key));
        self.change_versions(&key, Expected::Removal { id }, || {
            self.client.send("DELETE", &target, &[], None)
        })
    }

    fn change_versions(
        &self,
        key: &str,
        attempt: Expected,
        request: impl FnOnce() -> Result<Answer, Broken>,
    ) -> Result<(), Stop> {
        self.world.attempt_version(key, attempt);
        let answer = request()?;
        if let Some(said) = complaint(&answer) {
            return Err(Stop::Wrong(format!("{VERSIONED}/{key}: {said}")));
        }
        let id = answer.header("x-amz-version-id").unwrap_or_default();
        self.world.acknowledge_version(key, id);
        Ok(())
    }
}

/// What is wrong with an answer to a write; none if it is an acknowledgement.
fn complaint(answer: &Answer) -> Option<String> {
    let text = answer.text();
    let refused = !(200..300).contains(&answer.status) || text.contains("<Error>");
    refused.then(|| format!("answered {}: {text}", answer.status))
}
