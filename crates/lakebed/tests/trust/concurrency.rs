//! Many clients at once.

use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::client::{Client, path};
use crate::content::Content;
use crate::crash::{History, Moments, Write};
use crate::dice::Dice;
use crate::files::files_below;
use crate::server::Server;

const WRITERS: u64 = 8;
const WRITES: usize = 40;
const READERS: usize = 4;

/// A server with the bucket `lake`.
struct Lake {
    server: Server,
    client: Client,
    data_dir: PathBuf,
    _folder: TempDir,
}

impl Lake {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data");
        let server = Server::start(&data_dir);
        let client = server.client();
        client.create_bucket("lake");
        Self {
            server,
            client,
            data_dir,
            _folder: folder,
        }
    }
}

/// Sizes that are written in one visit to the disk, and in several.
fn any_content(dice: &mut Dice) -> Content {
    let size = match dice.below(4) {
        0 => 1024 * 1024 + dice.below(2 * 1024 * 1024),
        _ => dice.below(64 * 1024),
    };
    Content::new(dice, size)
}

#[test]
fn the_last_writer_wins_whole_and_readers_get_one_version_whole() {
    let lake = Lake::new();
    let client = &lake.client;
    let moments = Moments::default();
    let history = Mutex::new(History::default());
    let first = Content::new(&mut Dice::of_seed(0), 10);
    assert_eq!(first.put(client, "lake", "k").unwrap().status, 200);
    let writing = AtomicBool::new(true);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS)
            .map(|_| {
                scope.spawn(|| {
                    let mut read = 0;
                    while writing.load(Ordering::SeqCst) {
                        let answer = client.get("/lake/k").unwrap();
                        let named = Content::named_by(&answer).expect("an object without a token");
                        assert!(named.is_in(&answer), "{named} was read in pieces");
                        read += 1;
                    }
                    read
                })
            })
            .collect();
        let writers: Vec<_> = (1..=WRITERS)
            .map(|seed| {
                let (moments, history) = (&moments, &history);
                scope.spawn(move || {
                    let mut dice = Dice::of_seed(seed);
                    for _ in 0..WRITES {
                        let content = any_content(&mut dice);
                        let began = moments.now();
                        let answer = content.put(client, "lake", "k").unwrap();
                        assert_eq!(answer.status, 200, "{}", answer.text());
                        history.lock().unwrap().push(Write {
                            operation: "put",
                            content: Some(content),
                            began,
                            acknowledged: Some(moments.now()),
                        });
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        writing.store(false, Ordering::SeqCst);
        let read: usize = readers
            .into_iter()
            .map(|reader| reader.join().unwrap())
            .sum();
        assert!(read > READERS, "the readers read {read} times only");
    });
    let answer = client.get("/lake/k").unwrap();
    let named = Content::named_by(&answer).unwrap();
    assert!(named.is_in(&answer));
    let history = history.into_inner().unwrap();
    let last = history.last();
    assert!(
        last.iter()
            .flatten()
            .any(|write| write.content == Some(named)),
        "{named} was overwritten before the last of {last:?}"
    );
    assert_eq!(files_below(&lake.data_dir.join("tmp")), [""; 0]);
}

#[test]
fn listings_show_whole_objects_only() {
    let lake = Lake::new();
    let client = &lake.client;
    let writing = AtomicBool::new(true);
    thread::scope(|scope| {
        let lister = scope.spawn(|| {
            let mut seen = 0;
            while writing.load(Ordering::SeqCst) {
                for (key, size) in client.sizes("lake") {
                    let announced = key.rsplit_once('-').map(|(_, size)| size.parse());
                    assert_eq!(announced, Some(Ok(size)), "{key} is listed in part");
                    seen += 1;
                }
                let keys = client.keys("lake", "");
                let Some(last) = keys.last() else { continue };
                let answer = client.get(&path("lake", last)).unwrap();
                let named = Content::named_by(&answer).expect("listed, but not there");
                assert!(named.is_in(&answer));
            }
            seen
        });
        let writers: Vec<_> = (1..=WRITERS)
            .map(|seed| {
                scope.spawn(move || {
                    let mut dice = Dice::of_seed(seed);
                    for number in 0..WRITES {
                        let content = any_content(&mut dice);
                        let key = format!("{seed}/{number}-{}", content.size);
                        let answer = content.put(client, "lake", &key).unwrap();
                        assert_eq!(answer.status, 200, "{}", answer.text());
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        writing.store(false, Ordering::SeqCst);
        assert!(lister.join().unwrap() > 0, "the listings showed nothing");
    });
    assert_eq!(client.sizes("lake").len(), WRITERS as usize * WRITES);
}

#[test]
fn an_upload_that_breaks_off_leaves_nothing() {
    let lake = Lake::new();
    lake.client.put("lake", "k", b"old").unwrap();
    for key in ["k", "new"] {
        let mut upload = TcpStream::connect(lake.server.address()).unwrap();
        let head =
            format!("PUT /lake/{key} HTTP/1.1\r\nHost: s3\r\nContent-Length: 4000000\r\n\r\n");
        upload.write_all(head.as_bytes()).unwrap();
        upload.write_all(&vec![7; 3_000_000]).unwrap();
        assert_eq!(lake.client.keys("lake", ""), ["k"]);
        assert_eq!(lake.client.get("/lake/k").unwrap().body, b"old");
    }
    let mut left = vec![String::new()];
    for _ in 0..100 {
        left = files_below(&lake.data_dir.join("tmp"));
        if left.is_empty() {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(left, [""; 0]);
    assert_eq!(lake.client.keys("lake", ""), ["k"]);
}

#[test]
fn a_slow_reader_keeps_the_version_it_began_with() {
    let lake = Lake::new();
    let content = Content::new(&mut Dice::of_seed(1), 16 * 1024 * 1024);
    for overwrite in [true, false] {
        assert_eq!(content.put(&lake.client, "lake", "k").unwrap().status, 200);
        let mut reader = TcpStream::connect(lake.server.address()).unwrap();
        reader
            .write_all(b"GET /lake/k HTTP/1.1\r\nHost: s3\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = vec![0; 1024];
        reader.read_exact(&mut answer).unwrap();
        let changed = if overwrite {
            lake.client.put("lake", "k", b"new").unwrap()
        } else {
            lake.client.delete("lake", "k").unwrap()
        };
        assert!(changed.status < 300, "{}", changed.text());
        reader.read_to_end(&mut answer).unwrap();
        assert!(
            answer.ends_with(&content.bytes()),
            "the body was cut or mixed"
        );
    }
}
