//! Annotations and their options.
use super::codes;

codes! { "options";
    /// An annotation that does not exist
    UNKNOWN_ANNOTATION: "unknown-annotation", Error,
    explain: "", failing: "", corrected: "";

    /// A Metaflow decorator that has no meaning here
    METAFLOW_DECORATOR: "metaflow-decorator", Error,
    explain: "", failing: "", corrected: "";

    /// One annotation twice at one place
    DUPLICATE_ANNOTATION: "duplicate-annotation", Error,
    explain: "", failing: "", corrected: "";

    /// An annotation where it has no meaning
    MISPLACED_ANNOTATION: "misplaced-annotation", Error,
    explain: "", failing: "", corrected: "";

    /// An option that does not exist
    UNKNOWN_OPTION: "unknown-option", Error,
    explain: "", failing: "", corrected: "";

    /// One option twice in one annotation
    DUPLICATE_OPTION: "duplicate-option", Error,
    explain: "", failing: "", corrected: "";

    /// A value without the name of its option
    POSITIONAL_ARGUMENT: "positional-argument", Error,
    explain: "", failing: "", corrected: "";

    /// A key that a map option does not have
    UNKNOWN_KEY: "unknown-key", Error,
    explain: "", failing: "", corrected: "";

    /// A key that a map option needs
    MISSING_KEY: "missing-key", Error,
    explain: "", failing: "", corrected: "";

    /// An annotation that needs options has none
    EMPTY_ANNOTATION: "empty-annotation", Error,
    explain: "", failing: "", corrected: "";

    /// Two options of one annotation exclude each other
    CONFLICTING_OPTIONS: "conflicting-options", Error,
    explain: "", failing: "", corrected: "";

    /// An option that changes nothing
    OPTION_WITHOUT_EFFECT: "option-without-effect", Warning,
    explain: "", failing: "", corrected: "";

    /// An option without a meaning on AWS Batch
    OPTION_WITHOUT_MEANING: "option-without-meaning", Advice,
    explain: "", failing: "", corrected: "";

    /// Annotations on a control point
    ANNOTATED_CONTROL_POINT: "annotated-control-point", Warning,
    explain: "", failing: "", corrected: "";

    /// A job without a queue
    MISSING_QUEUE: "missing-queue", Error,
    explain: "", failing: "", corrected: "";

    /// Nothing says whether the queue runs on EC2 or Fargate
    DEFAULT_PLATFORM: "default-platform", Advice,
    explain: "", failing: "", corrected: "";

    /// `platform` is not what flowbatch.toml says of the queue
    QUEUE_PLATFORM: "queue-platform", Error,
    explain: "", failing: "", corrected: "";

    /// Nothing names a container image
    DEFAULT_IMAGE: "default-image", Warning,
    explain: "", failing: "", corrected: "";

    /// Options of a log driver without the driver
    MISSING_LOG_DRIVER: "missing-log-driver", Error,
    explain: "", failing: "", corrected: "";

    /// Too many classes of failures to retry, or one of them twice
    RETRY_CLASSES: "retry-classes", Error,
    explain: "", failing: "", corrected: "";

    /// More tags than a job can have
    TOO_MANY_TAGS: "too-many-tags", Error,
    explain: "", failing: "", corrected: "";

    /// `raw` sets what something else decides
    RAW_MANAGED: "raw-managed", Error,
    explain: "", failing: "", corrected: "";

    /// `raw` is not of the shape that the API takes
    RAW_FIELD: "raw-field", Error,
    explain: "", failing: "", corrected: "";
}
