//! Databases.

use lakebed_core::{Connection, StoreError};
use lakebed_wire::glue::{
    DataLakePrincipal, Database, DatabaseInput, Permission, PrincipalPermissions,
};

use crate::catalog::{DATABASES, TABLES, remove_contents, table_scope};
use crate::paging::Page;
use crate::tags::{self, Tags};
use crate::{Catalog, Error, fold, functions};

impl Catalog {
    /// The database of this name.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none.
    pub fn database(&self, name: &str) -> Result<Database, Error> {
        self.platform
            .store
            .read(|connection| find(connection, &fold(name)))
    }

    /// All databases, by name.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn databases(&self) -> Result<Vec<Database>, Error> {
        self.platform
            .store
            .read(|connection| Ok(DATABASES.list(connection, "")?))
    }

    pub(crate) fn databases_page(
        &self,
        page: &Page,
    ) -> Result<(Vec<Database>, Option<String>), Error> {
        let entries = self.platform.store.read(|connection| {
            DATABASES.page(connection, "", page.after.as_deref(), page.limit + 1)
        })?;
        Ok(page.cut(entries))
    }

    /// Makes a database.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] if there is one of this name.
    pub fn create_database(&self, input: DatabaseInput) -> Result<(), Error> {
        self.create_tagged_database(input, &Tags::new())
    }

    /// Makes a database and tags it.
    pub(crate) fn create_tagged_database(
        &self,
        input: DatabaseInput,
        tags: &Tags,
    ) -> Result<(), Error> {
        let name = fold(&input.name);
        let database = Database {
            create_time: Some(self.platform.clock.now()),
            ..self.filled_in(name.clone(), input)
        };
        self.platform.store.write(|tx| {
            if !DATABASES.insert(tx, "", &name, &database)? {
                return Err(Error::AlreadyExists("Database already exists.".to_owned()));
            }
            tags::keep_for_database(tx, &name, tags)
        })
    }

    /// Replaces a database's description, location and parameters. Its name stays.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of this name.
    pub fn update_database(&self, name: &str, input: DatabaseInput) -> Result<(), Error> {
        let name = fold(name);
        self.platform.store.write(|tx| {
            let current = find(tx, &name)?;
            let database = Database {
                create_time: current.create_time,
                ..self.filled_in(name.clone(), input)
            };
            Ok(DATABASES.put(tx, "", &name, &database)?)
        })
    }

    /// Removes a database and everything in it.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of this name.
    pub fn delete_database(&self, name: &str) -> Result<(), Error> {
        let name = fold(name);
        self.platform.store.write(|tx| {
            find(tx, &name)?;
            for table in TABLES.list(tx, &name)? {
                let scope = table_scope(&name, &table.name);
                remove_contents(tx, &scope)?;
                tags::forget_table(tx, &name, &table.name)?;
            }
            functions::remove_all(tx, &name)?;
            tags::forget_database(tx, &name)?;
            TABLES.delete_scope(tx, &name)?;
            DATABASES.delete(tx, "", &name)?;
            Ok(())
        })
    }

    fn filled_in(&self, name: String, input: DatabaseInput) -> Database {
        Database {
            name,
            description: input.description,
            location_uri: input.location_uri,
            parameters: input.parameters,
            create_time: None,
            create_table_default_permissions: input
                .create_table_default_permissions
                .or_else(|| Some(vec![everything_by_iam()])),
            target_database: input.target_database,
            catalog_id: self.catalog_id(),
            federated_database: input.federated_database,
        }
    }
}

/// The default of Lake Formation: new tables are guarded by IAM alone ("Changing the default
/// settings for your data lake", Lake Formation developer guide).
fn everything_by_iam() -> PrincipalPermissions {
    PrincipalPermissions {
        principal: Some(DataLakePrincipal {
            data_lake_principal_identifier: Some("IAM_ALLOWED_PRINCIPALS".to_owned()),
        }),
        permissions: Some(vec![Permission::All]),
    }
}

/// The names of all databases.
pub(crate) fn names(connection: &Connection) -> Result<Vec<String>, StoreError> {
    DATABASES.keys(connection, "", None, usize::MAX)
}

/// The database of a folded name.
pub(crate) fn find(connection: &Connection, name: &str) -> Result<Database, Error> {
    DATABASES
        .get(connection, "", name)?
        .ok_or_else(|| Error::database_not_found(name))
}
