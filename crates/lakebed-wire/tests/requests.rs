//! What a request that breaks the model is answered with, through the public API.
#![allow(clippy::unwrap_used)]

use lakebed_core::{AccountId, CallContext, Region};
use lakebed_wire::glue::{self, *};
use lakebed_wire::protocol::json;
use lakebed_wire::{Failure, athena, sts};
use serde_json::{Value, json};

/// Answers every request of the group with what it was asked.
struct Echo;

impl JobOperations for Echo {
    async fn create_job(
        &self,
        _: &CallContext,
        request: CreateJobRequest,
    ) -> Result<CreateJobResponse, glue::Error> {
        Ok(CreateJobResponse {
            name: Some(request.name),
        })
    }
    async fn get_job(
        &self,
        _: &CallContext,
        request: GetJobRequest,
    ) -> Result<GetJobResponse, glue::Error> {
        Err(glue::Error::entity_not_found(format!(
            "Job {} not found.",
            request.job_name
        )))
    }
    async fn get_jobs(
        &self,
        _: &CallContext,
        _: GetJobsRequest,
    ) -> Result<GetJobsResponse, glue::Error> {
        Ok(GetJobsResponse::default())
    }
    async fn list_jobs(
        &self,
        _: &CallContext,
        _: ListJobsRequest,
    ) -> Result<ListJobsResponse, glue::Error> {
        Ok(ListJobsResponse::default())
    }
    async fn batch_get_jobs(
        &self,
        _: &CallContext,
        _: BatchGetJobsRequest,
    ) -> Result<BatchGetJobsResponse, glue::Error> {
        Ok(BatchGetJobsResponse::default())
    }
    async fn update_job(
        &self,
        _: &CallContext,
        _: UpdateJobRequest,
    ) -> Result<UpdateJobResponse, glue::Error> {
        Ok(UpdateJobResponse::default())
    }
    async fn delete_job(
        &self,
        _: &CallContext,
        _: DeleteJobRequest,
    ) -> Result<DeleteJobResponse, glue::Error> {
        Ok(DeleteJobResponse::default())
    }
    async fn start_job_run(
        &self,
        _: &CallContext,
        _: StartJobRunRequest,
    ) -> Result<StartJobRunResponse, glue::Error> {
        Ok(StartJobRunResponse::default())
    }
    async fn get_job_run(
        &self,
        _: &CallContext,
        _: GetJobRunRequest,
    ) -> Result<GetJobRunResponse, glue::Error> {
        Ok(GetJobRunResponse::default())
    }
    async fn get_job_runs(
        &self,
        _: &CallContext,
        _: GetJobRunsRequest,
    ) -> Result<GetJobRunsResponse, glue::Error> {
        Ok(GetJobRunsResponse::default())
    }
    async fn batch_stop_job_run(
        &self,
        _: &CallContext,
        _: BatchStopJobRunRequest,
    ) -> Result<BatchStopJobRunResponse, glue::Error> {
        Ok(BatchStopJobRunResponse::default())
    }
    async fn get_job_bookmark(
        &self,
        _: &CallContext,
        _: GetJobBookmarkRequest,
    ) -> Result<GetJobBookmarkResponse, glue::Error> {
        Ok(GetJobBookmarkResponse::default())
    }
    async fn reset_job_bookmark(
        &self,
        _: &CallContext,
        _: ResetJobBookmarkRequest,
    ) -> Result<ResetJobBookmarkResponse, glue::Error> {
        Ok(ResetJobBookmarkResponse::default())
    }
}

/// Sends a request to the group as the server would.
fn send(operation: &str, request: Value) -> Result<Value, Failure> {
    let context = CallContext::internal(&AccountId::default(), &Region::default());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(glue::dispatch_job_operations(
        &Echo, &context, operation, request,
    ))
}

fn refused(operation: &str, request: Value) -> (String, String) {
    let failure = send(operation, request).unwrap_err();
    (failure.code, failure.message)
}

#[test]
fn a_good_request_reaches_its_operation() {
    let request = json!({"Name": "etl", "Role": "r", "Command": {"Name": "glueetl"}, "Unknown": 1});
    assert_eq!(send("CreateJob", request).unwrap(), json!({"Name": "etl"}));
}

#[test]
fn what_is_missing_or_out_of_bounds_is_named_as_aws_names_it() {
    let (code, message) = refused("CreateJob", json!({"Name": "", "Command": {}}));
    assert_eq!(code, "ValidationException");
    assert_eq!(
        message,
        "2 validation errors detected: \
         Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1; \
         Value null at 'role' failed to satisfy constraint: Member must not be null"
    );
}

