//! What the commands that talk to AWS share.

use std::collections::hash_map::RandomState;
use std::future::Future;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::Failure;
use crate::aws::api::{Fault, Operation};
use crate::aws::ask::Failed;
use crate::aws::client::{CALL_TIMEOUT, Client, Options};
use crate::aws::submit::machine::Limits;
use crate::aws::{environment_ignores_endpoints, error};

/// Overrides the time that one call may take, in milliseconds.
const TIMEOUT: &str = "FLOWBATCH_CALL_TIMEOUT_MS";

/// Where AWS is, and who asks.
#[derive(Args, Clone, PartialEq, Eq, Debug, Default)]
#[command(next_help_heading = "AWS")]
pub(super) struct AwsArgs {
    /// A profile of ~/.aws, instead of AWS_PROFILE
    #[arg(long, value_name = "NAME")]
    pub(super) profile: Option<String>,

    /// An AWS region, instead of AWS_REGION or the profile's
    #[arg(long, value_name = "NAME")]
    pub(super) region: Option<String>,

    /// Sends everything to URL, instead of the region's own address
    #[arg(long, value_name = "URL")]
    pub(super) endpoint_url: Option<String>,
}

impl AwsArgs {
    /// Connects. Nothing is sent yet.
    pub(super) async fn connect(&self) -> Result<Arc<Client>, Failure> {
        let options = Options {
            profile: self.profile.clone(),
            region: self.region.clone(),
            endpoint_url: self.endpoint_url.clone(),
            timeout: timeout()?,
        };
        match Client::connect(&options).await {
            Ok(client) => Ok(Arc::new(client)),
            Err(fault) => Err(Failure::aws(&fault, Operation::SubmitJob)),
        }
    }

    /// The endpoint that is not the region's own, wherever it is said.
    pub(super) fn endpoint(&self) -> Option<String> {
        self.endpoint_url.clone().or_else(endpoint_variable)
    }
}

/// The endpoint of AWS Batch that the environment says.
pub(super) fn endpoint_variable() -> Option<String> {
    if environment_ignores_endpoints() {
        return None;
    }
    variable("AWS_ENDPOINT_URL_BATCH").or_else(|| variable("AWS_ENDPOINT_URL"))
}

/// A variable of the environment; an empty one is none.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// How long one call may take, if the environment says so.
pub(super) fn timeout() -> Result<Option<Duration>, Failure> {
    let Some(text) = std::env::var_os(TIMEOUT).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    match text.to_str().and_then(|text| text.parse().ok()) {
        Some(milliseconds @ 1..) => Ok(Some(Duration::from_millis(milliseconds))),
        _ => Err(Failure::new(format!(
            "{TIMEOUT} is `{}`, not a number of milliseconds",
            text.to_string_lossy()
        ))),
    }
}

/// How fast, and how patiently.
pub(super) fn limits() -> Result<Limits, Failure> {
    let call = timeout()?.unwrap_or(CALL_TIMEOUT).as_millis();
    let seed = RandomState::new().build_hasher().finish();
    Ok(Limits::of_aws(
        u64::try_from(call).unwrap_or(u64::MAX),
        seed,
    ))
}

impl Failure {
    /// AWS refused or failed, at an operation.
    pub(super) fn aws(fault: &Fault, operation: Operation) -> Self {
        Self {
            code: Self::AWS,
            messages: vec![error::message(fault, operation)],
        }
    }
}

impl From<Failed> for Failure {
    fn from(failed: Failed) -> Self {
        Self::aws(&failed.fault, failed.operation)
    }
}

/// Runs async work on this thread.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    crate::aws::block_on(work)
        .unwrap_or_else(|error| Err(Failure::new(format!("cannot start: {error}"))))
}
