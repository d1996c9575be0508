//! The real AWS: the SDK's clients, given our bytes and asked for theirs.
//!
//! The SDK is used for what it is good at: credentials of every kind, regions, endpoints,
//! signatures, TLS. The body of a request is ours, unknown fields included, and the reply is taken
//! before it is made into the SDK's types. It never sends anything twice: what to do after a fault
//! depends on the operation, and is decided by who called.

use std::env;
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_sdk_batch::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_batch::config::{
    ConfigBag, Intercept, RuntimeComponents, SharedCredentialsProvider, SharedHttpClient,
    StalledStreamProtectionConfig,
};
use aws_sdk_batch::error::{BoxError, SdkError};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::HttpConnectorSettings;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;

use super::api::{Api, Call, Fault, Operation};
use super::credentials::Steady;
use super::error;
use super::unread::Unread;

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
        if let Some(what) = empty_endpoint(options) {
            return Err(Fault::Unsent {
                message: format!("{what} is empty"),
                help: "leave it out, or give it the URL of an endpoint".into(),
            });
        }
        let config = config(options).await?;
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
        let profile = options.profile.clone();
        let profile = profile.or_else(|| env::var("AWS_PROFILE").ok());
        Ok(Self::of(&config, region, profile))
    }

    fn of(config: &SdkConfig, region: String, profile: Option<String>) -> Self {
        Self {
            batch: aws_sdk_batch::Client::new(config),
            logs: aws_sdk_cloudwatchlogs::Client::new(config),
            region,
            profile,
        }
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

async fn config(options: &Options) -> Result<SdkConfig, Fault> {
    let unread = Unread::read(options.profile.as_deref()).await;
    let http = http(unread.ca_bundle.as_deref())?;
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(options.timeout.unwrap_or(CALL_TIMEOUT))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.clone())
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
    let config = loader.load().await;
    let provider = provider(options, &config, http).map(Steady::new);
    let mut builder = config.into_builder();
    builder.set_credentials_provider(provider.map(SharedCredentialsProvider::new));
    if unread.ignores_endpoints {
        // The SDK heeds this, and then looks for endpoints once more, for each service.
        builder.set_service_config(None::<Nothing>);
    }
    Ok(builder.build())
}

/// Settings of a service: none.
#[derive(Debug)]
struct Nothing;

impl LoadServiceConfig for Nothing {
    fn load_config(&self, _: ServiceConfigKey<'_>) -> Option<String> {
        None
    }
}

/// Where credentials come from.
fn provider(
    options: &Options,
    config: &SdkConfig,
    http: SharedHttpClient,
) -> Option<SharedCredentialsProvider> {
    let Some(profile) = &options.profile else {
        return config.credentials_provider();
    };
    // A profile that is asked for comes before keys in the environment, as with the AWS CLI.
    let provider = ProviderConfig::without_region()
        .with_region(config.region().cloned())
        .with_http_client(http);
    let provider = ProfileFileCredentialsProvider::builder()
        .profile_name(profile)
        .configure(&provider)
        .build();
    Some(SharedCredentialsProvider::new(provider))
}

/// The one TLS stack, rustls with ring, through the proxy that the environment names, if any.
/// Credentials of SSO and STS come through it too.
fn http(ca_bundle: Option<&Path>) -> Result<SharedHttpClient, Fault> {
    let mut trusted = TrustStore::default();
    if let Some(path) = ca_bundle {
        let pem = std::fs::read(path).map_err(|error| error.to_string());
        let pem = pem.and_then(|pem| certificates(&pem).map(|()| pem));
        let pem = pem.map_err(|why| untrusted(&format!("{}: {why}", path.display())))?;
        trusted = TrustStore::empty().with_pem_certificate(pem);
    }
    let context = TlsContext::builder().with_trust_store(trusted).build();
    let context = context.map_err(|error| untrusted(&error.to_string()))?;
    let connect = move |settings: Option<&HttpConnectorSettings>,
                        components: Option<&RuntimeComponents>| {
        let mut builder = Connector::builder();
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        builder
            .proxy_config(ProxyConfig::from_env())
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .tls_context(context.clone())
            .build()
    };
    Ok(aws_smithy_http_client::Builder::new().build_with_connector_fn(connect))
}

fn untrusted(why: &str) -> Fault {
    Fault::Unsent {
        message: format!("the certificates to trust cannot be read: {why}"),
        help: "AWS_CA_BUNDLE, or `ca_bundle` in ~/.aws/config, names a file of certificates in PEM form"
            .into(),
    }
}

/// Whether all of it can be trusted: the SDK would panic over what cannot.
fn certificates(pem: &[u8]) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    if roots.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(())
}

