//! Names: imports, lets, params, profiles, steps.

codes! { "names";
    /// An import leads to no readable file
    IMPORT_NOT_FOUND: "import-not-found", Error,
    explain: "\
The path of an `import` is relative to the file that it stands in, not to the folder in which \
`flowbatch` is called. The file has to exist, be readable, and be UTF-8 text.

The names that the missing file was to define are unknown until the import is mended, so this may \
be reported together with `unknown-name` or `unknown-profile`.",
    failing: r#"-- example.flow --
import "shared/comon.flow"

@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
-- shared/common.flow --
profile large {
  @batch(cpu=8, memory=60GiB)
}
"#,
    corrected: r#"-- example.flow --
import "shared/common.flow"

@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
-- shared/common.flow --
profile large {
  @batch(cpu=8, memory=60GiB)
}
"#;

    /// Files import each other in a circle
    IMPORT_CYCLE: "import-cycle", Error,
    explain: "\
An import brings in everything that the other file defines and imports. A let sees only what is \
defined before it, so two files that import each other have no order in which their lets could be \
evaluated.

Remove one of the imports. If both files really need something of each other, move that into a \
third file, and import it in both.",
    failing: r#"-- example.flow --
import "images.flow"

@batch(queue="q", image=image, platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
-- images.flow --
import "accounts.flow"

let image = "${account}.dkr.ecr.us-east-1.amazonaws.com/churn:1.4"
-- accounts.flow --
import "images.flow"

let account = "123456789012"
"#,
    corrected: r#"-- example.flow --
import "images.flow"

@batch(queue="q", image=image, platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
-- images.flow --
import "accounts.flow"

let image = "${account}.dkr.ecr.us-east-1.amazonaws.com/churn:1.4"
-- accounts.flow --
let account = "123456789012"
"#;

    /// A file with a flow is imported
    IMPORT_OF_FLOW: "import-of-flow", Error,
    explain: "\
An import takes the lets and profiles of a library, that is, of a file without a flow. A file \
that has a flow is built by itself; imported, its flow would silently take no part.

Move the lets and profiles that both files need into a file of their own, and import that one \
from both.",
    failing: r#"-- example.flow --
import "nightly.flow"

@batch(queue="q", image=image, platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
-- nightly.flow --
let image = "python:3.12-slim"

@batch(queue="q", image=image, platform="ec2")
flow Nightly {
  step start {
    run "echo good night"
  }
}
"#,
    corrected: r#"-- example.flow --
import "images.flow"

@batch(queue="q", image=image, platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
-- nightly.flow --
import "images.flow"

@batch(queue="q", image=image, platform="ec2")
flow Nightly {
  step start {
    run "echo good night"
  }
}
-- images.flow --
let image = "python:3.12-slim"
"#;

    /// A file is imported twice
    DUPLICATE_IMPORT: "duplicate-import", Warning,
    explain: "\
A file is read once, however often it is imported: the second import changes nothing. Two \
spellings of one path, such as `images.flow` and `./images.flow`, are the same file. Remove one \
of them.

It is fine to import a file that another import brings in too.",
    failing: r#"-- example.flow --
import "images.flow"
import "./images.flow"

@batch(queue="q", image=image, platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
-- images.flow --
let image = "python:3.12-slim"
"#,
    corrected: r#"-- example.flow --
import "images.flow"

@batch(queue="q", image=image, platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
-- images.flow --
let image = "python:3.12-slim"
"#;

    /// Two definitions share one name
    DUPLICATE_NAME: "duplicate-name", Error,
    explain: "\
Lets, params and foreach variables share one namespace, over all the files that are imported; \
profiles have one of their own. With a name defined twice nobody could tell which value is meant, \
so the second definition is an error rather than a replacement. The variable of an inner foreach \
cannot have the name of an outer one either, since the inner body sees both items.

Rename one of the two. A value that should be replaceable from outside is a `param`: its default \
is the value, and `-p NAME=value` or `[params]` in flowbatch.toml replaces it.",
    failing: r#"let queue = "q"

@batch(queue=queue, image="python:3.12-slim", platform="ec2")
flow Example {
  param queue: string = "q"

  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue=queue, image="python:3.12-slim", platform="ec2")
flow Example {
  param queue: string = "q"

  step start {
    run "echo hello"
  }
}
"#;

    /// Two steps have one name, or differ only in case
    DUPLICATE_STEP: "duplicate-step", Error,
    explain: "\
A step's name is that of its job definition, of its job and of its file \
`job-definitions/<step>.json`. Two steps of one name would overwrite each other, and so would two \
that differ only in case, on machines whose file systems do not tell `train` from `Train`.

Rename one of them, and name the right one in every `next`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train, Train
  }

  step train {
    run "python train.py"
  }

  step Train {
    run "python train.py --large"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train, train_large
  }

  step train {
    run "python train.py"
  }

  step train_large {
    run "python train.py --large"
  }
}
"#;

    /// A name that nothing defines
    UNKNOWN_NAME: "unknown-name", Error,
    explain: "\
A word without quotes is the name of a let or a param, and nothing of this name is seen here. It \
may be misspelled, or meant as a string: then put it in quotes.

Not every place sees every name. A let sees the lets above it and those of imported files, and so \
do profiles and the defaults of params. Annotations of the flow and of steps, and `run`, see \
params too. The variable of a foreach has a value only while the job runs, so only the scripts in \
its body see it.",
    failing: r#"let team_queue = "q"

@batch(queue=team_qeue, image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"let team_queue = "q"

@batch(queue=team_queue, image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#;

    /// `@use` names a profile that does not exist
    UNKNOWN_PROFILE: "unknown-profile", Error,
    explain: "\
`@use` applies the annotations of profiles, named without quotes: `@use(gpu, spot)`. A profile is \
found when `profile NAME { … }` stands in the same file, or in a file that this one imports, \
directly or not.

Correct the name, define the profile, or import the file that has it.",
    failing: r#"-- example.flow --
import "profiles.flow"

@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @use(larg)
  step start {
    run "echo hello"
  }
}
-- profiles.flow --
profile large {
  @batch(cpu=8, memory=60GiB)
}
"#,
    corrected: r#"-- example.flow --
import "profiles.flow"

@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @use(large)
  step start {
    run "echo hello"
  }
}
-- profiles.flow --
profile large {
  @batch(cpu=8, memory=60GiB)
}
"#;

    /// A profile that no `@use` applies
    UNUSED_PROFILE: "unused-profile", Warning,
    explain: "\
A profile changes nothing by itself: only the steps that name it in `@use`, or all of them where \
the flow does, get its annotations. One that nothing uses often means a forgotten `@use`, and \
then a job runs with the default resources.

Write `@use(NAME)` before the step or the flow that it is for, or remove the profile. Profiles of \
imported files are not reported, since they may be meant for other flows.",
    failing: r#"profile large {
  @batch(cpu=8, memory=60GiB)
}

@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"profile large {
  @batch(cpu=8, memory=60GiB)
}

@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @use(large)
  step start {
    run "echo hello"
  }
}
"#;

    /// A name that the shell, AWS Batch or flowbatch needs for itself
    RESERVED_VARIABLE: "reserved-variable", Error,
    explain: "\
Every param, foreach variable, entry of `@environment` and entry of `@secrets` becomes an \
environment variable of the job. Some names already mean something there: with another `PATH` the \
shell finds no programs, `HOME` is where programs find their settings, names that begin with \
`AWS_` steer the AWS SDKs and the AWS CLI, and those that begin with `FLOWBATCH_` are set by \
flowbatch. Shells give others a value of their own, whatever the environment says: `IFS`, `PWD`, \
`RANDOM`, `SECONDS`, `UID` and their like, and the names that begin with `BASH`. So params and foreach variables cannot have them.

`@environment` and `@secrets` may set all of these but two groups: the `FLOWBATCH_` names, and \
those that begin with `AWS_BATCH`, which AWS Batch keeps for itself: definitions that set one \
have been accepted, and their jobs started without it. A name there is made of letters, digits, \
`_`, `.` and `-`, and begins with a letter or `_`; of an empty one AWS Batch says “Environment \
variable name is required.”",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param PATH: string = "s3://bucket/input"

  step start {
    run "python load.py $PATH"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param input: string = "s3://bucket/input"

  step start {
    run "python load.py $input"
  }
}
"#;

    /// `allow(…)` names a code that does not exist
    UNKNOWN_CODE: "unknown-code", Warning,
    explain: "\
`# flowbatch: allow(CODE)` silences a warning or an advice on its own line, or, when it stands \
alone, on the line below. Several codes are separated by commas. One that does not exist silences \
nothing: it is misspelled, or has been left over.

The code stands in brackets at the beginning of every message, and `flowbatch rule` lists them \
all. Errors cannot be silenced.",
    failing: r#"# flowbatch: allow(unused-profile, unused-let)
profile large {
  @batch(cpu=8, memory=60GiB)
}

@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"# flowbatch: allow(unused-profile)
profile large {
  @batch(cpu=8, memory=60GiB)
}

@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#;

    /// One environment variable set from two places
    DUPLICATE_VARIABLE: "duplicate-variable", Error,
    explain: "\
A job's environment variables come from the params of its flow, the variables of the foreach \
around it, `@environment`, `@secrets`, and a tmpfs, which sets METAFLOW_TEMPDIR and TMPDIR unless \
`tmpfs_tempdir=false` is written. A name that two of them set has one value at most, and it is \
not documented which one the container would see.

Rename one of the two. To give one step another value than the param's, use another name there.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param region: string = "eu-west-1"

  @environment(vars={ region = "us-east-1" })
  step start {
    run "python copy.py $region"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param region: string = "eu-west-1"

  @environment(vars={ target_region = "us-east-1" })
  step start {
    run "python copy.py $region $target_region"
  }
}
"#;

    /// Two flows of one build have the same name
    DUPLICATE_FLOW: "duplicate-flow", Error,
    explain: "\
The flow's name is the name of its folder under the output folder and begins the names of its job \
definitions. Two flows of one name in one build would overwrite each other's files, and \
registering one would replace the other's job definitions. Names that differ only in case count as \
the same name, since some file systems make one folder of them.

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

    /// Two steps of one build register a job definition of the same name
    DUPLICATE_DEFINITION_NAME: "duplicate-definition-name", Error,
    explain: "\
A job definition's name is `<Flow>-<step>`, after the `name_prefix` of `flowbatch.toml`, unless \
the step sets `job_definition_name`. Registering two definitions of one name makes two revisions \
of one definition, and a job that names it without a revision runs whichever was registered last.

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
