//! S3 over loopback, side by side with `s3s-fs`, by the same client in one run.
//!
//!     cargo install s3s-fs --version 0.14.1 --features binary
//!     cargo build --release
//!     cargo bench -p lakebed-benches --bench s3
//!
//! `-- --help` says what can be chosen. Rates are medians of several rounds in which the servers
//! take turns; the processor time per request is that of the server alone.

mod http;
mod load;
mod servers;
mod static_server;

use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Parser;

use crate::http::Connection;
use crate::load::{Load, Speed};
use crate::servers::{Kind, Server};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// How many keys share a common prefix.
const KEYS_PER_PREFIX: usize = 100;

/// Measures S3 side by side with s3s-fs.
#[derive(Debug, Parser)]
#[command(name = "s3")]
struct Options {
    /// The lakebed binary [default: the one beside this bench]
    #[arg(long, env = "LAKEBED_BIN")]
    lakebed: Option<PathBuf>,
    /// The s3s-fs binary
    #[arg(long, default_value = "s3s-fs")]
    s3s_fs: PathBuf,
    /// Seconds a measurement lasts
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// How often each is made; medians are shown
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Keys in the bucket that is listed
    #[arg(long, default_value_t = 1_000_000)]
    keys: usize,
    /// Measure only these: objects, lists, deletes
    #[arg(long, value_delimiter = ',', default_value = "objects,lists,deletes")]
    only: Vec<String>,
    /// Measure only what has this in its name, such as 'PUT 1 MiB'
    #[arg(default_value = "")]
    name: String,
    /// What cargo bench passes on
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Outcome {
    let options = Options::parse();
    let folder = tempfile::tempdir()?;
    let wanted = |what: &str| options.only.iter().any(|only| only == what);
    println!(
        "{:<26} {:>11} {:>11} {:>6}   {:>17}   {:>17}",
        "", "lakebed", "s3s-fs", "ratio", "p50/p99 ms", "server cpu ms"
    );
    if wanted("objects") || wanted("deletes") {
        let bed = Bed::start(&options, folder.path())?;
        if wanted("objects") {
            bed.measure_objects(folder.path())?;
        }
        if wanted("deletes") {
            bed.measure_deletes()?;
        }
        bed.report_memory()?;
    }
    if wanted("lists") {
        measure_lists(&options, folder.path())?;
    }
    Ok(())
}

/// The servers, started.
struct Bed<'a> {
    options: &'a Options,
    servers: [Server; 2],
}

/// Speed with what it cost the server.
struct Measured {
    speed: Speed,
    cpu: Duration,
}

impl<'a> Bed<'a> {
    fn start(options: &'a Options, folder: &Path) -> Outcome<Self> {
        let beside = std::env::current_exe()?
            .ancestors()
            .nth(2)
            .map(|target| target.join("lakebed"));
        let lakebed = options
            .lakebed
            .clone()
            .or(beside)
            .ok_or("no lakebed binary")?;
        let start = |kind: Kind, binary: &Path| {
            let server = Server::start(kind, binary, &folder.join(kind.name()))?;
            let made = Connection::open(&server.address)?.send("PUT", "/bench", "", b"")?;
            if made.status != 200 && made.status != 409 {
                return Err(format!("{}: no bucket: {made:?}", kind.name()).into());
            }
            Ok::<_, Box<dyn Error>>(server)
        };
        Ok(Self {
            options,
            servers: [
                start(Kind::Lakebed, &lakebed)?,
                start(Kind::S3sFs, &options.s3s_fs)?,
            ],
        })
    }

