//! Workgroups: where results go, and what queries may do.

use lakebed_core::{CallContext, Documents, StoreError};
use lakebed_wire::athena::{
    CreateWorkGroupInput, CreateWorkGroupOutput, DeleteWorkGroupInput, DeleteWorkGroupOutput,
    EngineVersion, Error, GetWorkGroupInput, GetWorkGroupOutput, ListEngineVersionsInput,
    ListEngineVersionsOutput, ListWorkGroupsInput, ListWorkGroupsOutput, ResultConfiguration,
    ResultConfigurationUpdates, UpdateWorkGroupInput, UpdateWorkGroupOutput, WorkGroup,
    WorkGroupConfiguration, WorkGroupConfigurationUpdates, WorkGroupOperations, WorkGroupState,
    WorkGroupSummary,
};

use super::queries::{self, internal};
use super::{Athena, named_queries, prepared_statements, tags};
use crate::results::output::OutputFolder;

const WORKGROUPS: Documents<WorkGroup> = Documents::of("athena.workgroup");

/// The workgroup every account has.
pub(super) const PRIMARY: &str = "primary";
pub(super) const ENGINE_VERSION: &str = "Athena engine version 3";
const MAX_LISTED: usize = 50;

/// What a workgroup's configuration means to a query.
#[derive(Debug, Default)]
pub(super) struct Effective {
    pub(super) enforced: bool,
    pub(super) result: ResultConfiguration,
    pub(super) cutoff_bytes: Option<u64>,
}

impl Effective {
    /// Where results go and how: as the workgroup says if it enforces that and says so, else as the
    /// request does, else as the workgroup. Athena user guide, "Override client-side settings".
    pub(super) fn result_configuration(
        &self,
        requested: Option<&ResultConfiguration>,
    ) -> ResultConfiguration {
        let own = &self.result;
        match requested {
            Some(requested) if !self.enforced || own.output_location.is_none() => {
                let location = requested
                    .output_location
                    .as_ref()
                    .filter(|at| !at.is_empty());
                ResultConfiguration {
                    output_location: location.or(own.output_location.as_ref()).cloned(),
                    ..requested.clone()
                }
            }
            _ => own.clone(),
        }
    }
}

fn engine_version(selected: Option<EngineVersion>) -> EngineVersion {
    EngineVersion {
        selected_engine_version: Some(
            selected
                .and_then(|version| version.selected_engine_version)
                .unwrap_or_else(|| "AUTO".to_owned()),
        ),
        effective_engine_version: Some(ENGINE_VERSION.to_owned()),
    }
}

/// The primary workgroup as a new account has it.
fn primary() -> WorkGroup {
    WorkGroup {
        name: PRIMARY.to_owned(),
        state: Some(WorkGroupState::Enabled),
        configuration: Some(WorkGroupConfiguration {
            result_configuration: Some(ResultConfiguration::default()),
            enforce_work_group_configuration: Some(false),
            publish_cloud_watch_metrics_enabled: Some(false),
            requester_pays_enabled: Some(false),
            engine_version: Some(engine_version(None)),
            ..WorkGroupConfiguration::default()
        }),
        ..WorkGroup::default()
    }
}

fn not_found() -> Error {
    Athena::refusal("WorkGroup is not found.", "INVALID_INPUT")
}

fn without_empty_location(mut configuration: ResultConfiguration) -> ResultConfiguration {
    configuration.output_location = configuration
        .output_location
        .filter(|location| !location.is_empty());
    configuration
}

impl Athena {
    pub(super) fn workgroup(&self, name: &str) -> Result<WorkGroup, Error> {
        let kept = self
            .shared
            .platform
            .store
            .read(|connection| WORKGROUPS.get(connection, "", name))
            .map_err(internal)?;
        match kept {
            Some(workgroup) => Ok(workgroup),
            None if name == PRIMARY => Ok(primary()),
            None => Err(not_found()),
        }
    }

    /// Whether a workgroup has run queries or keeps some.
    fn is_in_use(&self, name: &str) -> Result<bool, Error> {
        let keeps = self
            .shared
            .platform
            .store
            .read(|connection| {
                Ok::<_, StoreError>(
                    named_queries::are_in(connection, name)?
                        || prepared_statements::are_in(connection, name)?,
                )
            })
            .map_err(internal)?;
        Ok(keeps || self.shared.history.has_queries(name).map_err(internal)?)
    }

    fn keep_workgroup(&self, workgroup: &WorkGroup) -> Result<(), Error> {
        self.shared
            .platform
            .store
            .write(|transaction| WORKGROUPS.put(transaction, "", &workgroup.name, workgroup))
            .map_err(internal)
    }

