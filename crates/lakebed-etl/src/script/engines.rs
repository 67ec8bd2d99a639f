//! The Python environments that scripts run in.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a script can run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// Spark scripts: jobs whose command is `glueetl`.
    Spark,
    /// Plain Python: jobs whose command is `pythonshell`.
    Python,
}

impl EngineKind {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::Spark, Self::Python];

    /// The name it is installed by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Spark => "spark",
            Self::Python => "python",
        }
    }

    /// What is installed, as pip reads it: versions are pinned.
    #[must_use]
    pub fn requirements(self) -> &'static str {
        match self {
            Self::Spark => include_str!("../../python/requirements-spark.txt"),
            Self::Python => include_str!("../../python/requirements-python.txt"),
        }
    }
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why an environment cannot be used, made or removed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// It was never installed, or for another version of Lakebed.
    #[error("the engine '{0}' is not installed; install it with: lakebed engines install {0}")]
    NotInstalled(EngineKind),
    /// A step of the installation failed.
    #[error("cannot {step}: it ended with {status}")]
    Step { step: String, status: String },
    /// A file or program cannot be reached.
    #[error("cannot {step}")]
    Io {
        step: String,
        #[source]
        source: io::Error,
    },
}

/// Whether an engine is there.
#[derive(Debug, Clone)]
pub struct EngineStatus {
    /// Which one.
    pub kind: EngineKind,
    /// Whether scripts can run on it as it is.
    pub installed: bool,
    /// Where it is or would be.
    pub folder: PathBuf,
    /// How much of the disk it takes, in bytes.
    pub bytes: u64,
}

/// The engines of one folder, each an environment under its name.
#[derive(Debug, Clone)]
pub struct ScriptEngines {
    folder: PathBuf,
}

impl ScriptEngines {
    /// Those in `folder`, which need not be there.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The interpreter of an engine.
    ///
    /// # Errors
    /// [`EngineError::NotInstalled`], also if what is installed is not what this version needs.
    pub fn python(&self, kind: EngineKind) -> Result<PathBuf, EngineError> {
        let installed = fs::read_to_string(self.marker(kind));
        if installed.is_ok_and(|installed| installed == kind.requirements()) {
            Ok(interpreter(&self.environment(kind)))
        } else {
            Err(EngineError::NotInstalled(kind))
        }
    }

    /// What is there.
    #[must_use]
    pub fn list(&self) -> Vec<EngineStatus> {
        EngineKind::ALL
            .into_iter()
            .map(|kind| {
                let folder = self.environment(kind);
                EngineStatus {
                    kind,
                    installed: self.python(kind).is_ok(),
                    bytes: bytes_under(&folder),
                    folder,
                }
            })
            .collect()
    }

    /// Makes an engine's environment anew with `python`, telling each step before it is taken.
    /// What pip says goes to standard error. Needs the network, or a package index of your own
    /// (`PIP_INDEX_URL`).
    ///
    /// # Errors
    /// If Python or its `venv` module is missing, or pip cannot install the packages.
    pub fn install(
        &self,
        kind: EngineKind,
        python: &Path,
        mut tell: impl FnMut(&str),
    ) -> Result<(), EngineError> {
        let environment = self.environment(kind);
        // Not there until it is whole: an interrupted installation must not count.
        self.remove(kind)?;
        fs::create_dir_all(&environment).map_err(io_error(format!(
            "make the folder '{}'",
            environment.display()
        )))?;
        tell(&format!(
            "make a Python environment in {}",
            environment.display()
        ));
        let mut make = Command::new(python);
        make.args(["-m", "venv", "--clear"]).arg(&environment);
        carry_out(make, format!("run '{} -m venv'", python.display()))?;
        let wanted = environment.join("requirements.txt");
        fs::write(&wanted, kind.requirements())
            .map_err(io_error(format!("write '{}'", wanted.display())))?;
        let packages: Vec<&str> = kind
            .requirements()
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        tell(&format!("install {}", packages.join(", ")));
        let mut pip = Command::new(interpreter(&environment));
        pip.args(["-m", "pip", "install", "--disable-pip-version-check"])
            .arg("--requirement")
            .arg(&wanted);
        carry_out(pip, format!("install {}", packages.join(", ")))?;
        let marker = self.marker(kind);
        fs::write(&marker, kind.requirements())
            .map_err(io_error(format!("write '{}'", marker.display())))
    }

    /// Removes an engine; says whether it was there.
    ///
    /// # Errors
    /// If its folder cannot be removed.
    pub fn remove(&self, kind: EngineKind) -> Result<bool, EngineError> {
        let environment = self.environment(kind);
        match fs::remove_dir_all(&environment) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(io_error(format!("remove '{}'", environment.display()))(
                error,
            )),
        }
    }

    fn environment(&self, kind: EngineKind) -> PathBuf {
        self.folder.join(kind.name())
    }

    /// The file that says what was installed, written last.
    fn marker(&self, kind: EngineKind) -> PathBuf {
        self.environment(kind).join("installed-requirements.txt")
    }
}

fn interpreter(environment: &Path) -> PathBuf {
    if cfg!(windows) {
        environment.join("Scripts").join("python.exe")
    } else {
        environment.join("bin").join("python")
    }
}

fn carry_out(mut command: Command, step: String) -> Result<(), EngineError> {
    let ended = command
        .stdin(Stdio::null())
        .stdout(io::stderr())
        .status()
        .map_err(io_error(step.clone()))?;
    if ended.success() {
        return Ok(());
    }
    Err(EngineError::Step {
        step,
        status: ended.to_string(),
    })
}

fn io_error(step: String) -> impl FnOnce(io::Error) -> EngineError {
    move |source| EngineError::Io { step, source }
}

fn bytes_under(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => bytes_under(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_engine_is_there_once_all_of_this_version_is_installed() {
        let folder = tempfile::tempdir().unwrap();
        let engines = ScriptEngines::at(folder.path());
        let missing = engines.python(EngineKind::Spark).unwrap_err().to_string();
        assert_eq!(
            missing,
            "the engine 'spark' is not installed; install it with: lakebed engines install spark"
        );

        let environment = folder.path().join("spark");
        fs::create_dir_all(&environment).unwrap();
        let marker = environment.join("installed-requirements.txt");
        fs::write(&marker, "pysail==0.0.1\n").unwrap();
        assert!(engines.python(EngineKind::Spark).is_err());

        fs::write(&marker, EngineKind::Spark.requirements()).unwrap();
        let python = engines.python(EngineKind::Spark).unwrap();
        assert!(python.starts_with(&environment));
        assert!(engines.python(EngineKind::Python).is_err());

        assert!(engines.remove(EngineKind::Spark).unwrap());
        assert!(!engines.remove(EngineKind::Spark).unwrap());
        assert!(engines.python(EngineKind::Spark).is_err());
    }
}
