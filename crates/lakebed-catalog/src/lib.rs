//! What tables are there, what are they made of, and where do they lie: the Glue Data Catalog and
//! the crawlers that fill it.
//!
//! [`Catalog`] keeps databases, tables with their versions, and partitions. The generated Glue
//! shapes are its types; its methods are plain functions over the metadata store, and the
//! operations of the wire are thin shells around them. The catalog knows nothing of HTTP, of
//! queries, or of the bytes that tables point to; only crawlers read those.

mod catalog;
mod classifiers;
mod connections;
mod crawlers;
mod databases;
mod encryption_settings;
mod error;
mod functions;
mod inference;
mod names;
mod operations;
mod paging;
mod partitions;
mod registry;
mod resource_policies;
mod schema_difference;
mod search;
mod statistics;
mod storage_descriptor;
mod tables;
mod tags;

pub use catalog::Catalog;
pub use crawlers::Crawlers;
pub use error::Error;
pub use names::fold;
pub use partitions::expression;
pub use schema_difference::{ChangeKind, ColumnAccess, SchemaChange, SchemaDifference};
pub use tables::TableUpdate;
pub use tags::{Taggable, Tags};
