//! What an annotation takes, while it is written.

use super::Analysis;
use super::context::{self, Context};
use super::describe;
use crate::schema::{ANNOTATIONS, AnnotationSpec};

/// An annotation's options, and which of them is being written.
#[derive(Clone, Debug)]
pub struct Signature {
    /// `@name(option: what, …)`
    pub label: String,
    /// What the annotation is for.
    pub doc: &'static str,
    /// The part of the label for each option, in bytes, and what it means, in Markdown.
    pub parameters: Vec<(std::ops::Range<usize>, String)>,
    /// Which of them is being written.
    pub active: Option<usize>,
}

/// The annotation whose parentheses `offset` is in.
#[must_use]
pub fn signature(analysis: &Analysis, offset: usize) -> Option<Signature> {
    let place = context::at(analysis, analysis.root_id(), offset);
    let text: &str = &analysis.checked.sources.file(analysis.root_id()).text;
    let (spec, active) = match place.context {
        Context::Argument(spec, _) => {
            let word = text.get(place.word).unwrap_or_default();
            let mut options = spec.options.iter();
            (spec, options.position(|option| option.name == word))
        }
        Context::Value(Some(option), _) => {
            // Each annotation has rows of its own, also for what two of them share.
            let position = |spec: &AnnotationSpec| {
                let mut options = spec.options.iter();
                options.position(|other| std::ptr::eq(other, option))
            };
            let mut specs = ANNOTATIONS.iter();
            specs.find_map(|spec| Some((spec, Some(position(spec)?))))?
        }
        _ => return None,
    };
    let mut label = format!("@{}(", spec.name);
    let mut parameters = Vec::new();
    for option in spec.options {
        if !parameters.is_empty() {
            label.push_str(", ");
        }
        let start = label.len();
        label.push_str(option.name);
        parameters.push((start..label.len(), describe::option(spec, option)));
    }
    if spec.options.is_empty() {
        label.push_str("profile, …");
    }
    label.push(')');
    Some(Signature {
        label,
        doc: spec.doc,
        parameters,
        active,
    })
}
