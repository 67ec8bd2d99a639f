//! The servers that are compared, each with a folder of its own.

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a server may take to answer its first request; it may have a million files to adopt.
const LONGEST_START: Duration = Duration::from_secs(900);

/// What is measured, and what it is measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Lakebed,
    S3sFs,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lakebed => "lakebed",
            Self::S3sFs => "s3s-fs",
        }
    }

    /// The folder of buckets in the server's folder.
    pub(crate) fn buckets(self, folder: &Path) -> PathBuf {
        match self {
            Self::Lakebed => folder.join("buckets"),
            Self::S3sFs => folder.to_owned(),
        }
    }
}

/// A server that runs; killed when it is dropped.
pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) address: String,
    process: Child,
}

impl Server {
    pub(crate) fn start(kind: Kind, binary: &Path, folder: &Path) -> Result<Self, Box<dyn Error>> {
        fs::create_dir_all(folder)?;
        let mut command = Command::new(binary);
        command.stderr(Stdio::null());
        match kind {
            Kind::Lakebed => {
                command.args(["up", "--port", "0", "--json", "--data-dir"]);
                let mut process = command.arg(folder).stdout(Stdio::piped()).spawn()?;
                let mut ready = String::new();
                let stdout = process.stdout.take().ok_or("no output")?;
                BufReader::new(stdout).read_line(&mut ready)?;
                let address = ready
                    .split("http://")
                    .nth(1)
                    .and_then(|rest| rest.split('"').next())
                    .ok_or_else(|| format!("lakebed said '{ready}'"))?
                    .to_owned();
                Ok(Self {
                    kind,
                    address,
                    process,
                })
            }
            Kind::S3sFs => {
                let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
                let address = format!("127.0.0.1:{port}");
                command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
                command.stdout(Stdio::null());
                let process = command.arg(folder).spawn()?;
                let began = Instant::now();
                while TcpStream::connect(&address).is_err() {
                    if began.elapsed() > LONGEST_START {
                        return Err("s3s-fs does not listen".into());
                    }
                    thread::sleep(Duration::from_millis(10));
                }
                Ok(Self {
                    kind,
                    address,
                    process,
                })
            }
        }
    }

    /// The processor time it has used so far.
    pub(crate) fn cpu(&self) -> Result<Duration, Box<dyn Error>> {
        // The 14th and 15th fields, in ticks of 10 ms on every Linux there is.
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let after_name = stat.rsplit(')').next().ok_or("no name in stat")?;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let user: u64 = fields.get(11).ok_or("a short stat")?.parse()?;
        let system: u64 = fields.get(12).ok_or("a short stat")?.parse()?;
        Ok(Duration::from_millis((user + system) * 10))
    }

    /// The most memory it has held so far, in MiB.
    pub(crate) fn peak_mib(&self) -> Result<u64, Box<dyn Error>> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let kib: u64 = line
            .and_then(|line| line.split_whitespace().nth(1))
            .ok_or("no peak in status")?
            .parse()?;
        Ok(kib / 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