    /// Runs a load on both servers in turn, and shows both.
    fn compare(&self, name: &str, bytes: usize, load: &Load<'_>) -> Outcome<Option<f64>> {
        if !name.contains(&self.options.name) {
            return Ok(None);
        }
        let mut measured = [Vec::new(), Vec::new()];
        for _ in 0..self.options.rounds {
            for (server, measured) in self.servers.iter().zip(&mut measured) {
                measured.push(measure(server, load)?);
            }
        }
        let [ours, theirs] = measured.map(median);
        let show = |measured: &Measured| rate(measured.speed.per_second, bytes);
        let milliseconds = |duration: Duration| duration.as_secs_f64() * 1000.0;
        let cpu = |measured: &Measured| milliseconds(measured.cpu) / measured.speed.requests as f64;
        println!(
            "{name:<26} {:>11} {:>11} {:>6.2}   {:>8.2}/{:>8.2}   {:>8.3}/{:>8.3}",
            show(&ours),
            show(&theirs),
            ours.speed.per_second / theirs.speed.per_second,
            milliseconds(ours.speed.median),
            milliseconds(ours.speed.slowest_hundredth),
            cpu(&ours),
            cpu(&theirs),
        );
        Ok(Some(ours.speed.per_second))
    }

    fn measure_objects(&self, folder: &Path) -> Outcome {
        let lasts = Duration::from_secs_f64(self.options.seconds);
        for (size, objects) in [(KIB, 256), (MIB, 32), (100 * MIB, 1)] {
            let body = vec![0x5a; size];
            for clients in [1, 16] {
                let name = |verb: &str| format!("{verb} {}, {clients} clients", shown_size(size));
                let put = Load {
                    clients,
                    lasts,
                    request: &|connection, client, number| {
                        let target = format!("/bench/{size}/{client}-{}", number % objects);
                        connection.send("PUT", &target, "", &body)
                    },
                    status: 200,
                    body_bytes: None,
                };
                self.compare(&name("PUT"), size, &put)?;
            }
            for server in &self.servers {
                let mut connection = Connection::open(&server.address)?;
                for number in 0..objects {
                    let target = format!("/bench/{size}/0-{number}");
                    connection.send("PUT", &target, "", &body)?;
                }
            }
            for clients in [1, 16] {
                let name = format!("GET {}, {clients} clients", shown_size(size));
                let get = Load {
                    clients,
                    lasts,
                    request: &|connection, client, number| {
                        let target = format!("/bench/{size}/0-{}", (client + number) % objects);
                        connection.send("GET", &target, "", b"")
                    },
                    status: 200,
                    body_bytes: Some(size as u64),
                };
                let ours = self.compare(&name, size, &get)?;
                if let Some(ours) = ours.filter(|_| size == 100 * MIB) {
                    compare_with_file(folder, size, ours, &get)?;
                }
            }
        }
        Ok(())
    }

    fn measure_deletes(&self) -> Outcome {
        let mut times = [Vec::new(), Vec::new()];
        let (document, headers) = delete_of_thousand();
        for _ in 0..self.options.rounds {
            for (server, times) in self.servers.iter().zip(&mut times) {
                let mut connection = Connection::open(&server.address)?;
                for number in 0..1000 {
                    let target = format!("/bench/delete/{number}");
                    connection.send("PUT", &target, "", b"1")?;
                }
                let began = Instant::now();
                let answer = connection.send("POST", "/bench?delete", &headers, &document)?;
                times.push(began.elapsed());
                let gone = connection.send("GET", "/bench/delete/999", "", b"")?;
                if answer.status != 200 || gone.status != 404 {
                    return Err(format!("not deleted: {answer:?}, {gone:?}").into());
                }
            }
        }
        let [ours, theirs] = times.map(|mut times| {
            times.sort_unstable();
            times[times.len() / 2].as_secs_f64() * 1000.0
        });
        println!(
            "{:<26} {:>8.1} ms {:>8.1} ms {:>6.2}",
            "DELETE of 1,000",
            ours,
            theirs,
            theirs / ours
        );
        Ok(())
    }

    fn report_memory(&self) -> Outcome {
        let [ours, theirs] = &self.servers;
        println!(
            "{:<26} {:>7} MiB {:>7} MiB",
            "peak memory",
            ours.peak_mib()?,
            theirs.peak_mib()?
        );
        Ok(())
    }
}

