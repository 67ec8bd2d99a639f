use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::client::Client;

/// A `lakebed up` of its own on a free port; killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    endpoint: String,
}

/// The command that serves a data folder.
pub(crate) fn up(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lakebed"));
    command.args(["up", "--port", "0", "--json", "--data-dir"]);
    command.arg(data_dir);
    command
}

impl Server {
    /// Serves a data folder.
    pub(crate) fn start(data_dir: &Path) -> Self {
        Self::run(up(data_dir), data_dir).unwrap_or_else(|said| panic!("not started: {said}"))
    }

    /// Runs a command that serves; what it said if it ended instead.
    pub(crate) fn run(mut command: Command, data_dir: &Path) -> Result<Self, String> {
        let mut process = spawn(&mut command, data_dir);
        let mut line = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let Ok(ready) = serde_json::from_str::<serde_json::Value>(&line) else {
            process.wait().unwrap();
            return Err(fs::read_to_string(data_dir.with_extension("log")).unwrap());
        };
        Ok(Self {
            process,
            endpoint: ready["endpoint"].as_str().unwrap().to_owned(),
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        self.endpoint.trim_start_matches("http://")
    }

    pub(crate) fn client(&self) -> Client {
        Client::of(&self.endpoint)
    }

    /// A folder as the server sees it, whatever is mounted there for it alone.
    #[cfg(target_os = "linux")]
    pub(crate) fn sees(&self, folder: &Path) -> PathBuf {
        let root = format!("/proc/{}/root", self.process.id());
        Path::new(&root).join(folder.strip_prefix("/").unwrap())
    }

    /// The end no process can prepare for.
    pub(crate) fn kill(&mut self) {
        kill(&mut self.process);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts a command whose log goes beside the data folder.
pub(crate) fn spawn(command: &mut Command, data_dir: &Path) -> Child {
    let log = File::create(data_dir.with_extension("log")).unwrap();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// Sends SIGKILL and waits until the process is gone.
pub(crate) fn kill(process: &mut Child) {
    process.kill().unwrap();
    process.wait().unwrap();
}
