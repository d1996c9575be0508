//! A plan for people, and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use super::compare::{Change, Kind};
use super::{Action, Definition, Job, Plan, Summary};
use crate::printable::printable;

/// Values up to this long stand on the line of their path.
const SHORT: usize = 60;

/// Paths up to this long are aligned.
const ALIGNED: usize = 56;

/// Lines around a change in a text.
const CONTEXT: usize = 2;

impl Plan {
    /// As text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "job definitions of {}", self.flow);
        let width = column(self.definitions.iter().map(|one| one.name.as_str()));
        for definition in &self.definitions {
            definition.write(width, &mut text);
        }
        let _ = writeln!(text, "\njobs of {}", self.flow);
        let width = column(self.jobs.iter().map(|job| job.name.as_str()));
        for job in &self.jobs {
            job.write(width, &mut text);
        }
        let _ = writeln!(text, "\n{}", self.summary());
        text
    }

    /// As JSON, without what it was found with.
    #[must_use]
    pub fn json(&self) -> Value {
        let summary = self.summary();
        json!({
            "flow": self.flow,
            "definitions": self.definitions.iter().map(Definition::json).collect::<Value>(),
            "jobs": self.jobs.iter().map(Job::json).collect::<Value>(),
            "summary": {
                "register": summary.register,
                "revise": summary.revise,
                "unchanged": summary.unchanged,
                "jobs": summary.jobs,
            },
        })
    }
}

/// `Plan: 1 to register, 1 new revision, 3 unchanged; 5 jobs to submit.`
impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        write!(
            f,
            "Plan: {} to register, {} new revision{}, {} unchanged; {} job{} to submit.",
            self.register,
            self.revise,
            plural(self.revise),
            self.unchanged,
            self.jobs,
            plural(self.jobs),
        )
    }
}

impl Definition {
    fn write(&self, width: usize, text: &mut String) {
        let name = &self.name;
        let _ = match &self.action {
            Action::Register => writeln!(text, "  + {name:width$}  new"),
            Action::Keep { revision } => {
                writeln!(text, "    {name:width$}  unchanged, revision {revision}")
            }
            Action::Revise { revision, changes } => {
                let written = writeln!(
                    text,
                    "  ~ {name:width$}  new revision, {revision} is out of date"
                );
                let inline = changes.iter().filter(|change| change.inline().is_some());
                let width = column(inline.map(|change| change.path.as_str()));
                for change in changes {
                    change.write(width.min(ALIGNED), text);
                }
                written
            }
        };
    }

    fn json(&self) -> Value {
        let (action, revision, changes) = match &self.action {
            Action::Register => ("register", None, &[][..]),
            Action::Revise { revision, changes } => ("revise", Some(*revision), &changes[..]),
            Action::Keep { revision } => ("keep", Some(*revision), &[][..]),
        };
        json!({
            "step": self.step,
            "name": self.name,
            "action": action,
            "revision": revision,
            "changes": changes.iter().map(Change::json).collect::<Value>(),
        })
    }
}

impl Job {
    fn write(&self, width: usize, text: &mut String) {
        let mut facts = vec![format!("queue {}", printable(&self.queue))];
        facts.extend(self.size.map(|size| format!("array of {size}")));
        if !self.depends_on.is_empty() {
            let steps = self.depends_on.iter().map(|(step, kind)| match kind {
                Some(kind) => format!("{step} ({kind})"),
                None => step.clone(),
            });
            let steps: Vec<String> = steps.collect();
            facts.push(format!("after {}", steps.join(" and ")));
        }
        let _ = writeln!(text, "  + {:width$}  {}", self.name, facts.join(", "));
    }

    fn json(&self) -> Value {
        let depends_on = self.depends_on.iter().map(|(step, kind)| match kind {
            Some(kind) => json!({ "step": step, "type": kind }),
            None => json!({ "step": step }),
        });
        json!({
            "step": self.step,
            "jobName": self.name,
            "jobQueue": self.queue,
            "arraySize": self.size,
            "dependsOn": depends_on.collect::<Value>(),
        })
    }
}

impl Change {
    fn write(&self, width: usize, text: &mut String) {
        let sign = match self.kind() {
            Kind::Add => '+',
            Kind::Remove => '-',
            Kind::Replace => '~',
        };
        let path = printable(&self.path);
        if let Some(values) = self.inline() {
            let _ = writeln!(text, "      {sign} {path:width$}  {values}");
            return;
        }
        let _ = writeln!(text, "      {sign} {path}");
        // Where one is a text of several lines, both are shown as texts.
        let as_text = self.has_lines();
        let texts = [&self.old, &self.new];
        let [old, new] = texts.map(|value| match value {
            Some(Value::String(text)) if as_text => text.clone(),
            Some(value) => json_of(value),
            None => String::new(),
        });
        lines(&old, &new, text);
    }

    /// Whether one of the values is a text of several lines.
    fn has_lines(&self) -> bool {
        let mut values = [&self.old, &self.new].into_iter().flatten();
        values.any(|value| value.as_str().is_some_and(|text| text.contains('\n')))
    }

    /// The values beside the path, where they are short.
    fn inline(&self) -> Option<String> {
        if self.has_lines() {
            return None;
        }
        let values: Vec<String> = [&self.old, &self.new]
            .into_iter()
            .flatten()
            .map(json_of)
            .collect();
        let short = |value: &String| value.chars().count() <= SHORT;
        values.iter().all(short).then(|| values.join(" -> "))
    }

    fn json(&self) -> Value {
        let kind = match self.kind() {
            Kind::Add => "add",
            Kind::Remove => "remove",
            Kind::Replace => "replace",
        };
        json!({ "path": self.path, "kind": kind, "old": self.old, "new": self.new })
    }
}

/// A value as JSON on one line.
fn json_of(value: &Value) -> String {
    printable(&value.to_string()).into_owned()
}

/// The lines in which a text changes, with a few around them.
fn lines(old: &str, new: &str, text: &mut String) {
    let diff = TextDiff::from_lines(old, new);
    for (at, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if at > 0 {
            text.push_str("            …\n");
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            let line = printable(change.value().trim_end_matches('\n')).into_owned();
            let line = format!("          {sign} {line}");
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
}

/// How wide a column has to be; one long name must not push all others away.
fn column<'n>(names: impl Iterator<Item = &'n str>) -> usize {
    let widths = names.map(|name| name.chars().count());
    widths.filter(|width| *width <= ALIGNED).max().unwrap_or(0)
}
