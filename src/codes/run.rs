//! `run`: scripts and commands.

codes! { "run";
    /// A script that does nothing
    EMPTY_SCRIPT: "empty-script", Error,
    explain: "\
A job with an empty script would wait for an instance, pull its image, do nothing and succeed.

Write the command. `run []` starts the command that the image itself has. A step that only joins \
or parts edges needs no `run`, and then costs no job.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run ""
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#;

    /// A `#!` line that names no shell
    SHEBANG: "shebang", Error,
    explain: "\
A script is not a file: the shell gets it as text, `/bin/sh -ec SCRIPT`, so nobody would read its \
first line. flowbatch does, to choose the shell: `#!` with the path of sh, bash, zsh or ksh, \
directly or with /usr/bin/env, options included. `#!/bin/bash -x` makes the command `/bin/bash -x \
-ec SCRIPT`. Other programs take their text in other ways, so this is no general rule.

Run another program in the exec form, `run [\"python\", \"-c\", …]`, or, which is easier to test, \
put the code into the image and call it.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run """
      #!/usr/bin/env python3
      print("hello")
    """
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run ["python", "-c", "print('hello')"]
  }
}
"#;

    /// A script for bash that `/bin/sh` would run
    BASHISM: "bashism", Warning,
    explain: "\
Without a `#!` line a script is run by `/bin/sh`. In images built on Debian or Ubuntu, such as \
python:3.12, that is dash, which mostly knows neither `pipefail` nor `[[`. The first stops the \
script with “set: Illegal option -o pipefail”. The second is worse: “[[: not found” counts as \
false in an `if`, and the script goes on.

Begin the script with `#!/bin/bash`, if the image has bash, which the slim images of Python and \
Debian do and Alpine does not. Otherwise write `[` with quoted variables, and do without \
`pipefail`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run """
      set -o pipefail
      python export.py | gzip > export.gz
    """
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run """
      #!/bin/bash
      set -o pipefail
      python export.py | gzip > export.gz
    """
  }
}
"#;

    /// `Ref::` in a script or a string, which AWS Batch would replace
    REF_IN_TEXT: "ref-in-text", Error,
    explain: "\
Before a container starts, AWS Batch replaces `Ref::name` in its command with the parameter of \
that name. It does so in the middle of scripts and strings too, and has no escape for text that \
should stay as it is.

In a script every param is an environment variable: write `$name`. In the exec form name the \
param without quotes, and flowbatch writes the `Ref::`. If the text has to be there, put it into \
a file of the image, or build it in the script: to a shell, `Ref:'':name` is the same text.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param date: string = "2026-11-20"

  step start {
    run "python load.py Ref::date"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param date: string = "2026-11-20"

  step start {
    run "python load.py $date"
  }
}
"#;

    /// `Ref::` outside a command, where nothing replaces it
    REF_OUTSIDE_COMMAND: "ref-outside-command", Warning,
    explain: "\
AWS Batch replaces `Ref::name` with the parameter of that name in a job's command, and nowhere \
else: the value of an environment variable, a tag or an option of the log driver stays as it is, \
letter for letter.

In a script every param is an environment variable of its name, so nothing has to be passed on. \
Where an option should have the value of a param, name the param, without quotes or as `${name}` \
in a string: its value when the flow is built is then written into the job definition.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param date: string = "2026-11-20"

  @environment(vars={ DAY = "Ref::date" })
  step start {
    run "python load.py --date $DAY"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param date: string = "2026-11-20"

  @environment(vars={ DAY = date })
  step start {
    run "python load.py --date $DAY"
  }
}
"#;

    /// A script reads a let
    LET_IN_SCRIPT: "let-in-script", Error,
    explain: "\
A let exists while the flow is built. In `run` the `$` belongs to the shell: nothing is \
interpolated, and the job's environment holds the params, not the lets. The shell would replace \
this variable with nothing and go on, since an unset variable is not an error to it.

Put the value into the environment with `@environment(vars={ name = name })`. If it should be \
possible to choose it when the flow is submitted, make it a param.",
    failing: r#"let bucket = "s3://churn-data"

@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python load.py $bucket"
  }
}
"#,
    corrected: r#"let bucket = "s3://churn-data"

@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @environment(vars={ bucket = bucket })
  step start {
    run "python load.py $bucket"
  }
}
"#;

    /// A script reads a variable that nothing sets
    MISSPELLED_VARIABLE: "misspelled-variable", Warning,
    explain: "\
The script reads a variable that it does not set, and that neither a param, nor a foreach around \
the step, nor `@environment` or `@secrets`, nor AWS Batch provides, while one of a similar name \
exists. The shell replaces an unset variable with nothing and goes on, so the mistake would show only in the \
results. The variable of a foreach is unset too in steps outside that foreach.

