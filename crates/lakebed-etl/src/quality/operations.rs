//! The operations of Glue's data quality API.

use lakebed_core::CallContext;
use lakebed_wire::glue::{
    BatchGetDataQualityResultRequest, BatchGetDataQualityResultResponse,
    BatchPutDataQualityStatisticAnnotationRequest, BatchPutDataQualityStatisticAnnotationResponse,
    CancelDataQualityRuleRecommendationRunRequest, CancelDataQualityRuleRecommendationRunResponse,
    CancelDataQualityRulesetEvaluationRunRequest, CancelDataQualityRulesetEvaluationRunResponse,
    CreateDataQualityRulesetRequest, CreateDataQualityRulesetResponse,
    DeleteDataQualityRulesetRequest, DeleteDataQualityRulesetResponse, Error,
    GetDataQualityResultRequest, GetDataQualityResultResponse,
    GetDataQualityRuleRecommendationRunRequest, GetDataQualityRuleRecommendationRunResponse,
    GetDataQualityRulesetEvaluationRunRequest, GetDataQualityRulesetEvaluationRunResponse,
    GetDataQualityRulesetRequest, GetDataQualityRulesetResponse, ListDataQualityResultsRequest,
    ListDataQualityResultsResponse, ListDataQualityRuleRecommendationRunsRequest,
    ListDataQualityRuleRecommendationRunsResponse, ListDataQualityRulesetEvaluationRunsRequest,
    ListDataQualityRulesetEvaluationRunsResponse, ListDataQualityRulesetsRequest,
    ListDataQualityRulesetsResponse, ListDataQualityStatisticAnnotationsRequest,
    ListDataQualityStatisticAnnotationsResponse, ListDataQualityStatisticsRequest,
    ListDataQualityStatisticsResponse, PutDataQualityProfileAnnotationRequest,
    PutDataQualityProfileAnnotationResponse, QualityOperations,
    StartDataQualityRuleRecommendationRunRequest, StartDataQualityRuleRecommendationRunResponse,
    StartDataQualityRulesetEvaluationRunRequest, StartDataQualityRulesetEvaluationRunResponse,
    UpdateDataQualityRulesetRequest, UpdateDataQualityRulesetResponse,
};

use super::{Quality, recommendations, results, rulesets, runs, statistics, tasks};

impl QualityOperations for Quality {
    async fn create_data_quality_ruleset(
        &self,
        _: &CallContext,
        request: CreateDataQualityRulesetRequest,
    ) -> Result<CreateDataQualityRulesetResponse, Error> {
        Ok(CreateDataQualityRulesetResponse {
            name: Some(rulesets::create(self, request, None)?),
        })
    }

    async fn get_data_quality_ruleset(
        &self,
        _: &CallContext,
        request: GetDataQualityRulesetRequest,
    ) -> Result<GetDataQualityRulesetResponse, Error> {
        rulesets::find(self, &request.name)
    }

    async fn update_data_quality_ruleset(
        &self,
        _: &CallContext,
        request: UpdateDataQualityRulesetRequest,
    ) -> Result<UpdateDataQualityRulesetResponse, Error> {
        rulesets::update(self, request)
    }

    async fn delete_data_quality_ruleset(
        &self,
        _: &CallContext,
        request: DeleteDataQualityRulesetRequest,
    ) -> Result<DeleteDataQualityRulesetResponse, Error> {
        rulesets::delete(self, &request.name)?;
        Ok(DeleteDataQualityRulesetResponse {})
    }

    async fn list_data_quality_rulesets(
        &self,
        _: &CallContext,
        request: ListDataQualityRulesetsRequest,
    ) -> Result<ListDataQualityRulesetsResponse, Error> {
        rulesets::list(self, &request)
    }

    async fn start_data_quality_ruleset_evaluation_run(
        &self,
        _: &CallContext,
        request: StartDataQualityRulesetEvaluationRunRequest,
    ) -> Result<StartDataQualityRulesetEvaluationRunResponse, Error> {
        Ok(StartDataQualityRulesetEvaluationRunResponse {
            run_id: Some(runs::start(self, request)?),
        })
    }

    async fn get_data_quality_ruleset_evaluation_run(
        &self,
        _: &CallContext,
        request: GetDataQualityRulesetEvaluationRunRequest,
    ) -> Result<GetDataQualityRulesetEvaluationRunResponse, Error> {
        runs::RUNS.find(&self.platform().store, &request.run_id)
    }

