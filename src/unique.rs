//! Names that must differ over all flows of one build.

use std::collections::HashMap;

use crate::codes::names;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// What one flow of a build is called, and what it calls its job definitions.
///
/// The spans of all flows given to [`duplicates`] belong to one `Sources`.
#[derive(Clone, Debug)]
pub struct Named {
    /// The flow's name, which is the name of its folder.
    pub flow: String,
    /// Where it stands.
    pub span: Option<Span>,
    /// Every job definition's name, and the step's name in the file.
    pub definitions: Vec<(String, Span)>,
}

/// Two flows of one name, two job definitions of one name.
///
/// Flow names that differ only in case count as equal: each names a folder,
/// and on macOS and Windows that would be one folder.
#[must_use]
pub fn duplicates(flows: &[Named]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut seen: HashMap<String, &Named> = HashMap::new();
    let mut definitions: HashMap<&str, Span> = HashMap::new();
    for flow in flows {
        if let Some(first) = seen.get(&flow.flow.to_lowercase()) {
            found.push(duplicate_flow(first, flow));
            // Its definitions bear the same names: that is one mistake, not many.
            continue;
        }
        seen.insert(flow.flow.to_lowercase(), flow);
        for (name, span) in &flow.definitions {
            if let Some(first) = definitions.get(name.as_str()) {
                found.push(
                    Diagnostic::new(
                        &names::DUPLICATE_DEFINITION_NAME,
                        *span,
                        format!("two steps of this build register the job definition `{name}`"),
                    )
                    .here("this one")
                    .label(*first, "and this one")
                    .help("give one of them another `job_definition_name`"),
                );
            } else {
                definitions.insert(name, *span);
            }
        }
    }
    found
}

fn duplicate_flow(first: &Named, second: &Named) -> Diagnostic {
    let message = if first.flow == second.flow {
        format!("two flows of this build are called `{}`", second.flow)
    } else {
        format!(
            "the flows `{}` and `{}` of this build differ only in case, so some file systems \
             give them one folder",
            first.flow, second.flow
        )
    };
    let code = &names::DUPLICATE_FLOW;
    let mut diagnostic = match second.span {
        Some(span) => Diagnostic::new(code, span, message).here("this one"),
        None => Diagnostic::nowhere(code, message),
    };
    if let Some(span) = first.span {
        diagnostic = diagnostic.label(span, "and this one");
    }
    diagnostic.help("rename one of them, or build them into two folders with `-o`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn named(file: u32, flow: &str, definitions: &[&str]) -> Named {
        Named {
            flow: flow.to_owned(),
            span: Some(Span::new(FileId(file), 5, 5 + flow.len())),
            definitions: definitions
                .iter()
                .map(|name| ((*name).to_owned(), Span::new(FileId(file), 20, 25)))
                .collect(),
        }
    }

    fn codes(flows: &[Named]) -> Vec<&'static str> {
        duplicates(flows)
            .iter()
            .map(|found| found.code.name)
            .collect()
    }

    #[test]
    fn different_names_are_fine() {
        assert!(codes(&[named(0, "A", &["A-x"]), named(1, "B", &["B-x"])]).is_empty());
    }

    #[test]
    fn two_flows_of_one_name_are_reported_once() {
        let flows = [
            named(0, "A", &["A-x", "A-y"]),
            named(1, "A", &["A-x", "A-y"]),
        ];
        assert_eq!(codes(&flows), ["duplicate-flow"]);
        let places: Vec<u32> = duplicates(&flows)[0]
            .labels
            .iter()
            .map(|label| label.span.file.0)
            .collect();
        assert_eq!(places, [1, 0]);
        assert_eq!(
            codes(&[named(0, "Churn", &[]), named(1, "churn", &[])]),
            ["duplicate-flow"]
        );
    }

    #[test]
    fn two_definitions_of_one_name() {
        let flows = [
            named(0, "A", &["shared"]),
            named(1, "B", &["B-x", "shared"]),
        ];
        assert_eq!(codes(&flows), ["duplicate-definition-name"]);
        assert_eq!(
            codes(&[named(0, "A", &["s", "s"])]),
            ["duplicate-definition-name"]
        );
    }
}
