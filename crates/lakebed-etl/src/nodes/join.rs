//! Join: pairs the rows of two inputs whose keys are equal.
//!
//! An equijoin is Glue's own `Join` transform, which puts a dot before those names of the right
//! input that the left one has too. The other kinds are Spark joins, whose output would hold two
//! columns of one name and could not be written: they are refused until one is renamed, which is
//! what Glue Studio's "Resolve it" button does with an ApplyMapping node.

use datafusion::common::JoinType as DataFusionJoin;
use datafusion::logical_expr::{Expr, ident};
use datafusion::prelude::DataFrame;
use lakebed_wire::glue::{self, JoinColumn, JoinType};

use super::Input;
use crate::columns::{self, Found};
use crate::error::NodeError;
use crate::spark::coerce::comparable;

pub(super) fn join(
    settings: &glue::Join,
    left: &Input,
    right: &Input,
) -> Result<DataFrame, NodeError> {
    let shared = shared_names(left, right);
    let keeps_right = !matches!(settings.join_type, JoinType::Leftsemi | JoinType::Leftanti);
    if keeps_right && settings.join_type != JoinType::Equijoin && !shared.is_empty() {
        return Err(NodeError::Setting(format!(
            "both inputs have the columns {}; rename those of one input first, with an ApplyMapping \
             or RenameField node",
            shared.join(", ")
        )));
    }
    let left_keys = keys(settings, left, 0)?;
    let right_keys = keys(settings, right, 1)?;
    if left_keys.is_empty() || left_keys.len() != right_keys.len() {
        return Err(NodeError::Setting(format!(
            "both inputs need the same number of keys, at least one; got {} and {}",
            left_keys.len(),
            right_keys.len()
        )));
    }
    // Key values travel as columns of their own, so that nested keys and clashing names join too.
    let (left_frame, left_names) = with_keys(left, &left_keys, "left")?;
    let (right_frame, right_names) = with_keys(right, &right_keys, "right")?;
    let renamed: Vec<Expr> = right
        .fields()
        .iter()
        .map(|field| ident(field.name()).alias(right_name(field.name(), &shared)))
        .chain(right_names.iter().map(ident))
        .collect();
    let right_frame = right_frame.select(renamed)?;
    let conditions: Vec<Expr> = left_keys
        .iter()
        .zip(&left_names)
        .zip(right_keys.iter().zip(&right_names))
        .map(|((left, left_name), (right, right_name))| {
            let (left, right) = comparable(
                (ident(left_name), left.data_type.clone()),
                (ident(right_name), right.data_type.clone()),
            );
            left.eq(right)
        })
        .collect();
    let joined = left_frame.join_on(right_frame, join_kind(settings.join_type), conditions)?;
    let mut output: Vec<Expr> = left
        .fields()
        .iter()
        .map(|field| ident(field.name()))
        .collect();
    if keeps_right {
        output.extend(
            right
                .fields()
                .iter()
                .map(|field| ident(right_name(field.name(), &shared))),
        );
    }
    Ok(joined.select(output)?)
}

fn join_kind(kind: JoinType) -> DataFusionJoin {
    match kind {
        JoinType::Equijoin => DataFusionJoin::Inner,
        JoinType::Left => DataFusionJoin::Left,
        JoinType::Right => DataFusionJoin::Right,
        JoinType::Outer => DataFusionJoin::Full,
        JoinType::Leftsemi => DataFusionJoin::LeftSemi,
        JoinType::Leftanti => DataFusionJoin::LeftAnti,
    }
}

fn shared_names(left: &Input, right: &Input) -> Vec<String> {
    right
        .fields()
        .iter()
        .map(|field| field.name())
        .filter(|name| columns::field(left.fields(), name).is_some())
        .cloned()
        .collect()
}

fn right_name(name: &str, shared: &[String]) -> String {
    if shared.iter().any(|shared| shared == name) {
        format!(".{name}")
    } else {
        name.to_owned()
    }
}

/// The keys of one input: those listed under its id, else those at its position.
fn keys(settings: &glue::Join, input: &Input, position: usize) -> Result<Vec<Found>, NodeError> {
    let listed: Option<&JoinColumn> = settings
        .columns
        .iter()
        .find(|columns| columns.from == input.id)
        .or_else(|| settings.columns.get(position));
    let Some(listed) = listed else {
        return Err(NodeError::Setting(format!(
            "no keys are given for input '{}'",
            input.id
        )));
    };
    listed
        .keys
        .iter()
        .map(|key| columns::find(input.fields(), key))
        .collect()
}

fn with_keys(
    input: &Input,
    keys: &[Found],
    side: &str,
) -> Result<(DataFrame, Vec<String>), NodeError> {
    let mut columns: Vec<Expr> = input
        .fields()
        .iter()
        .map(|field| ident(field.name()))
        .collect();
    let names: Vec<String> = (0..keys.len())
        .map(|number| format!("__{side}_key_{number}"))
        .collect();
    for (key, name) in keys.iter().zip(&names) {
        columns.push(key.expr.clone().alias(name));
    }
    Ok((input.frame.clone().select(columns)?, names))
}
