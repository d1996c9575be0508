//! What `~/.aws` and the environment say that the SDK does not read, or does not keep to.

use std::env;
use std::path::PathBuf;

use aws_config::profile;
use aws_types::os_shim_internal::{Env, Fs};

/// Names a file of certificates to trust instead of the system's.
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// Whether only `--endpoint-url` names an endpoint.
const IGNORE_ENDPOINTS: &str = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";

/// Settings of every AWS tool, from the environment or else from a profile.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Unread {
    /// `AWS_CA_BUNDLE`, or `ca_bundle`.
    pub(super) ca_bundle: Option<PathBuf>,
    /// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`, or `ignore_configured_endpoint_urls`.
    pub(super) ignores_endpoints: bool,
}

impl Unread {
    /// Of the environment, and of a profile: this one, or else that of `AWS_PROFILE`. Files that cannot
    /// be read are reported by the SDK, which reads them for credentials.
    pub(super) async fn read(profile: Option<&str>) -> Self {
        let profile = profile.map(|name| name.to_owned().into());
        let (fs, env) = (Fs::real(), Env::real());
        let set = profile::load(&fs, &env, &Default::default(), profile).await;
        let written = |name| set.as_ref().ok().and_then(|set| set.get(name));
        let ca_bundle = variable(CA_BUNDLE).or_else(|| written("ca_bundle").map(PathBuf::from));
        let ignores_endpoints = ignoring()
            .unwrap_or_else(|| written("ignore_configured_endpoint_urls").is_some_and(is_true));
        Self {
            ca_bundle,
            ignores_endpoints,
        }
    }
}

/// Whether the environment says that only `--endpoint-url` names an endpoint.
#[must_use]
pub fn environment_ignores_endpoints() -> bool {
    ignoring().unwrap_or(false)
}

/// What the environment says of that, if anything.
fn ignoring() -> Option<bool> {
    let value = variable(IGNORE_ENDPOINTS)?;
    Some(value.to_str().is_some_and(is_true))
}

/// A variable of the environment; an empty one is none.
fn variable(name: &str) -> Option<PathBuf> {
    let value = env::var_os(name).filter(|value| !value.is_empty());
    value.map(PathBuf::from)
}

fn is_true(value: &str) -> bool {
    value.eq_ignore_ascii_case("true")
}
