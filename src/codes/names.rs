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

    /// One environment variable set from two places
    DUPLICATE_VARIABLE: "duplicate-variable", Error,
    explain: "", failing: "", corrected: "";

    /// Two flows of one build have the same name.
    DUPLICATE_FLOW: "duplicate-flow", Error,
        explain: "\
The flow's name is the name of its folder under the output folder and begins
the names of its job definitions. Two flows of one name in one build would
overwrite each other's files, and registering one would replace the other's
job definitions. Names that differ only in case count as the same name, since
some file systems make one folder of them.

Rename one of the flows, or build them into two folders with `-o`.",
        failing: "\
-- one.flow --
@batch(queue=\"ml\", image=\"python:3.12\", platform=\"ec2\")
flow Nightly {
  step start { run \"true\" }
}
-- two.flow --
@batch(queue=\"ml\", image=\"python:3.12\", platform=\"ec2\")
flow Nightly {
  step start { run \"true\" }
}
",
        corrected: "\
-- one.flow --
@batch(queue=\"ml\", image=\"python:3.12\", platform=\"ec2\")
flow Nightly {
  step start { run \"true\" }
}
-- two.flow --
@batch(queue=\"ml\", image=\"python:3.12\", platform=\"ec2\")
flow Weekly {
  step start { run \"true\" }
}
";

    /// Two steps of one build register a job definition of the same name.
    DUPLICATE_DEFINITION_NAME: "duplicate-definition-name", Error,
        explain: "\
A job definition's name is `<Flow>-<step>`, after the `name_prefix` of
`flowbatch.toml`, unless the step sets `job_definition_name`. Registering two
definitions of one name makes two revisions of one definition, and a job that
names it without a revision runs whichever was registered last.

Give one of the steps another `job_definition_name`, or none.",
        failing: "\
@batch(queue=\"ml\", image=\"python:3.12\", platform=\"ec2\")
flow Nightly {
  @batch(job_definition_name=\"nightly\")
  step start { run \"true\"  next end }

  @batch(job_definition_name=\"nightly\")
  step end { run \"true\" }
}
",
        corrected: "\
@batch(queue=\"ml\", image=\"python:3.12\", platform=\"ec2\")
flow Nightly {
  @batch(job_definition_name=\"nightly\")
  step start { run \"true\"  next end }

  @batch(job_definition_name=\"nightly-end\")
  step end { run \"true\" }
}
";
}
