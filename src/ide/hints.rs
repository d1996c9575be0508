//! What is not written and worth seeing: resolved sizes, beside the text.

use super::Analysis;
use super::symbols::{self, Symbol};
use crate::source::Span;
use crate::{ExplainedStep, Explanation};

/// A few words that stand behind a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hint {
    /// The byte that they stand before.
    pub offset: u32,
    /// The words.
    pub text: String,
}

/// The hints of the file that the analysis is of that belong into `range`: at each step its vCPUs,
/// memory and array size as they are resolved, at each size that is written its MiB.
#[must_use]
pub fn hints(
    analysis: &Analysis,
    explanation: Option<&Explanation>,
    range: std::ops::Range<usize>,
) -> Vec<Hint> {
    let is_near =
        |span: &Span| range.contains(&(span.end as usize)) || range.end == span.end as usize;
    let mut hints: Vec<Hint> = Vec::new();
    for step in explanation.map_or(&[][..], |explained| &explained.steps) {
        let text = of_step(step);
        if is_near(&step.span) && !text.is_empty() {
            let offset = step.span.end;
            hints.push(Hint { offset, text });
        }
    }
    for found in symbols::occurrences(analysis, analysis.root_id()) {
        if let Symbol::Size(bytes) = found.symbol
            && is_near(&found.span)
            && !analysis.text(found.span).ends_with("MiB")
        {
            let mib = bytes as f64 / f64::from(1 << 20);
            hints.push(Hint {
                offset: found.span.end,
                text: format!("= {mib} MiB"),
            });
        }
    }
    hints.sort_by_key(|hint| hint.offset);
    hints
}

fn of_step(step: &ExplainedStep) -> String {
    let value = |name: &str| {
        let mut options = step.options.iter();
        let option = options.find(|option| option.annotation == "batch" && option.name == name)?;
        Some(match &option.value {
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => "?".to_owned(),
        })
    };
    let mut parts: Vec<String> = Vec::new();
    parts.extend(value("cpu").map(|cpu| format!("{cpu} vCPU")));
    parts.extend(value("memory").map(|memory| format!("{memory} MiB")));
    let is_job = step.job_definition.is_some();
    match step.array_size.filter(|_| is_job) {
        Some(Some(size)) => parts.push(format!("× {size}")),
        Some(None) => parts.push("× ?".to_owned()),
        None => {}
    }
    parts.join(", ")
}