Correct the name. For a variable that the image sets, write `${name:-}` to say that it may be \
unset, or `# flowbatch: allow(misspelled-variable)` above the line.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param date: string = "2026-11-20"

  step start {
    run "python load.py --date $dat"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param date: string = "2026-11-20"

  step start {
    run "python load.py --date $date"
  }
}
"#;

    /// A script reads a variable that its job does not have
    BATCH_VARIABLE: "batch-variable", Warning,
    explain: "\
Some variables exist in some jobs only. AWS Batch sets AWS_BATCH_JOB_ARRAY_INDEX and \
AWS_BATCH_JOB_ARRAY_SIZE for the children of an array job, so not outside a foreach, nor in a \
foreach over a single item, which is a plain job. It sets AWS_BATCH_JOB_NODE_INDEX, \
AWS_BATCH_JOB_NUM_NODES and AWS_BATCH_JOB_MAIN_NODE_INDEX for the nodes of `@parallel`. \
AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS is set on all of these but the main node itself, and \
AWS_BATCH_JOB_KUBERNETES_NODE_UID on EKS only. flowbatch sets FLOWBATCH_INDEX and FLOWBATCH_SIZE \
in a foreach, whatever the number of items. The shell replaces an unset variable with nothing and \
goes on.

In a foreach, read FLOWBATCH_INDEX and FLOWBATCH_SIZE. On several nodes, give the address of the \
main node a default, or ask AWS_BATCH_JOB_NODE_INDEX first which node this is. A script that can \
do without a variable says so with `${NAME:-}`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @parallel(nodes=4)
  step train {
    run "torchrun --master-addr $AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS train.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  @parallel(nodes=4)
  step train {
    run "torchrun --master-addr ${AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS:-$(hostname -i)} train.py"
  }
}
"#;

    /// Something that cannot be an argument of the exec form
    EXEC_ARGUMENT: "exec-argument", Error,
    explain: "\
In the exec form, `run [\"program\", \"argument\"]`, every argument is a text. Strings are passed \
as they are; a name without quotes is a param, which becomes one argument, or a let that is a \
string, a number or a boolean. Numbers are written in quotes, so that there is no doubt about the \
digits that the program gets; sizes, lists and maps have no text at all.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run ["python", "train.py", "--epochs", 5]
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run ["python", "train.py", "--epochs", "5"]
  }
}
"#;

    /// `$name` in the exec form, where no shell replaces it
    DOLLAR_IN_EXEC: "dollar-in-exec", Warning,
    explain: "\
The exec form starts the program without a shell. Nobody replaces `$name`, and the program gets \
the dollar and the letters as they stand.

To pass a param, name it without quotes: it becomes one argument, whatever characters are in it. \
For anything else that a shell does, pipes, globs, variables, write the shell form, `run \"…\"`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param date: string = "2026-11-20"

  step start {
    run ["python", "load.py", "$date"]
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param date: string = "2026-11-20"

  step start {
    run ["python", "load.py", date]
  }
}
"#;

    /// The exec form names the item of a foreach
    ITEM_IN_EXEC: "item-in-exec", Error,
    explain: "\
A foreach becomes one array job, and all children of an array job have the same command. They \
differ only in AWS_BATCH_JOB_ARRAY_INDEX, from which flowbatch sets the foreach variable by a few \
lines before the script. Without a shell there is nobody to do that, so the item cannot be an \
argument.

Write the command as a script, in which the item is a variable.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python split.py"
    next train foreach shard in 0..16
  }

  step train {
    run ["python", "train.py", "--shard", shard]
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python split.py"
    next train foreach shard in 0..16
  }

  step train {
    run "python train.py --shard $shard"
  }
}
"#;

    /// The exec form in the body of a foreach
    EXEC_IN_FOREACH: "exec-in-foreach", Warning,
    explain: "\
In the body of a foreach only scripts get the item: flowbatch sets the variable by a few lines \
before the script. The exec form starts its program without a shell, so every child of the array \
job would do the same.

Write the command as a script. A program that reads AWS_BATCH_JOB_ARRAY_INDEX itself may stay as \
it is (with a single item the job is a plain one, and the variable is not set); `# flowbatch: \
allow(exec-in-foreach)` above the line says that this is meant.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python split.py"
    next train foreach shard in 0..16
  }

  step train {
    run ["python", "train.py"]
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python split.py"
    next train foreach shard in 0..16
  }

  step train {
    run "python train.py --shard $shard"
  }
}
"#;
}
