//! THE table of codes: what can be wrong, in one place.
//!
//! `flowbatch rule`, SARIF, the documentation and the tests all read it. A
//! group a file; every entry carries a failing and a corrected example, and a
//! test proves that the one fires the code and the other is clean.

use std::borrow::Cow;

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
    /// One line without a full stop: what is wrong.
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
    /// Where the page that explains the code stands for all to read: `docs/codes.md` of the repository.
    #[must_use]
    pub fn url(&self) -> String {
        let repository = env!("CARGO_PKG_REPOSITORY");
        format!("{repository}/blob/main/docs/codes.md#{}", self.name)
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
pub mod queue;
pub mod run;
pub mod secrets;
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
        secrets::ALL,
        options::ALL,
        platform::ALL,
        queue::ALL,
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
///
/// A line `-- 400 times --`, however indented, says that the line below it
/// stands there 400 times, so that a page about a size limit stays short.
/// [`Example::parts`] writes them all out; a page shows the example as it is.
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
    pub fn parts(self) -> Vec<(&'static str, Cow<'static, str>)> {
        let mut parts = Vec::new();
        let mut name = "example.flow";
        let mut start = 0;
        let mut at = 0;
        for line in self.text.split_inclusive('\n') {
            if let Some(next) = header(line).filter(|_| times(line).is_none()) {
                if at > start {
                    parts.push((name, written_out(&self.text[start..at])));
                }
                name = next;
                start = at + line.len();
            }
            at += line.len();
        }
        parts.push((name, written_out(&self.text[start..])));
        parts
    }

    /// As written in the table.
    #[must_use]
    pub fn text(self) -> &'static str {
        self.text
    }
}

/// The words of a line `-- WORDS --`.
fn header(line: &str) -> Option<&str> {
    line.trim_end().strip_prefix("-- ")?.strip_suffix(" --")
}

/// How often the line below a line `-- N times --` stands there.
fn times(line: &str) -> Option<usize> {
    header(line.trim_start())?
        .strip_suffix(" times")?
        .parse()
        .ok()
}

/// A part with every line as often as it stands there.
fn written_out(part: &'static str) -> Cow<'static, str> {
    if !part.lines().any(|line| times(line).is_some()) {
        return Cow::Borrowed(part);
    }
    let mut text = String::new();
    let mut repeated = None;
    for line in part.split_inclusive('\n') {
        match times(line) {
            Some(count) => repeated = Some(count),
            None => text.push_str(&line.repeat(repeated.take().unwrap_or(1))),
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_needs_no_header() {
        assert_eq!(
            Example::new("a\n").parts(),
            [("example.flow", "a\n".into())]
        );
    }

    #[test]
    fn parts_begin_at_their_headers() {
        let example = Example::new("-- a.flow --\na\n\n-- flowbatch.toml --\nb\n");
        let parts = [("a.flow", "a\n\n".into()), ("flowbatch.toml", "b\n".into())];
        assert_eq!(example.parts(), parts);
    }

    #[test]
    fn repeated_lines_are_written_out() {
        let example = Example::new("-- 2 times --\na\nb\n-- c --\n  -- 3 times --\n  d\ne\n");
        let parts = [
            ("example.flow", "a\na\nb\n".into()),
            ("c", "  d\n  d\n  d\ne\n".into()),
        ];
        assert_eq!(example.parts(), parts);
    }
}
