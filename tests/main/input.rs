//! Files in memory, compiled in this process.

use std::path::Path;

use flowbatch::Settings;
use flowbatch::diagnostic::Severity;
use flowbatch::source::Memory;
use serde_json::Value;

use super::invariants;

/// What every small flow needs before it.
pub(crate) const HEAD: &str = r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")"#;

/// Files, and what a compilation is told besides.
#[derive(Clone, Debug, Default)]
pub(crate) struct Input {
    files: Memory,
    settings: Settings,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Output {
    /// The document that `build --stdout` prints; null if there is none.
    pub(crate) document: Value,
    /// The same as text.
    pub(crate) text: String,
    /// Every diagnostic: its code, severity and message.
    pub(crate) found: Vec<(&'static str, Severity, String)>,
    /// What is wrong with the settings.
    pub(crate) usage: Vec<flowbatch::UsageError>,
}

impl Input {
    /// A file that is a whole flow.
    pub(crate) fn new(text: impl Into<Vec<u8>>) -> Self {
        Self::default().file("example.flow", text)
    }

    /// The body of a flow called `F`, below [`HEAD`].
    pub(crate) fn body(body: &str) -> Self {
        Self::new(format!("{HEAD}\nflow F {{\n{body}\n}}\n"))
    }

    pub(crate) fn file(mut self, name: &str, text: impl Into<Vec<u8>>) -> Self {
        self.files = self.files.with(name, text);
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.settings.variables.insert(name.into(), value.into());
        self
    }

    pub(crate) fn param(mut self, name: &str, value: &str) -> Self {
        self.settings.params.push((name.into(), value.into()));
        self
    }

    /// What an account answers to DescribeJobQueues and DescribeComputeEnvironments, as one object:
    /// the queues of `example.flow` are looked for in it.
    #[cfg(feature = "aws")]
    pub(crate) fn account(mut self, replies: &str) -> Self {
        let compiled = self.compiled("example.flow");
        self.settings.queues = answered(&compiled.artifacts.expect("it compiles"), replies);
        self
    }

    /// Holds `check --fix` of a file to its law; how many certain fixes it does not keep.
    #[track_caller]
    pub(crate) fn fixes_left(&self, name: &str) -> usize {
        invariants::fixes(&self.files, Path::new(name), &self.settings)
    }

    pub(crate) fn env(mut self, name: &str) -> Self {
        self.settings.env = Some(name.into());
        self
    }

    /// Compiles `example.flow`.
    pub(crate) fn compile(&self) -> Output {
        self.compile_file("example.flow")
    }

    pub(crate) fn compile_file(&self, name: &str) -> Output {
        let compiled = self.compiled(name);
        let text = compiled.artifacts.map(|made| made.document());
        let found = compiled.checked.diagnostics.into_iter();
        Output {
            document: text.as_deref().map_or(Value::Null, |text| {
                serde_json::from_str(text).expect("a document is JSON")
            }),
            text: text.unwrap_or_default(),
            found: found
                .map(|found| (found.code.name, found.severity, found.message))
                .collect(),
            usage: compiled.checked.usage,
        }
    }

    pub(crate) fn compiled(&self, name: &str) -> flowbatch::Compiled {
        flowbatch::compile(&self.files, Path::new(name), &self.settings).expect("it is readable")
    }
}

impl Output {
    /// The codes of all diagnostics.
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        self.found.iter().map(|(code, ..)| *code).collect()
    }

    pub(crate) fn errors(&self) -> Vec<&'static str> {
        let errors = self.found.iter();
        let errors = errors.filter(|(_, severity, _)| *severity == Severity::Error);
        errors.map(|(code, ..)| *code).collect()
    }

    /// Fails the test unless there is nothing at all to say.
    #[track_caller]
    pub(crate) fn clean(self) -> Self {
        assert!(
            self.found.is_empty() && self.usage.is_empty(),
            "{:?} {:?}",
            self.found,
            self.usage
        );
        self
    }

    /// Fails the test unless there are artifacts.
    #[track_caller]
    pub(crate) fn built(self) -> Self {
        assert!(
            !self.document.is_null(),
            "{:?} {:?}",
            self.found,
            self.usage
        );
        self
    }

    /// The job definition of a step.
    pub(crate) fn definition(&self, step: &str) -> &Value {
        &self.document["jobDefinitions"][step]
    }

    /// The jobs, in their order.
    pub(crate) fn jobs(&self) -> &[Value] {
        self.document["jobs"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The job of a step.
    #[track_caller]
    pub(crate) fn job(&self, step: &str) -> &Value {
        let found = self.jobs().iter().find(|job| job["step"] == step);
        found.expect("the step is a job")
    }
}

/// A string as the language writes it.
pub(crate) fn quoted(text: &str) -> String {
    let mut written = String::from('"');
    for c in text.chars() {
        match c {
            '\\' => written.push_str("\\\\"),
            '"' => written.push_str("\\\""),
            '\n' => written.push_str("\\n"),
            '\t' => written.push_str("\\t"),
            '\r' => written.push_str("\\r"),
            '$' => written.push_str("\\$"),
            c if c.is_control() => written.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => written.push(c),
        }
    }
    written + "\""
}

/// The queues of what was compiled, as an account answers them.
#[cfg(feature = "aws")]
pub(crate) fn answered(
    artifacts: &flowbatch::Artifacts,
    replies: &str,
) -> flowbatch::queue::Queues {
    use flowbatch::aws::plan::{Requests, account};
    let replies: Value = serde_json::from_str(replies).expect("JSON");
    let list = |name: &str| replies[name].as_array().cloned().unwrap_or_default();
    let names: Vec<String> = list("jobQueues")
        .iter()
        .map(|queue| queue["jobQueueName"].as_str().expect("a name").to_owned())
        .collect();
    let requests = Requests::of(artifacts).expect("JSON");
    account::queues(
        &requests.queues(),
        &list("jobQueues"),
        &list("computeEnvironments"),
        "eu-central-1",
        &names,
    )
}
