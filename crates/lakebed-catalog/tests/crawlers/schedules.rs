use std::time::Duration;

use lakebed_wire::glue::{
    CrawlerOperations, CreateCrawlerRequest, GetCrawlerRequest, LastCrawlStatus, ScheduleState,
    StartCrawlerScheduleRequest, StopCrawlerScheduleRequest, UpdateCrawlerScheduleRequest,
};

use crate::bed::{Bed, crawler};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn scheduled(bed: &Bed) {
    bed.put("t/a.csv", "id,n\n1,2\n").await;
    bed.create(CreateCrawlerRequest {
        schedule: Some("cron(15 12 * * ? *)".to_owned()),
        ..crawler("c", &["t/"])
    })
    .await
    .unwrap();
    bed.crawlers.start_schedules();
}

/// Moves the clock and gives what was woken time to act.
async fn advance(bed: &Bed, by: Duration) {
    // The scheduler must sleep on the schedule before the clock is moved.
    tokio::time::sleep(Duration::from_millis(50)).await;
    bed.clock.advance(by);
    tokio::time::sleep(Duration::from_millis(50)).await;
}

async fn state(bed: &Bed) -> Option<ScheduleState> {
    let request = GetCrawlerRequest {
        name: "c".to_owned(),
    };
    let answer = bed.crawlers.get_crawler(&bed.context, request).await;
    answer.unwrap().crawler.unwrap().schedule.unwrap().state
}

#[tokio::test]
async fn a_crawler_runs_when_the_clock_passes_its_schedule() {
    let bed = Bed::new().await;
    scheduled(&bed).await;
    assert_eq!(state(&bed).await, Some(ScheduleState::Scheduled));
    assert_eq!(bed.get("c").await.last_crawl, None);
    advance(&bed, DAY).await;
    let first = bed.wait("c").await;
    assert_eq!(first.status, Some(LastCrawlStatus::Succeeded));
    advance(&bed, 7 * DAY).await;
    let later = bed.wait("c").await;
    let between = later.start_time.unwrap().since(first.start_time.unwrap());
    assert!(between >= 7 * DAY, "it ran again, once: {between:?}");
}

#[tokio::test]
async fn a_schedule_is_stopped_started_and_taken_away() {
    let bed = Bed::new().await;
    scheduled(&bed).await;
    let stop = || StopCrawlerScheduleRequest {
        crawler_name: "c".to_owned(),
    };
    let start = || StartCrawlerScheduleRequest {
        crawler_name: "c".to_owned(),
    };
    let update = |schedule: &str| UpdateCrawlerScheduleRequest {
        crawler_name: "c".to_owned(),
        schedule: Some(schedule.to_owned()),
    };
    let (crawlers, context) = (&bed.crawlers, &bed.context);

    let again = crawlers.start_crawler_schedule(context, start()).await;
    assert_eq!(again.unwrap_err().code(), "SchedulerRunningException");
    crawlers
        .stop_crawler_schedule(context, stop())
        .await
        .unwrap();
    assert_eq!(state(&bed).await, Some(ScheduleState::NotScheduled));
    let again = crawlers.stop_crawler_schedule(context, stop()).await;
    assert_eq!(again.unwrap_err().code(), "SchedulerNotRunningException");
    advance(&bed, DAY).await;
    assert_eq!(bed.get("c").await.last_crawl, None, "it is not started");

    crawlers
        .start_crawler_schedule(context, start())
        .await
        .unwrap();
    advance(&bed, DAY).await;
    bed.wait("c").await;

    let refused = crawlers.update_crawler_schedule(context, update("rate(1 day)"));
    assert_eq!(refused.await.unwrap_err().code(), "InvalidInputException");
    crawlers
        .update_crawler_schedule(context, update(""))
        .await
        .unwrap();
    assert_eq!(bed.get("c").await.schedule, None);
    let none = crawlers.start_crawler_schedule(context, start()).await;
    assert_eq!(none.unwrap_err().code(), "NoScheduleException");
    bed.close().await;
}
