//! Values: their types and forms.
use super::codes;

codes! { "values";
    /// The default of a param is not of its type
    PARAM_DEFAULT_TYPE: "param-default-type", Error,
    explain: "", failing: "", corrected: "";

    /// A type that does not exist
    UNKNOWN_TYPE: "unknown-type", Error,
    explain: "", failing: "", corrected: "";

    /// A value that cannot be interpolated
    INTERPOLATION: "interpolation", Error,
    explain: "", failing: "", corrected: "";

    /// An option's value is of the wrong type
    OPTION_TYPE: "option-type", Error,
    explain: "", failing: "", corrected: "";

    /// A number outside the range of its option
    OPTION_RANGE: "option-range", Error,
    explain: "", failing: "", corrected: "";

    /// A size that is no whole number of MiB or GiB
    INEXACT_SIZE: "inexact-size", Error,
    explain: "", failing: "", corrected: "";

    /// A string that is not of the form its option needs
    OPTION_FORM: "option-form", Error,
    explain: "", failing: "", corrected: "";

    /// An empty value for an environment variable
    EMPTY_VALUE: "empty-value", Warning,
    explain: "", failing: "", corrected: "";

    /// A param that is fixed at build has no value
    MISSING_VALUE: "missing-value", Error,
    explain: "", failing: "", corrected: "";
}
