use lakebed_core::CallContext;
use lakebed_wire::glue::*;

use super::Answer;
use crate::Catalog;
use crate::functions::FunctionQuery;
use crate::paging::Page;

impl FunctionOperations for Catalog {
    async fn create_user_defined_function(
        &self,
        _: &CallContext,
        request: CreateUserDefinedFunctionRequest,
    ) -> Answer<CreateUserDefinedFunctionResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        self.create_function(&request.database_name, request.function_input)?;
        Ok(CreateUserDefinedFunctionResponse::default())
    }

    async fn get_user_defined_function(
        &self,
        _: &CallContext,
        request: GetUserDefinedFunctionRequest,
    ) -> Answer<GetUserDefinedFunctionResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        let function = self.function(&request.database_name, &request.function_name)?;
        Ok(GetUserDefinedFunctionResponse {
            user_defined_function: Some(function),
        })
    }

    async fn get_user_defined_functions(
        &self,
        _: &CallContext,
        request: GetUserDefinedFunctionsRequest,
    ) -> Answer<GetUserDefinedFunctionsResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        let page = Page::requested(request.next_token.as_deref(), request.max_results, 100)?;
        let query = FunctionQuery {
            database: request.database_name.as_deref(),
            pattern: &request.pattern,
            kind: request.function_type,
        };
        let (functions, next_token) = self.functions_page(&query, &page)?;
        Ok(GetUserDefinedFunctionsResponse {
            user_defined_functions: Some(functions),
            next_token,
        })
    }

    async fn update_user_defined_function(
        &self,
        _: &CallContext,
        request: UpdateUserDefinedFunctionRequest,
    ) -> Answer<UpdateUserDefinedFunctionResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        self.update_function(
            &request.database_name,
            &request.function_name,
            request.function_input,
        )?;
        Ok(UpdateUserDefinedFunctionResponse::default())
    }

    async fn delete_user_defined_function(
        &self,
        _: &CallContext,
        request: DeleteUserDefinedFunctionRequest,
    ) -> Answer<DeleteUserDefinedFunctionResponse> {
        self.check_catalog_id(request.catalog_id.as_deref())?;
        self.delete_function(&request.database_name, &request.function_name)?;
        Ok(DeleteUserDefinedFunctionResponse::default())
    }
}
