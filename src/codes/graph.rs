//! The graph: edges, joins, foreach.

codes! { "graph";
    /// `next` names a step that the flow does not have
    UNKNOWN_STEP: "unknown-step", Error,
    explain: "\
`next` names the steps that follow, each by the name after its `step`, `join` or `gather`. The \
flow has none of this name. Steps of other flows cannot be named.

Correct the name, or add the step. A step after which the flow ends needs no `next`; unlike in \
Metaflow there is no need for a step named `end`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step prepare {
    run "python prepare.py"
    next trian
  }

  step train {
    run "python train.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step prepare {
    run "python prepare.py"
    next train
  }

  step train {
    run "python train.py"
  }
}
"#;

    /// A step named twice in one `next`
    DUPLICATE_TARGET: "duplicate-target", Error,
    explain: "\
`next a, b` starts a and b side by side, each once. Naming a step twice does not run it twice.

Remove one of the names, or correct it, if another step was meant. To run a step several times, \
once for each item, write `next STEP foreach NAME in …`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train, report, train
  }

  step train {
    run "python train.py"
  }

  step report {
    run "python report.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train, report
  }

  step train {
    run "python train.py"
  }

  step report {
    run "python report.py"
  }
}
"#;

    /// Steps that go in a circle
    CYCLE: "cycle", Error,
    explain: "\
These steps follow each other in a circle. A job of AWS Batch waits for the end of those it \
depends on, and can name only jobs that have been submitted before it, so none of these could \
ever be submitted.

Remove the edge that leads back. To repeat work until it is good, write the loop in the script of \
one step; to try a failed job again, use `@retry`; to do the same for many items, use `foreach`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train
  }

  step train {
    run "python train.py"
    next evaluate
  }

  step evaluate {
    run "python evaluate.py"
    next train
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train
  }

  step train {
    run "python train.py"
    next evaluate
  }

  step evaluate {
    run "python evaluate.py"
  }
}
"#;

    /// Nothing leads to a step, though the flow begins at `start`
    UNREACHABLE_STEP: "unreachable-step", Error,
    explain: "\
A flow begins at every step that nothing leads to. When one of these is named `start`, it is \
meant to be the only one, and another is a step whose edge was forgotten: it would run at once, \
without waiting for anything.

Name the step in the `next` of the step that it comes after. A flow that really begins at several \
places has no step named `start`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train
  }

  step train {
    run "python train.py"
  }

  step report {
    run "python report.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train, report
  }

  step train {
    run "python train.py"
  }

  step report {
    run "python report.py"
  }
}
"#;

    /// A `join` or `gather` that nothing leads to
    NOTHING_TO_JOIN: "nothing-to-join", Error,
    explain: "\
A `join` is where several edges meet, and a `gather` is where a foreach closes. Nothing leads to \
this one, so it would run at the beginning of the flow, without waiting for anything.

Name it in the `next` of the steps that it comes after. If the flow begins here, write `step`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
  }

  join report {
    run "python report.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next report
  }

  step report {
    run "python report.py"
  }
}
"#;

    /// Several edges lead to a step that is no `join`
    MISSING_JOIN: "missing-join", Error,
    explain: "\
Several edges lead to this step, so its job waits for several others. That is said aloud: the \
word `join` tells the reader that the step is run once, after all of them, and not once for each.

Write `join` instead of `step`. Within a foreach there are two answers: `join` goes on for each \
item, `gather` closes the foreach and goes on once for all of them.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train, check
  }

  step train {
    run "python train.py"
    next report
  }

  step check {
    run "python check.py"
    next report
  }

  step report {
    run "python report.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train, check
  }

  step train {
    run "python train.py"
    next report
  }

  step check {
    run "python check.py"
    next report
  }

  join report {
    run "python report.py"
  }
}
"#;

    /// A `join` with one incoming edge
    LONELY_JOIN: "lonely-join", Warning,
    explain: "\
A `join` is where several edges meet, but only one leads to this step. Often another step has \
lost its `next`, and this one no longer waits for it.

