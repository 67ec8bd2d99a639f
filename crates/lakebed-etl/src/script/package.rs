//! The Python that comes with Lakebed: `awsglue` and what runs a script.

use std::fs;
use std::io;
use std::path::Path;

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../python/", $path)))),*]
    };
}

/// Path and text of each file.
const FILES: &[(&str, &str)] = files![
    "awsglue/__init__.py",
    "awsglue/bookmark.py",
    "awsglue/catalog_tables.py",
    "awsglue/context.py",
    "awsglue/dynamicframe.py",
    "awsglue/fields.py",
    "awsglue/gluetypes.py",
    "awsglue/job.py",
    "awsglue/json_schema.py",
    "awsglue/records.py",
    "awsglue/relations.py",
    "awsglue/sinks.py",
    "awsglue/sources.py",
    "awsglue/transforms.py",
    "awsglue/utils.py",
    "lakebed_job/__init__.py",
    "lakebed_job/classic.py",
    "lakebed_job/launch.py",
    "lakebed_job/mirror.py",
    "lakebed_job/modules.py",
    "lakebed_job/objects.py",
    "lakebed_job/readers.py",
    "lakebed_job/run.py",
    "lakebed_job/writers.py",
];

/// The module that is started.
pub(super) const LAUNCHER: &str = "lakebed_job/launch.py";

/// Writes all files under `folder`.
///
/// # Errors
/// If a file cannot be written.
pub(super) fn write_to(folder: &Path) -> io::Result<()> {
    for (path, text) in FILES {
        let file = folder.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(file, text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_file_of_the_packages_is_carried() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
        let mut found = Vec::new();
        for package in ["awsglue", "lakebed_job"] {
            for entry in fs::read_dir(source.join(package)).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                if name.ends_with(".py") {
                    found.push(format!("{package}/{name}"));
                }
            }
        }
        found.sort();
        let mut carried: Vec<&str> = FILES.iter().map(|(path, _)| *path).collect();
        carried.sort_unstable();
        assert_eq!(carried, found);
    }
}
