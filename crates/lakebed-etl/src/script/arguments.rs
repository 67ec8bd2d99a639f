//! The arguments of a run, as a script finds them.

use std::collections::BTreeMap;

use lakebed_wire::glue::{Job, JobRun};

/// The defaults of the job with the run's own over them.
pub(super) fn merged(job: &Job, run: &JobRun) -> BTreeMap<String, String> {
    let mut merged = job.default_arguments.clone().unwrap_or_default();
    merged.extend(job.non_overridable_arguments.clone().unwrap_or_default());
    for (key, value) in run.arguments.iter().flatten() {
        let fixed = job
            .non_overridable_arguments
            .as_ref()
            .is_some_and(|fixed| fixed.contains_key(key));
        if !fixed {
            merged.insert(key.clone(), value.clone());
        }
    }
    merged
}

/// What follows the script's name in `sys.argv`: Glue adds the job and the run to what was given.
pub(super) fn command_line(
    arguments: &BTreeMap<String, String>,
    job: &str,
    run_id: &str,
) -> Vec<String> {
    let mut line = Vec::with_capacity(2 * arguments.len() + 4);
    for (key, value) in arguments {
        line.push(key.clone());
        // `--flag` with an empty value is a flag.
        if !value.is_empty() {
            line.push(value.clone());
        }
    }
    let own = [("--JOB_NAME", job), ("--JOB_RUN_ID", run_id)];
    for (key, value) in own {
        if !arguments.contains_key(key) {
            line.extend([key.to_owned(), value.to_owned()]);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_run_overrides_what_may_be_overridden() {
        let job = Job {
            default_arguments: Some(map(&[("--day", "1"), ("--TempDir", "s3://t/")])),
            non_overridable_arguments: Some(map(&[("--stage", "prod")])),
            ..Job::default()
        };
        let run = JobRun {
            arguments: Some(map(&[("--day", "2"), ("--stage", "dev")])),
            ..JobRun::default()
        };
        assert_eq!(
            merged(&job, &run),
            map(&[
                ("--TempDir", "s3://t/"),
                ("--day", "2"),
                ("--stage", "prod")
            ])
        );
    }

    #[test]
    fn the_job_and_the_run_are_told() {
        let line = command_line(&map(&[("--day", "2"), ("--flag", "")]), "etl", "jr_1");
        let expected = "--day 2 --flag --JOB_NAME etl --JOB_RUN_ID jr_1";
        assert_eq!(line.join(" "), expected);
    }
}
