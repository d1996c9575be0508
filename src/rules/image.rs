//! Images that can be read, but perhaps not pulled, or not twice alike.

use crate::check::form;
use crate::check::ty::quote;
use crate::codes::values as codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::Opt;

use super::Job;

/// A host that is nearly one of ECR, or too little after it.
pub(super) fn ecr(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let (Some(setting), Some(image)) = (job.options.get(Opt::Image), job.options.str(Opt::Image))
    else {
        return;
    };
    let Err(error) = form::ecr_image(image) else {
        return;
    };
    let what = match setting.variable {
        Some(variable) => format!("the variable {variable}"),
        None => "`image`".to_owned(),
    };
    let mut diagnostic = Diagnostic::new(
        &codes::ECR_IMAGE,
        setting.value.span,
        format!("{what}: {}", error.message),
    );
    diagnostic.help = error.help;
    if let Some(defined) = setting.value.defined {
        diagnostic = diagnostic.label(defined, "its value comes from here");
    } else if let (Some(mended), None) = (error.suggestion, setting.variable) {
        diagnostic = diagnostic.suggest(
            format!("write `{mended}`"),
            setting.value.span,
            quote(&mended),
        );
    }
    sink.push(diagnostic);
}

/// What a name without a version stands for changes.
pub(super) fn floating(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let (Some(setting), Some(text)) = (job.options.get(Opt::Image), job.options.str(Opt::Image))
    else {
        return;
    };
    let Ok(image) = form::parse_image(text) else {
        return;
    };
    // A registry alone has no version to state.
    let is_host = image.registry.is_none() && form::ecr_image(text).is_err();
    if is_host || image.digest.is_some() || image.tag.is_some_and(|tag| tag != "latest") {
        return;
    }
    let what = match setting.variable {
        Some(variable) => format!("the variable {variable}: `{text}`"),
        None => format!("the image `{text}`"),
    };
    let message = match image.tag {
        Some(_) => format!("{what} may change at any time"),
        None => format!("{what} has no tag, so whatever is `latest` is pulled"),
    };
    let mut diagnostic = Diagnostic::new(&codes::FLOATING_IMAGE, setting.value.span, message)
        .help("two attempts of a job, or two items of a foreach, may get different images; write a version as the tag, or a digest");
    if let Some(defined) = setting.value.defined {
        diagnostic = diagnostic.label(defined, "its value comes from here");
    }
    sink.push(diagnostic);
}
