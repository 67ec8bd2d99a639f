//! One run of a script.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use lakebed_core::{FailureClass, Platform, StoreError};
use lakebed_engine::Location;
use lakebed_storage::{BucketName, GetObject, ObjectKey};
use lakebed_wire::glue::{Job, JobRun, WorkerType};
use serde_json::json;

use super::arguments::{command_line, merged};
use super::bookmarks::{self, Bookmark};
use super::engines::EngineKind;
use super::host::ScriptHost;
use super::outcome::{Outcome, message};
use super::package;
use super::process::{ProcessGroup, Stream};
use super::scan::find_unsupported;
use crate::error::RunFailure;
use crate::runs::RunLog;

/// How long a run's credentials hold when the job has no timeout.
const LONGEST_RUN: Duration = Duration::from_secs(7 * 86_400);

/// The file in the working folder that `job.commit()` writes.
const BOOKMARK: &str = "bookmark.json";

/// What a run of a script needs.
pub(crate) struct ScriptRun {
    pub(crate) host: ScriptHost,
    pub(crate) platform: Platform,
    pub(crate) job: Job,
    pub(crate) run: JobRun,
    pub(crate) log: Arc<RunLog>,
}

impl ScriptRun {
    /// Runs the script until it ends. Dropped before, it ends the script and all it started.
    ///
    /// # Errors
    /// What the script raised, or why it could not be started.
    pub(crate) async fn carry_out(self) -> Result<(), RunFailure> {
        let command = self.job.command.clone().unwrap_or_default();
        let kind = match command.name.as_deref() {
            Some("glueetl") | None => EngineKind::Spark,
            Some("pythonshell") => EngineKind::Python,
            Some(other) => {
                return Err(configuration(format!(
                    "jobs of the command '{other}' cannot run; glueetl and pythonshell can"
                )));
            }
        };
        let python = self
            .host
            .engines
            .python(kind)
            .map_err(|error| configuration(error.to_string()))?;
        let location = command.script_location.unwrap_or_default();
        let script = self.fetch(&location).await?;
        if kind == EngineKind::Spark
            && let Some(found) = find_unsupported(&script)
        {
            let line = u32::try_from(found.line).ok();
            let text = message("UNSUPPORTED_OPERATION_ERROR", line, &found.to_string());
            return Err(configuration(text));
        }
        let folder = WorkFolder::make(&self.platform, self.run.id.as_deref().unwrap_or_default())
            .map_err(resource("make the run's working folder"))?;
        let job = self.job.name.as_deref().unwrap_or_default();
        let bookmark = bookmarks::load(&self.platform.store, job).map_err(store)?;
        let bookmark = bookmark.unwrap_or_default();
        let described = self
            .describe(kind, &location, &script, &bookmark, &folder.path)
            .map_err(resource("write the run's working folder"))?;
        let log = Arc::clone(&self.log);
        let mut group = ProcessGroup::start(
            self.command(&python, &described, &folder.path)?,
            move |stream, line| match stream {
                Stream::Output => log.stdout(line),
                Stream::Error => log.stderr(line),
            },
        )
        .map_err(resource("start the script"))?;
        let status = group
            .ended()
            .await
            .map_err(resource("wait for the script"))?;
        self.keep_bookmark(&folder.path)?;
        let written = fs::read(folder.path.join("outcome.json")).ok();
        let outcome: Option<Outcome> =
            written.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let failure = match outcome {
            Some(outcome) => outcome.failure(),
            None => Some(format!(
                "the process that ran the script ended without saying how ({status})"
            )),
        };
        match failure {
            None => Ok(()),
            Some(message) => Err(RunFailure::Script {
                class: FailureClass::Data,
                message,
            }),
        }
    }

    /// Keeps the bookmark that the script committed, if it did, however it ended after that.
    fn keep_bookmark(&self, folder: &Path) -> Result<(), RunFailure> {
        let Ok(written) = fs::read(folder.join(BOOKMARK)) else {
            return Ok(());
        };
        let unreadable = |error: serde_json::Error| {
            configuration(format!("the bookmark of the run cannot be read: {error}"))
        };
        let state = serde_json::from_slice(&written).map_err(unreadable)?;
        let job = self.job.name.as_deref().unwrap_or_default();
        let run_id = self.run.id.as_deref().unwrap_or_default();
        bookmarks::commit(&self.platform.store, job, run_id, &state).map_err(store)
    }

    /// The text of the script.
    async fn fetch(&self, location: &str) -> Result<String, RunFailure> {
        let place = Location::parse(location).map_err(|error| {
            configuration(format!("ScriptLocation: {error}; it is s3://bucket/key"))
        })?;
        let (bucket, key) = (place.bucket(), place.prefix());
        let not_found = |reason: String| {
            configuration(format!(
                "LAUNCH ERROR | Error downloading from S3 for bucket: {bucket}, key: {key}. {reason}"
            ))
        };
        let name: BucketName = bucket
            .parse()
            .map_err(|error: lakebed_storage::Error| not_found(error.to_string()))?;
        let object = ObjectKey::parse(key).map_err(|error| not_found(error.to_string()))?;
        let read = self
            .host
            .storage
            .get_object(&name, &object, GetObject::default())
            .await
            .map_err(|error| not_found(error.to_string()))?;
        let chunks: Vec<_> = read
            .body
            .try_collect()
            .await
            .map_err(|error| not_found(error.to_string()))?;
        String::from_utf8(chunks.concat())
            .map_err(|_| configuration(format!("the script '{location}' is not UTF-8 text")))
    }

