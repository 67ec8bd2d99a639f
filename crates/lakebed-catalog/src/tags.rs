//! Tags of everything in Glue that can be tagged, whichever crate keeps it.

use std::collections::BTreeMap;

use lakebed_core::{CallContext, Connection, Documents, StoreError, Transaction};

use crate::{Catalog, Error, databases, tables};

/// A set of tags.
pub type Tags = BTreeMap<String, String>;

/// By the kind of the resource; the key is its name. There is an entry, if an empty one, for all
/// that can be tagged but databases and tables.
const TAGS: Documents<Tags> = Documents::of("glue.tags");

/// The most tags a resource may have. Glue API reference, "CreateJob".
const MAX_TAGS: usize = 50;

/// What can be tagged besides databases and tables, by the word in its ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taggable {
    Crawler,
    Job,
    Trigger,
    Workflow,
    Connection,
    DataQualityRuleset,
    /// A registry of schemas.
    Registry,
    /// A schema, by registry and name with a slash between.
    Schema,
}

impl Taggable {
    const ALL: [Self; 8] = [
        Self::Crawler,
        Self::Job,
        Self::Trigger,
        Self::Workflow,
        Self::Connection,
        Self::DataQualityRuleset,
        Self::Registry,
        Self::Schema,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Crawler => "crawler",
            Self::Job => "job",
            Self::Trigger => "trigger",
            Self::Workflow => "workflow",
            Self::Connection => "connection",
            Self::DataQualityRuleset => "dataQualityRuleset",
            Self::Registry => "registry",
            Self::Schema => "schema",
        }
    }

    /// Keeps the tags a resource is made with; from now on it can be tagged.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for more than 50 tags and keys that are reserved.
    pub fn keep(self, tx: &Transaction<'_>, name: &str, tags: Option<Tags>) -> Result<(), Error> {
        let tags = tags.unwrap_or_default();
        check(&tags)?;
        Ok(TAGS.put(tx, self.word(), name, &tags)?)
    }

    /// Forgets the tags of a resource that goes.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn forget(self, tx: &Transaction<'_>, name: &str) -> Result<(), StoreError> {
        TAGS.delete(tx, self.word(), name)?;
        Ok(())
    }

    /// Whether a resource has all of these tags.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn has(
        self,
        connection: &Connection,
        name: &str,
        wanted: &Tags,
    ) -> Result<bool, StoreError> {
        let tags = TAGS.get(connection, self.word(), name)?.unwrap_or_default();
        Ok(wanted
            .iter()
            .all(|(key, value)| tags.get(key) == Some(value)))
    }
}

fn check(tags: &Tags) -> Result<(), Error> {
    if tags.len() > MAX_TAGS {
        return Err(Error::InvalidInput(format!(
            "A resource can have {MAX_TAGS} tags at most."
        )));
    }
    match tags
        .keys()
        .find(|key| key.to_lowercase().starts_with("aws:"))
    {
        Some(key) => Err(Error::InvalidInput(format!(
            "Tag key {key} begins with aws:, which is reserved."
        ))),
        None => Ok(()),
    }
}

/// Where the tags of a resource lie: scope and key.
struct Place {
    scope: &'static str,
    key: String,
}

impl Place {
    /// Finds the resource of an ARN.
    fn of(connection: &Connection, context: &CallContext, arn: &str) -> Result<Self, Error> {
        let CallContext {
            region, account, ..
        } = context;
        let not_found = || Error::NotFound(format!("Resource {arn} not found."));
        let path = arn
            .strip_prefix(&format!("arn:aws:glue:{region}:{account}:"))
            .ok_or_else(|| {
                Error::InvalidInput(format!("{arn} is not the ARN of a Glue resource."))
            })?;
        let (word, name) = path.split_once('/').ok_or_else(not_found)?;
        match word {
            "database" => {
                databases::find(connection, name)?;
                return Ok(Self {
                    scope: "database",
                    key: name.to_owned(),
                });
            }
            "table" => {
                let (database, table) = name.split_once('/').ok_or_else(not_found)?;
                tables::find(connection, database, table)?;
                return Ok(Self {
                    scope: "table",
                    key: name.to_owned(),
                });
            }
            _ => {}
        }
        let kind = Taggable::ALL.into_iter().find(|kind| kind.word() == word);
        let kind = kind.ok_or_else(|| {
            Error::InvalidInput(format!("lakebed does not tag resources such as {arn}."))
        })?;
        TAGS.get(connection, kind.word(), name)?
            .ok_or_else(not_found)?;
        Ok(Self {
            scope: kind.word(),
            key: name.to_owned(),
        })
    }
}

/// Keeps the tags a database is made with.
pub(crate) fn keep_for_database(
    tx: &Transaction<'_>,
    name: &str,
    tags: &Tags,
) -> Result<(), Error> {
    check(tags)?;
    Ok(TAGS.put(tx, "database", name, tags)?)
}

/// Forgets the tags of a database.
pub(crate) fn forget_database(tx: &Transaction<'_>, name: &str) -> Result<(), StoreError> {
    TAGS.delete(tx, "database", name)?;
    Ok(())
}

/// Forgets the tags of a table.
pub(crate) fn forget_table(
    tx: &Transaction<'_>,
    database: &str,
    name: &str,
) -> Result<(), StoreError> {
    TAGS.delete(tx, "table", &format!("{database}/{name}"))?;
    Ok(())
}

impl Catalog {
    pub(crate) fn tags(&self, context: &CallContext, arn: &str) -> Result<Tags, Error> {
        self.platform.store.read(|connection| {
            let place = Place::of(connection, context, arn)?;
            let tags = TAGS.get(connection, place.scope, &place.key)?;
            Ok(tags.unwrap_or_default())
        })
    }

    /// Changes the tags of a resource.
    pub(crate) fn change_tags(
        &self,
        context: &CallContext,
        arn: &str,
        change: impl FnOnce(&mut Tags),
    ) -> Result<(), Error> {
        self.platform.store.write(|tx| {
            let place = Place::of(tx, context, arn)?;
            let mut tags = TAGS.get(tx, place.scope, &place.key)?.unwrap_or_default();
            change(&mut tags);
            check(&tags)?;
            Ok(TAGS.put(tx, place.scope, &place.key, &tags)?)
        })
    }
}
