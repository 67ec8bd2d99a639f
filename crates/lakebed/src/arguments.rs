use std::net::IpAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use lakebed_core::{AccountId, Region};

/// S3, Glue and Athena on your own machine: one port, offline, everything really runs.
#[derive(Debug, Parser)]
#[command(
    name = "lakebed",
    version,
    after_help = "Examples:\n  lakebed lab run              the whole workshop, on data that comes with Lakebed\n  lakebed up                   serve on http://127.0.0.1:4566\n  eval \"$(lakebed env)\"        point the AWS CLI and SDKs of this shell at it\n  lakebed sql 'SHOW DATABASES' ask Athena\n\nExit codes: 0 done, 1 failed, 2 wrong arguments."
)]
pub(crate) struct Arguments {
    /// Say more on standard error (-v: what happens, -vv: details)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve S3, Glue, Athena and STS until interrupted
    Up(UpOptions),
    /// Print the shell exports that point AWS clients at a running server
    Env(EnvOptions),
    /// Run the workshop from upload to query
    Lab {
        #[command(subcommand)]
        command: LabCommand,
    },
    /// Run a statement on Athena, or open a prompt
    Sql(SqlOptions),
    /// Look at how the schemas of tables change
    Schema {
        #[command(subcommand)]
        command: SchemaCommand,
    },
    /// Install what script jobs run on: Spark scripts and Python shell
    Engines {
        #[command(subcommand)]
        command: EnginesCommand,
    },
    /// Show or advance the clock that schedules, lifecycle rules and retention go by
    Clock {
        #[command(subcommand)]
        command: ClockCommand,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SchemaCommand {
    /// Tell what changed between two versions of a table, and whether old files are still read
    #[command(
        after_help = "Examples:\n  lakebed schema diff lake.sales                what the last change did\n  lakebed schema diff lake.sales --from 0 --to 3\n\nExit codes: 0 compared, 1 failed, 2 wrong arguments."
    )]
    Diff(SchemaDiffOptions),
}

