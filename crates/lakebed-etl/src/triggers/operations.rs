//! The operations of Glue's triggers API.

use std::collections::BTreeSet;

use lakebed_catalog::Taggable;
use lakebed_core::{CallContext, Transaction};
use lakebed_wire::glue::{
    BatchGetTriggersRequest, BatchGetTriggersResponse, CreateTriggerRequest, CreateTriggerResponse,
    DeleteTriggerRequest, DeleteTriggerResponse, Error, GetTriggerRequest, GetTriggerResponse,
    GetTriggersRequest, GetTriggersResponse, ListTriggersRequest, ListTriggersResponse,
    StartTriggerRequest, StartTriggerResponse, StopTriggerRequest, StopTriggerResponse, Trigger,
    TriggerOperations, TriggerState, TriggerType, UpdateTriggerRequest, UpdateTriggerResponse,
};

use super::records::{self, Record, TRIGGERS};
use super::{Triggers, definition};
use crate::jobs::internal;
use crate::operations::paging::{self, Page};
use crate::workflows::{self, WorkflowFailure, refused};

/// The most triggers one answer holds.
const PAGE: usize = 200;

impl TriggerOperations for Triggers {
    async fn create_trigger(
        &self,
        _: &CallContext,
        request: CreateTriggerRequest,
    ) -> Result<CreateTriggerResponse, Error> {
        let record = Record {
            trigger: definition::create(&request)?,
            met: BTreeSet::new(),
        };
        self.shared.platform.store.write(|transaction| {
            if !TRIGGERS.insert(transaction, "", &request.name, &record)? {
                let message = format!("Trigger with name {} already exists", request.name);
                return Err(refused(Error::already_exists(message)));
            }
            if let Some(workflow) = &request.workflow_name {
                check_workflow(transaction, workflow)?;
            }
            let tags = request.tags.clone();
            Ok(Taggable::Trigger.keep(transaction, &request.name, tags)?)
        })?;
        self.shared.changed.notify_one();
        Ok(CreateTriggerResponse {
            name: Some(request.name),
        })
    }

    async fn get_trigger(
        &self,
        _: &CallContext,
        request: GetTriggerRequest,
    ) -> Result<GetTriggerResponse, Error> {
        let record = records::find(&self.shared.platform.store, &request.name)?;
        Ok(GetTriggerResponse {
            trigger: Some(record.trigger),
        })
    }

    async fn get_triggers(
        &self,
        _: &CallContext,
        request: GetTriggersRequest,
    ) -> Result<GetTriggersResponse, Error> {
        let triggers = self.starting(request.dependent_job_name.as_deref())?;
        let page = page(triggers, request.next_token.as_deref(), request.max_results)?;
        Ok(GetTriggersResponse {
            triggers: Some(page.items),
            next_token: page.next,
        })
    }

    async fn list_triggers(
        &self,
        _: &CallContext,
        request: ListTriggersRequest,
    ) -> Result<ListTriggersResponse, Error> {
        let mut triggers = self.starting(request.dependent_job_name.as_deref())?;
        if let Some(wanted) = request.tags.filter(|wanted| !wanted.is_empty()) {
            let mut tagged = Vec::new();
            for trigger in triggers {
                let name = trigger.name.as_deref().unwrap_or_default();
                let has_tags = self
                    .shared
                    .platform
                    .store
                    .read(|connection| Taggable::Trigger.has(connection, name, &wanted))
                    .map_err(internal)?;
                if has_tags {
                    tagged.push(trigger);
                }
            }
            triggers = tagged;
        }
        let page = page(triggers, request.next_token.as_deref(), request.max_results)?;
        let names = page.items.into_iter().filter_map(|trigger| trigger.name);
        Ok(ListTriggersResponse {
            trigger_names: Some(names.collect()),
            next_token: page.next,
        })
    }

    async fn batch_get_triggers(
        &self,
        _: &CallContext,
        request: BatchGetTriggersRequest,
    ) -> Result<BatchGetTriggersResponse, Error> {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for name in request.trigger_names {
            match records::find(&self.shared.platform.store, &name) {
                Ok(record) => found.push(record.trigger),
                Err(Error::EntityNotFoundException { .. }) => missing.push(name),
                Err(error) => return Err(error),
            }
        }
        Ok(BatchGetTriggersResponse {
            triggers: Some(found),
            triggers_not_found: Some(missing),
        })
    }

    async fn update_trigger(
        &self,
        _: &CallContext,
        request: UpdateTriggerRequest,
    ) -> Result<UpdateTriggerResponse, Error> {
        let trigger = self.change(&request.name, |trigger| {
            definition::update(trigger, request.trigger_update.clone())
        })?;
        Ok(UpdateTriggerResponse {
            trigger: Some(trigger),
        })
    }

