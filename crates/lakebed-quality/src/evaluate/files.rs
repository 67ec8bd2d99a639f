//! Rules about files: how old, how large, how many of them alike. They read no rows.

use std::collections::{BTreeMap, HashSet};

use datafusion::execution::SessionState;
use datafusion::execution::object_store::ObjectStoreUrl;
use futures::{StreamExt, TryStreamExt};
use md5::Md5;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::CheckError;
use super::check::{Checks, record};
use super::formula;
use super::outcome::{Finding, Verdict, unmet, weigh};
use super::predicate::moment;
use crate::dqdl::{Check, Condition, Relation, Rule, RuleType, TextMatch, TextOperand};

/// A file and the store it lies in.
struct Found {
    store: std::sync::Arc<dyn ObjectStore>,
    meta: ObjectMeta,
    /// `s3://bucket/key`.
    uri: String,
}

pub(super) async fn check(
    checks: &Checks<'_>,
    rule: &Rule,
    check: &Check,
) -> Result<Finding, CheckError> {
    let state = checks.frame().into_parts().0;
    let mut finding = match check.rule_type {
        RuleType::FileFreshness => freshness(checks, check, &state).await?,
        RuleType::FileSize => size(checks, check, &state).await?,
        RuleType::FileUniqueness => uniqueness(checks, check, &state).await?,
        _ => match_files(checks, check, &state).await?,
    };
    finding.evaluated = Some(rule.text.clone());
    Ok(finding)
}

/// The files of a rule: under the path it names, or those the dataset comes from.
async fn files(
    checks: &Checks<'_>,
    check: &Check,
    state: &SessionState,
) -> Result<Vec<Found>, CheckError> {
    let named = check.parameters.first().map(std::slice::from_ref);
    let paths = named.unwrap_or(checks.sources);
    if paths.is_empty() {
        return Err(CheckError::new(format!(
            "{} needs a path: where the dataset's files lie is not known",
            check.rule_type.name()
        )));
    }
    let mut found = Vec::new();
    for path in paths {
        found.extend(list(path, state).await?);
    }
    filter(found, &check.tags)
}

/// All files at or under a path.
async fn list(path: &str, state: &SessionState) -> Result<Vec<Found>, CheckError> {
    let wrong = || CheckError::new(format!("'{path}' is not a path like s3://bucket/folder/"));
    let (scheme, rest) = path.split_once("://").ok_or_else(wrong)?;
    if !["s3", "s3a", "s3n"].contains(&scheme.to_lowercase().as_str()) {
        return Err(wrong());
    }
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    let url = ObjectStoreUrl::parse(format!("s3://{bucket}"))?;
    let store = state.runtime_env().object_store(&url)?;
    let failed = |error: object_store::Error| {
        CheckError::new(format!("files of '{path}' cannot be listed: {error}"))
    };
    let prefix = Path::parse(key.trim_end_matches('/')).map_err(|_| wrong())?;
    let mut metas: Vec<ObjectMeta> = store
        .list(Some(&prefix))
        .try_collect()
        .await
        .map_err(failed)?;
    if metas.is_empty() && !key.is_empty() && !key.ends_with('/') {
        metas.extend(store.head(&prefix).await);
    }
    Ok(metas
        .into_iter()
        .filter(|meta| !(meta.size == 0 && meta.location.as_ref().ends_with('/')))
        .map(|meta| Found {
            store: std::sync::Arc::clone(&store),
            uri: format!("s3://{bucket}/{}", meta.location),
            meta,
        })
        .collect())
}

/// Keeps what the tags `recentFiles` and `uriRegex` ask for, in the order `filterOrder` says.
fn filter(
    mut found: Vec<Found>,
    tags: &BTreeMap<String, String>,
) -> Result<Vec<Found>, CheckError> {
    found.sort_by(|one, other| {
        let newer = other.meta.last_modified.cmp(&one.meta.last_modified);
        newer.then_with(|| one.uri.cmp(&other.uri))
    });
    let order = tags
        .get("filterOrder")
        .map_or("recentFiles,uriRegex", String::as_str);
    for tag in order.split(',') {
        match (tag.trim(), tags.get(tag.trim())) {
            ("recentFiles", Some(count)) => {
                let count = count.parse().map_err(|_| {
                    CheckError::new(format!("recentFiles is a number, not '{count}'"))
                })?;
                found.truncate(count);
            }
            ("uriRegex", Some(pattern)) => {
                let regex = fancy_regex::Regex::new(pattern).map_err(|error| {
                    CheckError::new(format!("the pattern '{pattern}' cannot be read: {error}"))
                })?;
                found.retain(|file| regex.is_match(&file.uri).unwrap_or(false));
            }
            ("recentFiles" | "uriRegex", None) => {}
            (other, _) => {
                return Err(CheckError::new(format!(
                    "filterOrder has no filter '{other}'"
                )));
            }
        }
    }
    Ok(found)
}

