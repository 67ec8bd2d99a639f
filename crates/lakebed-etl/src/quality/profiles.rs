//! What was measured, one profile an evaluation: the history that dynamic rules and anomaly
//! detection look back at.

use std::collections::BTreeMap;

use lakebed_core::{Documents, MetadataStore, StoreError, Timestamp};
use lakebed_quality::History;
use lakebed_wire::glue::{
    InclusionAnnotationValue, RunIdentifier, StatisticEvaluationLevel, StatisticSummary,
    TimestampedInclusionAnnotation,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Profiles of one subject by their ids.
const PROFILES: Documents<Profile> = Documents::of("glue.quality.profile");
/// Which subject a profile is of.
const SUBJECTS: Documents<String> = Documents::of("glue.quality.profile_subject");
/// The ids of a subject's statistics, by their keys.
const STATISTICS: Documents<String> = Documents::of("glue.quality.statistic");

/// The statistics of one evaluation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Profile {
    id: String,
    recorded_on: Timestamp,
    run_id: Option<String>,
    job_run_id: Option<String>,
    statistics: Vec<Statistic>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Statistic {
    id: String,
    /// A metric's name, with the rule's filter if it has one.
    key: String,
    value: f64,
    annotation: Option<(InclusionAnnotationValue, Timestamp)>,
}

impl Profile {
    /// A new profile of a subject, with ids that its statistics keep from run to run.
    pub(super) fn record(
        store: &MetadataStore,
        subject: &str,
        statistics: &BTreeMap<String, f64>,
        run_id: Option<String>,
        job_run_id: Option<String>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        store.write(|transaction| {
            let mut recorded = Vec::with_capacity(statistics.len());
            for (key, value) in statistics {
                let id = match STATISTICS.get(transaction, subject, key)? {
                    Some(id) => id,
                    None => {
                        let id = format!("dqstatistic-{}", Uuid::new_v4().simple());
                        STATISTICS.put(transaction, subject, key, &id)?;
                        id
                    }
                };
                recorded.push(Statistic {
                    id,
                    key: key.clone(),
                    value: *value,
                    annotation: None,
                });
            }
            let profile = Self {
                id: format!("dqprofile-{}", Uuid::new_v4().simple()),
                recorded_on: now,
                run_id,
                job_run_id,
                statistics: recorded,
            };
            SUBJECTS.put(transaction, "", &profile.id, &subject.to_owned())?;
            PROFILES.put(transaction, subject, &profile.id, &profile)?;
            Ok(profile)
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The id of a metric's statistic.
    pub(super) fn statistic_id(&self, metric: &str) -> Option<&str> {
        let found = self.statistics.iter().find(|one| one.key == metric);
        found.map(|statistic| statistic.id.as_str())
    }

    /// The statistics as the API tells them.
    pub(super) fn summaries(self) -> Vec<StatisticSummary> {
        let run = RunIdentifier {
            run_id: self.run_id,
            job_run_id: self.job_run_id,
        };
        self.statistics
            .into_iter()
            .map(|statistic| {
                let (level, columns, name) = take_apart(&statistic.key);
                StatisticSummary {
                    statistic_id: Some(statistic.id),
                    profile_id: Some(self.id.clone()),
                    run_identifier: Some(run.clone()),
                    statistic_name: Some(name.to_owned()),
                    double_value: Some(statistic.value),
                    evaluation_level: Some(level),
                    columns_referenced: (!columns.is_empty()).then_some(columns),
                    recorded_on: Some(self.recorded_on),
                    inclusion_annotation: statistic.annotation.map(|(value, at)| {
                        TimestampedInclusionAnnotation {
                            value: Some(value),
                            last_modified_on: Some(at),
                        }
                    }),
                    ..StatisticSummary::default()
                }
            })
            .collect()
    }
}

/// `Column.city.Completeness` as level, columns and name.
fn take_apart(key: &str) -> (StatisticEvaluationLevel, Vec<String>, &str) {
    let metric = key.split_once(" where ").map_or(key, |(metric, _)| metric);
    let (entity, rest) = metric.split_once('.').unwrap_or(("", metric));
    let end = rest.strip_suffix(".Compliance").unwrap_or(rest);
    let (columns, name) = match end.rfind('.') {
        Some(dot) => (&rest[..dot], &rest[dot + 1..]),
        None => ("", rest),
    };
    match entity {
        "Column" => (
            StatisticEvaluationLevel::Column,
            vec![columns.to_owned()],
            name,
        ),
        "Multicolumn" => {
            let columns = columns.split(',').map(str::to_owned).collect();
            (StatisticEvaluationLevel::Multicolumn, columns, name)
        }
        _ => (StatisticEvaluationLevel::Dataset, Vec::new(), name),
    }
}

/// The profiles of a subject, or of all, the newest first.
pub(super) fn list(
    store: &MetadataStore,
    profile_id: Option<&str>,
) -> Result<Vec<Profile>, StoreError> {
    let mut found = store.read(|connection| {
        let subjects = match profile_id {
            Some(id) => SUBJECTS.get(connection, "", id)?.into_iter().collect(),
            None => SUBJECTS.list(connection, "")?,
        };
        let subjects: std::collections::BTreeSet<String> = subjects.into_iter().collect();
        let mut found = Vec::new();
        for subject in subjects {
            found.extend(PROFILES.list(connection, &subject)?);
        }
        Ok::<_, StoreError>(found)
    })?;
    found.retain(|profile| profile_id.is_none_or(|id| profile.id == id));
    found.sort_by(|one, other| (other.recorded_on, &other.id).cmp(&(one.recorded_on, &one.id)));
    Ok(found)
}

/// What earlier evaluations of a subject measured, without what people excluded.
pub(super) fn history(store: &MetadataStore, subject: &str) -> Result<History, StoreError> {
    let mut profiles = store.read(|connection| PROFILES.list(connection, subject))?;
    profiles.sort_by_key(|profile| std::cmp::Reverse(profile.recorded_on));
    let mut history = History::new();
    for statistic in profiles.into_iter().flat_map(|profile| profile.statistics) {
        let excluded = matches!(
            statistic.annotation,
            Some((InclusionAnnotationValue::Exclude, _))
        );
        if !excluded {
            history
                .entry(statistic.key)
                .or_default()
                .push(statistic.value);
        }
    }
    Ok(history)
}

/// Includes or excludes a statistic of a profile, or all of them; says whether it is there.
pub(super) fn annotate(
    store: &MetadataStore,
    profile_id: &str,
    statistic_id: Option<&str>,
    value: InclusionAnnotationValue,
    now: Timestamp,
) -> Result<bool, StoreError> {
    store.write(|transaction| {
        let Some(subject) = SUBJECTS.get(transaction, "", profile_id)? else {
            return Ok(false);
        };
        let Some(mut profile) = PROFILES.get(transaction, &subject, profile_id)? else {
            return Ok(false);
        };
        let mut found = false;
        for statistic in &mut profile.statistics {
            if statistic_id.is_none_or(|id| statistic.id == id) {
                statistic.annotation = Some((value, now));
                found = true;
            }
        }
        PROFILES.put(transaction, &subject, profile_id, &profile)?;
        Ok(found || statistic_id.is_none())
    })
}
