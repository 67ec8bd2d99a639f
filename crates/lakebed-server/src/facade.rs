use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use http::{HeaderValue, Request, Response, StatusCode, header};
use lakebed_core::{CallContext, EventKind, RequestId, Timestamp};
use tracing::Instrument;

use crate::answer::Answer;
use crate::auth::{Caller, Signature};
use crate::control::Control;
use crate::control_plane;
use crate::destination::Destination;
use crate::leftover;
use crate::s3::S3Endpoint;
use crate::services::Services;

/// The one door: every request comes in here and every answer leaves here.
#[derive(Debug)]
pub(crate) struct Facade {
    services: Services,
    s3: S3Endpoint,
    control: Control,
}

impl Facade {
    pub(crate) fn new(services: Services) -> Self {
        let platform = &services.platform;
        let s3 = S3Endpoint::new(
            services.storage.clone(),
            platform.region(),
            services.auth.clone(),
            services.s3_acls,
            services.access_log.clone(),
        );
        Self {
            control: Control::new(services.clone()),
            s3,
            services,
        }
    }

    /// Serves a request: finds what it is for, has it answered, records how.
    pub(crate) async fn handle(
        State(facade): State<Arc<Self>>,
        ConnectInfo(peer): ConnectInfo<SocketAddr>,
        request: Request<Body>,
    ) -> Response<Body> {
        facade.serve(peer, request).await
    }

    async fn serve(&self, peer: SocketAddr, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let signature = Signature::of(&parts.headers, parts.uri.query());
        let now = self.services.platform.clock.wall_now();
        let caller = self.services.auth.caller(signature.as_ref(), now);
        let context = self.context(peer, signature.as_ref(), &caller);
        let served = match Destination::of(&parts, signature.as_ref()) {
            Destination::Own(path) => return self.control.serve(path, &parts).await,
            Destination::Welcome => return Control::welcome(),
            Destination::S3 => Served::S3,
            Destination::Service(service) => Served::Service(service),
            Destination::Absent(name) => Served::Absent(name.to_owned()),
        };
        let waits = parts.headers.contains_key(header::EXPECT);
        let (body, leftover) = leftover::watch(body);
        let request = Request::from_parts(parts, body);
        let span = tracing::info_span!("request", id = %context.request_id);
        let started = Instant::now();
        let answer = self
            .answer(&served, request, &context, caller, now)
            .instrument(span.clone())
            .await;
        span.in_scope(|| self.record(&served, &answer, &context, started.elapsed()));
        let mut response = finished(answer.response, &context);
        if waits && !response.status().is_success() {
            // The client waits for leave to send a body that will not be read now.
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
        } else {
            leftover.drain();
        }
        response
    }

    async fn answer(
        &self,
        served: &Served,
        request: Request<Body>,
        context: &CallContext,
        caller: Caller,
        now: Timestamp,
    ) -> Answer {
        match served {
            Served::S3 => self.s3.handle(request, context, caller, now).await,
            Served::Service(service) => {
                let call = control_plane::Call {
                    caller: &caller,
                    context,
                    now,
                };
                control_plane::serve(&self.services, service, request, &call).await
            }
            Served::Absent(name) => control_plane::refuse_absent(name, request, context).await,
        }
    }

    fn context(
        &self,
        peer: SocketAddr,
        signature: Option<&Signature>,
        caller: &Caller,
    ) -> CallContext {
        let platform = &self.services.platform;
        CallContext {
            request_id: RequestId::random(),
            account: platform.account().clone(),
            region: signature
                .and_then(|signature| signature.region.clone())
                .unwrap_or_else(|| platform.region().clone()),
            principal: caller.principal(),
            source_ip: Some(peer.ip()),
        }
    }

    /// Counts, logs and publishes how a request was answered.
    fn record(&self, served: &Served, answer: &Answer, context: &CallContext, duration: Duration) {
        let service = served.name();
        let status = answer.response.status().as_u16();
        let operation = answer.operation.as_deref().unwrap_or("Unknown");
        self.control
            .metrics
            .count(served.label(), operation, status, duration);
        let error = answer
            .error
            .as_ref()
            .map(|refusal| format!("{}: {}", refusal.code, refusal.message));
        if answer.response.status().is_server_error() {
            tracing::warn!(
                service,
                operation,
                status,
                error,
                ?duration,
                "answered with a failure"
            );
        } else {
            tracing::info!(service, operation, status, error, ?duration, "answered");
        }
        self.services.platform.events.publish(EventKind::ApiCall {
            service: service.to_owned(),
            operation: operation.to_owned(),
            principal: context.principal.arn.to_string(),
            status,
            error_code: answer.error.as_ref().map(|refusal| refusal.code.clone()),
            duration_micros: u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
        });
    }
}

/// What of AWS a request is for.
#[derive(Debug)]
enum Served {
    S3,
    Service(&'static lakebed_wire::Service),
    Absent(String),
}

impl Served {
    fn name(&self) -> &str {
        match self {
            Self::S3 => "s3",
            Self::Service(service) => service.name,
            Self::Absent(name) => name,
        }
    }

    /// The name in metrics, which must not have a series for everything a client makes up.
    fn label(&self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Service(service) => service.name,
            Self::Absent(_) => "absent",
        }
    }
}

/// Adds what every answer carries.
fn finished(mut response: Response<Body>, context: &CallContext) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(header::SERVER, HeaderValue::from_static("Lakebed"));
    if !headers.contains_key("x-amz-request-id")
        && let Ok(id) = HeaderValue::from_str(context.request_id.as_str())
    {
        headers.insert("x-amzn-requestid", id);
    }
    if response.status() == StatusCode::NO_CONTENT {
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    response
}