fn measure(server: &Server, load: &Load<'_>) -> Outcome<Measured> {
    let before = server.cpu()?;
    let speed = load
        .run(&server.address)
        .map_err(|error| format!("{}: {error}", server.kind.name()))?;
    Ok(Measured {
        speed,
        cpu: server.cpu()?.saturating_sub(before),
    })
}

fn median(mut measured: Vec<Measured>) -> Measured {
    measured.sort_by(|left, right| left.speed.per_second.total_cmp(&right.speed.per_second));
    measured.swap_remove(measured.len() / 2)
}

/// Shows how a bare file, sent by the kernel, compares with a GET of it.
fn compare_with_file(folder: &Path, size: usize, ours: f64, get: &Load<'_>) -> Outcome {
    let files = folder.join("files");
    let file = files.join("bench").join(size.to_string()).join("0-0");
    if let Some(parent) = file.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(&file, vec![0x5a; size])?;
    let address = static_server::serve(files)?;
    let bare = get.run(&address).map_err(|error| error.to_string())?;
    println!(
        "{:<26} {:>11} a bare file by sendfile: {:.2} times ours",
        "",
        rate(bare.per_second, size),
        bare.per_second / ours
    );
    Ok(())
}

/// Lists a bucket of many keys, whose files were there before the servers started.
fn measure_lists(options: &Options, folder: &Path) -> Outcome {
    let folder = folder.join("lists");
    for kind in [Kind::Lakebed, Kind::S3sFs] {
        let bucket = kind.buckets(&folder.join(kind.name())).join("bench");
        for prefix in 0..options.keys.div_ceil(KEYS_PER_PREFIX) {
            let prefix = bucket.join(format!("p{prefix:06}"));
            fs::create_dir_all(&prefix)?;
            for key in 0..KEYS_PER_PREFIX {
                File::create(prefix.join(format!("k{key:03}")))?.write_all(b"1")?;
            }
        }
    }
    let began = Instant::now();
    let bed = Bed::start(options, &folder)?;
    println!(
        "started over {} files in {:.0?}",
        options.keys,
        began.elapsed()
    );
    let middle = format!("p{:06}", options.keys / KEYS_PER_PREFIX / 2);
    for (name, query) in [
        ("LIST first page", String::new()),
        (
            "LIST page in the middle",
            format!("&start-after={middle}/k050"),
        ),
        ("LIST common prefixes", "&delimiter=/".to_owned()),
        ("LIST a folder", format!("&delimiter=/&prefix={middle}/")),
    ] {
        let list = Load {
            clients: 1,
            lasts: Duration::from_secs_f64(options.seconds),
            request: &|connection, _, _| {
                let target = format!("/bench?list-type=2&max-keys=1000{query}");
                connection.send("GET", &target, "", b"")
            },
            status: 200,
            body_bytes: None,
        };
        bed.compare(name, 0, &list)?;
    }
    bed.report_memory()
}

/// The document that asks for the deletion of 1,000 keys, and the headers it needs.
fn delete_of_thousand() -> (Vec<u8>, String) {
    use base64::Engine;
    let objects: String = (0..1000)
        .map(|number| format!("<Object><Key>delete/{number}</Key></Object>"))
        .collect();
    let document = format!("<Delete><Quiet>true</Quiet>{objects}</Delete>").into_bytes();
    let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, &document);
    let crc = base64::engine::general_purpose::STANDARD.encode(crc.to_be_bytes());
    (document, format!("x-amz-checksum-crc64nvme: {crc}\r\n"))
}

/// Bytes a second where they matter, else requests.
fn rate(per_second: f64, bytes: usize) -> String {
    if bytes >= MIB {
        format!("{:.0} MiB/s", per_second * bytes as f64 / MIB as f64)
    } else {
        format!("{per_second:.0}/s")
    }
}

fn shown_size(bytes: usize) -> String {
    if bytes >= MIB {
        format!("{} MiB", bytes / MIB)
    } else {
        format!("{} KiB", bytes / KIB)
    }
}
