//! Values: their types and forms.

codes! { "values";
    /// The default of a param is not of its type
    PARAM_DEFAULT_TYPE: "param-default-type", Error,
    explain: "\
A param says what its values are: `string`, `int`, `float` or `bool`. Its default has to be one \
of those, just like a value from `-p` or flowbatch.toml. Nothing is converted on the way: a \
string in quotes is not a number, and a number is not a string. Only an integer will also do for \
a float.

Change the default, or the type. There are no params that are sizes, lists or maps; where an \
option takes MiB, an `int` will do.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param shards: int = "16"

  step start {
    run "python split.py --shards $shards"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param shards: int = 16

  step start {
    run "python split.py --shards $shards"
  }
}
"#;

    /// A type that does not exist
    UNKNOWN_TYPE: "unknown-type", Error,
    explain: "\
A param is a `string`, an `int`, a `float` or a `bool`. The type decides what its default, `-p` \
and flowbatch.toml may give. A date or a path is a `string`, written in quotes.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param rate: double = 0.1

  step start {
    run "python train.py --rate $rate"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param rate: float = 0.1

  step start {
    run "python train.py --rate $rate"
  }
}
"#;

    /// A value that cannot be interpolated
    INTERPOLATION: "interpolation", Error,
    explain: "\
`${name}` puts the text of a let or param into a string: strings as they are, numbers as written, \
`true` and `false`. Sizes, lists and maps have no text that everyone would agree on (8GiB may \
have to be `8g`, `8Gi` or `8192`), so they cannot stand there.

Write a let that is the wanted string. A `${` that should stay as it is, is written `\\${`.",
    failing: r#"let heap = 8GiB

@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @environment(vars={ JAVA_OPTS = "-Xmx${heap}" })
  step start {
    run "java -jar report.jar"
  }
}
"#,
    corrected: r#"let heap = "8g"

@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @environment(vars={ JAVA_OPTS = "-Xmx${heap}" })
  step start {
    run "java -jar report.jar"
  }
}
"#;

    /// An option's value is of the wrong type
    OPTION_TYPE: "option-type", Error,
    explain: "\
Every option takes values of one type, and nothing is converted silently. Numbers, booleans and \
sizes are written without quotes (`cpu=4`, `privileged=true`, `memory=8GiB`), names, paths and \
ARNs in quotes, and an option that takes a list takes one of a single item as a list too.

Sizes have binary units: `8GiB` is 8192 MiB. A string such as \"8G\" is refused because tools \
differ in what they make of it; Metaflow takes one that it cannot read for its default of 4096 \
MiB.

AWS Batch does not convert either: “Value 1.5 for type GPU in resourceRequirement is not valid. \
Please provide a numeric value.”",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(memory="8G")
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(memory=8GiB)
  step start {
    run "echo hello"
  }
}
"#;

    /// A number outside the range of its option
    OPTION_RANGE: "option-range", Error,
    explain: "\
The API, or AWS Batch itself, refuses numbers beyond these bounds, so the job would never be \
registered. flowbatch does not replace such a number by the nearest legal one, since you would \
not learn that the job runs with another.

`times` of `@retry` counts the attempts after the first. AWS Batch counts the first one too, and \
says “RetryAttempts must be between 1 and 10.”, so `times` is 0 to 9. The parts of a `@timeout` \
make at least a minute in all: “AttemptDurationSeconds in Timeout must be at least 60 seconds.” \
`nodes` of `@parallel` is 1 to 1000, “Number of nodes must be between 1 and 1000.”, and \
`scheduling_priority` 0 to 9999, “Scheduling priority must be between 0 and 9999.” \
Of memory, AWS Batch takes 4 MiB and more: “Memory must be at least 4 Mib, got 2 Mib.” Docker makes \
no container with less than 6, so that is where `memory` begins. A soft limit of `ulimits` above the \
hard one is registered, but no container starts with it. The help of the message names the bounds of \
other options.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @retry(times=12)
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @retry(times=9)
  step start {
    run "echo hello"
  }
}
"#;

    /// A size that is no whole number of MiB or GiB
    INEXACT_SIZE: "inexact-size", Error,
    explain: "\
AWS Batch counts memory, swap and tmpfs in whole MiB, and the disk of a Fargate task in whole \
GiB. A size that is no whole number of these would have to be rounded, and a job that is killed \
for the missing rest is hard to explain. Write one of the two nearest sizes.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(memory=1500000KiB)
  step start {
    run "echo hello"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(memory=1465MiB)
  step start {
    run "echo hello"
  }
}
"#;

    /// A string that is not of the form its option needs
    OPTION_FORM: "option-form", Error,
    explain: "\
The option takes a string, but one of a certain form: an ARN, an absolute path, an image, one \
word of a few. Where AWS Batch checks the form, it refuses the job definition; where it does not, \
the job fails later, when the image is pulled or the volume mounted. The help of the message says \
what the form is.