/// The share of files that are as wanted, judged by the threshold; by default all must be.
fn comply(
    checks: &Checks<'_>,
    check: &Check,
    fitting: usize,
    all: usize,
) -> Result<Finding, CheckError> {
    if all == 0 {
        return Err(CheckError::new("No files found"));
    }
    let metric = format!("Dataset.*.{}.Compliance", check.rule_type.name());
    let share = fitting as f64 / all as f64;
    let wanted = match &check.threshold {
        Some(threshold) => formula::resolve(threshold, |_| checks.earlier(&metric, None))?,
        None => Relation::Equal(1.0),
    };
    let mut finding = Finding::default();
    record(&mut finding, &metric, None, share);
    record(&mut finding, "Dataset.*.FileCount", None, all as f64);
    (finding.verdict, finding.message) = weigh(Some(share), &wanted);
    Ok(finding)
}

async fn freshness(
    checks: &Checks<'_>,
    check: &Check,
    state: &SessionState,
) -> Result<Finding, CheckError> {
    let Some(Condition::Date(wanted)) = &check.condition else {
        return Err(CheckError::new("FileFreshness compares dates"));
    };
    let zone: chrono_tz::Tz = match check.tags.get("timeZone") {
        Some(name) => name
            .parse()
            .map_err(|_| CheckError::new(format!("'{name}' is not a time zone")))?,
        None => chrono_tz::UTC,
    };
    let now_there = checks.now.with_timezone(&zone);
    let wanted = wanted.try_map(|operand| {
        let local = match operand {
            crate::dqdl::Instant::Time(time) => Some(now_there.date_naive().and_time(*time)),
            other => {
                return moment(other, checks.now)?
                    .ok_or_else(|| CheckError::new("a file's date is never NULL"));
            }
        };
        local
            .and_then(|local| local.and_local_timezone(zone).earliest())
            .map(|at| at.naive_utc())
            .ok_or_else(|| CheckError::new("the time does not exist on that day"))
    })?;
    let files = files(checks, check, state).await?;
    let fitting = files
        .iter()
        .filter(|file| wanted.holds(&file.meta.last_modified.naive_utc()))
        .count();
    comply(checks, check, fitting, files.len())
}

async fn size(
    checks: &Checks<'_>,
    check: &Check,
    state: &SessionState,
) -> Result<Finding, CheckError> {
    let Some(Condition::Size(wanted)) = &check.condition else {
        return Err(CheckError::new("FileSize compares sizes"));
    };
    let files = files(checks, check, state).await?;
    let sizes: Vec<u64> = files.iter().map(|file| file.meta.size).collect();
    let fitting = sizes.iter().filter(|size| wanted.holds(size)).count();
    let mut finding = comply(checks, check, fitting, sizes.len())?;
    let ends = [
        ("MaximumFileSize", sizes.iter().max()),
        ("MinimumFileSize", sizes.iter().min()),
    ];
    for (name, size) in ends {
        if let Some(size) = size {
            record(
                &mut finding,
                &format!("Dataset.*.{name}"),
                None,
                *size as f64,
            );
        }
    }
    Ok(finding)
}

async fn uniqueness(
    checks: &Checks<'_>,
    check: &Check,
    state: &SessionState,
) -> Result<Finding, CheckError> {
    const METRIC: &str = "Dataset.*.FileUniquenessRatio";
    let Some(Condition::Number(wanted)) = &check.condition else {
        return Err(CheckError::new("FileUniqueness compares numbers"));
    };
    let wanted = formula::resolve(wanted, |_| checks.earlier(METRIC, None))?;
    let files = files(checks, check, state).await?;
    if files.is_empty() {
        return Err(CheckError::new("No files found"));
    }
    let by_name = check
        .tags
        .get("matchFileName")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let mut seen = HashSet::new();
    let mut names = HashSet::new();
    let mut unique = 0_usize;
    for file in &files {
        let new_name = names.insert(file.meta.location.filename().unwrap_or("").to_owned());
        let new_content = seen.insert(digest(file, algorithm(check)?).await?);
        unique += usize::from(new_content && (new_name || !by_name));
    }
    let ratio = unique as f64 / files.len() as f64;
    let mut finding = Finding::default();
    record(&mut finding, METRIC, None, ratio);
    record(
        &mut finding,
        "Dataset.*.FileCount",
        None,
        files.len() as f64,
    );
    (finding.verdict, finding.message) = weigh(Some(ratio), &wanted);
    Ok(finding)
}

