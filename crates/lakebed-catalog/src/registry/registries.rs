use lakebed_core::Transaction;
use lakebed_wire::glue::{
    CreateRegistryInput, CreateRegistryResponse, DeleteRegistryInput, DeleteRegistryResponse,
    GetRegistryInput, GetRegistryResponse, ListRegistriesInput, ListRegistriesResponse,
    RegistryListItem, RegistryStatus, UpdateRegistryInput, UpdateRegistryResponse,
};

use super::{
    DEFAULT_REGISTRY, REGISTRIES, Registry, SCHEMAS, check_name, find_registry, registry_name,
};
use crate::paging::Page;
use crate::tags::Taggable;
use crate::{Catalog, Error};

impl Catalog {
    /// # Errors
    /// [`Error::AlreadyExists`]; [`Error::InvalidInput`] for names with other characters.
    pub(crate) fn create_registry(
        &self,
        request: CreateRegistryInput,
    ) -> Result<CreateRegistryResponse, Error> {
        let CreateRegistryInput {
            registry_name: name,
            description,
            tags,
        } = request;
        check_name(&name, "registryName")?;
        let registry = self.new_registry(&name, description.clone());
        self.platform.store.write(|tx| {
            if !REGISTRIES.insert(tx, "", &name, &registry)? {
                return Err(Error::AlreadyExists(format!(
                    "Registry already exists. RegistryName: {name}"
                )));
            }
            Taggable::Registry.keep(tx, &name, tags.clone())
        })?;
        Ok(CreateRegistryResponse {
            registry_arn: Some(self.registry_arn(&name)),
            registry_name: Some(name),
            description,
            tags: Some(tags.unwrap_or_default()),
        })
    }

    fn new_registry(&self, name: &str, description: Option<String>) -> Registry {
        let now = self.moment();
        Registry {
            name: name.to_owned(),
            description,
            created: now.clone(),
            updated: now,
        }
    }

    /// Finds the registry a schema is made in; the default one comes with its first schema.
    pub(super) fn registry_for_schema(
        &self,
        tx: &Transaction<'_>,
        name: &str,
    ) -> Result<(), Error> {
        if name == DEFAULT_REGISTRY {
            let registry = self.new_registry(name, None);
            if REGISTRIES.insert(tx, "", name, &registry)? {
                Taggable::Registry.keep(tx, name, None)?;
            }
        }
        find_registry(tx, name).map(|_| ())
    }

    pub(crate) fn registry(
        &self,
        request: &GetRegistryInput,
    ) -> Result<GetRegistryResponse, Error> {
        let name = registry_name(&request.registry_id)?;
        let found = self
            .platform
            .store
            .read(|store| find_registry(store, &name))?;
        Ok(GetRegistryResponse {
            registry_arn: Some(self.registry_arn(&found.name)),
            registry_name: Some(found.name),
            description: found.description,
            status: Some(RegistryStatus::Available),
            created_time: Some(found.created),
            updated_time: Some(found.updated),
        })
    }

    pub(crate) fn registries(
        &self,
        request: &ListRegistriesInput,
    ) -> Result<ListRegistriesResponse, Error> {
        let page = Page::requested(request.next_token.as_deref(), request.max_results, 100)?;
        let found = self
            .platform
            .store
            .read(|store| REGISTRIES.page(store, "", page.after.as_deref(), page.limit + 1))?;
        let (registries, next_token) = page.cut(found);
        let registries = registries.into_iter().map(|found| RegistryListItem {
            registry_arn: Some(self.registry_arn(&found.name)),
            registry_name: Some(found.name),
            description: found.description,
            status: Some(RegistryStatus::Available),
            created_time: Some(found.created),
            updated_time: Some(found.updated),
        });
        Ok(ListRegistriesResponse {
            registries: Some(registries.collect()),
            next_token,
        })
    }

    pub(crate) fn update_registry(
        &self,
        request: UpdateRegistryInput,
    ) -> Result<UpdateRegistryResponse, Error> {
        let name = registry_name(&request.registry_id)?;
        self.platform.store.write(|tx| {
            let registry = Registry {
                description: Some(request.description),
                updated: self.moment(),
                ..find_registry(tx, &name)?
            };
            Ok::<_, Error>(REGISTRIES.put(tx, "", &name, &registry)?)
        })?;
        Ok(UpdateRegistryResponse {
            registry_arn: Some(self.registry_arn(&name)),
            registry_name: Some(name),
        })
    }

    /// Deletes a registry with all of its schemas and their versions.
    pub(crate) fn delete_registry(
        &self,
        request: &DeleteRegistryInput,
    ) -> Result<DeleteRegistryResponse, Error> {
        let name = registry_name(&request.registry_id)?;
        self.platform.store.write(|tx| {
            find_registry(tx, &name)?;
            for (_, schema) in SCHEMAS.page(tx, &name, None, usize::MAX)? {
                self.remove_schema(tx, &schema)?;
            }
            REGISTRIES.delete(tx, "", &name)?;
            Ok::<_, Error>(Taggable::Registry.forget(tx, &name)?)
        })?;
        Ok(DeleteRegistryResponse {
            registry_arn: Some(self.registry_arn(&name)),
            registry_name: Some(name),
            status: Some(RegistryStatus::Deleting),
        })
    }
}
