//! THE table of codes: what can be wrong, in one place.
//!
//! `flowbatch rule`, SARIF, the documentation and the tests all read it. A
//! group a file; every entry carries a failing and a corrected example, and a
//! test proves that the one fires the code and the other is clean.

use crate::diagnostic::Severity;

/// One kind of mistake.
#[derive(Debug)]
pub struct Code {
    /// The stable kebab name, as in `# flowbatch: allow(NAME)`.
    pub name: &'static str,
    /// Which chapter of the documentation it belongs to.
    pub group: &'static str,
    /// Its usual severity.
    pub severity: Severity,
    /// One line: what is wrong.
    pub summary: &'static str,
    /// Several lines: why it is wrong, what AWS Batch does, what to do instead.
    pub explanation: &'static str,
    /// Input that fires this code; see [`Example`].
    pub failing: &'static str,
    /// The same, mended: no diagnostic at all.
    pub corrected: &'static str,
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
impl Eq for Code {}
impl std::hash::Hash for Code {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Code {
    /// The page that explains the code.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://flowbatch.dev/rules#{}", self.name)
    }
}

/// Declares the codes of a group:
///
/// ```text
/// codes! { "graph";
///     /// One line: the summary, shown by `rule` and in SARIF.
///     UNKNOWN_STEP: "unknown-step", Error,
///         explain: "…", failing: "…", corrected: "…";
/// }
/// ```
macro_rules! codes {
    ($group:literal; $(
        #[doc = $summary:literal]
        $ident:ident: $name:literal, $severity:ident,
        explain: $explanation:expr, failing: $failing:expr, corrected: $corrected:expr;
    )*) => {
        $(
            #[doc = $summary]
            pub static $ident: $crate::codes::Code = $crate::codes::Code {
                name: $name,
                group: $group,
                severity: $crate::diagnostic::Severity::$severity,
                summary: $summary.trim_ascii(),
                explanation: $explanation,
                failing: $failing,
                corrected: $corrected,
            };
        )*
        /// The codes of this group, in the order of the documentation.
        pub static ALL: &[&$crate::codes::Code] = &[$(&$ident),*];
    };
}


pub mod config;
pub mod graph;
pub mod names;
pub mod options;
pub mod platform;
pub mod run;
pub mod size;
pub mod storage;
pub mod syntax;
pub mod values;

/// Every code, group by group.
pub fn all() -> impl Iterator<Item = &'static Code> {
    [
        syntax::ALL,
        names::ALL,
        values::ALL,
        config::ALL,
        graph::ALL,
        run::ALL,
        options::ALL,
        platform::ALL,
        storage::ALL,
        size::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The code of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Code> {
    all().find(|code| code.name == name)
}

/// The parts of a code's example.
///
/// An example is one file, `example.flow`, or several, each under a line
/// `-- NAME --`. A part named `environment` holds `NAME=value` lines, one
/// named `arguments` the command-line words `-p NAME=value` and `--env NAME`.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    text: &'static str,
}

impl Example {
    /// Reads an example of the table.
    #[must_use]
    pub fn new(text: &'static str) -> Self {
        Self { text }
    }

    /// Name and content of every part; the flow to compile is the first.
    #[must_use]
    pub fn parts(self) -> Vec<(&'static str, &'static str)> {
        let mut parts: Vec<(&str, &str)> = Vec::new();
        let mut name = "example.flow";
        let mut start = 0;
        let mut at = 0;
        for line in self.text.split_inclusive('\n') {
            let header = line
                .trim_end()
                .strip_prefix("-- ")
                .and_then(|rest| rest.strip_suffix(" --"));
            if let Some(next) = header {
                if at > start {
                    parts.push((name, &self.text[start..at]));
                }
                name = next;
                start = at + line.len();
            }
            at += line.len();
        }
        parts.push((name, &self.text[start..]));
        parts
    }

    /// As written in the table.
    #[must_use]
    pub fn text(self) -> &'static str {
        self.text
    }
}

