//! Who is told of what happens to a bucket's objects.

use lakebed_storage::BucketName;
use lakebed_storage::settings::{KeyFilter, NotificationRule, NotificationService, Notifications};
use s3s::dto::{
    Event, EventBridgeConfiguration, FilterRule, FilterRuleName,
    GetBucketNotificationConfigurationInput, GetBucketNotificationConfigurationOutput,
    LambdaFunctionConfiguration, NotificationConfiguration, NotificationConfigurationFilter,
    PutBucketNotificationConfigurationInput, PutBucketNotificationConfigurationOutput,
    QueueConfiguration, S3KeyFilter, TopicConfiguration,
};
use s3s::{S3Response, S3Result};
use uuid::Uuid;

use super::{change, settings_of};
use crate::s3::adapter::S3Adapter;
use crate::s3::convert::{malformed_xml, refusal};

pub(in crate::s3) async fn put(
    s3: &S3Adapter,
    input: PutBucketNotificationConfigurationInput,
) -> S3Result<S3Response<PutBucketNotificationConfigurationOutput>> {
    let bucket = BucketName::parse(&input.bucket).map_err(refusal)?;
    let bucket = s3.storage.head_bucket(&bucket).await.map_err(refusal)?;
    let notifications = notifications(input.notification_configuration)?
        .accept(&bucket.region)
        .map_err(refusal)?;
    change(s3, &input.bucket, |settings| {
        settings.notifications = notifications;
        Ok(())
    })
    .await?;
    Ok(S3Response::new(
        PutBucketNotificationConfigurationOutput::default(),
    ))
}

pub(in crate::s3) fn get(
    s3: &S3Adapter,
    input: &GetBucketNotificationConfigurationInput,
) -> S3Result<S3Response<GetBucketNotificationConfigurationOutput>> {
    let settings = settings_of(s3, &input.bucket)?;
    let notifications = &settings.notifications;
    let topics = documents(notifications, NotificationService::Sns, |fields| {
        TopicConfiguration {
            id: Some(fields.id),
            topic_arn: fields.arn,
            events: fields.events,
            filter: fields.filter,
        }
    });
    let queues = documents(notifications, NotificationService::Sqs, |fields| {
        QueueConfiguration {
            id: Some(fields.id),
            queue_arn: fields.arn,
            events: fields.events,
            filter: fields.filter,
        }
    });
    let functions = documents(notifications, NotificationService::Lambda, |fields| {
        LambdaFunctionConfiguration {
            id: Some(fields.id),
            lambda_function_arn: fields.arn,
            events: fields.events,
            filter: fields.filter,
        }
    });
    Ok(S3Response::new(GetBucketNotificationConfigurationOutput {
        event_bridge_configuration: notifications
            .event_bridge
            .then(EventBridgeConfiguration::default),
        topic_configurations: topics,
        queue_configurations: queues,
        lambda_function_configurations: functions,
    }))
}

/// What the three kinds of destinations say alike.
struct Fields {
    id: String,
    arn: String,
    events: Vec<Event>,
    filter: Option<NotificationConfigurationFilter>,
}

fn notifications(document: NotificationConfiguration) -> S3Result<Notifications> {
    let mut rules = Vec::new();
    for topic in document.topic_configurations.unwrap_or_default() {
        let (id, arn) = (topic.id, topic.topic_arn);
        let service = NotificationService::Sns;
        rules.push(rule(service, id, arn, topic.events, topic.filter)?);
    }
    for queue in document.queue_configurations.unwrap_or_default() {
        let (id, arn) = (queue.id, queue.queue_arn);
        let service = NotificationService::Sqs;
        rules.push(rule(service, id, arn, queue.events, queue.filter)?);
    }
    for function in document.lambda_function_configurations.unwrap_or_default() {
        let (id, arn) = (function.id, function.lambda_function_arn);
        let service = NotificationService::Lambda;
        rules.push(rule(service, id, arn, function.events, function.filter)?);
    }
    Ok(Notifications {
        rules,
        event_bridge: document.event_bridge_configuration.is_some(),
    })
}

fn rule(
    service: NotificationService,
    id: Option<String>,
    arn: String,
    events: Vec<Event>,
    filter: Option<NotificationConfigurationFilter>,
) -> S3Result<NotificationRule> {
    let mut keys = KeyFilter::default();
    let filter_rules = filter
        .and_then(|filter| filter.key)
        .and_then(|key| key.filter_rules);
    for filter_rule in filter_rules.unwrap_or_default() {
        let name = filter_rule.name.ok_or_else(malformed_xml)?;
        let value = filter_rule.value.unwrap_or_default();
        keys.add(name.as_str(), value).map_err(refusal)?;
    }
    Ok(NotificationRule {
        id: id
            .filter(|id| !id.is_empty())
            .unwrap_or_else(|| Uuid::new_v4().to_string()),
        service,
        arn,
        events: events.into_iter().map(String::from).collect(),
        filter: keys,
    })
}

/// The rules for one kind of destination, as `document` makes them; none if there are none.
fn documents<T>(
    notifications: &Notifications,
    service: NotificationService,
    document: impl Fn(Fields) -> T,
) -> Option<Vec<T>> {
    let rules = notifications
        .rules
        .iter()
        .filter(|rule| rule.service == service);
    let documents: Vec<T> = rules
        .map(|rule| {
            document(Fields {
                id: rule.id.clone(),
                arn: rule.arn.clone(),
                events: rule.events.iter().cloned().map(Event::from).collect(),
                filter: filter_document(&rule.filter),
            })
        })
        .collect();
    (!documents.is_empty()).then_some(documents)
}

fn filter_document(filter: &KeyFilter) -> Option<NotificationConfigurationFilter> {
    let named = [
        (FilterRuleName::PREFIX, &filter.prefix),
        (FilterRuleName::SUFFIX, &filter.suffix),
    ];
    let rules: Vec<FilterRule> = named
        .into_iter()
        .filter_map(|(name, value)| {
            Some(FilterRule {
                name: Some(FilterRuleName::from_static(name)),
                value: Some(value.clone()?),
            })
        })
        .collect();
    (!rules.is_empty()).then_some(NotificationConfigurationFilter {
        key: Some(S3KeyFilter {
            filter_rules: Some(rules),
        }),
    })
}