#[derive(Debug, Args)]
pub(crate) struct SchemaDiffOptions {
    /// The table, as DATABASE.TABLE
    #[arg(value_parser = table_name)]
    pub(crate) table: (String, String),
    /// The older version [default: the one before]
    #[arg(long, value_name = "VERSION")]
    pub(crate) from: Option<String>,
    /// The newer version [default: the current one]
    #[arg(long, value_name = "VERSION")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) endpoint: Endpoint,
    /// Print a JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

fn table_name(text: &str) -> Result<(String, String), String> {
    match text.split_once('.') {
        Some((database, table)) if !database.is_empty() && !table.is_empty() => {
            Ok((database.to_owned(), table.to_owned()))
        }
        _ => Err("write it as DATABASE.TABLE".to_owned()),
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum EnginesCommand {
    /// Make a Python environment with an engine in it; needs the network once
    #[command(
        after_help = "Examples:\n  lakebed engines install spark                      what glueetl jobs run on, 630 MB\n  lakebed engines install python                     what pythonshell jobs run on\n  PIP_INDEX_URL=… lakebed engines install spark      from a package index of your own"
    )]
    Install {
        /// Which one
        #[arg(value_enum)]
        engine: EngineName,
        /// The Python it is made with: 3.10 or newer, with its venv module
        #[arg(long, value_name = "PROGRAM", default_value = "python3")]
        python: PathBuf,
        #[command(flatten)]
        options: EnginesOptions,
    },
    /// Tell which engines are there
    #[command(after_help = "Example:\n  lakebed engines list --json")]
    List {
        #[command(flatten)]
        options: EnginesOptions,
    },
    /// Remove an engine
    #[command(after_help = "Example:\n  lakebed engines remove spark")]
    Remove {
        /// Which one
        #[arg(value_enum)]
        engine: EngineName,
        #[command(flatten)]
        options: EnginesOptions,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum EngineName {
    /// Spark scripts (glueetl)
    Spark,
    /// Python shell (pythonshell)
    Python,
}

#[derive(Debug, Args)]
pub(crate) struct EnginesOptions {
    #[command(flatten)]
    pub(crate) place: EnginesPlace,
    /// Print a JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where engines are kept.
#[derive(Debug, Args)]
pub(crate) struct EnginesPlace {
    /// Folder of the engines of script jobs [default: lakebed/engines in your user data folder]
    #[arg(long, env = "LAKEBED_ENGINES_DIR", value_name = "DIR")]
    pub(crate) engines_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClockCommand {
    /// Print what the clock of a running server shows
    Show(ClockOptions),
    /// Move it forward, never back; what is due by then happens
    #[command(after_help = "Example:\n  lakebed clock advance 30d")]
    Advance {
        /// How far: a whole number and s, m, h, d or w
        by: String,
        #[command(flatten)]
        options: ClockOptions,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ClockOptions {
    #[command(flatten)]
    pub(crate) endpoint: Endpoint,
    /// Print a JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LabCommand {
    /// Upload, crawl, transform and query; needs no server beforehand
    Run(LabOptions),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lakebed up\n  lakebed up --port 0 --data-dir ./lake --json\n  lakebed up --account-id 123456789012 --region ap-northeast-2"
)]
pub(crate) struct UpOptions {
    /// Port to listen on; 0 takes a free one
    #[arg(long, env = "LAKEBED_PORT", default_value_t = 4566)]
    pub(crate) port: u16,
    /// Address to listen on; anything but a loopback address lets other machines in
    #[arg(long, env = "LAKEBED_HOST", default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,
    #[command(flatten)]
    pub(crate) place: Place,
    /// What an acknowledged write survives
    #[arg(long, env = "LAKEBED_DURABILITY", value_enum, default_value_t = Durability::Process)]
    pub(crate) durability: Durability,
    /// What is asked of callers
    #[arg(long, env = "LAKEBED_AUTH", value_enum, default_value_t = Auth::None)]
    pub(crate) auth: Auth,
    /// File of the accounts, users and access keys there are (docs/access.md)
    #[arg(long, env = "LAKEBED_IDENTITIES", value_name = "FILE")]
    pub(crate) identities: Option<PathBuf>,
    /// How long a day of lifecycle rules is, in seconds by the clock; real days end at midnight UTC
    #[arg(
        long,
        env = "LAKEBED_LIFECYCLE_DAY",
        value_name = "SECONDS",
        default_value = "86400"
    )]
    pub(crate) lifecycle_day: NonZeroU32,
    /// Whether ACLs count in new S3 buckets, and public access is not blocked
    #[arg(long, env = "LAKEBED_S3_ACLS", value_enum, default_value_t = Switch::Off)]
    pub(crate) s3_acls: Switch,
    /// How many queries of a workgroup compute at a time; others wait QUEUED
    #[arg(
        long,
        env = "LAKEBED_ATHENA_RUNNING",
        value_name = "QUERIES",
        default_value = "25"
    )]
    pub(crate) athena_running: NonZeroU32,
    /// How many queries of a workgroup may run and wait before more are refused
    #[arg(
        long,
        env = "LAKEBED_ATHENA_ACTIVE_DML",
        value_name = "QUERIES",
        default_value = "200"
    )]
    pub(crate) athena_active_dml: NonZeroU32,
    /// The same for statements of DDL
    #[arg(
        long,
        env = "LAKEBED_ATHENA_ACTIVE_DDL",
        value_name = "STATEMENTS",
        default_value = "20"
    )]
    pub(crate) athena_active_ddl: NonZeroU32,
    /// How long an Athena query may compute
    #[arg(
        long,
        env = "LAKEBED_ATHENA_DML_TIMEOUT",
        value_name = "SECONDS",
        default_value = "1800"
    )]
    pub(crate) athena_dml_timeout: NonZeroU32,
    /// The same for statements of DDL
    #[arg(
        long,
        env = "LAKEBED_ATHENA_DDL_TIMEOUT",
        value_name = "SECONDS",
        default_value = "36000"
    )]
    pub(crate) athena_ddl_timeout: NonZeroU32,
    #[command(flatten)]
    pub(crate) engines: EnginesPlace,
    /// Spark Connect server (sc://host:port) that Spark scripts use instead of one of their own
    #[arg(long, env = "LAKEBED_SPARK_REMOTE", value_name = "URL")]
    pub(crate) spark_remote: Option<String>,
    /// Print one line of JSON instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where data is kept and whose it is.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Folder everything is kept in [default: lakebed/data in your user data folder]
    #[arg(long, env = "LAKEBED_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Account all resources belong to
    #[arg(long, env = "LAKEBED_ACCOUNT_ID", value_name = "ID", default_value_t)]
    pub(crate) account_id: AccountId,
    /// Region all resources are in
    #[arg(long, env = "LAKEBED_REGION", default_value_t)]
    pub(crate) region: Region,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Auth {
    /// Nothing: any credentials are taken, and none
    None,
    /// A right signature
    Signed,
    /// A right signature, and policies that allow what is asked
    Enforce,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    /// As on AWS before April 2023
    On,
    /// As on AWS today
    Off,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Durability {
    /// The death of the process
    Process,
    /// Loss of power: every write waits for the disk
    Fsync,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  eval \"$(lakebed env)\" && aws s3 ls")]
pub(crate) struct EnvOptions {
    #[command(flatten)]
    pub(crate) endpoint: Endpoint,
    /// Region the exports name
    #[arg(long, env = "LAKEBED_REGION", default_value_t)]
    pub(crate) region: Region,
    /// Print a JSON object instead of shell exports
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Endpoint {
    /// Address of a running server
    #[arg(
        long,
        env = "AWS_ENDPOINT_URL",
        value_name = "URL",
        default_value = "http://127.0.0.1:4566"
    )]
    pub(crate) endpoint: String,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lakebed sql 'SELECT 1'\n  lakebed sql --database workshop 'SELECT count(*) FROM ai_tool_analytics'\n  lakebed sql --data-dir ./lake --json 'SHOW DATABASES'\n  lakebed sql                  a prompt; \\q leaves, \\d lists tables"
)]
pub(crate) struct SqlOptions {
    /// The statement; without one a prompt opens
    pub(crate) statement: Option<String>,
    #[command(flatten)]
    pub(crate) endpoint: Endpoint,
    /// Open this data folder without a server instead of asking one
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Database that names without one are looked up in
    #[arg(long, short, default_value = "default")]
    pub(crate) database: String,
    /// Print the answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lakebed lab run\n  lakebed lab run --lang ko\n  lakebed lab run --json > lab.json"
)]
pub(crate) struct LabOptions {
    /// Folder the lab works in; emptied first [default: lakebed/lab in your user data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Language of what is printed [default: from the locale]
    #[arg(long, value_enum)]
    pub(crate) lang: Option<Language>,
    /// Print one JSON document at the end instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// English
    En,
    /// 한국어
    Ko,
}