    /// Lays out the working folder; the answer is the file that describes the run.
    fn describe(
        &self,
        kind: EngineKind,
        location: &str,
        script: &str,
        bookmark: &Bookmark,
        folder: &Path,
    ) -> io::Result<PathBuf> {
        package::write_to(&folder.join("lib"))?;
        let name = location.rsplit('/').next().unwrap_or("script.py");
        let path = folder.join(name);
        fs::write(&path, script)?;
        let arguments = merged(&self.job, &self.run);
        let job = self.job.name.as_deref().unwrap_or_default();
        let run_id = self.run.id.as_deref().unwrap_or_default();
        let described = json!({
            "kind": kind.name(),
            "job": job,
            "run_id": run_id,
            "script": path,
            "arguments": command_line(&arguments, job, run_id),
            "options": arguments,
            "endpoint": self.host.endpoint,
            "spark_remote": self.host.spark_remote,
            "memory_bytes": memory_bytes(kind, &self.run),
            "folder": folder,
            "bookmark": bookmark.state,
            "bookmark_out": folder.join(BOOKMARK),
            "outcome": folder.join("outcome.json"),
        });
        let file = folder.join("run.json");
        fs::write(&file, described.to_string())?;
        Ok(file)
    }

    fn command(
        &self,
        python: &Path,
        described: &Path,
        folder: &Path,
    ) -> Result<Command, RunFailure> {
        let lasts = self
            .run
            .timeout
            .and_then(|minutes| u64::try_from(minutes).ok())
            .map_or(LONGEST_RUN, |minutes| Duration::from_secs(minutes * 60));
        let role = self.job.role.as_deref().unwrap_or_default();
        let credentials = (self.host.credentials)(role, lasts).map_err(configuration)?;
        let region = self.platform.region().as_str();
        let mut command = Command::new(python);
        command
            .arg(folder.join("lib").join(package::LAUNCHER))
            .arg(described)
            .current_dir(folder)
            .env_remove("PYTHONHOME")
            .env_remove("AWS_PROFILE")
            .env("PYTHONPATH", folder.join("lib"))
            .env("PYTHONUNBUFFERED", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("AWS_ENDPOINT_URL", &self.host.endpoint)
            .env("AWS_ALLOW_HTTP", "true")
            .env("AWS_REGION", region)
            .env("AWS_DEFAULT_REGION", region)
            .env("AWS_ACCESS_KEY_ID", credentials.access_key)
            .env("AWS_SECRET_ACCESS_KEY", credentials.secret)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", folder.join("no-config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", folder.join("no-credentials"));
        match credentials.token {
            Some(token) => command.env("AWS_SESSION_TOKEN", token),
            None => command.env_remove("AWS_SESSION_TOKEN"),
        };
        Ok(command)
    }
}

/// The memory that Glue would give the run, in bytes: that of its workers, or of its DPUs. Glue
/// user guide, "Configuring job properties" and "Defining job properties for Python shell jobs".
fn memory_bytes(kind: EngineKind, run: &JobRun) -> u64 {
    const GIB: f64 = (1_u64 << 30) as f64;
    let per_dpu = 16.0 * GIB;
    let bytes = match (kind, run.worker_type, run.number_of_workers) {
        (EngineKind::Spark, Some(worker), Some(workers)) => {
            let each = match worker {
                WorkerType::G025X => 4.0,
                WorkerType::G2X => 32.0,
                WorkerType::G4X => 64.0,
                WorkerType::G8X => 128.0,
                WorkerType::G12X => 192.0,
                WorkerType::G16X => 256.0,
                WorkerType::R1X => 32.0,
                WorkerType::R2X => 64.0,
                WorkerType::R4X => 128.0,
                WorkerType::R8X => 256.0,
                WorkerType::Z2X => 64.0,
                WorkerType::Standard | WorkerType::G1X => 16.0,
            };
            each * GIB * f64::from(workers)
        }
        // A Python shell job of 0.0625 DPU has one GiB.
        _ => run.max_capacity.unwrap_or(0.0625) * per_dpu,
    };
    bytes as u64
}

/// The folder a script works in, gone when the run is over.
struct WorkFolder {
    path: PathBuf,
}

impl WorkFolder {
    fn make(platform: &Platform, run_id: &str) -> io::Result<Self> {
        let path = work_folders(platform).join(run_id);
        fs::create_dir_all(&path)?;
        // Python resolves no relative paths after a script has changed its folder.
        let path = path.canonicalize()?;
        Ok(Self { path })
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::debug!(%error, folder = %self.path.display(), "a run's working folder stays");
        }
    }
}

fn work_folders(platform: &Platform) -> PathBuf {
    platform.data_dir().join("job-runs")
}

/// Removes what runs left whose server was killed.
pub(crate) fn clear_work_folders(platform: &Platform) {
    let folder = work_folders(platform);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, folder = %folder.display(), "working folders of old job runs stay");
        }
        _ => {}
    }
}

fn configuration(message: String) -> RunFailure {
    RunFailure::Script {
        class: FailureClass::Configuration,
        message,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "shaped for map_err")]
fn store(error: StoreError) -> RunFailure {
    RunFailure::Script {
        class: FailureClass::Resource,
        message: format!("the job's bookmark cannot be kept: {error}"),
    }
}

fn resource(what: &str) -> impl FnOnce(io::Error) -> RunFailure {
    move |error| RunFailure::Script {
        class: FailureClass::Resource,
        message: format!("cannot {what}: {error}"),
    }
}
