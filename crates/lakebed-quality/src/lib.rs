//! Is this data good enough? This crate reads rulesets in DQDL, evaluates them over DataFusion
//! frames with as few passes over the data as it can, and proposes rulesets for data it has seen.
//!
//! It keeps nothing, knows no catalog and no API: frames, earlier values of the metrics and the
//! time come from the caller, who also keeps the results.

mod dqdl;
mod evaluate;
mod recommend;

pub use dqdl::{DqdlError, Ruleset};
pub use evaluate::{
    AnalyzerOutcome, Evaluated, Evaluation, EvaluationError, History, Observation, RowCounts,
    RuleOutcome, SparkSql, Verdict, outcomes_frame,
};
pub use recommend::recommend;