    async fn list_data_quality_ruleset_evaluation_runs(
        &self,
        _: &CallContext,
        request: ListDataQualityRulesetEvaluationRunsRequest,
    ) -> Result<ListDataQualityRulesetEvaluationRunsResponse, Error> {
        runs::list(self, &request)
    }

    async fn cancel_data_quality_ruleset_evaluation_run(
        &self,
        _: &CallContext,
        request: CancelDataQualityRulesetEvaluationRunRequest,
    ) -> Result<CancelDataQualityRulesetEvaluationRunResponse, Error> {
        tasks::cancel(self, &runs::RUNS, &request.run_id)?;
        Ok(CancelDataQualityRulesetEvaluationRunResponse {})
    }

    async fn start_data_quality_rule_recommendation_run(
        &self,
        _: &CallContext,
        request: StartDataQualityRuleRecommendationRunRequest,
    ) -> Result<StartDataQualityRuleRecommendationRunResponse, Error> {
        Ok(StartDataQualityRuleRecommendationRunResponse {
            run_id: Some(recommendations::start(self, request)?),
        })
    }

    async fn get_data_quality_rule_recommendation_run(
        &self,
        _: &CallContext,
        request: GetDataQualityRuleRecommendationRunRequest,
    ) -> Result<GetDataQualityRuleRecommendationRunResponse, Error> {
        recommendations::RUNS.find(&self.platform().store, &request.run_id)
    }

    async fn list_data_quality_rule_recommendation_runs(
        &self,
        _: &CallContext,
        request: ListDataQualityRuleRecommendationRunsRequest,
    ) -> Result<ListDataQualityRuleRecommendationRunsResponse, Error> {
        recommendations::list(self, &request)
    }

    async fn cancel_data_quality_rule_recommendation_run(
        &self,
        _: &CallContext,
        request: CancelDataQualityRuleRecommendationRunRequest,
    ) -> Result<CancelDataQualityRuleRecommendationRunResponse, Error> {
        tasks::cancel(self, &recommendations::RUNS, &request.run_id)?;
        Ok(CancelDataQualityRuleRecommendationRunResponse {})
    }

    async fn get_data_quality_result(
        &self,
        _: &CallContext,
        request: GetDataQualityResultRequest,
    ) -> Result<GetDataQualityResultResponse, Error> {
        results::get(self, &request.result_id)
    }

    async fn batch_get_data_quality_result(
        &self,
        _: &CallContext,
        request: BatchGetDataQualityResultRequest,
    ) -> Result<BatchGetDataQualityResultResponse, Error> {
        results::batch_get(self, request)
    }

    async fn list_data_quality_results(
        &self,
        _: &CallContext,
        request: ListDataQualityResultsRequest,
    ) -> Result<ListDataQualityResultsResponse, Error> {
        results::list(self, &request)
    }

    async fn list_data_quality_statistics(
        &self,
        _: &CallContext,
        request: ListDataQualityStatisticsRequest,
    ) -> Result<ListDataQualityStatisticsResponse, Error> {
        statistics::list(self, &request)
    }

    async fn list_data_quality_statistic_annotations(
        &self,
        _: &CallContext,
        request: ListDataQualityStatisticAnnotationsRequest,
    ) -> Result<ListDataQualityStatisticAnnotationsResponse, Error> {
        statistics::list_annotations(self, &request)
    }

    async fn batch_put_data_quality_statistic_annotation(
        &self,
        _: &CallContext,
        request: BatchPutDataQualityStatisticAnnotationRequest,
    ) -> Result<BatchPutDataQualityStatisticAnnotationResponse, Error> {
        Ok(BatchPutDataQualityStatisticAnnotationResponse {
            failed_inclusion_annotations: Some(statistics::annotate(self, request)?),
        })
    }

    async fn put_data_quality_profile_annotation(
        &self,
        _: &CallContext,
        request: PutDataQualityProfileAnnotationRequest,
    ) -> Result<PutDataQualityProfileAnnotationResponse, Error> {
        statistics::annotate_profile(self, &request)?;
        Ok(PutDataQualityProfileAnnotationResponse {})
    }
}
