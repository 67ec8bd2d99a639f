//! Python's virtual environments: one has the service models, one the test clients, one
//! dbt.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::run_command;
use crate::{Outcome, root, target_dir};

/// The folder of the wire tests.
pub(crate) const CLIENTS: &str = "crates/lakebed-server/tests/clients";

/// A Python that has the test clients.
pub(crate) fn clients_python() -> Outcome<PathBuf> {
    let venv = test_venv("clients", "requirements.txt")?;
    Ok(venv.join("bin/python"))
}

/// dbt with its adapter for Athena.
pub(crate) fn dbt() -> Outcome<PathBuf> {
    let venv = test_venv("dbt", "dbt-requirements.txt")?;
    Ok(venv.join("bin/dbt"))
}

/// A virtual environment with what a file beside the wire tests names; installed anew when that
/// changed.
fn test_venv(name: &str, requirements: &str) -> Outcome<PathBuf> {
    let venv = target_dir().join(name);
    let requirements = root().join(CLIENTS).join(requirements);
    let wanted = std::fs::read_to_string(&requirements)?;
    let installed = venv.join("installed-requirements.txt");
    if std::fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(venv);
    }
    println!("installing {name} into {}", venv.display());
    make_venv(&venv)?;
    let mut pip = pip_install(&venv);
    pip.arg("--requirement").arg(requirements);
    run_command(pip)?;
    std::fs::write(installed, wanted)?;
    Ok(venv)
}

/// The folder of the engines that script jobs run on; what is not there yet is installed by
/// `lakebed`, the built binary.
pub(crate) fn script_engines(lakebed: &Path) -> Outcome<PathBuf> {
    let engines = target_dir().join("engines");
    let listed = Command::new(lakebed)
        .args(["engines", "list", "--engines-dir"])
        .arg(&engines)
        .output()?;
    for line in String::from_utf8_lossy(&listed.stdout).lines() {
        if let Some((name, state)) = line.split_once(' ')
            && state.trim_start().starts_with("not installed")
        {
            let mut install = Command::new(lakebed);
            install.args(["engines", "install", name, "--engines-dir"]);
            install.arg(&engines);
            run_command(install)?;
        }
    }
    Ok(engines)
}

/// Makes an empty virtual environment. Debian ships Python without the module for that; where we
/// may, we add it.
pub(crate) fn make_venv(venv: &Path) -> Outcome {
    let make = || {
        let mut make = Command::new("python3");
        make.args(["-m", "venv", "--clear"]).arg(venv);
        run_command(make)
    };
    let Err(error) = make() else { return Ok(()) };
    install_venv_module().map_err(|_| {
        format!("{error}; needed is Python 3 with its venv module (Debian: apt-get install python3-venv)")
    })?;
    make()
}

fn install_venv_module() -> Outcome {
    let mut update = Command::new("apt-get");
    update.args(["update", "--quiet"]);
    run_command(update)?;
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--quiet", "python3", "python3-venv"]);
    run_command(install)
}

/// `pip install` in a virtual environment, without what to install.
pub(crate) fn pip_install(venv: &Path) -> Command {
    let mut pip = Command::new(venv.join("bin/python"));
    pip.args(["-m", "pip", "install"]);
    pip.args(["--quiet", "--disable-pip-version-check"]);
    pip
}
