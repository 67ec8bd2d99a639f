use std::error::Error;
use std::path::PathBuf;

use lakebed_etl::{EngineKind, ScriptEngines};
use serde_json::json;

use crate::arguments::{EngineName, EnginesCommand, EnginesPlace};
use crate::server::default_folder;
use crate::style;

/// Installs, lists and removes what script jobs run on.
pub(crate) fn run(command: EnginesCommand) -> Result<(), Box<dyn Error>> {
    match command {
        EnginesCommand::Install {
            engine,
            python,
            options,
        } => {
            let kind = kind(engine);
            let engines = ScriptEngines::at(engines_folder(options.place));
            engines.install(kind, &python, |step| {
                anstream::eprintln!("{}", style::strong(step));
            })?;
            let found = engines.python(kind)?;
            if options.json {
                anstream::println!("{}", json!({ "engine": kind.name(), "python": found }));
            } else {
                anstream::println!("{} {}", style::good("installed"), found.display());
            }
        }
        EnginesCommand::List { options } => {
            let engines = ScriptEngines::at(engines_folder(options.place)).list();
            if options.json {
                let engines: Vec<_> = engines
                    .iter()
                    .map(|engine| {
                        json!({
                            "engine": engine.kind.name(),
                            "installed": engine.installed,
                            "folder": engine.folder,
                            "bytes": engine.bytes,
                        })
                    })
                    .collect();
                anstream::println!("{}", json!({ "engines": engines }));
                return Ok(());
            }
            for engine in engines {
                let name = engine.kind.name();
                if engine.installed {
                    let (size, folder) = (style::bytes(engine.bytes), engine.folder.display());
                    anstream::println!("{name:8}installed, {size} in {folder}");
                } else {
                    anstream::println!("{name:8}not installed: lakebed engines install {name}");
                }
            }
        }
        EnginesCommand::Remove { engine, options } => {
            let kind = kind(engine);
            let removed = ScriptEngines::at(engines_folder(options.place)).remove(kind)?;
            if options.json {
                anstream::println!("{}", json!({ "engine": kind.name(), "removed": removed }));
            } else {
                let done = if removed { "removed" } else { "was not there" };
                anstream::println!("{kind} {done}");
            }
        }
    }
    Ok(())
}

/// The folder engines are kept in.
pub(crate) fn engines_folder(place: EnginesPlace) -> PathBuf {
    place
        .engines_dir
        .unwrap_or_else(|| default_folder("engines"))
}

fn kind(engine: EngineName) -> EngineKind {
    match engine {
        EngineName::Spark => EngineKind::Spark,
        EngineName::Python => EngineKind::Python,
    }
}