#[test]
fn enumerations_and_nested_members_are_checked() {
    let nodes = json!({"n1": {"Join": {"Name": "j", "Inputs": ["a"], "JoinType": "sideways", "Columns": []}}});
    let request =
        json!({"Name": "etl", "Role": "r", "Command": {}, "CodeGenConfigurationNodes": nodes});
    let (_, message) = refused("CreateJob", request);
    let place = "codeGenConfigurationNodes.n1.member.join";
    for expected in [
        format!(
            "at '{place}.inputs' failed to satisfy constraint: Member must have length greater than or equal to 2"
        ),
        format!(
            "Value 'sideways' at '{place}.joinType' failed to satisfy constraint: Member must satisfy enum value set: [equijoin, left, right, outer, leftsemi, leftanti]"
        ),
    ] {
        assert!(message.contains(&expected), "{message}");
    }
}

#[test]
fn a_wrong_json_type_is_a_serialization_error() {
    let (code, message) = refused("CreateJob", json!({"Name": 7, "Role": "r", "Command": {}}));
    assert_eq!(code, "SerializationException");
    assert_eq!(
        message,
        "NUMBER_VALUE can not be converted to a String at 'name'"
    );
}

#[test]
fn an_error_of_the_service_goes_out_with_code_and_message() {
    let failure = send("GetJob", json!({"JobName": "없음"})).unwrap_err();
    let response = json::write_failure("1.1", &failure);
    assert_eq!(
        (response.status, response.error_type.as_deref()),
        (400, Some("EntityNotFoundException"))
    );
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(
        body,
        json!({"__type": "EntityNotFoundException", "message": "Job 없음 not found.", "Message": "Job 없음 not found."})
    );
}

#[test]
fn operations_are_implemented_known_or_unknown() {
    assert_eq!(
        glue::SERVICE.implemented("CreateJob").unwrap().group,
        Some("JobOperations")
    );
    let known = glue::SERVICE.implemented("CreateBlueprint").unwrap_err();
    assert_eq!(
        (known.status, known.code.as_str()),
        (501, "NotImplementedException")
    );
    assert!(known.message.contains("glue:CreateBlueprint"));
    let unknown = athena::SERVICE.implemented("MakeCoffee").unwrap_err();
    assert_eq!(
        (unknown.status, unknown.code.as_str()),
        (400, "UnknownOperationException")
    );
}

#[test]
fn the_query_protocol_reads_forms_and_writes_xml() {
    use lakebed_wire::protocol::query::{Form, write_answer, write_failure};
    let form = Form::parse(
        b"Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&RoleSessionName=s&DurationSeconds=900&Tags.member.1.Key=k&Tags.member.1.Value=v",
    );
    assert_eq!(form.action().unwrap(), "AssumeRole");
    let operation = sts::SERVICE.implemented("AssumeRole").unwrap();
    assert_eq!(
        form.request(operation.input.unwrap()).unwrap(),
        json!({"RoleArn": "arn:aws:iam::1:role/r", "RoleSessionName": "s", "DurationSeconds": 900, "Tags": [{"Key": "k", "Value": "v"}]})
    );
    let answer = json!({"Credentials": {"AccessKeyId": "A", "SecretAccessKey": "<&>", "SessionToken": "t", "Expiration": 1_735_689_600}});
    let written = write_answer(
        "https://sts.amazonaws.com/doc/2011-06-15/",
        "AssumeRole",
        operation.output,
        &answer,
        "id",
    )
    .unwrap();
    assert_eq!(
        String::from_utf8(written.body).unwrap(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
         <AccessKeyId>A</AccessKeyId><SecretAccessKey>&lt;&amp;&gt;</SecretAccessKey><SessionToken>t</SessionToken>\
         <Expiration>2025-01-01T00:00:00.000Z</Expiration></Credentials></AssumeRoleResult>\
         <ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></AssumeRoleResponse>"
    );
    let failure = write_failure("ns", &Failure::new(400, "ValidationError", "wrong"), "id");
    assert_eq!(
        String::from_utf8(failure.body).unwrap(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ErrorResponse xmlns=\"ns\"><Error><Type>Sender</Type>\
         <Code>ValidationError</Code><Message>wrong</Message></Error><RequestId>id</RequestId></ErrorResponse>"
    );
}
