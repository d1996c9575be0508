//! Sizes of requests.

codes! { "size";
    /// A job definition near or over 24 KiB
    DEFINITION_SIZE: "definition-size", Error,
    explain: "", failing: "", corrected: "";

    /// A submission near or over 30 KiB
    SUBMISSION_SIZE: "submission-size", Error,
    explain: "", failing: "", corrected: "";

    /// An override near or over 8,192 characters
    OVERRIDE_SIZE: "override-size", Error,
    explain: "", failing: "", corrected: "";
}
