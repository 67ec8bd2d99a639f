//! Which partitions a query needs.

use std::sync::Arc;

use arrow::array::{Array, BooleanArray, RecordBatch};
use arrow::datatypes::{DataType, FieldRef, Schema};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::utils::split_binary;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Operator};
use lakebed_core::hive_path::NULL_PARTITION;
use lakebed_wire::glue;

use crate::{BoxError, EngineError, Location};

/// Where a table's partitions come from.
#[async_trait]
pub trait PartitionSource: std::fmt::Debug + Send + Sync {
    /// The partitions that match an expression in Glue's language, or more: the engine looks again.
    async fn partitions(&self, expression: Option<&str>) -> Result<Vec<glue::Partition>, BoxError>;
}

/// A partition that is to be read.
#[derive(Debug)]
pub(super) struct KeptPartition {
    pub(super) descriptor: glue::StorageDescriptor,
    /// The key values as the catalog keeps them.
    pub(super) texts: Vec<String>,
    pub(super) values: Vec<ScalarValue>,
}

impl KeptPartition {
    /// Where its files are; none for a partition that has no place.
    pub(super) fn location(&self) -> Result<Option<Location>, EngineError> {
        let location = self.descriptor.location.as_deref();
        location.map(Location::parse).transpose()
    }
}

/// The partitions whose key values every partition filter lets through. Nothing is listed or
/// opened for this.
pub(super) async fn prune(
    state: &dyn Session,
    table: &str,
    source: &dyn PartitionSource,
    keys: &[FieldRef],
    filters: &[Expr],
) -> Result<Vec<KeptPartition>, EngineError> {
    let filters: Vec<&Expr> = filters
        .iter()
        .filter(|filter| references_only(filter, keys))
        .collect();
    let expressions: Vec<String> = filters
        .iter()
        .filter_map(|filter| glue_expression(filter))
        .collect();
    let expression = (!expressions.is_empty()).then(|| expressions.join(" AND "));
    let partitions = source
        .partitions(expression.as_deref())
        .await
        .map_err(|source| EngineError::Partitions {
            table: table.to_owned(),
            source,
        })?;
    let mut candidates = Vec::with_capacity(partitions.len());
    for partition in partitions {
        candidates.push(read_partition(table, keys, partition)?);
    }
    let kept = matching(state, keys, &candidates, &filters)?;
    Ok(candidates
        .into_iter()
        .zip(kept)
        .filter(|(_, kept)| *kept)
        .map(|(partition, _)| partition)
        .collect())
}

/// Whether an expression asks for nothing but partition keys.
pub(super) fn references_only(expression: &Expr, keys: &[FieldRef]) -> bool {
    let columns = expression.column_refs();
    !columns.is_empty()
        && !expression.is_volatile()
        && columns
            .iter()
            .all(|column| keys.iter().any(|key| key.name() == &column.name))
}

fn read_partition(
    table: &str,
    keys: &[FieldRef],
    partition: glue::Partition,
) -> Result<KeptPartition, EngineError> {
    let texts = partition.values.unwrap_or_default();
    if texts.len() != keys.len() {
        return Err(EngineError::InvalidMetadata(format!(
            "a partition of table {table} has the values [{}], but the table has {} partition keys",
            texts.join(", "),
            keys.len()
        )));
    }
    let values = keys
        .iter()
        .zip(&texts)
        .map(|(key, text)| {
            if text == NULL_PARTITION {
                return Ok(ScalarValue::try_from(key.data_type())?);
            }
            value_of(text, key.data_type()).map_err(|_| {
                EngineError::InvalidMetadata(format!(
                    "a partition of table {table} has the value '{text}' for key '{}', which is not of type {}",
                    key.name(),
                    crate::types::hive_type(key.data_type())
                ))
            })
        })
        .collect::<Result<Vec<_>, EngineError>>()?;
    Ok(KeptPartition {
        descriptor: partition.storage_descriptor.unwrap_or_default(),
        texts,
        values,
    })
}

fn value_of(text: &str, data_type: &DataType) -> Result<ScalarValue, DataFusionError> {
    ScalarValue::try_from_string(text.to_owned(), data_type)
}

