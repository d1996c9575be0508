//! Sizes of requests.

codes! { "size";
    /// A job definition near or over 24 KiB
    DEFINITION_SIZE: "definition-size", Error,
    explain: "\
A job definition has at most 24 KiB. A script is part of its step's definition, word for word, and \
is mostly what makes it large; environment variables, the defaults of params, the items of a \
foreach and tags count too. How AWS counts is not documented. flowbatch counts the bytes of the \
compact JSON: more than 24,576 are an error, and more than 85 % of that a warning.

The help of the message names the largest parts. Put a long script into the image and run it from \
there, and long lists into a file.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run """
      -- 500 times --
      python load.py --table customers --region eu-west-1
    """
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "./load-all-tables.sh"
  }
}
"#;

    /// A submission near or over 30 KiB
    SUBMISSION_SIZE: "submission-size", Error,
    explain: "\
“Job size must be less than 30 KiB, got 47 KiB”, says AWS Batch, and refuses the submission. It \
consists mainly of the values of params that differ from their defaults in the file, of the tags, \
and of the ids of the jobs to wait for. A multi-node job needs the values once for its main node \
and once for the others, and letters that are not in ASCII have two to four bytes. flowbatch warns \
from 85 % on.

The help of the message names the largest parts. Put a long value into a file in S3, and make the \
param its address.",
    failing: r#"-- example.flow --
@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param questions: string

  @parallel(nodes=2)
  step start {
    run "python ask.py"
  }
}
-- flowbatch.toml --
[params]
questions = """
-- 300 times --
来月解約しそうなお客様は誰ですか。
"""
"#,
    corrected: r#"-- example.flow --
@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param questions: string

  @parallel(nodes=2)
  step start {
    run "python ask.py"
  }
}
-- flowbatch.toml --
[params]
questions = "s3://churn/questions.txt"
"#;

    /// An override near or over 8,192 characters
    OVERRIDE_SIZE: "override-size", Error,
    explain: "\
“Container Overrides length must be at most 8192”: with this reason a job fails after AWS Batch \
has accepted its submission. An override is what Batch gives to ECS when it starts the container. \
It holds the values of params that differ from their defaults in the file, and the whole command \
of an exec form that names a param. Batch adds some variables of its own, so take the warning, \
from 85 % on, seriously.

Put a long value into a file in S3, and make the param its address. A long default in the file is \
part of the definition instead, which may have 24 KiB.",
    failing: r#"-- example.flow --
@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param questions: string

  step start {
    run "python ask.py"
  }
}
-- flowbatch.toml --
[params]
questions = """
-- 200 times --
Which customers will leave us next month, and why?
"""
"#,
    corrected: r#"-- example.flow --
@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param questions: string

  step start {
    run "python ask.py"
  }
}
-- flowbatch.toml --
[params]
questions = "s3://churn/questions.txt"
"#;
}
