use lakebed_core::{Arn, CallContext};
use lakebed_wire::logs::{
    self, CreateLogGroupOutput, CreateLogGroupRequest, DeleteLogGroupOutput, DeleteLogGroupRequest,
    DeleteRetentionPolicyOutput, DeleteRetentionPolicyRequest, DescribeLogGroupsRequest,
    DescribeLogGroupsResponse, LogGroup, LogGroupClass, LogGroupOperations,
    PutRetentionPolicyOutput, PutRetentionPolicyRequest,
};
use serde_json::Value;

use super::group_of_arn;
use crate::groups::{self, Group, Wanted};
use crate::{Error, Logs, paging, retention};

impl LogGroupOperations for Logs {
    async fn create_log_group(
        &self,
        _context: &CallContext,
        request: CreateLogGroupRequest,
    ) -> Result<CreateLogGroupOutput, logs::Error> {
        let name = &request.log_group_name;
        if name.starts_with("aws/") {
            return Err(logs::Error::invalid_parameter(
                "Log group name cannot start with 'aws/'.",
            ));
        }
        if request.kms_key_id.is_some() {
            return Err(logs::Error::invalid_parameter(
                "lakebed does not encrypt logs; leave kmsKeyId out",
            ));
        }
        if request.deletion_protection_enabled == Some(true) {
            return Err(logs::Error::invalid_parameter(
                "lakebed does not protect log groups from deletion; leave deletionProtectionEnabled out",
            ));
        }
        let tags = request.tags.unwrap_or_default();
        let class = request.log_group_class.map(LogGroupClass::as_str);
        let now = self.clock.now().as_millis();
        self.store
            .write(|tx| groups::make(tx, name, class, &tags, now))?;
        Ok(CreateLogGroupOutput::default())
    }

    async fn delete_log_group(
        &self,
        _context: &CallContext,
        request: DeleteLogGroupRequest,
    ) -> Result<DeleteLogGroupOutput, logs::Error> {
        self.flush();
        self.store.write(|tx| {
            let group = groups::find(tx, &request.log_group_name)?;
            groups::remove(tx, &group)
        })?;
        Ok(DeleteLogGroupOutput::default())
    }

    async fn describe_log_groups(
        &self,
        context: &CallContext,
        request: DescribeLogGroupsRequest,
    ) -> Result<DescribeLogGroupsResponse, logs::Error> {
        self.flush();
        let prefix = request.log_group_name_prefix.as_deref();
        let part = request.log_group_name_pattern.as_deref();
        if prefix.is_some() && part.is_some() {
            return Err(logs::Error::invalid_parameter(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
            ));
        }
        let limit = paging::limit(request.limit);
        let after = paging::read_token(request.next_token.as_deref())?;
        let wanted = Wanted {
            prefix,
            part,
            class: request.log_group_class.map(LogGroupClass::as_str),
            after: after.as_deref(),
        };
        let mut found: Vec<Group> = match &request.log_group_identifiers {
            Some(identifiers) => self.store.read(|connection| {
                let mut found = Vec::new();
                for identifier in identifiers {
                    let name = group_of_arn(identifier).unwrap_or(identifier);
                    found.push(groups::find(connection, name)?);
                }
                Ok::<_, Error>(found)
            })?,
            None => self
                .store
                .read(|connection| groups::list(connection, &wanted, limit + 1))?,
        };
        let next_token = paging::cut(&mut found, limit, |group| group.name.clone());
        Ok(DescribeLogGroupsResponse {
            log_groups: Some(found.iter().map(|group| shown(group, context)).collect()),
            next_token,
        })
    }

    async fn put_retention_policy(
        &self,
        _context: &CallContext,
        request: PutRetentionPolicyRequest,
    ) -> Result<PutRetentionPolicyOutput, logs::Error> {
        retention::check(request.retention_in_days)?;
        self.store.write(|tx| {
            let group = groups::find(tx, &request.log_group_name)?;
            groups::set_retention(tx, &group, Some(request.retention_in_days))
        })?;
        Ok(PutRetentionPolicyOutput::default())
    }

    async fn delete_retention_policy(
        &self,
        _context: &CallContext,
        request: DeleteRetentionPolicyRequest,
    ) -> Result<DeleteRetentionPolicyOutput, logs::Error> {
        self.store.write(|tx| {
            let group = groups::find(tx, &request.log_group_name)?;
            groups::set_retention(tx, &group, None)
        })?;
        Ok(DeleteRetentionPolicyOutput::default())
    }
}

fn shown(group: &Group, context: &CallContext) -> LogGroup {
    let resource = format!("log-group:{}", group.name);
    let arn = Arn::regional("logs", &context.region, &context.account, &resource);
    LogGroup {
        log_group_name: Some(group.name.clone()),
        creation_time: Some(group.created),
        retention_in_days: group.retention_days,
        metric_filter_count: Some(0),
        // `arn` is the form that policies want, `logGroupArn` the one that other operations take.
        arn: Some(format!("{arn}:*")),
        log_group_arn: Some(arn.to_string()),
        stored_bytes: Some(group.bytes),
        log_group_class: serde_json::from_value(Value::String(group.class.clone())).ok(),
        ..LogGroup::default()
    }
}