The name of a job definition is made of letters, digits, `_` and `-`: “Job definition name should \
match a valid pattern.” A role is written as its whole ARN. AWS completes a bare name to an ARN of its own account, and \
then answers that the role may not be passed, which hides the mistake.

Of an exit code in `on` that has other characters than digits, it says “Evaluate on exit condition \
contains restricted characters.”, and of a tag, “'2.8.1+mc(0.10.0)' is not a valid value for \
TagValue - it contains illegal characters”; the latter only when the job is submitted.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(iam_role="churn-task")
  step start {
    run "python load.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @batch(iam_role="arn:aws:iam::123456789012:role/churn-task")
  step start {
    run "python load.py"
  }
}
"#;

    /// An image that is nearly one in ECR
    ECR_IMAGE: "ecr-image", Warning,
    explain: "\
An image in a private registry of ECR is written with the whole name of the registry: \
`ACCOUNT.dkr.ecr.REGION.amazonaws.com/repository`, then `:tag` or `@digest`. The account has 12 \
digits; in China the name ends in `.amazonaws.com.cn`. The endpoints for FIPS, `.dkr.ecr-fips.`, and \
for IPv6, `.dkr-ecr.REGION.on.aws`, are fine too. In the public ECR an image has an alias before \
its repository: `public.ecr.aws/alias/repository`.

AWS Batch does not look at it. The job is registered, started, and then fails because the image \
cannot be pulled, once for every attempt.",
    failing: r#"@batch(queue="q", platform="ec2")
flow Example {
  @batch(image="123456789012.ecr.us-east-1.amazonaws.com/churn:1.4")
  step start {
    run "python train.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", platform="ec2")
flow Example {
  @batch(image="123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4")
  step start {
    run "python train.py"
  }
}
"#;

    /// An image without a version
    FLOATING_IMAGE: "floating-image", Advice,
    explain: "\
Docker takes an image without a tag for the one that is tagged `latest` at the moment when it is \
pulled. AWS Batch pulls it on every instance, so two attempts of a job, or two items of a foreach, \
may run different programs, and what ran last month cannot be run again. The job definition stays \
the same meanwhile, so that nothing shows the change.

Write the version as the tag, or the digest, `@sha256:…`, which cannot be moved to another image.",
    failing: r#"@batch(queue="q", platform="ec2")
flow Example {
  @batch(image="python")
  step start {
    run "python train.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", platform="ec2")
flow Example {
  @batch(image="python:3.12-slim")
  step start {
    run "python train.py"
  }
}
"#;

    /// An empty value for an environment variable
    EMPTY_VALUE: "empty-value", Warning,
    explain: "\
AWS Batch drops environment variables whose value is empty: the job starts as if the variable had \
not been mentioned. A shell script sees little difference, since an unset variable reads as \
empty, unless it runs with `set -u`. Programs that ask whether the variable exists do see one, \
and so does an image that sets the variable itself: its value stays.

Set the variable in the script instead, or remove the entry. A param whose default is empty \
reaches scripts, which flowbatch begins with an `export`, but not the programs of the exec form.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @environment(vars={ HTTP_PROXY = "" })
  step start {
    run "python load.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run """
      export HTTP_PROXY=
      python load.py
    """
  }
}
"#;

    /// A param that is fixed at build has no value
    MISSING_VALUE: "unset-param", Error,
    explain: "\
A param that only scripts and commands read may get its value as late as the submission. One that \
an annotation or a foreach reads is part of the job definition, or decides the size of an array, \
so it is fixed when the flow is built, and needs its value then. `flowbatch check` needs none and \
does not report this.

Give the param a default, write its value under `[params]` or `[env.NAME.params]` in \
flowbatch.toml, or give it with `-p NAME=value`.",
    failing: r#"@batch(queue=queue, image="python:3.12-slim", platform="ec2")
flow Example {
  param queue: string

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
}
