//! Rulesets as people keep them.

use lakebed_catalog::Taggable;
use lakebed_core::{Documents, Timestamp};
use lakebed_quality::Ruleset;
use lakebed_wire::glue::{
    CreateDataQualityRulesetRequest, DataQualityRulesetFilterCriteria,
    DataQualityRulesetListDetails, Error, GetDataQualityRulesetResponse,
    ListDataQualityRulesetsRequest, ListDataQualityRulesetsResponse,
    UpdateDataQualityRulesetRequest, UpdateDataQualityRulesetResponse,
};

use super::Quality;
use super::page::page;
use crate::jobs::internal;

/// Rulesets by name, as they are read back.
const RULESETS: Documents<GetDataQualityRulesetResponse> = Documents::of("glue.quality.ruleset");

/// Reads the text of a ruleset.
///
/// # Errors
/// `InvalidInputException` says where it is wrong.
pub(super) fn parse(text: &str) -> Result<Ruleset, Error> {
    Ruleset::parse(text)
        .map_err(|error| Error::invalid_input(format!("Ruleset is not valid DQDL: {error}")))
}

/// Keeps a new ruleset.
///
/// # Errors
/// `AlreadyExistsException` if the name is taken, `InvalidInputException` if it is not DQDL.
pub(super) fn create(
    quality: &Quality,
    request: CreateDataQualityRulesetRequest,
    recommendation_run_id: Option<String>,
) -> Result<String, Error> {
    parse(&request.ruleset)?;
    let platform = quality.platform();
    let now = platform.clock.now();
    let name = request.name;
    let ruleset = GetDataQualityRulesetResponse {
        name: Some(name.clone()),
        description: request.description,
        ruleset: Some(request.ruleset),
        target_table: request.target_table,
        created_on: Some(now),
        last_modified_on: Some(now),
        recommendation_run_id,
        data_quality_security_configuration: request.data_quality_security_configuration,
    };
    let added = platform.store.write(|transaction| {
        let added = RULESETS.insert(transaction, "", &name, &ruleset)?;
        if added {
            Taggable::DataQualityRuleset.keep(transaction, &name, request.tags)?;
        }
        Ok::<_, lakebed_catalog::Error>(added)
    })?;
    if !added {
        return Err(Error::already_exists(format!(
            "DataQualityRuleset {name} already exists."
        )));
    }
    Ok(name)
}

/// # Errors
/// `EntityNotFoundException` if there is none of that name.
pub(super) fn find(quality: &Quality, name: &str) -> Result<GetDataQualityRulesetResponse, Error> {
    quality
        .platform()
        .store
        .read(|connection| RULESETS.get(connection, "", name))
        .map_err(internal)?
        .ok_or_else(|| not_found(name))
}

fn not_found(name: &str) -> Error {
    Error::entity_not_found(format!("DataQualityRuleset {name} not found."))
}

/// Changes the members that are given.
///
/// # Errors
/// `EntityNotFoundException` if there is none of that name, `InvalidInputException` if the text is
/// not DQDL.
pub(super) fn update(
    quality: &Quality,
    request: UpdateDataQualityRulesetRequest,
) -> Result<UpdateDataQualityRulesetResponse, Error> {
    if let Some(text) = &request.ruleset {
        parse(text)?;
    }
    let platform = quality.platform();
    let mut ruleset = find(quality, &request.name)?;
    ruleset.ruleset = request.ruleset.or(ruleset.ruleset);
    ruleset.description = request.description.or(ruleset.description);
    ruleset.last_modified_on = Some(platform.clock.now());
    platform
        .store
        .write(|transaction| RULESETS.put(transaction, "", &request.name, &ruleset))
        .map_err(internal)?;
    Ok(UpdateDataQualityRulesetResponse {
        name: ruleset.name,
        description: ruleset.description,
        ruleset: ruleset.ruleset,
    })
}

/// # Errors
/// `EntityNotFoundException` if there is none of that name.
pub(super) fn delete(quality: &Quality, name: &str) -> Result<(), Error> {
    let found = quality
        .platform()
        .store
        .write(|transaction| {
            Taggable::DataQualityRuleset.forget(transaction, name)?;
            RULESETS.delete(transaction, "", name)
        })
        .map_err(internal)?;
    if found { Ok(()) } else { Err(not_found(name)) }
}

/// Rulesets by name, those that fit the filter.
///
/// # Errors
/// `InvalidInputException` if the token is none of ours.
pub(super) fn list(
    quality: &Quality,
    request: &ListDataQualityRulesetsRequest,
) -> Result<ListDataQualityRulesetsResponse, Error> {
    let tags = request.tags.clone().unwrap_or_default();
    let found = quality.platform().store.read(|connection| {
        let mut found = RULESETS.list(connection, "")?;
        let mut tagged = Vec::with_capacity(found.len());
        for ruleset in found.drain(..) {
            let name = ruleset.name.as_deref().unwrap_or_default();
            if Taggable::DataQualityRuleset.has(connection, name, &tags)? {
                tagged.push(ruleset);
            }
        }
        Ok::<_, lakebed_core::StoreError>(tagged)
    });
    let fitting = found
        .map_err(internal)?
        .into_iter()
        .filter(|ruleset| fits(ruleset, request.filter.as_ref()))
        .map(details)
        .collect();
    let (rulesets, next_token) = page(
        fitting,
        |ruleset| ruleset.name.as_deref(),
        request.next_token.as_deref(),
        request.max_results,
    )?;
    Ok(ListDataQualityRulesetsResponse {
        rulesets: Some(rulesets),
        next_token,
    })
}

fn details(ruleset: GetDataQualityRulesetResponse) -> DataQualityRulesetListDetails {
    let text = ruleset.ruleset.unwrap_or_default();
    let rules = Ruleset::parse(&text).map_or(0, |parsed| parsed.rule_count());
    DataQualityRulesetListDetails {
        name: ruleset.name,
        description: ruleset.description,
        created_on: ruleset.created_on,
        last_modified_on: ruleset.last_modified_on,
        target_table: ruleset.target_table,
        recommendation_run_id: ruleset.recommendation_run_id,
        rule_count: i32::try_from(rules).ok(),
    }
}

fn fits(
    ruleset: &GetDataQualityRulesetResponse,
    filter: Option<&DataQualityRulesetFilterCriteria>,
) -> bool {
    let Some(filter) = filter else {
        return true;
    };
    let equal =
        |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
    equal(&filter.name, &ruleset.name)
        && equal(&filter.description, &ruleset.description)
        && within(
            ruleset.created_on,
            filter.created_after,
            filter.created_before,
        )
        && within(
            ruleset.last_modified_on,
            filter.last_modified_after,
            filter.last_modified_before,
        )
        && filter.target_table.as_ref().is_none_or(|wanted| {
            ruleset.target_table.as_ref().is_some_and(|found| {
                found.table_name == wanted.table_name && found.database_name == wanted.database_name
            })
        })
}

/// Whether something happened between two points in time, where they are given.
pub(super) fn within(
    at: Option<Timestamp>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
) -> bool {
    let at = at.unwrap_or_default();
    after.is_none_or(|after| at > after) && before.is_none_or(|before| at < before)
}
