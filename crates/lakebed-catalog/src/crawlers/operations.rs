//! The operations of the wire, as thin shells around [`Crawlers`]' methods.

use lakebed_core::CallContext;
use lakebed_wire::glue::{self, *};

use super::records::find;
use super::{Crawlers, history};
use crate::Error;
use crate::paging::Page;

type Answer<T> = Result<T, glue::Error>;

impl CrawlerOperations for Crawlers {
    async fn create_crawler(
        &self,
        _: &CallContext,
        request: CreateCrawlerRequest,
    ) -> Answer<CreateCrawlerResponse> {
        self.create(request)?;
        Ok(CreateCrawlerResponse::default())
    }
    async fn get_crawler(
        &self,
        _: &CallContext,
        request: GetCrawlerRequest,
    ) -> Answer<GetCrawlerResponse> {
        Ok(GetCrawlerResponse {
            crawler: Some(self.crawler(&request.name)?),
        })
    }
    async fn get_crawlers(
        &self,
        _: &CallContext,
        request: GetCrawlersRequest,
    ) -> Answer<GetCrawlersResponse> {
        let page = Page::requested(request.next_token.as_deref(), request.max_results, 100)?;
        let (crawlers, next_token) = self.crawlers_page(&page)?;
        Ok(GetCrawlersResponse {
            crawlers: Some(crawlers),
            next_token,
        })
    }
    async fn list_crawlers(
        &self,
        _: &CallContext,
        request: ListCrawlersRequest,
    ) -> Answer<ListCrawlersResponse> {
        let page = Page::requested(request.next_token.as_deref(), request.max_results, 100)?;
        let (crawlers, next_token) = self.crawlers_page(&page)?;
        let names = crawlers.into_iter().filter_map(|crawler| crawler.name);
        Ok(ListCrawlersResponse {
            crawler_names: Some(self.tagged(names, &request.tags.unwrap_or_default())?),
            next_token,
        })
    }
    async fn batch_get_crawlers(
        &self,
        _: &CallContext,
        request: BatchGetCrawlersRequest,
    ) -> Answer<BatchGetCrawlersResponse> {
        let mut crawlers = Vec::new();
        let mut missing = Vec::new();
        for name in request.crawler_names {
            match self.crawler(&name).map_err(glue::Error::from) {
                Ok(crawler) => crawlers.push(crawler),
                Err(glue::Error::EntityNotFoundException { .. }) => missing.push(name),
                Err(error) => return Err(error),
            }
        }
        Ok(BatchGetCrawlersResponse {
            crawlers: Some(crawlers),
            crawlers_not_found: Some(missing),
        })
    }
    async fn update_crawler(
        &self,
        _: &CallContext,
        request: UpdateCrawlerRequest,
    ) -> Answer<UpdateCrawlerResponse> {
        self.update(request)?;
        Ok(UpdateCrawlerResponse::default())
    }
    async fn delete_crawler(
        &self,
        _: &CallContext,
        request: DeleteCrawlerRequest,
    ) -> Answer<DeleteCrawlerResponse> {
        self.delete(&request.name)?;
        Ok(DeleteCrawlerResponse::default())
    }
    async fn start_crawler(
        &self,
        _: &CallContext,
        request: StartCrawlerRequest,
    ) -> Answer<StartCrawlerResponse> {
        self.start(&request.name)?;
        Ok(StartCrawlerResponse::default())
    }
    async fn stop_crawler(
        &self,
        _: &CallContext,
        request: StopCrawlerRequest,
    ) -> Answer<StopCrawlerResponse> {
        self.stop(&request.name)?;
        Ok(StopCrawlerResponse::default())
    }
    async fn update_crawler_schedule(
        &self,
        _: &CallContext,
        request: UpdateCrawlerScheduleRequest,
    ) -> Answer<UpdateCrawlerScheduleResponse> {
        self.reschedule(&request.crawler_name, request.schedule.as_deref())?;
        Ok(UpdateCrawlerScheduleResponse::default())
    }
    async fn start_crawler_schedule(
        &self,
        _: &CallContext,
        request: StartCrawlerScheduleRequest,
    ) -> Answer<StartCrawlerScheduleResponse> {
        self.resume_schedule(&request.crawler_name)?;
        Ok(StartCrawlerScheduleResponse::default())
    }
    async fn stop_crawler_schedule(
        &self,
        _: &CallContext,
        request: StopCrawlerScheduleRequest,
    ) -> Answer<StopCrawlerScheduleResponse> {
        self.suspend_schedule(&request.crawler_name)?;
        Ok(StopCrawlerScheduleResponse::default())
    }
    async fn get_crawler_metrics(
        &self,
        _: &CallContext,
        request: GetCrawlerMetricsRequest,
    ) -> Answer<GetCrawlerMetricsResponse> {
        let page = Page::requested(request.next_token.as_deref(), request.max_results, 100)?;
        let (names, next_token) = match request.crawler_name_list {
            Some(names) if !names.is_empty() => {
                for name in &names {
                    self.crawler(name)?;
                }
                (names, None)
            }
            _ => {
                let (crawlers, next) = self.crawlers_page(&page)?;
                (
                    crawlers
                        .into_iter()
                        .filter_map(|crawler| crawler.name)
                        .collect(),
                    next,
                )
            }
        };
        let mut metrics = Vec::with_capacity(names.len());
        for name in names {
            let crawls = self
                .platform
                .store
                .read(|connection| history::crawls(connection, &name))
                .map_err(Error::from)?;
            let so_far = self.progress(&name);
            let now = self.platform.clock.now();
            metrics.push(history::metrics(&name, &crawls, so_far.as_deref(), now));
        }
        Ok(GetCrawlerMetricsResponse {
            crawler_metrics_list: Some(metrics),
            next_token,
        })
    }
    async fn list_crawls(
        &self,
        _: &CallContext,
        request: ListCrawlsRequest,
    ) -> Answer<ListCrawlsResponse> {
        let page = Page::requested(request.next_token.as_deref(), request.max_results, 20)?;
        let crawls = self.platform.store.read(|connection| {
            find(connection, &request.crawler_name)?;
            Ok::<_, super::error::CrawlerError>(history::crawls(connection, &request.crawler_name)?)
        })?;
        let mut entries = Vec::new();
        for crawl in crawls {
            let mut passes = page.after.as_ref().is_none_or(|after| crawl.key() < *after);
            for filter in request.filters.iter().flatten() {
                passes &= crawl.passes(filter).map_err(glue::Error::invalid_input)?;
            }
            if passes {
                entries.push((crawl.key(), crawl));
            }
        }
        let (crawls, next_token) = page.cut(entries);
        Ok(ListCrawlsResponse {
            crawls: Some(
                crawls
                    .into_iter()
                    .map(history::Crawl::into_history)
                    .collect(),
            ),
            next_token,
        })
    }
    async fn create_classifier(
        &self,
        _: &CallContext,
        request: CreateClassifierRequest,
    ) -> Answer<CreateClassifierResponse> {
        self.new_classifier(request)?;
        Ok(CreateClassifierResponse::default())
    }
    async fn get_classifier(
        &self,
        _: &CallContext,
        request: GetClassifierRequest,
    ) -> Answer<GetClassifierResponse> {
        Ok(GetClassifierResponse {
            classifier: Some(self.classifier(&request.name)?),
        })
    }
    async fn get_classifiers(
        &self,
        _: &CallContext,
        request: GetClassifiersRequest,
    ) -> Answer<GetClassifiersResponse> {
        let page = Page::requested(request.next_token.as_deref(), request.max_results, 100)?;
        let (classifiers, next_token) = self.classifiers_page(&page)?;
        Ok(GetClassifiersResponse {
            classifiers: Some(classifiers),
            next_token,
        })
    }
    async fn update_classifier(
        &self,
        _: &CallContext,
        request: UpdateClassifierRequest,
    ) -> Answer<UpdateClassifierResponse> {
        self.change_classifier(request)?;
        Ok(UpdateClassifierResponse::default())
    }
    async fn delete_classifier(
        &self,
        _: &CallContext,
        request: DeleteClassifierRequest,
    ) -> Answer<DeleteClassifierResponse> {
        self.remove_classifier(&request.name)?;
        Ok(DeleteClassifierResponse::default())
    }
}