    /// What the workgroup means to a query.
    ///
    /// # Errors
    /// `InvalidRequestException` if it does not exist or is disabled.
    pub(super) fn effective_workgroup(&self, name: &str) -> Result<Effective, Error> {
        let workgroup = self.workgroup(name)?;
        if workgroup.state == Some(WorkGroupState::Disabled) {
            return Err(Self::refusal(
                format!("WorkGroup {name} is disabled"),
                "INVALID_INPUT",
            ));
        }
        let configuration = workgroup.configuration.unwrap_or_default();
        Ok(Effective {
            enforced: configuration
                .enforce_work_group_configuration
                .unwrap_or_default(),
            result: without_empty_location(configuration.result_configuration.unwrap_or_default()),
            cutoff_bytes: configuration
                .bytes_scanned_cutoff_per_query
                .and_then(|bytes| u64::try_from(bytes).ok()),
        })
    }
}

impl WorkGroupOperations for Athena {
    /// # Errors
    /// `InvalidRequestException` if there is one of that name.
    async fn create_work_group(
        &self,
        _: &CallContext,
        request: CreateWorkGroupInput,
    ) -> Result<CreateWorkGroupOutput, Error> {
        let tags = tags::read(request.tags.unwrap_or_default())?;
        let mut configuration = request.configuration.unwrap_or_default();
        check(&configuration)?;
        configuration.engine_version = Some(engine_version(configuration.engine_version));
        // Athena API reference, "WorkGroupConfiguration": new workgroups enforce and publish.
        configuration
            .enforce_work_group_configuration
            .get_or_insert(true);
        configuration
            .publish_cloud_watch_metrics_enabled
            .get_or_insert(false);
        configuration.requester_pays_enabled.get_or_insert(false);
        let workgroup = WorkGroup {
            name: request.name,
            state: Some(WorkGroupState::Enabled),
            configuration: Some(configuration),
            description: request.description,
            creation_time: Some(self.shared.platform.clock.now()),
            ..WorkGroup::default()
        };
        let added = self
            .shared
            .platform
            .store
            .write(|transaction| {
                let name = &workgroup.name;
                if name == PRIMARY || !WORKGROUPS.insert(transaction, "", name, &workgroup)? {
                    return Ok(false);
                }
                tags::keep(transaction, name, &tags)?;
                Ok::<_, StoreError>(true)
            })
            .map_err(internal)?;
        match added {
            true => Ok(CreateWorkGroupOutput {}),
            false => Err(Self::refusal(
                "WorkGroup is already created",
                "INVALID_INPUT",
            )),
        }
    }

    /// # Errors
    /// `InvalidRequestException` if there is none of that name.
    async fn get_work_group(
        &self,
        _: &CallContext,
        request: GetWorkGroupInput,
    ) -> Result<GetWorkGroupOutput, Error> {
        Ok(GetWorkGroupOutput {
            work_group: Some(self.workgroup(&request.work_group)?),
        })
    }

    async fn list_work_groups(
        &self,
        _: &CallContext,
        request: ListWorkGroupsInput,
    ) -> Result<ListWorkGroupsOutput, Error> {
        let mut all = self
            .shared
            .platform
            .store
            .read(|connection| WORKGROUPS.list(connection, ""))
            .map_err(internal)?;
        if !all.iter().any(|workgroup| workgroup.name == PRIMARY) {
            all.push(primary());
        }
        all.sort_by(|left, right| left.name.cmp(&right.name));
        if let Some(after) = &request.next_token {
            all.retain(|workgroup| workgroup.name > *after);
        }
        let limit = request
            .max_results
            .and_then(|max| usize::try_from(max).ok())
            .unwrap_or(MAX_LISTED);
        let more = all.len() > limit;
        all.truncate(limit);
        let next_token = match more {
            true => all.last().map(|workgroup| workgroup.name.clone()),
            false => None,
        };
        let summaries = all.into_iter().map(|workgroup| WorkGroupSummary {
            name: Some(workgroup.name),
            state: workgroup.state,
            description: workgroup.description,
            creation_time: workgroup.creation_time,
            engine_version: workgroup
                .configuration
                .and_then(|configuration| configuration.engine_version),
            ..WorkGroupSummary::default()
        });
        Ok(ListWorkGroupsOutput {
            work_groups: Some(summaries.collect()),
            next_token,
        })
    }

    /// # Errors
    /// `InvalidRequestException` if there is none of that name.
    async fn update_work_group(
        &self,
        _: &CallContext,
        request: UpdateWorkGroupInput,
    ) -> Result<UpdateWorkGroupOutput, Error> {
        let mut workgroup = self.workgroup(&request.work_group)?;
        if request.description.is_some() {
            workgroup.description = request.description;
        }
        if request.state.is_some() {
            workgroup.state = request.state;
        }
        if let Some(updates) = request.configuration_updates {
            update(workgroup.configuration.get_or_insert_default(), updates);
        }
        if let Some(configuration) = &workgroup.configuration {
            check(configuration)?;
        }
        self.keep_workgroup(&workgroup)?;
        Ok(UpdateWorkGroupOutput {})
    }

