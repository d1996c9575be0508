//! Credentials in plain text.

codes! { "secrets";
    /// Something that looks like a credential, in plain text
    PLAIN_SECRET: "plain-secret", Warning,
    explain: "\
What a flow says ends up in its job definitions and jobs, in plain text: variables, the defaults of \
params, values from `-p` and flowbatch.toml, scripts, arguments, tags, log options. Whoever has the \
permission batch:DescribeJobDefinitions or batch:DescribeJobs can read it, which reading roles of an \
account commonly have; AWS Batch keeps every revision of a definition, and the flow itself is in \
version control.

This value has the form of a credential: the prefix of an access token, a private key, a URL with a \
password. Put it into Secrets Manager or the Parameter Store and name it in `@secrets`: the job gets \
the same variable, and the definition holds only an ARN. A job that needs AWS keys needs a role \
instead, `iam_role`. If the value was ever committed or registered, replace it by a new one.

References (`$TOKEN`), ARNs, and values that stand in for others, such as `changeme` or the example \
keys of the AWS documentation, are not reported. If it is no credential after all, say so with \
`# flowbatch: allow(plain-secret)`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @environment(vars={ DATABASE_URL = "postgres://churn:Tr0ub4dor@db.internal/churn" })
  step start {
    run "python load.py"
  }
}
"#,
    corrected: r#"@batch(
  queue="q",
  image="python:3.12-slim",
  platform="ec2",
  execution_role="arn:aws:iam::123456789012:role/batch-execution",
)
flow Example {
  @secrets(vars={ DATABASE_URL = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:churn-db" })
  step start {
    run "python load.py"
  }
}
"#;

    /// A value in plain text whose name says that it is secret
    SECRET_BY_NAME: "secret-by-name", Warning,
    explain: "\
The name says that the value is a password, a token or a key (`DB_PASSWORD`, `API_KEY`, \
`--auth-token`), and the value stands in the flow. Whoever has the permission \
batch:DescribeJobDefinitions or batch:DescribeJobs can read it, and AWS Batch keeps every revision of \
a definition.

Put the value into Secrets Manager or the Parameter Store and name it in `@secrets`: the job gets the \
same variable, and the definition holds only an ARN.

Names that tell about a secret rather than hold one are not reported (`SECRET_ARN`, `PASSWORD_FILE`, \
`TOKEN_URL`, `MAX_TOKENS`), nor are values that are no secrets: references (`$TOKEN`), paths, ARNs, \
URLs, numbers, booleans, and values that stand in for others, such as `changeme`. If the value may be \
known to all, say so with `# flowbatch: allow(secret-by-name)`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @environment(vars={ DB_USER = "churn", DB_PASSWORD = "Tr0ub4dor" })
  step start {
    run "python load.py"
  }
}
"#,
    corrected: r#"@batch(
  queue="q",
  image="python:3.12-slim",
  platform="ec2",
  execution_role="arn:aws:iam::123456789012:role/batch-execution",
)
flow Example {
  @environment(vars={ DB_USER = "churn" })
  @secrets(vars={ DB_PASSWORD = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:churn-db" })
  step start {
    run "python load.py"
  }
}
"#;
}
