//! Job definitions: what a request leaves open is filled in as Glue fills it.

use std::collections::BTreeMap;

use lakebed_core::Timestamp;
use lakebed_wire::glue::{
    self, CodeGenConfigurationNode, Error, ExecutionClass, ExecutionProperty, Job, JobMode,
    WorkerType,
};
use serde::Serialize;

use crate::graph::{Graph, GraphError};

/// "Jobs that are created without specifying a Glue version default to …", CreateJob API page.
const DEFAULT_GLUE_VERSION: &str = "6.0";
/// What Glue Studio proposes.
const DEFAULT_WORKERS: i32 = 10;
/// Seven days.
const LONGEST_TIMEOUT_MINUTES: i32 = 10_080;

/// The job a CreateJob request describes.
///
/// # Errors
/// `InvalidInputException` if settings contradict each other or the graph is broken.
pub(crate) fn create(request: &glue::CreateJobRequest, now: Timestamp) -> Result<Job, Error> {
    let mut job = from_members(request)?;
    job.created_on = Some(now);
    complete(job, now)
}

/// The job after an UpdateJob request, which replaces everything but the name and the date of
/// creation.
///
/// # Errors
/// `InvalidInputException` if settings contradict each other or the graph is broken.
pub(crate) fn update(
    existing: &Job,
    update: &glue::JobUpdate,
    now: Timestamp,
) -> Result<Job, Error> {
    let mut job = from_members(update)?;
    job.name.clone_from(&existing.name);
    job.created_on = existing.created_on;
    complete(job, now)
}

/// A job has the members of the requests that make and change it, under the same names.
fn from_members(request: &impl Serialize) -> Result<Job, Error> {
    serde_json::to_value(request)
        .and_then(serde_json::from_value)
        .map_err(|error| Error::Internal(format!("job definition: {error}")))
}

fn complete(mut job: Job, now: Timestamp) -> Result<Job, Error> {
    // The older name of the same figure.
    job.max_capacity = job
        .max_capacity
        .or(job.allocated_capacity.map(f64::from))
        .filter(|capacity| *capacity > 0.0);
    check_graph(job.code_gen_configuration_nodes.as_ref())?;
    if job.max_capacity.is_some() && (job.worker_type.is_some() || job.number_of_workers.is_some())
    {
        return Err(Error::invalid_input(
            "Please do not set Max Capacity if using Worker Type and Number of Workers.",
        ));
    }
    if job
        .timeout
        .is_some_and(|minutes| minutes > LONGEST_TIMEOUT_MINUTES)
    {
        return Err(Error::invalid_input(format!(
            "Timeout must be at most {LONGEST_TIMEOUT_MINUTES} minutes."
        )));
    }
    let command = job.command.get_or_insert_default();
    let command = command.name.get_or_insert_with(|| "glueetl".to_owned());
    if command == "pythonshell" {
        job.max_capacity = Some(job.max_capacity.unwrap_or(0.0625));
    } else {
        let version = job
            .glue_version
            .get_or_insert_with(|| DEFAULT_GLUE_VERSION.to_owned());
        let default_timeout = if is_before_five(version) { 2880 } else { 480 };
        job.timeout = Some(job.timeout.unwrap_or(default_timeout));
        if job.max_capacity.is_none() {
            let worker = *job.worker_type.get_or_insert(WorkerType::G1X);
            let workers = *job.number_of_workers.get_or_insert(DEFAULT_WORKERS);
            job.max_capacity = Some(f64::from(workers) * dpu_of(worker));
        }
    }
    job.allocated_capacity = job.max_capacity.map(|capacity| capacity as i32);
    job.execution_class.get_or_insert(ExecutionClass::Standard);
    job.execution_property.get_or_insert(ExecutionProperty {
        max_concurrent_runs: Some(1),
    });
    job.max_retries.get_or_insert(0);
    job.job_mode
        .get_or_insert(match &job.code_gen_configuration_nodes {
            Some(_) => JobMode::Visual,
            None => JobMode::Script,
        });
    job.last_modified_on = Some(now);
    Ok(job)
}

/// Glue writes the script of a visual job when the job is saved, so a broken graph is refused
/// then; kinds that only cannot run here are refused when they are to run.
fn check_graph(nodes: Option<&BTreeMap<String, CodeGenConfigurationNode>>) -> Result<(), Error> {
    match nodes.map(Graph::parse) {
        None | Some(Ok(_) | Err(GraphError::Unsupported { .. } | GraphError::NoTarget)) => Ok(()),
        Some(Err(error)) => Err(Error::invalid_input(error.to_string())),
    }
}

fn is_before_five(version: &str) -> bool {
    let major = version.split('.').next().unwrap_or_default();
    major.parse::<u32>().is_ok_and(|major| major < 5)
}

/// The data processing units of one worker.
pub(crate) fn dpu_of(worker: WorkerType) -> f64 {
    match worker {
        WorkerType::G025X => 0.25,
        WorkerType::G2X | WorkerType::R2X | WorkerType::Z2X => 2.0,
        WorkerType::G4X | WorkerType::R4X => 4.0,
        WorkerType::G8X | WorkerType::R8X => 8.0,
        WorkerType::G12X => 12.0,
        WorkerType::G16X => 16.0,
        WorkerType::Standard | WorkerType::G1X | WorkerType::R1X => 1.0,
    }
}
