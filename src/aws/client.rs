//! The real AWS: the SDK's clients, given our bytes and asked for theirs.
//!
//! The SDK is used for what it is good at: credentials of every kind, regions, endpoints,
//! signatures, TLS. The body of a request is ours, unknown fields included, and the reply is taken
//! before it is made into the SDK's types. It never sends anything twice: what to do after a fault
//! depends on the operation, and is decided by who called.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_sdk_batch::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_batch::config::{
    ConfigBag, Intercept, RuntimeComponents, StalledStreamProtectionConfig,
};
use aws_sdk_batch::error::{BoxError, SdkError};
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use serde_json::Value;

use super::api::{Api, Call, Fault, Operation};
use super::error;

/// How long one call may take, unless [`Options::timeout`] says otherwise.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// How long it may take to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Where AWS is, and who asks, beyond what the environment and `~/.aws` say.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A profile of `~/.aws`, instead of `AWS_PROFILE`.
    pub profile: Option<String>,
    /// A region such as `eu-central-1`, instead of `AWS_REGION` or the profile's.
    pub region: Option<String>,
    /// A URL to send everything to, instead of the region's own.
    pub endpoint_url: Option<String>,
    /// How long one call may take; [`CALL_TIMEOUT`] if not said.
    pub timeout: Option<Duration>,
}

/// A connection to AWS Batch and CloudWatch Logs.
#[derive(Clone, Debug)]
pub struct Client {
    batch: aws_sdk_batch::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
    region: String,
    profile: Option<String>,
}

impl Client {
    /// Reads the configuration, as every AWS tool does; credentials are looked for by the first
    /// call.
    ///
    /// # Errors
    /// [`Fault::Unsent`] when there is no region, or an option cannot be.
    pub async fn connect(options: &Options) -> Result<Self, Fault> {
        let config = config(options).await;
        let Some(region) = config.region().map(ToString::to_string) else {
            return Err(Fault::Unsent {
                message: "no AWS region is set".into(),
                help: "give `--region NAME`, set AWS_REGION, or write `region = NAME` for the profile in \
                       ~/.aws/config"
                    .into(),
            });
        };
        if !is_region(&region) {
            return Err(Fault::Unsent {
                message: format!("`{region}` cannot be an AWS region"),
                help: "a region is written like `eu-central-1`".into(),
            });
        }
        Ok(Self {
            batch: aws_sdk_batch::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            region,
            profile: options
                .profile
                .clone()
                .or_else(|| std::env::var("AWS_PROFILE").ok()),
        })
    }

    /// The region in force.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }
}

impl Api for Client {
    async fn call(&self, call: Call) -> Result<Value, Fault> {
        let operation = call.operation;
        let body = call.body.to_string();
        let seen = Seen::default();
        // One arm an operation: each is a type of its own in the SDK.
        macro_rules! send {
            ($client:expr, $operation:ident) => {
                $client
                    .$operation()
                    .customize()
                    .mutate_request(move |request| carry(request, &body))
                    .interceptor(seen.clone())
                    .send()
                    .await
                    .map(drop)
                    .map_err(Lost::from)
            };
        }
        let sent = match operation {
            Operation::RegisterJobDefinition => send!(self.batch, register_job_definition),
            Operation::DescribeJobDefinitions => send!(self.batch, describe_job_definitions),
            Operation::SubmitJob => send!(self.batch, submit_job),
            Operation::ListJobs => send!(self.batch, list_jobs),
            Operation::DescribeJobs => send!(self.batch, describe_jobs),
            Operation::TerminateJob => send!(self.batch, terminate_job),
            Operation::DescribeJobQueues => send!(self.batch, describe_job_queues),
            Operation::DescribeComputeEnvironments => {
                send!(self.batch, describe_compute_environments)
            }
            Operation::DescribeSchedulingPolicies => {
                send!(self.batch, describe_scheduling_policies)
            }
            Operation::GetLogEvents => send!(self.logs, get_log_events),
        };
        match (seen.take(), sent) {
            (Some(reply), _) => error::read(&reply, operation, self.profile.as_deref()),
            (None, Err(Lost { error, unsent })) => Err(error::lost(
                error.as_ref(),
                unsent,
                operation,
                self.profile.as_deref(),
            )),
            (None, Ok(())) => Err(Fault::Unknown {
                message: format!("{} was answered with nothing", operation.name()),
            }),
        }
    }
}

/// A request that has no reply.
struct Lost {
    error: BoxError,
    /// Nothing has left this machine.
    unsent: bool,
}

impl<E, R> From<SdkError<E, R>> for Lost
where
    E: Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        let unsent = matches!(error, SdkError::ConstructionFailure(_));
        Self {
            error: error.into(),
            unsent,
        }
    }
}

async fn config(options: &Options) -> SdkConfig {
    // The one TLS stack: rustls with ring. Credentials of SSO and STS come through it too.
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(options.timeout.unwrap_or(CALL_TIMEOUT))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    if let Ok(name) = AppName::new("flowbatch") {
        loader = loader.app_name(name);
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader.load().await
}

/// A region becomes part of a host's name.
fn is_region(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 63
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// Puts our body into a request, before it is signed.
fn carry(request: &mut HttpRequest, body: &str) {
    request
        .headers_mut()
        .insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
}

/// A reply as it came.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// The header `x-amzn-errortype`.
    pub(super) error_type: Option<String>,
    /// The whole body.
    pub(super) body: Vec<u8>,
}

/// Keeps the reply of one call.
#[derive(Clone, Debug, Default)]
struct Seen(Arc<Mutex<Option<Reply>>>);

impl Seen {
    fn take(&self) -> Option<Reply> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Intercept for Seen {
    fn name(&self) -> &'static str {
        "reply"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        // The body has been read by now; one that broke off has no bytes.
        if let Some(body) = response.body().bytes() {
            let reply = Reply {
                status: response.status().as_u16(),
                error_type: response
                    .headers()
                    .get("x-amzn-errortype")
                    .map(str::to_owned),
                body: body.to_vec(),
            };
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(reply);
        }
        Ok(())
    }
}
