use lakebed_wire::glue;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{GraphError, Node};

macro_rules! node_kinds {
    ($($kind:ident($shape:ty)),* $(,)?) => {
        /// The node kinds that run here, each with its settings as AWS shapes them.
        ///
        /// The wire's union is a structure with one populated member, which is how serde spells
        /// an enum.
        #[derive(Debug, Clone, PartialEq, Deserialize)]
        pub(crate) enum NodeKind {
            $($kind(Box<$shape>),)*
        }

        impl NodeKind {
            const NAMES: &[&str] = &[$(stringify!($kind)),*];

            /// The kind's name, as the API spells it.
            pub(crate) fn as_str(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => stringify!($kind),)*
                }
            }
        }
    };
}

node_kinds! {
    CatalogSource(glue::CatalogSource),
    S3CatalogSource(glue::S3CatalogSource),
    S3CsvSource(glue::S3CsvSource),
    S3JsonSource(glue::S3JsonSource),
    S3ParquetSource(glue::S3ParquetSource),
    ApplyMapping(glue::ApplyMapping),
    SelectFields(glue::SelectFields),
    DropFields(glue::DropFields),
    RenameField(glue::RenameField),
    DropNullFields(glue::DropNullFields),
    DropDuplicates(glue::DropDuplicates),
    Filter(glue::Filter),
    FillMissingValues(glue::FillMissingValues),
    Join(glue::Join),
    Union(glue::Union),
    Aggregate(glue::Aggregate),
    SparkSQL(glue::SparkSQL),
    EvaluateDataQuality(glue::EvaluateDataQuality),
    EvaluateDataQualityMultiFrame(glue::EvaluateDataQualityMultiFrame),
    SelectFromCollection(glue::SelectFromCollection),
    CatalogTarget(glue::BasicCatalogTarget),
    S3CatalogTarget(glue::S3CatalogTarget),
    S3DirectTarget(glue::S3DirectTarget),
    S3GlueParquetTarget(glue::S3GlueParquetTarget),
}

impl NodeKind {
    pub(crate) fn is_source(&self) -> bool {
        matches!(
            self,
            Self::CatalogSource(_)
                | Self::S3CatalogSource(_)
                | Self::S3CsvSource(_)
                | Self::S3JsonSource(_)
                | Self::S3ParquetSource(_)
        )
    }

    pub(crate) fn is_target(&self) -> bool {
        matches!(
            self,
            Self::CatalogTarget(_)
                | Self::S3CatalogTarget(_)
                | Self::S3DirectTarget(_)
                | Self::S3GlueParquetTarget(_)
        )
    }

    /// Whether the node judges its input, which is worth running without a target.
    pub(crate) fn evaluates_quality(&self) -> bool {
        matches!(
            self,
            Self::EvaluateDataQuality(_) | Self::EvaluateDataQualityMultiFrame(_)
        )
    }

    /// Whether the node looks at all rows before it knows how to transform them.
    pub(crate) fn needs_two_passes(&self) -> bool {
        matches!(self, Self::DropNullFields(_) | Self::FillMissingValues(_))
            || self.evaluates_quality()
    }

    pub(super) fn takes_inputs(&self, count: usize) -> bool {
        match self {
            kind if kind.is_source() => count == 0,
            Self::Join(_) | Self::Union(_) => count == 2,
            Self::SparkSQL(_) | Self::EvaluateDataQualityMultiFrame(_) => count >= 1,
            _ => count == 1,
        }
    }

    pub(super) fn expected_inputs(&self) -> &'static str {
        match self {
            kind if kind.is_source() => "no input",
            Self::Join(_) | Self::Union(_) => "2 inputs",
            Self::SparkSQL(_) | Self::EvaluateDataQualityMultiFrame(_) => "1 or more inputs",
            _ => "1 input",
        }
    }
}

/// Reads the one kind a node holds.
pub(super) fn parse_node(
    id: &str,
    node: &glue::CodeGenConfigurationNode,
) -> Result<Node, GraphError> {
    let populated = match serde_json::to_value(node) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    if populated.len() != 1 {
        let kinds: Vec<&str> = populated.keys().map(String::as_str).collect();
        return Err(GraphError::NotOneKind {
            id: id.to_owned(),
            count: kinds.len(),
            kinds: kinds.join(", "),
        });
    }
    let (kind, settings) = populated
        .iter()
        .next()
        .map_or(("", &Value::Null), |(kind, settings)| {
            (kind.as_str(), settings)
        });
    let name = settings["Name"].as_str().unwrap_or(id).to_owned();
    if !NodeKind::NAMES.contains(&kind) {
        return Err(GraphError::Unsupported {
            name,
            kind: kind.to_owned(),
        });
    }
    let inputs = settings["Inputs"]
        .as_array()
        .map(|inputs| {
            inputs
                .iter()
                .filter_map(|input| input.as_str().map(str::to_owned))
                .collect()
        })
        .unwrap_or_default();
    let parsed = NodeKind::deserialize(Value::Object(populated.clone())).map_err(|error| {
        GraphError::Malformed {
            name: name.clone(),
            kind: kind.to_owned(),
            reason: error.to_string(),
        }
    })?;
    Ok(Node {
        id: id.to_owned(),
        name,
        kind: parsed,
        inputs,
    })
}