/// Two folders with the same files, or files with listed checksums.
async fn match_files(
    checks: &Checks<'_>,
    check: &Check,
    state: &SessionState,
) -> Result<Finding, CheckError> {
    let algorithm = algorithm(check)?;
    let ours = digests(&files(checks, check, state).await?, algorithm).await?;
    if ours.is_empty() {
        return Err(CheckError::new("No files found"));
    }
    let (fitting, all) = match (&check.condition, check.parameters.get(1)) {
        (_, Some(path)) => {
            let others = filter(list(path, state).await?, &check.tags)?;
            let theirs = digests(&others, algorithm).await?;
            let fitting = ours.iter().filter(|one| theirs.contains(one)).count();
            (fitting, ours.len().max(theirs.len()))
        }
        (Some(Condition::Text(TextMatch::Relation(relation))), None) => {
            let listed: Vec<&str> = relation
                .operands()
                .into_iter()
                .filter_map(|operand| match operand {
                    TextOperand::Text(text) => Some(text.as_str()),
                    _ => None,
                })
                .collect();
            let wanted = matches!(relation, Relation::In(_));
            let fits = |one: &&String| {
                listed.iter().any(|other| other.eq_ignore_ascii_case(one)) == wanted
            };
            (ours.iter().filter(fits).count(), ours.len())
        }
        _ => return Err(CheckError::new("FileMatch takes two paths or checksums")),
    };
    let share = fitting as f64 / all as f64;
    let mut finding = Finding::default();
    record(&mut finding, "Dataset.*.FileMatch.Compliance", None, share);
    record(&mut finding, "Dataset.*.FileCount", None, ours.len() as f64);
    finding.verdict = Verdict::Passed;
    if fitting < all {
        finding.verdict = Verdict::Failed;
        finding.message = Some(unmet(Some(share)));
    }
    Ok(finding)
}

#[derive(Debug, Clone, Copy)]
enum Algorithm {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

/// The tag `hashAlgorithm`; SHA-256 if it is not there.
fn algorithm(check: &Check) -> Result<Algorithm, CheckError> {
    let Some(name) = check.tags.get("hashAlgorithm") else {
        return Ok(Algorithm::Sha256);
    };
    match name.to_uppercase().as_str() {
        "MD5" => Ok(Algorithm::Md5),
        "SHA-1" | "SHA1" => Ok(Algorithm::Sha1),
        "SHA-256" | "SHA256" => Ok(Algorithm::Sha256),
        "SHA-512" | "SHA512" => Ok(Algorithm::Sha512),
        _ => Err(CheckError::new(format!(
            "hashAlgorithm '{name}' is not known: MD5, SHA-1, SHA-256, SHA-512"
        ))),
    }
}

async fn digests(files: &[Found], algorithm: Algorithm) -> Result<Vec<String>, CheckError> {
    let mut digests = Vec::with_capacity(files.len());
    for file in files {
        digests.push(digest(file, algorithm).await?);
    }
    Ok(digests)
}

async fn digest(file: &Found, algorithm: Algorithm) -> Result<String, CheckError> {
    match algorithm {
        Algorithm::Md5 => digest_with::<Md5>(file).await,
        Algorithm::Sha1 => digest_with::<Sha1>(file).await,
        Algorithm::Sha256 => digest_with::<Sha256>(file).await,
        Algorithm::Sha512 => digest_with::<Sha512>(file).await,
    }
}

async fn digest_with<D: Digest>(file: &Found) -> Result<String, CheckError> {
    let failed = |error: object_store::Error| {
        CheckError::new(format!("'{}' cannot be read: {error}", file.uri))
    };
    let mut hasher = D::new();
    let body = file.store.get(&file.meta.location).await.map_err(failed)?;
    let mut chunks = body.into_stream();
    while let Some(chunk) = chunks.next().await {
        hasher.update(&chunk.map_err(failed)?);
    }
    Ok(hex::encode(hasher.finalize()))
}
