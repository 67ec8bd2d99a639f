//! User-defined functions: kept for engines that run them. Lakebed's own queries do not.

use lakebed_core::{Connection, Documents, StoreError, Transaction};
use lakebed_wire::glue::{FunctionType, UserDefinedFunction, UserDefinedFunctionInput};
use regex::Regex;

use crate::paging::Page;
use crate::{Catalog, Error, databases, fold};

/// By database; the key is the function's name, folded.
const FUNCTIONS: Documents<UserDefinedFunction> = Documents::of("glue.function");

/// Which functions are asked for.
pub(crate) struct FunctionQuery<'a> {
    /// None is all databases.
    pub(crate) database: Option<&'a str>,
    pub(crate) pattern: &'a str,
    pub(crate) kind: Option<FunctionType>,
}

/// Forgets the functions of a database.
pub(crate) fn remove_all(tx: &Transaction<'_>, database: &str) -> Result<(), StoreError> {
    FUNCTIONS.delete_scope(tx, database)?;
    Ok(())
}

fn find(connection: &Connection, database: &str, name: &str) -> Result<UserDefinedFunction, Error> {
    databases::find(connection, database)?;
    FUNCTIONS
        .get(connection, database, &fold(name))?
        .ok_or_else(|| Error::NotFound(format!("Function {name} not found.")))
}

impl Catalog {
    pub(crate) fn create_function(
        &self,
        database: &str,
        input: UserDefinedFunctionInput,
    ) -> Result<(), Error> {
        let database = fold(database);
        let function = UserDefinedFunction {
            create_time: Some(self.platform.clock.now()),
            ..self.filled_in_function(&database, input)
        };
        let name = function
            .function_name
            .clone()
            .ok_or_else(|| Error::InvalidInput("FunctionName is required.".to_owned()))?;
        self.platform.store.write(|tx| {
            databases::find(tx, &database)?;
            match FUNCTIONS.insert(tx, &database, &fold(&name), &function)? {
                true => Ok(()),
                false => Err(Error::AlreadyExists("Function already exists.".to_owned())),
            }
        })
    }

    pub(crate) fn function(
        &self,
        database: &str,
        name: &str,
    ) -> Result<UserDefinedFunction, Error> {
        self.platform
            .store
            .read(|connection| find(connection, &fold(database), name))
    }

    /// A page of the functions whose whole names match the pattern, by database and name.
    pub(crate) fn functions_page(
        &self,
        query: &FunctionQuery<'_>,
        page: &Page,
    ) -> Result<(Vec<UserDefinedFunction>, Option<String>), Error> {
        let pattern = Regex::new(&format!("(?i)^(?:{})$", query.pattern.replace('*', ".*")))
            .map_err(|_| {
                Error::InvalidInput(format!("Invalid function pattern: {}", query.pattern))
            })?;
        let entries = self.platform.store.read(|connection| {
            let databases = match query.database {
                Some(name) => vec![databases::find(connection, &fold(name))?.name],
                None => databases::names(connection)?,
            };
            let mut found = Vec::new();
            for database in databases {
                for function in FUNCTIONS.list(connection, &database)? {
                    let name = function.function_name.clone().unwrap_or_default();
                    let is_wanted = pattern.is_match(&name)
                        && query
                            .kind
                            .is_none_or(|kind| function.function_type == Some(kind));
                    let key = format!("{database}\0{}", fold(&name));
                    if is_wanted && page.after.as_ref().is_none_or(|after| key > *after) {
                        found.push((key, function));
                    }
                }
            }
            found.truncate(page.limit + 1);
            Ok::<_, Error>(found)
        })?;
        Ok(page.cut(entries))
    }

    /// Replaces a function, and may give it another name.
    pub(crate) fn update_function(
        &self,
        database: &str,
        name: &str,
        input: UserDefinedFunctionInput,
    ) -> Result<(), Error> {
        let database = fold(database);
        self.platform.store.write(|tx| {
            let current = find(tx, &database, name)?;
            let function = UserDefinedFunction {
                create_time: current.create_time,
                ..self.filled_in_function(
                    &database,
                    UserDefinedFunctionInput {
                        function_name: input.function_name.clone().or(current.function_name),
                        ..input
                    },
                )
            };
            let new = fold(function.function_name.as_deref().unwrap_or(name));
            if new != fold(name) && FUNCTIONS.get(tx, &database, &new)?.is_some() {
                return Err(Error::AlreadyExists("Function already exists.".to_owned()));
            }
            FUNCTIONS.delete(tx, &database, &fold(name))?;
            Ok(FUNCTIONS.put(tx, &database, &new, &function)?)
        })
    }

    pub(crate) fn delete_function(&self, database: &str, name: &str) -> Result<(), Error> {
        let database = fold(database);
        self.platform.store.write(|tx| {
            find(tx, &database, name)?;
            FUNCTIONS.delete(tx, &database, &fold(name))?;
            Ok(())
        })
    }

    fn filled_in_function(
        &self,
        database: &str,
        input: UserDefinedFunctionInput,
    ) -> UserDefinedFunction {
        UserDefinedFunction {
            function_name: input.function_name,
            database_name: Some(database.to_owned()),
            class_name: input.class_name,
            owner_name: input.owner_name,
            function_type: input.function_type,
            owner_type: input.owner_type,
            create_time: None,
            resource_uris: input.resource_uris,
            artifact_location: input.artifact_location,
            governance_mode: input.governance_mode,
            catalog_id: self.catalog_id(),
        }
    }
}
