//! Connections: kept for jobs and crawlers that name them. Nothing is connected to.

use lakebed_core::{Connection as Store, Documents};
use lakebed_wire::glue::{Connection, ConnectionInput, ConnectionStatus, GetConnectionsFilter};

use crate::paging::Page;
use crate::tags::{Taggable, Tags};
use crate::{Catalog, Error};

const CONNECTIONS: Documents<Connection> = Documents::of("glue.connection");

/// Properties that `HidePassword` hides. Glue API reference, "GetConnection".
const SECRETS: [&str; 2] = ["PASSWORD", "ENCRYPTED_PASSWORD"];

/// The version of connections that are properties and no more.
const SCHEMA_VERSION: i32 = 1;

fn find(connection: &Store, name: &str) -> Result<Connection, Error> {
    CONNECTIONS
        .get(connection, "", name)?
        .ok_or_else(|| Error::NotFound(format!("Connection {name} not found.")))
}

fn without_secrets(mut connection: Connection) -> Connection {
    if let Some(properties) = &mut connection.connection_properties {
        properties.retain(|name, _| !SECRETS.contains(&name.as_str()));
    }
    connection
}

impl Catalog {
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::InvalidInput`] for what would need a connection.
    pub(crate) fn create_connection(
        &self,
        input: ConnectionInput,
        tags: Option<Tags>,
        by: Option<String>,
    ) -> Result<(), Error> {
        let connection = self.filled_in_connection(input, by)?;
        let name = connection.name.clone().unwrap_or_default();
        self.platform.store.write(|tx| {
            if !CONNECTIONS.insert(tx, "", &name, &connection)? {
                return Err(Error::AlreadyExists(
                    "Connection already exists.".to_owned(),
                ));
            }
            Taggable::Connection.keep(tx, &name, tags)
        })
    }

    pub(crate) fn connection(&self, name: &str, hide_password: bool) -> Result<Connection, Error> {
        let connection = self
            .platform
            .store
            .read(|connection| find(connection, name))?;
        Ok(match hide_password {
            true => without_secrets(connection),
            false => connection,
        })
    }

    pub(crate) fn connections_page(
        &self,
        filter: &GetConnectionsFilter,
        hide_password: bool,
        page: &Page,
    ) -> Result<(Vec<Connection>, Option<String>), Error> {
        let all = self.platform.store.read(|connection| {
            CONNECTIONS.page(connection, "", page.after.as_deref(), usize::MAX)
        })?;
        let entries = all
            .into_iter()
            .filter(|(_, connection)| is_wanted(connection, filter))
            .take(page.limit + 1)
            .map(|(name, connection)| match hide_password {
                true => (name, without_secrets(connection)),
                false => (name, connection),
            })
            .collect();
        Ok(page.cut(entries))
    }

    pub(crate) fn update_connection(
        &self,
        name: &str,
        input: ConnectionInput,
        by: Option<String>,
    ) -> Result<(), Error> {
        if input.name != name {
            return Err(Error::InvalidInput(
                "The name of a connection cannot be changed.".to_owned(),
            ));
        }
        let connection = self.filled_in_connection(input, by)?;
        self.platform.store.write(|tx| {
            let current = find(tx, name)?;
            let connection = Connection {
                creation_time: current.creation_time,
                ..connection
            };
            Ok(CONNECTIONS.put(tx, "", name, &connection)?)
        })
    }

    pub(crate) fn delete_connection(&self, name: &str) -> Result<(), Error> {
        self.platform.store.write(|tx| {
            find(tx, name)?;
            CONNECTIONS.delete(tx, "", name)?;
            Ok(Taggable::Connection.forget(tx, name)?)
        })
    }

    fn filled_in_connection(
        &self,
        input: ConnectionInput,
        by: Option<String>,
    ) -> Result<Connection, Error> {
        if input.validate_credentials == Some(true) || input.authentication_configuration.is_some()
        {
            return Err(Error::InvalidInput(
                "lakebed keeps connections but connects to nothing: it takes neither AuthenticationConfiguration nor ValidateCredentials".to_owned(),
            ));
        }
        let now = Some(self.platform.clock.now());
        Ok(Connection {
            name: Some(input.name),
            description: input.description,
            connection_type: Some(input.connection_type),
            match_criteria: input.match_criteria,
            connection_properties: Some(input.connection_properties),
            spark_properties: input.spark_properties,
            athena_properties: input.athena_properties,
            python_properties: input.python_properties,
            physical_connection_requirements: input.physical_connection_requirements,
            creation_time: now,
            last_updated_time: now,
            last_updated_by: by,
            status: Some(ConnectionStatus::Ready),
            connection_schema_version: Some(SCHEMA_VERSION),
            ..Default::default()
        })
    }
}

fn is_wanted(connection: &Connection, filter: &GetConnectionsFilter) -> bool {
    let criteria = connection.match_criteria.as_deref().unwrap_or_default();
    filter
        .connection_type
        .as_ref()
        .is_none_or(|kind| connection.connection_type.as_ref() == Some(kind))
        && filter
            .connection_schema_version
            .is_none_or(|version| connection.connection_schema_version == Some(version))
        && filter
            .match_criteria
            .iter()
            .flatten()
            .all(|wanted| criteria.contains(wanted))
}
