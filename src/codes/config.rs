//! Codes about `flowbatch.toml`, its environments, and what is taken from outside the flow.

codes! { "config";
    /// `flowbatch.toml` cannot be read as TOML
    CONFIG_SYNTAX: "config-syntax", Error,
    explain: "\
`flowbatch.toml` is looked for in the flow's folder and in those above it; the nearest one counts. \
It has to be readable, UTF-8, and TOML: `key = value` lines under `[section]` headers, strings in \
quotes, every key and every section at most once.

Nothing else in the file is looked at until it is, so there may be more to report afterwards.",
    failing: "\
-- example.flow --
@batch(queue=\"q\", image=\"python:3.12-slim\", platform=\"ec2\")
flow Example {
  step start {
    run \"echo hello\"
  }
}
-- flowbatch.toml --
name_prefix = team-a-
",
    corrected: "\
-- example.flow --
@batch(queue=\"q\", image=\"python:3.12-slim\", platform=\"ec2\")
flow Example {
  step start {
    run \"echo hello\"
  }
}
-- flowbatch.toml --
name_prefix = \"team-a-\"
";

    /// A key of `flowbatch.toml` that means nothing
    CONFIG_UNKNOWN_KEY: "config-unknown-key", Error,
    explain: "\
A key that is not known would silently change nothing, so it is refused. The file knows

  python, name_prefix            at the top, above the first section
  [batch]                        options of `@batch`
  [params]                       values of params
  [queues.NAME]                  platform, instance_types, max_vcpus, allocation_strategy, spot,
                                 fair_share, image_type, swap, subnets
  [env.NAME]                     name_prefix
  [env.NAME.batch]               options of `@batch`, with `--env NAME`
  [env.NAME.params]              values of params, with `--env NAME`

In `[batch]` stand options of `@batch` only; those of `@retry`, `@timeout` and the other \
annotations are written in the flow or in a profile of an imported library. In TOML a key belongs \
to the last section header above it: `python` below `[batch]` is `batch.python`.",
    failing: "\
-- example.flow --
flow Example {
  step start {
    run \"echo hello\"
  }
}
-- flowbatch.toml --
[batch]
queue = \"q\"
image = \"python:3.12-slim\"
platform = \"ec2\"
memroy = \"8GiB\"
",
    corrected: "\
-- example.flow --
flow Example {
  step start {
    run \"echo hello\"
  }
}
-- flowbatch.toml --
[batch]
queue = \"q\"
image = \"python:3.12-slim\"
platform = \"ec2\"
memory = \"8GiB\"
";

    /// A value of `flowbatch.toml` that its key cannot have
    CONFIG_VALUE: "config-value", Error,
    explain: "\
`python` is a string such as \"3.12\": as a number, 3.10 would be 3.1. `name_prefix` begins the \
names of job definitions and jobs, so it is made of at most 60 letters, digits, `_` and `-`, the \
first a letter or digit: AWS Batch answers “Job definition name should match a valid pattern.” and \
“Job name should match valid pattern” to others. An environment may take a general prefix back with `name_prefix = \"\"`. \
Dates and times, `inf` and `nan` are \
values of TOML for which AWS Batch has no use.

Under `[queues.NAME]`, `platform` is \"ec2\" or \"fargate\"; `instance_types` and `image_type` are lists \
of strings, or a string; `max_vcpus` is at least 1; `spot` and `fair_share` are true or false; `swap` is \
that too, or MiB, or a size; `subnets` is \"public\", \"private-nat\" or \"isolated\". The other words are \
those of the API of AWS Batch.

Values in `[batch]` and `[env.NAME.batch]` follow the rules of `@batch`; sizes, which TOML does not \
have, are written in quotes: memory = \"8GiB\".",
    failing: "\
-- example.flow --
@batch(queue=\"q\", platform=\"ec2\")
flow Example {
  step start {
    run \"echo hello\"
  }
}
-- flowbatch.toml --
python = 3.12
",
    corrected: "\
-- example.flow --
@batch(queue=\"q\", platform=\"ec2\")
flow Example {
  step start {
    run \"echo hello\"
  }
}
-- flowbatch.toml --
python = \"3.12\"
";

    /// `--env` names an environment that `flowbatch.toml` does not have
    UNKNOWN_ENV: "unknown-env", Error,
    explain: "\
`--env NAME` lays `[env.NAME.batch]`, `[env.NAME.params]` and the `name_prefix` of `[env.NAME]` \
over the general ones. A misspelt name would build for no environment at all, so it is refused; \
an environment that changes nothing is declared with an empty `[env.NAME]`.",
    failing: "\
-- example.flow --
@batch(image=\"python:3.12-slim\", platform=\"ec2\")
flow Example {
  step start {
    run \"echo hello\"
  }
}
-- flowbatch.toml --
[batch]
queue = \"dev\"
[env.prod.batch]
queue = \"prod\"
-- arguments --
--env production
",
    corrected: "\
-- example.flow --
@batch(image=\"python:3.12-slim\", platform=\"ec2\")
flow Example {
  step start {
    run \"echo hello\"
  }
}
-- flowbatch.toml --
[batch]
queue = \"dev\"
[env.prod.batch]
queue = \"prod\"
-- arguments --
--env prod
";

    /// A wrong value of a param in `flowbatch.toml`
    PARAM_VALUE: "param-value", Error,
    explain: "\
`[params]` and `[env.NAME.params]` give values to the params of flows. A value has the type that \
the flow declares: a string, an int, a float (for which an integer will do) or a bool; it is \
neither a list, nor a table, nor a date without quotes. An empty string cannot replace a default \
that is not empty, since AWS Batch drops empty environment variables and the default would stay.

Names that the flow does not declare are those of other flows, and are skipped.",
    failing: "\
-- example.flow --
@batch(queue=\"q\", image=\"python:3.12-slim\", platform=\"ec2\")
flow Example {
  param shards: int = 16
  step start {
    run \"echo $shards\"
  }
}
-- flowbatch.toml --
[params]
shards = \"32\"
",
    corrected: "\
-- example.flow --
@batch(queue=\"q\", image=\"python:3.12-slim\", platform=\"ec2\")
flow Example {
  param shards: int = 16
  step start {
    run \"echo $shards\"
  }
}
-- flowbatch.toml --
[params]
shards = 32
";

    /// An option of an environment that every step overrides
    UNUSED_ENV_OPTION: "unused-env-option", Warning,
    explain: "\
`[env.NAME.batch]` is weaker than the flow's own annotations: what a flow or a step writes wins. An \
option that every step gets from an annotation is therefore the same in every environment, and what \
`--env NAME` was to change does not change.

Write the general value in `[batch]` instead of in the flow, so that the environment can replace it; \
or remove it from the environment.",
    failing: "\
-- example.flow --
@batch(queue=\"dev\", image=\"python:3.12-slim\", platform=\"ec2\")
flow Example {
  step start {
    run \"echo hello\"
  }
}
-- flowbatch.toml --
[env.prod.batch]
queue = \"prod\"
-- arguments --
--env prod
",
    corrected: "\
-- example.flow --
@batch(image=\"python:3.12-slim\", platform=\"ec2\")
flow Example {
  step start {
    run \"echo hello\"
  }
}
-- flowbatch.toml --
[batch]
queue = \"dev\"
[env.prod.batch]
queue = \"prod\"
-- arguments --
--env prod
";

    /// A `METAFLOW_*` environment variable decided a value
    AMBIENT_OPTION: "ambient-option", Advice,
    explain: "\
Where neither the flow nor `flowbatch.toml` says anything, the variables that Metaflow reads decide: \
METAFLOW_BATCH_JOB_QUEUE, METAFLOW_BATCH_CONTAINER_IMAGE, METAFLOW_BATCH_CONTAINER_REGISTRY, \
METAFLOW_ECS_S3_ACCESS_IAM_ROLE and METAFLOW_ECS_FARGATE_EXECUTION_ROLE. An empty one counts as \
unset.

The artifacts then depend on who builds them, and where. Write the value in `flowbatch.toml` or in \
the flow to get the same ones everywhere.",
    failing: "\
-- example.flow --
@batch(image=\"python:3.12-slim\", platform=\"ec2\")
flow Example {
  step start {
    run \"echo hello\"
  }
}
-- environment --
METAFLOW_BATCH_JOB_QUEUE=q
",
    corrected: "\
-- example.flow --
@batch(image=\"python:3.12-slim\", platform=\"ec2\")
flow Example {
  step start {
    run \"echo hello\"
  }
}
-- flowbatch.toml --
[batch]
queue = \"q\"
-- environment --
METAFLOW_BATCH_JOB_QUEUE=q
";
}