    /// "If the trigger is not found, no exception is thrown", DeleteTrigger API page.
    async fn delete_trigger(
        &self,
        _: &CallContext,
        request: DeleteTriggerRequest,
    ) -> Result<DeleteTriggerResponse, Error> {
        self.shared
            .platform
            .store
            .write(|transaction| {
                Taggable::Trigger.forget(transaction, &request.name)?;
                TRIGGERS.delete(transaction, "", &request.name)
            })
            .map_err(internal)?;
        self.shared.changed.notify_one();
        Ok(DeleteTriggerResponse {
            name: Some(request.name),
        })
    }

    /// Fires a trigger on demand; lets others fire by themselves.
    async fn start_trigger(
        &self,
        _: &CallContext,
        request: StartTriggerRequest,
    ) -> Result<StartTriggerResponse, Error> {
        let Record { trigger, .. } = records::find(&self.shared.platform.store, &request.name)?;
        if trigger.r#type == Some(TriggerType::OnDemand) {
            self.fire(&trigger)?;
        } else {
            self.change(&request.name, |trigger| {
                Ok(Trigger {
                    state: Some(TriggerState::Activated),
                    ..trigger
                })
            })?;
        }
        Ok(StartTriggerResponse {
            name: Some(request.name),
        })
    }

    async fn stop_trigger(
        &self,
        _: &CallContext,
        request: StopTriggerRequest,
    ) -> Result<StopTriggerResponse, Error> {
        self.change(&request.name, |trigger| {
            if trigger.r#type == Some(TriggerType::OnDemand) {
                return Err(Error::invalid_input(
                    "an ON_DEMAND trigger is never active and cannot be stopped",
                ));
            }
            Ok(Trigger {
                state: Some(TriggerState::Deactivated),
                ..trigger
            })
        })?;
        Ok(StopTriggerResponse {
            name: Some(request.name),
        })
    }
}

impl Triggers {
    /// Changes a trigger, which begins anew to wait for its conditions.
    fn change(
        &self,
        name: &str,
        change: impl FnOnce(Trigger) -> Result<Trigger, Error>,
    ) -> Result<Trigger, Error> {
        let changed = self.shared.platform.store.write(|transaction| {
            let Some(record) = TRIGGERS.get(transaction, "", name)? else {
                return Ok(Err(records::not_found(name)));
            };
            let trigger = match change(record.trigger) {
                Ok(trigger) => trigger,
                Err(refused) => return Ok(Err(refused)),
            };
            let record = Record {
                trigger: trigger.clone(),
                met: BTreeSet::new(),
            };
            TRIGGERS.put(transaction, "", name, &record)?;
            Ok(Ok(trigger))
        });
        let trigger = changed.map_err(internal)??;
        self.shared.changed.notify_one();
        Ok(trigger)
    }

    /// The triggers that start a job, in the order of their names; all if none is named.
    ///
    /// # Errors
    /// `EntityNotFoundException` if no trigger starts the job.
    fn starting(&self, job: Option<&str>) -> Result<Vec<Trigger>, Error> {
        let records = records::all(&self.shared.platform.store).map_err(internal)?;
        let mut triggers: Vec<_> = records.into_iter().map(|record| record.trigger).collect();
        if let Some(job) = job {
            triggers.retain(|trigger| {
                let mut actions = trigger.actions.iter().flatten();
                actions.any(|action| action.job_name.as_deref() == Some(job))
            });
            if triggers.is_empty() {
                return Err(Error::entity_not_found(format!(
                    "no trigger starts the job {job}"
                )));
            }
        }
        Ok(triggers)
    }
}

/// "Only one starting trigger is permitted" ("Blueprint and workflow restrictions"), with the new
/// one among those that are there.
///
/// # Errors
/// `EntityNotFoundException` if there is no such workflow, `InvalidInputException` if it would begin
/// by two triggers.
fn check_workflow(transaction: &Transaction<'_>, name: &str) -> Result<(), WorkflowFailure> {
    workflows::find(transaction, name)?;
    let triggers = workflows::triggers(transaction, name)?;
    let starting: Vec<_> = triggers
        .iter()
        .filter(|trigger| workflows::starts(trigger))
        .filter_map(|trigger| trigger.name.as_deref())
        .collect();
    if starting.len() > 1 {
        return Err(refused(Error::invalid_input(format!(
            "workflow {name} can have one start trigger only, not {}",
            starting.join(" and ")
        ))));
    }
    Ok(())
}

/// The triggers whose names come after the one the token tells.
fn page(
    mut triggers: Vec<Trigger>,
    token: Option<&str>,
    asked: Option<i32>,
) -> Result<Page<Trigger>, Error> {
    if let Some(token) = token {
        let last = paging::read_token(token)?;
        triggers.retain(|trigger| {
            trigger
                .name
                .as_deref()
                .is_some_and(|name| name > last.as_str())
        });
    }
    let size = paging::size(asked, PAGE);
    let more = triggers.len() > size;
    triggers.truncate(size);
    let next = match triggers.last().and_then(|trigger| trigger.name.as_deref()) {
        Some(last) if more => Some(paging::write_token(last)),
        _ => None,
    };
    Ok(Page {
        items: triggers,
        next,
    })
}