Add the missing `next`, or write `step`. After the body of a foreach, `gather` is the word for \
what runs once, when all items are done: a `join` there would still run for each item.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next report
  }

  join report {
    run "python report.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next report
  }

  step report {
    run "python report.py"
  }
}
"#;

    /// A `gather` outside every foreach
    NOTHING_TO_GATHER: "nothing-to-gather", Error,
    explain: "\
A `gather` closes the innermost foreach that is open. Here none is: the steps before it run once, \
so there is nothing to collect.

Write `step`, or `join` where several edges meet. If a foreach was meant, open it before: `next \
train foreach shard in 0..16`.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next report
  }

  gather report {
    run "python report.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next report
  }

  step report {
    run "python report.py"
  }
}
"#;

    /// Edges from different scopes meet
    SCOPES_DIFFER: "scopes-differ", Error,
    explain: "\
Every step runs in a scope: once, or once for each item of the foreach around it. Edges that meet \
have to come from the same scope, since otherwise it is open how often the step that they lead to \
runs. Two foreach are two scopes, even over the same items.

Close each foreach with a `gather` of its own, then `join` what comes after the gathers. Such a \
gather needs no `run`, and then costs no job.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next split, stats
  }

  step split {
    run "python split.py"
    next train foreach shard in 0..4
  }

  step train {
    run "python train.py $shard"
    next report
  }

  step stats {
    run "python stats.py"
    next report
  }

  join report {
    run "python report.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next split, stats
  }

  step split {
    run "python split.py"
    next train foreach shard in 0..4
  }

  step train {
    run "python train.py $shard"
    next collect
  }

  gather collect {
    next report
  }

  step stats {
    run "python stats.py"
    next report
  }

  join report {
    run "python report.py"
  }
}
"#;

    /// A foreach leads to what cannot be its body
    FOREACH_TARGET: "foreach-target", Error,
    explain: "\
`next train foreach shard in …` makes `train` the first step of a body that runs for every item. \
It is a `step` with this one incoming edge: a `join` or `gather` would combine the body with \
something outside it, and with a second edge it would be open how often the step runs.

Write `step`. If the body begins with a join, do the joining in a step before the foreach.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train foreach shard in 0..4
  }

  join train {
    run "python train.py $FLOWBATCH_INDEX"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train foreach shard in 0..4
  }

  step train {
    run "python train.py $FLOWBATCH_INDEX"
  }
}
"#;

    /// A foreach over something that is no list
    FOREACH_SOURCE: "foreach-source", Error,
    explain: "\
A foreach runs over a range of integers, `lo..hi`, in which `hi` is not included, or over a list, \
written there or as a let. A number or a string has no items, and a param cannot be a list; an \
integer param can be an end of a range.

The items have to be known when the flow is built, because the size of an array job is part of \
its submission. A list that only a step finds out cannot be a foreach: split the work into a \
fixed number of shards, and let each job pick its part.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param shards: int = 16

  step start {
    run "python prepare.py"
    next train foreach shard in shards
  }

  step train {
    run "python train.py $shard"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  param shards: int = 16

  step start {
    run "python prepare.py"
    next train foreach shard in 0..shards
  }

  step train {
    run "python train.py $shard"
  }
}
"#;

    /// Items of different kinds, or of none that an item can have
    FOREACH_ITEMS: "foreach-items", Error,
    explain: "\
The items of a foreach reach the script as the text of one variable. They are strings, numbers or \
booleans; sizes, lists and maps have no text. All of them are of one kind, since a list that \
mixes kinds mostly has a forgotten pair of quotes.

Put quotes around every item to make them strings. To hand over several values for each item, \
write them into one string, such as \"eu-west-1:16\", and take it apart in the script.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train foreach region in ["101", "102", 103]
  }

  step train {
    run "python train.py $region"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train foreach region in ["101", "102", "103"]
  }

  step train {
    run "python train.py $region"
  }
}
"#;

    /// A foreach whose body runs nothing
    EMPTY_BODY: "empty-body", Error,
    explain: "\
Between this foreach and its gather no step has a `run`. There would be no array job, so the \
foreach would do nothing, however many items it has.

