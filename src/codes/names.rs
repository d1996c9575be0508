//! Names: imports, lets, params, profiles, steps.
use super::codes;

codes! { "names";
    /// An import leads to no readable file
    IMPORT_NOT_FOUND: "import-not-found", Error,
    explain: "", failing: "", corrected: "";

    /// Files import each other in a circle
    IMPORT_CYCLE: "import-cycle", Error,
    explain: "", failing: "", corrected: "";

    /// A file with a flow is imported
    IMPORT_OF_FLOW: "import-of-flow", Error,
    explain: "", failing: "", corrected: "";

    /// A file is imported twice
    DUPLICATE_IMPORT: "duplicate-import", Warning,
    explain: "", failing: "", corrected: "";

    /// Two definitions share one name
    DUPLICATE_NAME: "duplicate-name", Error,
    explain: "", failing: "", corrected: "";

    /// Two steps have one name, or differ only in case
    DUPLICATE_STEP: "duplicate-step", Error,
    explain: "", failing: "", corrected: "";

    /// A name that nothing defines
    UNKNOWN_NAME: "unknown-name", Error,
    explain: "", failing: "", corrected: "";

    /// `@use` names a profile that does not exist
    UNKNOWN_PROFILE: "unknown-profile", Error,
    explain: "", failing: "", corrected: "";

    /// A profile that no `@use` applies
    UNUSED_PROFILE: "unused-profile", Warning,
    explain: "", failing: "", corrected: "";

    /// A name that the shell, AWS Batch or flowbatch needs for itself
    RESERVED_VARIABLE: "reserved-variable", Error,
    explain: "", failing: "", corrected: "";

    /// `allow(…)` names a code that does not exist
    UNKNOWN_CODE: "unknown-code", Warning,
    explain: "", failing: "", corrected: "";

    /// Two job definitions have one name
    DUPLICATE_DEFINITION_NAME: "duplicate-definition-name", Error,
    explain: "", failing: "", corrected: "";

    /// One environment variable set from two places
    DUPLICATE_VARIABLE: "duplicate-variable", Error,
    explain: "", failing: "", corrected: "";
}