/// An endpoint that is there and empty, which the SDK does not take for none.
fn empty_endpoint(options: &Options) -> Option<String> {
    if options.endpoint_url.as_deref() == Some("") {
        return Some("`--endpoint-url`".to_owned());
    }
    let mut all = env::vars_os();
    all.find_map(|(name, value)| {
        let name = name.to_str()?;
        (name.starts_with("AWS_ENDPOINT_URL") && value.is_empty()).then(|| name.to_owned())
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_batch::config::Credentials;
    use serde_json::json;
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpListener};
    use std::thread::{self, JoinHandle};

    /// A server that takes one request, and answers with these bytes; `None` leaves it waiting.
    fn server(answer: Option<String>) -> (String, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serve = move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut taken = Vec::new();
            let mut piece = [0; 4096];
            // Up to the end of the body; a client that gave up ends it, too.
            while let Ok(count @ 1..) = stream.read(&mut piece) {
                taken.extend_from_slice(&piece[..count]);
                let text = String::from_utf8_lossy(&taken).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else {
                    continue;
                };
                let length = head.to_lowercase();
                let length = length.split("content-length: ").nth(1).unwrap_or("0");
                let length: usize = length.lines().next().unwrap().trim().parse().unwrap();
                if let Some(answer) = answer.as_ref().filter(|_| body.len() >= length) {
                    let _ = stream.write_all(answer.as_bytes());
                    let _ = stream.shutdown(Shutdown::Both);
                    return text;
                }
            }
            String::from_utf8_lossy(&taken).into_owned()
        };
        (url, thread::spawn(serve))
    }

    fn answer(status: &str, headers: &str, body: &str) -> Option<String> {
        Some(format!(
            "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    /// One call to such a server: the outcome, and the request as the server saw it.
    fn asked(answer: Option<String>, call: Call) -> (Result<Value, Fault>, String) {
        let (url, server) = server(answer);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let outcome = runtime.block_on(async {
            let options = Options {
                region: Some("eu-central-1".into()),
                endpoint_url: Some(url),
                timeout: Some(Duration::from_millis(500)),
                ..Options::default()
            };
            let key = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
            let config = config(&options).await.unwrap().into_builder();
            let config = config.credentials_provider(SharedCredentialsProvider::new(key));
            let client = Client::of(&config.build(), "eu-central-1".into(), None);
            client.call(call).await
        });
        // With it go its connections, which the server may be reading from.
        drop(runtime);
        (outcome, server.join().unwrap())
    }

    fn submit() -> Call {
        let body = json!({"jobName": "ä", "jobQueue": "q", "notYetInTheSdk": {"a": [1, null]}});
        Call::new(Operation::SubmitJob, body)
    }

    #[test]
    fn our_bytes_go_out_and_their_json_comes_back() {
        let reply = r#"{"jobId": "1", "alsoNew": [true]}"#;
        let (outcome, seen) = asked(answer("200 OK", "", reply), submit());
        assert_eq!(outcome.unwrap(), json!({"jobId": "1", "alsoNew": [true]}));
        let (head, body) = seen.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, submit().body.to_string());
        assert!(head.starts_with("POST /v1/submitjob HTTP/1.1"), "{head}");
        let head = head.to_lowercase();
        assert!(head.contains("/eu-central-1/batch/aws4_request"), "{head}");
        assert!(head.contains("content-type: application/json"), "{head}");
        assert!(head.contains("app/flowbatch"), "{head}");
    }

    #[test]
    fn every_operation_goes_where_it_belongs() {
        for (operation, path) in [
            (
                Operation::RegisterJobDefinition,
                "/v1/registerjobdefinition",
            ),
            (
                Operation::DescribeJobDefinitions,
                "/v1/describejobdefinitions",
            ),
            (Operation::SubmitJob, "/v1/submitjob"),
            (Operation::ListJobs, "/v1/listjobs"),
            (Operation::DescribeJobs, "/v1/describejobs"),
            (Operation::TerminateJob, "/v1/terminatejob"),
            (Operation::DescribeJobQueues, "/v1/describejobqueues"),
            (
                Operation::DescribeComputeEnvironments,
                "/v1/describecomputeenvironments",
            ),
            (Operation::GetLogEvents, "/"),
        ] {
            let call = Call::new(operation, json!({"x": 1}));
            let (outcome, seen) = asked(answer("200 OK", "", "{}"), call);
            assert_eq!(outcome, Ok(json!({})), "{operation:?}");
            assert!(seen.starts_with(&format!("POST {path} HTTP")), "{seen}");
            assert!(seen.ends_with(r#"{"x":1}"#), "{seen}");
        }
    }

    #[test]
    fn an_error_is_read_from_its_reply() {
        let header = "x-amzn-errortype: ClientException:http://internal/\r\n";
        let reply = r#"{"message": "no such queue"}"#;
        let (outcome, _) = asked(answer("400 Bad Request", header, reply), submit());
        let fault = outcome.unwrap_err();
        assert_eq!(fault.to_string(), "no such queue (ClientException)");
        assert!(matches!(fault, Fault::Refused { status: 400, .. }));
        let (outcome, _) = asked(answer("429 Too Many Requests", "", "{}"), submit());
        assert!(
            matches!(outcome, Err(Fault::Throttled { .. })),
            "{outcome:?}"
        );
    }

    #[test]
    fn without_a_whole_reply_the_outcome_is_unknown() {
        let whole = answer("200 OK", "", r#"{"jobId": "1"}"#).unwrap();
        let half = whole[..whole.len() - 5].to_owned();
        for (what, answer) in [
            ("500", answer("500 Oops", "", r#"{"message": "oops"}"#)),
            ("503", answer("503 Busy", "", "<html>busy</html>")),
            ("half a reply", Some(half)),
            ("no reply", Some(String::new())),
            ("not HTTP", Some("hello\r\n\r\n".into())),
            ("not JSON", answer("200 OK", "", "<html>")),
            ("nothing", answer("200 OK", "", "")),
            ("silence", None),
        ] {
            let (outcome, _) = asked(answer, submit());
            assert!(
                matches!(outcome, Err(Fault::Unknown { .. })),
                "{what}: {outcome:?}"
            );
        }
    }

    #[test]
    fn a_region_is_a_part_of_a_hosts_name() {
        assert!(is_region("eu-central-1"));
        for name in ["", "-a", "a/b", "a.b", "ä", "evil.com#"] {
            assert!(!is_region(name), "{name}");
        }
    }
}