Give a step of the body a `run`, or remove the foreach.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train foreach shard in 0..4
  }

  step train {
    next report
  }

  gather report {
    run "python report.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train foreach shard in 0..4
  }

  step train {
    run "python train.py $shard"
    next report
  }

  gather report {
    run "python report.py"
  }
}
"#;

    /// A foreach over no items, or too many
    ARRAY_SIZE: "array-size", Error,
    explain: "\
A foreach becomes an array job, with one child for each item. AWS Batch takes arrays of 2 to \
10,000 children; for a single item flowbatch makes a plain job, but for none, or for more than \
10,000, there is nothing to submit. The sizes of nested foreach multiply: 200 items within 100 \
are 20,000 children.

Let each item stand for a batch of the work and loop over the batch in the script. Where there \
are no items, look at the bounds: in `lo..hi`, hi is not included.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train foreach shard in 0..20000
  }

  step train {
    run "python train.py --first $shard --count 1"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "python prepare.py"
    next train foreach shard in 0..200
  }

  step train {
    run "python train.py --first ${shard}00 --count 100"
  }
}
"#;

    /// A job that waits for more than 20 others
    TOO_MANY_DEPENDENCIES: "too-many-dependencies", Error,
    explain: "\
“Job cannot have more than 20 dependencies”, says AWS Batch, and refuses the submission. Control \
points do not help: flowbatch removes steps without `run`, and their edges go to the jobs behind \
them.

Join the jobs in groups first, with joins that `run \"true\"`: small jobs, but real ones. If the \
steps differ in little but a name or a number, a foreach is better: an array job counts as one \
dependency, whatever its size.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step load01 { run "python load.py 1" next report }
  step load02 { run "python load.py 2" next report }
  step load03 { run "python load.py 3" next report }
  step load04 { run "python load.py 4" next report }
  step load05 { run "python load.py 5" next report }
  step load06 { run "python load.py 6" next report }
  step load07 { run "python load.py 7" next report }
  step load08 { run "python load.py 8" next report }
  step load09 { run "python load.py 9" next report }
  step load10 { run "python load.py 10" next report }
  step load11 { run "python load.py 11" next report }
  step load12 { run "python load.py 12" next report }
  step load13 { run "python load.py 13" next report }
  step load14 { run "python load.py 14" next report }
  step load15 { run "python load.py 15" next report }
  step load16 { run "python load.py 16" next report }
  step load17 { run "python load.py 17" next report }
  step load18 { run "python load.py 18" next report }
  step load19 { run "python load.py 19" next report }
  step load20 { run "python load.py 20" next report }
  step load21 { run "python load.py 21" next report }

  join report {
    run "python report.py"
  }
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step load01 { run "python load.py 1" next first }
  step load02 { run "python load.py 2" next first }
  step load03 { run "python load.py 3" next first }
  step load04 { run "python load.py 4" next first }
  step load05 { run "python load.py 5" next first }
  step load06 { run "python load.py 6" next first }
  step load07 { run "python load.py 7" next first }
  step load08 { run "python load.py 8" next first }
  step load09 { run "python load.py 9" next first }
  step load10 { run "python load.py 10" next first }
  step load11 { run "python load.py 11" next first }
  step load12 { run "python load.py 12" next second }
  step load13 { run "python load.py 13" next second }
  step load14 { run "python load.py 14" next second }
  step load15 { run "python load.py 15" next second }
  step load16 { run "python load.py 16" next second }
  step load17 { run "python load.py 17" next second }
  step load18 { run "python load.py 18" next second }
  step load19 { run "python load.py 19" next second }
  step load20 { run "python load.py 20" next second }
  step load21 { run "python load.py 21" next second }

  join first {
    run "true"
    next report
  }

  join second {
    run "true"
    next report
  }

  join report {
    run "python report.py"
  }
}
"#;

    /// A flow that runs nothing
    NO_JOB: "no-job", Error,
    explain: "\
Only steps with a `run` become jobs, and this flow has none. There is nothing to register or to \
submit.

Give at least one step a `run`. A file that holds only what others import, lets and profiles, \
needs no flow.",
    failing: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {}
}
"#,
    corrected: r#"@batch(queue="q", image="python:3.12-slim", platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#;
}
