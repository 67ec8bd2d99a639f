//! Crawlers as they are kept: made, changed, removed.

use lakebed_core::{Connection, Documents};
use lakebed_wire::glue::{
    Crawler, CrawlerLineageSettings, CrawlerState, CreateCrawlerRequest, DeleteBehavior,
    LakeFormationConfiguration, LineageConfiguration, RecrawlBehavior, RecrawlPolicy,
    SchemaChangePolicy, UpdateBehavior, UpdateCrawlerRequest,
};

use super::Crawlers;
use super::error::CrawlerError;
use super::history;
use super::schedule::schedule_of;
use super::settings::{Settings, recrawls_new_folders_only};
use crate::Error;
use crate::classifiers;
use crate::paging::Page;
use crate::tags::{Taggable, Tags};

pub(super) const CRAWLERS: Documents<Crawler> = Documents::of("glue.crawler");

pub(super) type Result<T, E = CrawlerError> = std::result::Result<T, E>;

impl Crawlers {
    /// Keeps a new crawler, ready to start.
    pub(super) fn create(&self, request: CreateCrawlerRequest) -> Result<()> {
        let now = Some(self.platform.clock.now());
        let schedule = schedule_of(request.schedule.as_deref())?;
        let new_folders_only = request.recrawl_policy.as_ref().is_some_and(|policy| {
            policy.recrawl_behavior == Some(RecrawlBehavior::CrawlNewFoldersOnly)
        });
        let crawler = Crawler {
            name: Some(request.name.clone()),
            role: Some(request.role),
            targets: Some(request.targets),
            database_name: request.database_name,
            description: request.description,
            classifiers: Some(request.classifiers.unwrap_or_default()),
            recrawl_policy: Some(recrawl_policy(request.recrawl_policy)),
            schema_change_policy: Some(match request.schema_change_policy {
                // "It forces the update behavior and delete behavior of the crawler to LOG".
                None if new_folders_only => SchemaChangePolicy {
                    update_behavior: Some(UpdateBehavior::Log),
                    delete_behavior: Some(DeleteBehavior::Log),
                },
                policy => schema_change_policy(policy),
            }),
            lineage_configuration: Some(lineage(request.lineage_configuration)),
            state: Some(CrawlerState::Ready),
            table_prefix: request.table_prefix,
            schedule,
            crawl_elapsed_time: Some(0),
            creation_time: now,
            last_updated: now,
            last_crawl: None,
            version: Some(1),
            configuration: request.configuration,
            crawler_security_configuration: request.crawler_security_configuration,
            lake_formation_configuration: Some(request.lake_formation_configuration.unwrap_or(
                LakeFormationConfiguration {
                    use_lake_formation_credentials: Some(false),
                    account_id: Some(String::new()),
                },
            )),
            ..Default::default()
        };
        self.platform.store.write(|tx| {
            self.check(tx, &crawler)?;
            if CRAWLERS.insert(tx, "", &request.name, &crawler)? {
                Ok(Taggable::Crawler.keep(tx, &request.name, request.tags)?)
            } else {
                let message = format!("Crawler with name {} already exists", request.name);
                Err(CrawlerError::from(Error::AlreadyExists(message)))
            }
        })?;
        self.scheduler.look_again();
        Ok(())
    }

    /// The crawler of this name, with the time its crawl takes so far.
    pub(super) fn crawler(&self, name: &str) -> Result<Crawler> {
        let crawler = self
            .platform
            .store
            .read(|connection| find(connection, name))?;
        Ok(self.with_elapsed_time(crawler))
    }

    /// Those of the crawlers that have all these tags.
    pub(super) fn tagged(
        &self,
        names: impl Iterator<Item = String>,
        tags: &Tags,
    ) -> Result<Vec<String>> {
        self.platform.store.read(|connection| {
            let mut tagged = Vec::new();
            for name in names {
                if Taggable::Crawler.has(connection, &name, tags)? {
                    tagged.push(name);
                }
            }
            Ok(tagged)
        })
    }

    /// A page of the crawlers, by name.
    pub(super) fn crawlers_page(&self, page: &Page) -> Result<(Vec<Crawler>, Option<String>)> {
        let entries = self.platform.store.read(|connection| {
            CRAWLERS.page(connection, "", page.after.as_deref(), page.limit + 1)
        })?;
        let (crawlers, next) = page.cut(entries);
        let crawlers = crawlers
            .into_iter()
            .map(|crawler| self.with_elapsed_time(crawler))
            .collect();
        Ok((crawlers, next))
    }