    /// # Errors
    /// `InvalidRequestException` for the primary workgroup, one that does not exist, and one that
    /// has queries unless it is deleted with them.
    async fn delete_work_group(
        &self,
        _: &CallContext,
        request: DeleteWorkGroupInput,
    ) -> Result<DeleteWorkGroupOutput, Error> {
        let name = &request.work_group;
        self.workgroup(name)?;
        if name == PRIMARY {
            return Err(Self::refusal(
                "The primary workgroup cannot be deleted",
                "INVALID_INPUT",
            ));
        }
        let recursive = request.recursive_delete_option.unwrap_or_default();
        if !recursive && self.is_in_use(name)? {
            return Err(Self::refusal(
                format!("WorkGroup {name} is not empty"),
                "INVALID_INPUT",
            ));
        }
        self.shared
            .platform
            .store
            .write(|transaction| {
                WORKGROUPS.delete(transaction, "", name)?;
                tags::remove(transaction, name)?;
                prepared_statements::remove_from(transaction, name)?;
                named_queries::remove_from(transaction, name)
            })
            .map_err(internal)?;
        Ok(DeleteWorkGroupOutput {})
    }

    async fn list_engine_versions(
        &self,
        _: &CallContext,
        _: ListEngineVersionsInput,
    ) -> Result<ListEngineVersionsOutput, Error> {
        let automatic = engine_version(None);
        let named = EngineVersion {
            selected_engine_version: Some(ENGINE_VERSION.to_owned()),
            ..automatic.clone()
        };
        Ok(ListEngineVersionsOutput {
            engine_versions: Some(vec![automatic, named]),
            next_token: None,
        })
    }
}

/// Refuses what would only look as if it worked.
///
/// # Errors
/// `InvalidRequestException`.
fn check(configuration: &WorkGroupConfiguration) -> Result<(), Error> {
    let result = configuration.result_configuration.as_ref();
    if let Some(location) = result.and_then(|result| result.output_location.as_deref())
        && !location.is_empty()
        && OutputFolder::parse(location).is_none()
    {
        return Err(Athena::refusal(
            "outputLocation is not a valid S3 path.",
            "INVALID_INPUT",
        ));
    }
    queries::encryption(result.and_then(|result| result.encryption_configuration.as_ref()))?;
    let managed = configuration.managed_query_results_configuration.as_ref();
    let refused = if managed.is_some_and(|managed| managed.enabled) {
        "ManagedQueryResultsConfiguration"
    } else if configuration
        .customer_content_encryption_configuration
        .is_some()
    {
        "CustomerContentEncryptionConfiguration"
    } else if configuration.identity_center_configuration.is_some() {
        "IdentityCenterConfiguration"
    } else {
        return Ok(());
    };
    Err(Athena::refusal(
        format!("lakebed does not support {refused} of workgroups"),
        "INVALID_INPUT",
    ))
}

/// Replaces what the updates name; what they say to remove goes.
fn update(configuration: &mut WorkGroupConfiguration, updates: WorkGroupConfigurationUpdates) {
    fn set<T>(field: &mut Option<T>, update: Option<T>) {
        if update.is_some() {
            *field = update;
        }
    }
    set(
        &mut configuration.enforce_work_group_configuration,
        updates.enforce_work_group_configuration,
    );
    set(
        &mut configuration.publish_cloud_watch_metrics_enabled,
        updates.publish_cloud_watch_metrics_enabled,
    );
    set(
        &mut configuration.requester_pays_enabled,
        updates.requester_pays_enabled,
    );
    set(
        &mut configuration.bytes_scanned_cutoff_per_query,
        updates.bytes_scanned_cutoff_per_query,
    );
    if updates.remove_bytes_scanned_cutoff_per_query == Some(true) {
        configuration.bytes_scanned_cutoff_per_query = None;
    }
    if updates.engine_version.is_some() {
        configuration.engine_version = Some(engine_version(updates.engine_version));
    }
    if let Some(result) = updates.result_configuration_updates {
        update_result(
            configuration.result_configuration.get_or_insert_default(),
            result,
        );
    }
}

fn update_result(configuration: &mut ResultConfiguration, updates: ResultConfigurationUpdates) {
    if updates.output_location.is_some() {
        configuration.output_location = updates.output_location;
    }
    if updates.remove_output_location == Some(true) {
        configuration.output_location = None;
    }
    if updates.encryption_configuration.is_some() {
        configuration.encryption_configuration = updates.encryption_configuration;
    }
    if updates.remove_encryption_configuration == Some(true) {
        configuration.encryption_configuration = None;
    }
}
