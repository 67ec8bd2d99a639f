use std::sync::Arc;

use lakebed_core::{Clock, LogSink, LogWriter, Timestamp};
use lakebed_wire::glue::Job;

/// What the names of the log groups of a job's runs begin with.
pub(crate) fn log_group(job: &Job) -> &'static str {
    let command = job.command.as_ref();
    match command.and_then(|command| command.name.as_deref()) {
        Some("pythonshell") => "/aws-glue/python-jobs",
        _ => "/aws-glue/jobs",
    }
}

/// The logs of one run, in the groups and streams where Glue writes them: what a script prints
/// under its run's id, what the run itself tells as the driver's stream. AWS Glue user guide,
/// "Monitoring jobs using logs".
#[derive(Debug)]
pub(crate) struct RunLog {
    clock: Clock,
    output: LogWriter,
    errors: LogWriter,
    driver: LogWriter,
}

impl RunLog {
    pub(crate) fn of_run(sink: &Arc<dyn LogSink>, clock: &Clock, job: &Job, run_id: &str) -> Self {
        let jobs = log_group(job);
        let writer = |group: &str, stream: &str| {
            let group = format!("{jobs}/{group}");
            LogWriter::new(Arc::clone(sink), clock.clone(), &group, stream)
        };
        Self {
            clock: clock.clone(),
            output: writer("output", run_id),
            errors: writer("error", run_id),
            driver: writer("logs-v2", &format!("{run_id}-driver")),
        }
    }

    /// What time it is for the run.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A line that a script printed.
    pub(crate) fn stdout(&self, line: &str) {
        self.output.write(line);
    }

    /// A line that a script printed as an error.
    pub(crate) fn stderr(&self, line: &str) {
        self.errors.write(line);
    }

    pub(crate) fn info(&self, subject: &str, message: &str) {
        self.driver.write(format!("INFO {subject}: {message}"));
    }

    pub(crate) fn warn(&self, subject: &str, message: &str) {
        self.driver.write(format!("WARN {subject}: {message}"));
    }

    /// Why a run fails, which is among its errors too.
    pub(crate) fn error(&self, subject: &str, message: &str) {
        let line = format!("ERROR {subject}: {message}");
        self.errors.write(line.as_str());
        self.driver.write(line);
    }
}