/// Evaluates the filters over all partitions at once: one row a partition.
fn matching(
    state: &dyn Session,
    keys: &[FieldRef],
    partitions: &[KeptPartition],
    filters: &[&Expr],
) -> Result<Vec<bool>, EngineError> {
    let mut kept = vec![true; partitions.len()];
    if filters.is_empty() || partitions.is_empty() {
        return Ok(kept);
    }
    let schema = Arc::new(Schema::new(keys.to_vec()));
    let columns = (0..keys.len())
        .map(|key| {
            ScalarValue::iter_to_array(
                partitions
                    .iter()
                    .map(|partition| partition.values[key].clone()),
            )
        })
        .collect::<Result<Vec<_>, _>>()?;
    let batch =
        RecordBatch::try_new(Arc::clone(&schema), columns).map_err(DataFusionError::from)?;
    let df_schema = DFSchema::try_from(schema.as_ref().clone())?;
    for filter in filters {
        let unqualified = unqualified((*filter).clone())?;
        let answer = state
            .create_physical_expr(unqualified, &df_schema)?
            .evaluate(&batch)?
            .into_array(partitions.len())?;
        let Some(answer) = answer.as_any().downcast_ref::<BooleanArray>() else {
            continue;
        };
        for (row, kept) in kept.iter_mut().enumerate() {
            *kept &= answer.is_valid(row) && answer.value(row);
        }
    }
    Ok(kept)
}

/// The expression with its columns' table names taken off.
fn unqualified(expression: Expr) -> Result<Expr, DataFusionError> {
    use datafusion::common::tree_node::{Transformed, TreeNode};
    expression
        .transform(|node| match node {
            Expr::Column(mut column) => {
                column.relation = None;
                Ok(Transformed::yes(Expr::Column(column)))
            }
            node => Ok(Transformed::no(node)),
        })
        .map(|transformed| transformed.data)
}

/// The filter in Glue's language, where it can be said; a filter that cannot is left to [`matching`].
fn glue_expression(filter: &Expr) -> Option<String> {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let operator = match op {
                Operator::And | Operator::Or => {
                    let word = if *op == Operator::And {
                        " AND "
                    } else {
                        " OR "
                    };
                    let operands: Option<Vec<String>> = split_binary(filter, *op)
                        .into_iter()
                        .map(glue_expression)
                        .collect();
                    return Some(format!("({})", operands?.join(word)));
                }
                Operator::Eq => "=",
                Operator::NotEq => "<>",
                Operator::Lt => "<",
                Operator::LtEq => "<=",
                Operator::Gt => ">",
                Operator::GtEq => ">=",
                _ => return None,
            };
            match (&**left, &**right) {
                (Expr::Column(column), literal) => Some(format!(
                    "{} {operator} {}",
                    glue_name(&column.name),
                    glue_literal(literal)?
                )),
                _ => None,
            }
        }
        Expr::Between(Between {
            expr,
            negated: false,
            low,
            high,
        }) => match &**expr {
            Expr::Column(column) => Some(format!(
                "{} BETWEEN {} AND {}",
                glue_name(&column.name),
                glue_literal(low)?,
                glue_literal(high)?
            )),
            _ => None,
        },
        Expr::InList(InList {
            expr,
            list,
            negated: false,
        }) => match &**expr {
            Expr::Column(column) => {
                let literals: Option<Vec<String>> = list.iter().map(glue_literal).collect();
                Some(format!(
                    "{} IN ({})",
                    glue_name(&column.name),
                    literals?.join(", ")
                ))
            }
            _ => None,
        },
        _ => None,
    }
}

/// A key as an expression names it: in quotes unless it is a plain word.
fn glue_name(name: &str) -> String {
    const KEYWORDS: [&str; 8] = ["and", "or", "not", "in", "is", "null", "like", "between"];
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !KEYWORDS.contains(&name);
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

fn glue_literal(expression: &Expr) -> Option<String> {
    let Expr::Literal(value, _) = expression else {
        return None;
    };
    match value {
        ScalarValue::Utf8(Some(text))
        | ScalarValue::LargeUtf8(Some(text))
        | ScalarValue::Utf8View(Some(text)) => Some(format!("'{}'", text.replace('\'', "''"))),
        ScalarValue::Int8(Some(_))
        | ScalarValue::Int16(Some(_))
        | ScalarValue::Int32(Some(_))
        | ScalarValue::Int64(Some(_)) => Some(value.to_string()),
        ScalarValue::Date32(Some(_)) => Some(format!("'{value}'")),
        _ => None,
    }
}
