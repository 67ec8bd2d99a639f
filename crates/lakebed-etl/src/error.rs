use std::fmt;

use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use lakebed_core::FailureClass;
use lakebed_engine::EngineError;

/// Why a node could not do its work, without saying which node.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NodeError {
    /// A setting names a column its input does not have.
    #[error("column '{column}' not found; available: {available}")]
    ColumnNotFound { column: String, available: String },
    /// A setting is wrong in itself.
    #[error("{0}")]
    Setting(String),
    /// Something the node needs is not there or not reachable.
    #[error("{message}")]
    Service {
        class: FailureClass,
        message: String,
    },
    /// Planning or running the work failed.
    #[error("{}", query_message(.0))]
    Query(#[from] DataFusionError),
}

impl NodeError {
    /// Where a person should look first.
    pub(crate) fn class(&self) -> FailureClass {
        match self {
            Self::ColumnNotFound { .. } | Self::Setting(_) => FailureClass::Configuration,
            Self::Service { class, .. } => *class,
            Self::Query(error) => query_class(error),
        }
    }
}

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunFailure {
    /// A node of a graph could not do its work.
    #[error("{node}: {error}")]
    Node {
        /// `node 'Join profiles' (Join)`.
        node: String,
        error: NodeError,
    },
    /// A script could not start, or ended badly.
    #[error("{message}")]
    Script {
        class: FailureClass,
        message: String,
    },
}

/// An error of one source, carried through the engine to the run that meets it downstream.
#[derive(Debug)]
pub(crate) struct SourceFailure {
    pub(crate) node: String,
    pub(crate) error: DataFusionError,
}

impl fmt::Display for SourceFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.node, query_message(&self.error))
    }
}

impl std::error::Error for SourceFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

impl RunFailure {
    /// Blames `node`, unless the error came up from a source, which then is the one to blame.
    pub(crate) fn at(node: &str, error: impl Into<NodeError>) -> Self {
        let error = error.into();
        if let NodeError::Query(query) = &error
            && let Some(source) = find_source_failure(query)
        {
            return Self::Node {
                node: source.node.clone(),
                error: NodeError::Service {
                    class: query_class(&source.error),
                    message: query_message(&source.error),
                },
            };
        }
        Self::Node {
            node: node.to_owned(),
            error,
        }
    }

    /// Where a person should look first.
    pub(crate) fn class(&self) -> FailureClass {
        match self {
            Self::Node { error, .. } => error.class(),
            Self::Script { class, .. } => *class,
        }
    }
}

fn find_source_failure(error: &DataFusionError) -> Option<&SourceFailure> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(failure) = error.downcast_ref::<SourceFailure>() {
            return Some(failure);
        }
        if let Some(DataFusionError::Shared(shared)) = error.downcast_ref::<DataFusionError>() {
            return find_source_failure(shared);
        }
        if let Some(DataFusionError::External(external)) = error.downcast_ref::<DataFusionError>()
            && let Some(failure) = external.downcast_ref::<SourceFailure>()
        {
            return Some(failure);
        }
        cause = error.source();
    }
    None
}

/// The engine's message without its own prefixes, which say nothing to a job's author.
pub(crate) fn query_message(error: &DataFusionError) -> String {
    if let Some(own) = EngineError::find(error) {
        return own.to_string();
    }
    match error {
        DataFusionError::Context(context, inner) => {
            format!("{context}: {}", query_message(inner))
        }
        DataFusionError::Diagnostic(_, inner) => query_message(inner),
        DataFusionError::Shared(inner) => query_message(inner),
        DataFusionError::External(external) => external.to_string(),
        DataFusionError::SchemaError(error, _) => schema_message(error),
        DataFusionError::Plan(message)
        | DataFusionError::Execution(message)
        | DataFusionError::ResourcesExhausted(message)
        | DataFusionError::NotImplemented(message)
        | DataFusionError::Configuration(message) => message.clone(),
        other => other.strip_backtrace(),
    }
}

/// What a query says of columns that are not there, in the words nodes use.
fn schema_message(error: &SchemaError) -> String {
    let SchemaError::FieldNotFound {
        field,
        valid_fields,
    } = error
    else {
        return error.to_string();
    };
    let available: Vec<&str> = valid_fields
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    let (column, available) = (&field.name, available.join(", "));
    format!("column '{column}' not found; available: {available}")
}

fn query_class(error: &DataFusionError) -> FailureClass {
    if let Some(own) = EngineError::find(error) {
        return own.class();
    }
    match error {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => {
            query_class(inner)
        }
        DataFusionError::Shared(inner) => query_class(inner),
        DataFusionError::Plan(_)
        | DataFusionError::SQL(..)
        | DataFusionError::SchemaError(..)
        | DataFusionError::NotImplemented(_)
        | DataFusionError::Configuration(_) => FailureClass::Configuration,
        DataFusionError::ResourcesExhausted(_)
        | DataFusionError::ObjectStore(_)
        | DataFusionError::IoError(_) => FailureClass::Resource,
        _ => FailureClass::Data,
    }
}
