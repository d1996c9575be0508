//! An account of AWS for one test.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::containers;
use super::http::Message;
use super::proxy::Proxy;
use super::server::{DOCKER, HELD, Server};
use crate::main::project::Project;

const REGION: &str = "eu-central-1";

/// An account with nothing in it, reached through a proxy.
pub(crate) struct Account {
    pub(crate) id: String,
    server: &'static Server,
    pub(crate) proxy: Proxy,
}

impl Account {
    /// `None`, which has been said, if there is no server.
    pub(crate) fn new() -> Option<Self> {
        HELD.as_ref().map(Self::of)
    }

    /// One whose jobs are containers of [`containers::IMAGE`]; `None`, which has been said, if
    /// there is nothing to run them.
    pub(crate) fn with_containers() -> Option<Self> {
        if *containers::ENGINE {
            DOCKER.as_ref().map(Self::of)
        } else {
            None
        }
    }

    fn of(server: &'static Server) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(100_000_000_001);
        let id = COUNT.fetch_add(1, Ordering::SeqCst).to_string();
        let proxy = Proxy::new(server.address, &id);
        Self { id, server, proxy }
    }

    /// Adds a queue, on machines that it starts itself.
    pub(crate) fn queue(self, name: &str) -> Self {
        let environment = format!("{name}-machines");
        self.call(
            "CreateComputeEnvironment",
            &json!({
                "computeEnvironmentName": environment,
                "type": "MANAGED",
                "serviceRole": "arn:aws:iam::123456789012:role/batch",
                "computeResources": {
                    "type": "EC2", "minvCpus": 0, "maxvCpus": 256, "instanceTypes": ["optimal"],
                    "subnets": ["subnet-1"], "securityGroupIds": ["sg-1"], "instanceRole": "ecs",
                },
            }),
        );
        self.call(
            "CreateJobQueue",
            &json!({
                "jobQueueName": name, "priority": 1, "state": "ENABLED",
                "computeEnvironmentOrder": [{ "order": 1, "computeEnvironment": environment }],
            }),
        );
        self
    }

    /// Calls an operation straight at the server, past the proxy.
    pub(crate) fn ask(&self, operation: &str, body: &Value) -> Message {
        let (path, service, target) = match operation {
            "GetLogEvents" => ("/".to_owned(), "logs", "Logs_20140328.GetLogEvents"),
            _ => (
                format!("/v1/{}", operation.to_ascii_lowercase()),
                "batch",
                "",
            ),
        };
        let target = match target {
            "" => String::new(),
            _ => format!("X-Amz-Target: {target}\r\n"),
        };
        let headers = format!(
            "Authorization: AWS4-HMAC-SHA256 Credential=AKID/20260101/{REGION}/{service}/aws4_request, \
             SignedHeaders=host, Signature=00\r\nx-moto-account-id: {}\r\n{target}",
            self.id
        );
        self.server.send(&path, &headers, body)
    }

    /// The same, where it must succeed.
    #[track_caller]
    pub(crate) fn call(&self, operation: &str, body: &Value) -> Value {
        let reply = self.ask(operation, body);
        assert_eq!(
            reply.status(),
            200,
            "{operation}: {}",
            String::from_utf8_lossy(&reply.body)
        );
        reply.json()
    }

    /// The same, where it must be refused; the message.
    #[track_caller]
    pub(crate) fn refused(&self, operation: &str, body: &Value) -> String {
        let reply = self.ask(operation, body);
        assert_eq!(reply.status(), 400, "{operation} takes {body}");
        let error = reply.json();
        assert_eq!(error["__type"], "ClientException", "{error}");
        error["message"].as_str().expect("a message").to_owned()
    }

    /// A call of the tests' own, see `moto/control.py`.
    #[track_caller]
    pub(crate) fn shim(&self, verb: &str, mut body: Value) -> Value {
        body["account"] = json!(self.id);
        body["region"] = json!(REGION);
        let reply = self.server.post(&format!("/shim/{verb}"), &body);
        assert_eq!(reply.status(), 200, "{}", reply.json());
        reply.json()
    }

    /// Every job that was ever submitted, as `{request, job}`.
    pub(crate) fn jobs(&self) -> Vec<Value> {
        let Value::Array(jobs) = self.shim("jobs", json!({})) else {
            panic!("no list of jobs");
        };
        jobs
    }

    /// Every revision of every definition, as it is described.
    pub(crate) fn definitions(&self) -> Vec<Value> {
        let Value::Array(definitions) = self.shim("definitions", json!({})) else {
            panic!("no list of definitions");
        };
        definitions
    }

    /// How many jobs of each name there are that nobody has ended.
    pub(crate) fn live(&self) -> BTreeMap<String, usize> {
        let mut live = BTreeMap::new();
        for one in self.jobs() {
            if one["job"]["isTerminated"] == false && one["job"]["isCancelled"] == false {
                let name = one["job"]["jobName"].as_str().expect("a name");
                *live.entry(name.to_owned()).or_default() += 1;
            }
        }
        live
    }

    /// `flowbatch` in a folder, as a user of this account runs it.
    pub(crate) fn command(&self, project: &Project, arguments: &[&str]) -> Command {
        let mut command = project.command(arguments);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("AWS_") || text.starts_with("FLOWBATCH_") {
                command.env_remove(name);
            }
        }
        command
            .env("HOME", project.path())
            .env("AWS_ENDPOINT_URL", format!("http://{}", self.proxy.address))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "no-secret")
            .env("NO_PROXY", "127.0.0.1");
        command
    }
}
