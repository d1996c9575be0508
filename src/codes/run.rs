//! `run`: scripts and commands.
use super::codes;

codes! { "run";
    /// A script that does nothing
    EMPTY_SCRIPT: "empty-script", Error,
    explain: "", failing: "", corrected: "";

    /// A `#!` line that names no shell
    SHEBANG: "shebang", Error,
    explain: "", failing: "", corrected: "";

    /// A script for bash that `/bin/sh` would run
    BASHISM: "bashism", Warning,
    explain: "", failing: "", corrected: "";

    /// `Ref::` in a script or a string, which AWS Batch would replace
    REF_IN_TEXT: "ref-in-text", Error,
    explain: "", failing: "", corrected: "";

    /// A script reads a let
    LET_IN_SCRIPT: "let-in-script", Error,
    explain: "", failing: "", corrected: "";

    /// A script reads a variable that nothing sets
    MISSPELLED_VARIABLE: "misspelled-variable", Warning,
    explain: "", failing: "", corrected: "";

    /// Something that cannot be an argument of the exec form
    EXEC_ARGUMENT: "exec-argument", Error,
    explain: "", failing: "", corrected: "";

    /// `$name` in the exec form, where no shell replaces it
    DOLLAR_IN_EXEC: "dollar-in-exec", Warning,
    explain: "", failing: "", corrected: "";

    /// The exec form names the item of a foreach
    ITEM_IN_EXEC: "item-in-exec", Error,
    explain: "", failing: "", corrected: "";

    /// The exec form in the body of a foreach
    EXEC_IN_FOREACH: "exec-in-foreach", Warning,
    explain: "", failing: "", corrected: "";
}
