//! `crates/lakebed-wire/services.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{Outcome, root};

/// What is to be generated and counted.
#[derive(Debug, Deserialize)]
pub(crate) struct Manifest {
    /// The version of the models.
    pub(crate) botocore: String,
    #[serde(rename = "service")]
    pub(crate) services: Vec<Service>,
}

/// One service.
#[derive(Debug, Deserialize)]
pub(crate) struct Service {
    /// The generated module's name.
    pub(crate) module: String,
    /// The model's folder.
    pub(crate) model: String,
    #[serde(default)]
    pub(crate) validation_error: String,
    /// What that error has besides its message.
    #[serde(default)]
    pub(crate) validation_members: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) internal_error: String,
    /// Operations by trait.
    #[serde(default)]
    pub(crate) groups: BTreeMap<String, Vec<String>>,
    /// The folder of a service that is not generated.
    pub(crate) handwritten: Option<String>,
}

impl Manifest {
    pub(crate) fn read() -> Outcome<Self> {
        let path = root().join("crates/lakebed-wire/services.toml");
        Ok(toml::from_str(&std::fs::read_to_string(path)?)?)
    }
}