    /// Changes what the request names and leaves the rest.
    pub(super) fn update(&self, request: UpdateCrawlerRequest) -> Result<()> {
        let schedule = schedule_of(request.schedule.as_deref())?;
        let now = Some(self.platform.clock.now());
        self.platform.store.write(|tx| {
            let current = find(tx, &request.name)?;
            refuse_unless_ready(&current, "update")?;
            refuse_other_targets(&current, &request)?;
            let crawler = Crawler {
                role: request.role.or(current.role),
                targets: request.targets.or(current.targets),
                database_name: request.database_name.or(current.database_name),
                description: request.description.or(current.description),
                classifiers: request.classifiers.or(current.classifiers),
                recrawl_policy: request.recrawl_policy.or(current.recrawl_policy),
                schema_change_policy: request
                    .schema_change_policy
                    .map(|policy| schema_change_policy(Some(policy)))
                    .or(current.schema_change_policy),
                lineage_configuration: request
                    .lineage_configuration
                    .or(current.lineage_configuration),
                table_prefix: request.table_prefix.or(current.table_prefix),
                schedule: match request.schedule {
                    Some(_) => schedule,
                    None => current.schedule,
                },
                configuration: request.configuration.or(current.configuration),
                crawler_security_configuration: request
                    .crawler_security_configuration
                    .or(current.crawler_security_configuration),
                lake_formation_configuration: request
                    .lake_formation_configuration
                    .or(current.lake_formation_configuration),
                last_updated: now,
                version: current.version.map(|version| version + 1),
                ..current
            };
            self.check(tx, &crawler)?;
            Ok::<_, CrawlerError>(CRAWLERS.put(tx, "", &request.name, &crawler)?)
        })?;
        self.scheduler.look_again();
        Ok(())
    }

    /// Forgets a crawler and its history. The tables it made stay.
    pub(super) fn delete(&self, name: &str) -> Result<()> {
        self.platform.store.write(|tx| {
            refuse_unless_ready(&find(tx, name)?, "delete")?;
            history::CRAWLS.delete_scope(tx, name)?;
            CRAWLERS.delete(tx, "", name)?;
            Ok(Taggable::Crawler.forget(tx, name)?)
        })
    }

    /// Refuses definitions that could not run, and classifiers that are not there.
    fn check(&self, connection: &Connection, crawler: &Crawler) -> Result<()> {
        Settings::of(crawler).map_err(Error::InvalidInput)?;
        let account = crawler
            .lake_formation_configuration
            .as_ref()
            .and_then(|configuration| configuration.account_id.as_deref())
            .filter(|account| !account.is_empty() && *account != self.platform.account().as_str());
        if let Some(account) = account {
            let message =
                format!("Crawling data of another account is not supported, got {account}");
            return Err(Error::InvalidInput(message).into());
        }
        for name in crawler.classifiers.iter().flatten() {
            if !classifiers::exists(connection, name)? {
                let message = format!("Classifier entry with name {name} does not exist");
                return Err(Error::NotFound(message).into());
            }
        }
        Ok(())
    }

    fn with_elapsed_time(&self, crawler: Crawler) -> Crawler {
        let started = match crawler.state {
            Some(CrawlerState::Running | CrawlerState::Stopping) => self.started(&crawler),
            Some(CrawlerState::Ready) | None => None,
        };
        let elapsed = started.map_or(0, |started| {
            let elapsed = self.platform.clock.now().since(started);
            i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
        });
        Crawler {
            crawl_elapsed_time: Some(elapsed),
            ..crawler
        }
    }
}

/// The crawler of this name.
pub(super) fn find(connection: &Connection, name: &str) -> Result<Crawler> {
    CRAWLERS.get(connection, "", name)?.ok_or_else(|| {
        Error::NotFound(format!("Crawler entry with name {name} does not exist")).into()
    })
}

/// A crawler of new folders only keeps its targets: what it has seen is what they hold.
fn refuse_other_targets(current: &Crawler, request: &UpdateCrawlerRequest) -> Result<()> {
    let stays = request
        .recrawl_policy
        .as_ref()
        .is_none_or(|policy| policy.recrawl_behavior == Some(RecrawlBehavior::CrawlNewFoldersOnly));
    let selected = recrawls_new_folders_only(current).map_err(Error::InvalidInput)?;
    let changed = request.targets.is_some() && request.targets != current.targets;
    if selected && stays && changed {
        let message = "Amazon S3 target is immutable when Crawl new folders only is selected";
        return Err(Error::InvalidInput(message.to_owned()).into());
    }
    Ok(())
}

fn refuse_unless_ready(crawler: &Crawler, action: &str) -> Result<()> {
    match crawler.state {
        Some(CrawlerState::Ready) | None => Ok(()),
        Some(CrawlerState::Running | CrawlerState::Stopping) => {
            Err(CrawlerError::Running(format!(
                "Cannot {action} Crawler while running. Please stop crawl or wait until it completes to {action}."
            )))
        }
    }
}

fn schema_change_policy(policy: Option<SchemaChangePolicy>) -> SchemaChangePolicy {
    let policy = policy.unwrap_or_default();
    SchemaChangePolicy {
        update_behavior: policy
            .update_behavior
            .or(Some(UpdateBehavior::UpdateInDatabase)),
        delete_behavior: policy
            .delete_behavior
            .or(Some(DeleteBehavior::DeprecateInDatabase)),
    }
}

fn recrawl_policy(policy: Option<RecrawlPolicy>) -> RecrawlPolicy {
    RecrawlPolicy {
        recrawl_behavior: policy
            .and_then(|policy| policy.recrawl_behavior)
            .or(Some(RecrawlBehavior::CrawlEverything)),
    }
}

fn lineage(configuration: Option<LineageConfiguration>) -> LineageConfiguration {
    configuration.unwrap_or(LineageConfiguration {
        crawler_lineage_settings: Some(CrawlerLineageSettings::Disable),
    })
}
