//! Finds the service models that botocore ships, installing the pinned version when needed.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use crate::model::Model;
use crate::process::run_command;
use crate::python::{make_venv, pip_install};
use crate::{Outcome, target_dir};

/// The models of one botocore version.
pub(crate) struct Models {
    data: PathBuf,
}

impl Models {
    /// The models of `version`, from a virtual environment in the target folder.
    pub(crate) fn of(version: &str) -> Outcome<Self> {
        let venv = target_dir().join(format!("botocore-{version}"));
        if let Some(data) = data_folder(&venv) {
            return Ok(Self { data });
        }
        println!("installing botocore {version} into {}", venv.display());
        make_venv(&venv)?;
        let mut pip = pip_install(&venv);
        pip.args(["--no-deps", &format!("botocore=={version}")]);
        run_command(pip)?;
        match data_folder(&venv) {
            Some(data) => Ok(Self { data }),
            None => Err(format!("botocore {version} has no models in {}", venv.display()).into()),
        }
    }

    /// The newest model of a service.
    pub(crate) fn read(&self, service: &str) -> Outcome<Model> {
        let mut versions: Vec<PathBuf> = std::fs::read_dir(self.data.join(service))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        versions.sort();
        let newest = versions
            .pop()
            .ok_or_else(|| format!("no model of {service}"))?;
        let mut text = String::new();
        GzDecoder::new(File::open(newest.join("service-2.json.gz"))?).read_to_string(&mut text)?;
        Ok(serde_json::from_str(&text)?)
    }
}

fn data_folder(venv: &Path) -> Option<PathBuf> {
    let pythons = std::fs::read_dir(venv.join("lib")).ok()?;
    pythons
        .filter_map(Result::ok)
        .map(|python| python.path().join("site-packages/botocore/data"))
        .find(|data| data.is_dir())
}
