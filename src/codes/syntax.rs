//! Mistakes of form: what the parser reports.

/// The annotation that makes an example complete.
macro_rules! head {
    () => {
        "@batch(queue=\"q\", image=\"python:3.12-slim\", platform=\"ec2\")\n"
    };
}

codes! { "syntax";
    /// Text that fits nowhere
    UNEXPECTED_TEXT: "unexpected-text", Error,
        explain: "Every place in a file takes only certain things: a file holds `import`, `let`, `profile` and one `flow`; a flow holds `param`, `step`, `join` and `gather`; a step holds `run` and `next`. This text is none of them, often because a word is misspelled or a quote is missing.\n\nThe rest of the file has been checked as if the text were not there.",
        failing: concat!(head!(), r#"flow Example {
  stepp start {
    run "echo hello"
  }
  step other {
    run "echo other"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#);
    /// A bracket that is never closed
    UNCLOSED_BRACKET: "unclosed-bracket", Error,
        explain: "The closing `}`, `]` or `)` is missing. It is reported where the parser had to give up looking for it: at the end of the file, before the next step or annotation, or at the closing bracket of something else. The other label shows what was opened.",
        failing: concat!(head!(), r#"flow Example {
  @batch(cpu=2, memory=8GiB
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  @batch(cpu=2, memory=8GiB)
  step start {
    run "echo hello"
  }
}
"#);
    /// A `}` that closes nothing
    UNOPENED_BRACE: "unopened-brace", Error,
        explain: "Everything that was open had already been closed. Either this brace is one too many, or one above it is, and something was closed earlier than meant.",
        failing: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#);
    /// The `{` of a flow, step or profile is missing
    MISSING_BRACE: "missing-brace", Error,
        explain: "The body of a flow, a step or a profile stands between `{` and `}`, even if it is empty: `join end {}`.",
        failing: concat!(head!(), r#"flow Example {
  step start
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#);
    /// A body that begins with a colon
    BLOCK_COLON: "block-colon", Error,
        explain: "In Python, a colon and the indentation mark a body. Here a body stands between `{` and `}`, and indentation means nothing.",
        failing: concat!(head!(), r#"flow Example {
  step start:
    run "echo hello"
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#);
    /// A string without its closing quote
    UNCLOSED_STRING: "unclosed-string", Error,
        explain: "A string in `\"` ends on its own line, so that a forgotten quote costs one line and not the file. A text of several lines stands between `\"\"\"` and `\"\"\"`, where nothing needs an escape.",
        failing: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#);
    /// A name is missing
    MISSING_NAME: "missing-name", Error,
        explain: "A flow, step, profile, param, let and foreach variable each has a name, and `next` names the steps that follow.",
        failing: concat!(head!(), r#"flow Example {
  step {
    run "echo hello"
  }
  step other {
    run "echo other"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#);
    /// A word that is no name
    INVALID_NAME: "invalid-name", Error,
        explain: "A name begins with a letter and goes on with letters, digits and `_`, all of ASCII, because names become environment variables and parts of the names of jobs. As a value, a bare word is the name of a let or param; text stands in quotes.",
        failing: concat!(head!(), r#"flow Example {
  step start-here {
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start_here {
    run "echo hello"
  }
}
"#);
    /// A word of the language as a name
    RESERVED_WORD: "reserved-word", Error,
        explain: "`import let profile flow param step join gather run next foreach in true false` have a meaning of their own and cannot name anything. As the key of a map they can be put into quotes.",
        failing: concat!(head!(), r#"flow Example {
  step join {
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#);
    /// A value is missing
    MISSING_VALUE: "missing-value", Error,
        explain: "After `=`, `:` in a map, `run`, `in` and `..` stands a value.",
        failing: concat!(head!(), r#"flow Example {
  @batch(cpu=)
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  @batch(cpu=2)
  step start {
    run "echo hello"
  }
}
"#);
    /// The `=` of a let is missing
    MISSING_EQUALS: "missing-equals", Error,
        explain: "A let is written `let name = value`.",
        failing: r#"let image "python:3.12-slim"
@batch(queue="q", image=image, platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#,
        corrected: r#"let image = "python:3.12-slim"
@batch(queue="q", image=image, platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#;
    /// The `in` of a foreach is missing
    MISSING_IN: "missing-in", Error,
        explain: "A fan-out is written `next step foreach item in SOURCE`, the source being a range `lo..hi`, a list, or a let that is one.",
        failing: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
    next train foreach shard 0..4
  }
  step train {
    run "echo $shard"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
    next train foreach shard in 0..4
  }
  step train {
    run "echo $shard"
  }
}
"#);
    /// The type of a param is missing
    MISSING_TYPE: "missing-type", Error,
        explain: "A param says what it takes: `param name: string`, `int`, `float` or `bool`. The type decides how `-p name=value` is read, and where the param can be used.",
        failing: concat!(head!(), r#"flow Example {
  param shards = 16
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  param shards: int = 16
  step start {
    run "echo hello"
  }
}
"#);
    /// The type of a param, written differently
    PARAM_FORM: "param-form", Error,
        explain: "The type of a param stands after its name and a colon, as in `param shards: int = 16`. There are four types and none takes parameters; a list is written in a let.",
        failing: concat!(head!(), r#"flow Example {
  param int shards = 16
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  param shards: int = 16
  step start {
    run "echo hello"
  }
}
"#);
    /// A let, written differently
    LET_FORM: "let-form", Error,
        explain: "A value with a name is written `let name = value`. A let has no type of its own, and there is no `const` and no `var`: a let never changes.",
        failing: r#"const image = "python:3.12-slim"
@batch(queue="q", image=image, platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#,
        corrected: r#"let image = "python:3.12-slim"
@batch(queue="q", image=image, platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#;
    /// A comma is missing
    MISSING_COMMA: "missing-comma", Error,
        explain: "The elements of lists, maps, arguments and `next` are separated by commas, on separate lines too. A comma after the last element is allowed, except that nothing needs it.",
        failing: concat!(head!(), r#"flow Example {
  @batch(cpu=2 memory=8GiB)
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  @batch(cpu=2, memory=8GiB)
  step start {
    run "echo hello"
  }
}
"#);
    /// A semicolon
    SEMICOLON: "semicolon", Error,
        explain: "Nothing ends with a semicolon: a statement ends where the next one begins. Elements are separated by commas.",
        failing: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello";
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#);
    /// A sign after `run` or `next`
    STATEMENT_SIGN: "statement-sign", Error,
        explain: "`run` and `next` are followed by what they take, without `:`, `=` or an arrow between.",
        failing: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
    next -> end
  }
  step end {
    run "echo bye"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
    next end
  }
  step end {
    run "echo bye"
  }
}
"#);
    /// Another sign instead of `=`
    WRONG_SIGN: "wrong-sign", Error,
        explain: "A key and its value are connected by `=`; in a map, `:` is understood as well.",
        failing: concat!(head!(), r#"flow Example {
  @batch(cpu => 2)
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  @batch(cpu = 2)
  step start {
    run "echo hello"
  }
}
"#);
    /// A colon between an option and its value
    COLON_IN_ANNOTATION: "colon-in-annotation", Error,
        explain: "The options of an annotation are written like arguments in Python, `cpu=2`. A colon is understood only in maps: `vars={KEY: \"value\"}`.",
        failing: concat!(head!(), r#"flow Example {
  @batch(cpu: 2)
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  @batch(cpu = 2)
  step start {
    run "echo hello"
  }
}
"#);
    /// A key that is neither a name nor a string
    BAD_KEY: "bad-key", Error,
        explain: "The options of an annotation are bare names: `cpu=2`. The key of a map is a name or a string.",
        failing: concat!(head!(), r#"flow Example {
  @batch("cpu"=2)
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  @batch(cpu=2)
  step start {
    run "echo hello"
  }
}
"#);
    /// A key that stands twice in a map
    DUPLICATE_KEY: "duplicate-key", Error,
        explain: "Only one of two values could count, and it would not be clear which. `a` and `\"a\"` are the same key.",
        failing: concat!(head!(), r#"flow Example {
  @environment(vars={MODE="a", MODE="b"})
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  @environment(vars={MODE="b"})
  step start {
    run "echo hello"
  }
}
"#);
    /// Text that begins like a number, but is none
    MALFORMED_NUMBER: "malformed-number", Error,
        explain: "Integers are written `16`, `-1` or `1_000`, without leading zeros, and have 64 bits; decimals `0.5` or `1e-4`.",
        failing: concat!(head!(), r#"flow Example {
  @batch(cpu=02)
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  @batch(cpu=2)
  step start {
    run "echo hello"
  }
}
"#);
    /// A size, written differently
    MALFORMED_SIZE: "malformed-size", Error,
        explain: "A size is a whole number directly followed by `KiB`, `MiB`, `GiB` or `TiB`. AWS Batch counts memory in steps of 1024, so `8GB` or `8G` would leave open what is meant, and Metaflow silently takes 4096 for them. Write `8GiB`; instead of `1.5GiB`, `1536MiB`.",
        failing: concat!(head!(), r#"flow Example {
  @batch(memory=8GB)
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  @batch(memory=8GiB)
  step start {
    run "echo hello"
  }
}
"#);
    /// A backslash with something that has no meaning after it
    INVALID_ESCAPE: "invalid-escape", Error,
        explain: "The escapes in a string are `\\\"`, `\\\\`, `\\n`, `\\t`, `\\r`, `\\$` and `\\u{…}` with the hexadecimal number of a character. A backslash itself is written `\\\\`. Between `\"\"\"` and `\"\"\"` there are no escapes: a backslash is a backslash.",
        failing: concat!(head!(), r#"flow Example {
  step start {
    run "grep '\d' file"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "grep '\\d' file"
  }
}
"#);
    /// A `${` that does not put in the value of a name
    INVALID_INTERPOLATION: "invalid-interpolation", Error,
        explain: "`${name}` puts the value of one let or param into a string. There are no expressions and no defaults. The characters `${` themselves are written `\\${`. Import paths and the keys of maps are fixed text. In `run`, `$` belongs to the shell and nothing of this applies.",
        failing: r#"let image = "python:${3.12}-slim"
@batch(queue="q", image=image, platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#,
        corrected: r#"let version = "3.12"
let image = "python:${version}-slim"
@batch(queue="q", image=image, platform="ec2")
flow Example {
  step start {
    run "echo hello"
  }
}
"#;
    /// A second `run` or `next` in a step
    REPEATED_STATEMENT: "repeated-statement", Error,
        explain: "A step is one job: it runs one script or one program, and one `next` names all steps that follow. Put several commands on several lines between `\"\"\"` and `\"\"\"`.",
        failing: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
    run "echo again"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run """
      echo hello
      echo again
    """
  }
}
"#);
    /// Something that cannot be run
    RUN_VALUE: "run-value", Error,
        explain: "`run \"script\"` gives a script to the shell; `run [\"program\", \"argument\"]` starts a program as it is.",
        failing: concat!(head!(), "flow Example {
  step start {
    run hello
  }
}
"),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#);
    /// Something that is not the name of a step after `next`
    NEXT_TARGET: "next-target", Error,
        explain: "`next a, b` names the steps that follow, without quotes and brackets.",
        failing: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
    next "end"
  }
  step end {
    run "echo bye"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
    next end
  }
  step end {
    run "echo bye"
  }
}
"#);
    /// A foreach with several targets
    FOREACH_TARGETS: "foreach-targets", Error,
        explain: "`next train foreach shard in 0..4` runs one step once for every item. A second step over the same items follows that step: the items stay in scope up to the `gather`.",
        failing: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
    next train, test foreach shard in 0..4
  }
  step train {
    run "echo $shard"
  }
  step test {
    run "echo test"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
    next train foreach shard in 0..4
  }
  step train {
    run "echo $shard"
    next test
  }
  step test {
    run "echo test $shard"
  }
}
"#);
    /// A range, written differently
    RANGE_SIGN: "range-sign", Error,
        explain: "`lo..hi` are the integers from `lo` up to, but not including, `hi`. There are no functions, so `range(16)` is written `0..16`.",
        failing: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
    next train foreach shard in range(4)
  }
  step train {
    run "echo $shard"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
    next train foreach shard in 0..4
  }
  step train {
    run "echo $shard"
  }
}
"#);
    /// An import without a path
    IMPORT_PATH: "import-path", Error,
        explain: "`import \"platform.flow\"` takes over the lets and profiles of another flow file, named by a path relative to this one. Python modules cannot be imported.",
        failing: concat!("import numpy
", head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#);
    /// A second flow in a file
    SECOND_FLOW: "second-flow", Error,
        explain: "A file holds one flow, or none if it is a library. Move the second one into its own file; lets and profiles that both use go into a third, which both import.",
        failing: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}

"#, head!(), r#"flow Another {
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#);
    /// A step or param outside of a flow
    OUTSIDE_FLOW: "outside-flow", Error,
        explain: "Steps and params stand between the braces of `flow Name { … }`. If they seem to, a `}` above closes the flow too early.",
        failing: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
    next end
  }
  }
  step end {
    run "echo bye"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
    next end
  }
  step end {
    run "echo bye"
  }
}
"#);
    /// An item in the wrong place
    MISPLACED_ITEM: "misplaced-item", Error,
        explain: "`import`, `let` and `profile` stand at the top level of a file, not in a flow; `run` and `next` stand in a step.",
        failing: concat!(head!(), r#"flow Example {
  let greeting = "hello"
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!(r#"let greeting = "hello"
"#, head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#);
    /// An annotation that belongs to nothing
    STRAY_ANNOTATION: "stray-annotation", Error,
        explain: "Annotations stand before the flow, where they hold for every step, before a step, or in a profile. They configure jobs; a param, a let or an import has none.",
        failing: concat!(head!(), r#"flow Example {
  @batch(cpu=2)
  param date: string = "today"
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  param date: string = "today"
  @batch(cpu=2)
  step start {
    run "echo hello"
  }
}
"#);
    /// A `##` comment that documents nothing
    STRAY_DOC_COMMENT: "stray-doc-comment", Warning,
        explain: "`##` on a line of its own documents the flow, step, param, let or profile after it, and is shown by editors. Anywhere else it is an ordinary comment, and `#` says so.",
        failing: concat!(head!(), r#"flow Example {
  step start {
    ## says hello
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  ## says hello
  step start {
    run "echo hello"
  }
}
"#);
    /// Brackets or foreach nested deeper than 64
    NESTING_TOO_DEEP: "nesting-too-deep", Error,
        explain: "Lists and maps can be nested up to a depth of 64, far more than any option takes. Deeper nesting is nearly always a bracket that was never closed. Of foreach, one in the other, there can be 64 as well: all that have two items would make far more than the 10,000 jobs of an array.",
        failing: concat!("let deep = [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
", head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!("let deep = [[[[]]]]
", head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#);
    /// A string in single quotes
    SINGLE_QUOTES: "single-quotes", Error,
        explain: "Strings stand in double quotes. A single quote inside needs no escape: `\"it's\"`.",
        failing: concat!(head!(), "flow Example {
  step start {
    run 'echo hello'
  }
}
"),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#);
    /// A string with a prefix
    STRING_PREFIX: "string-prefix", Error,
        explain: "Python's `f\"…\"` is not needed: every string interpolates, with `${name}` instead of `{name}`. Instead of `r\"…\"`, a text between `\"\"\"` and `\"\"\"` is raw.",
        failing: concat!(head!(), r#"flow Example {
  @batch(queue=f"q")
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  @batch(queue="q")
  step start {
    run "echo hello"
  }
}
"#);
    /// `True`, `False` or `None`
    PYTHON_LITERAL: "python-literal", Error,
        explain: "Booleans are written `true` and `false`. There is no `None`: an option that is left out has its default.",
        failing: concat!(head!(), r#"flow Example {
  @batch(privileged=True)
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  @batch(privileged=true)
  step start {
    run "echo hello"
  }
}
"#);
    /// A comment that does not begin with `#`
    SLASH_COMMENT: "slash-comment", Error,
        explain: "A comment begins with `#` and ends with its line; `//`, `/* … */`, `--` and `;` begin none.",
        failing: concat!("// says hello
", head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#),
        corrected: concat!("# says hello
", head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#);
    /// A blank that is none
    INVISIBLE_CHARACTER: "invisible-character", Error,
        explain: "No-break spaces and other invisible characters look like blanks and come along when text is copied from a web page or a chat. They are legal in strings and comments only, and a NUL not even in a string: no argument and no environment variable can hold one.",
        failing: concat!(head!(), "flow Example {\n  step\u{a0}start {\n    run \"echo hello\"\n  }\n}\n"),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#);
    /// `self.next(…)` of Metaflow
    SELF_NEXT: "self-next", Error,
        explain: "What follows a step is written `next a, b` instead of `self.next(self.a, self.b)`. A fan-out is written `next train foreach item in shards` instead of `self.next(self.train, foreach=\"shards\")`, the source being a list that is known when the flow is built.",
        failing: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
    self.next(self.end)
  }
  step end {
    run "echo bye"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
    next end
  }
  step end {
    run "echo bye"
  }
}
"#);
    /// Python where a flow should stand
    PYTHON_CODE: "python-code", Error,
        explain: "A flow file says which program every step runs, in which image, with which resources. The Python code of a step goes into that program: `step start { run \"python -m start\"  next train }`. A class becomes `flow Name { … }`.",
        failing: concat!(head!(), r#"flow Example {
  def start(self):
    print("hello")
    self.next(self.end)

  step end {
    run "echo bye"
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "python -m start"
    next end
  }
  step end {
    run "echo bye"
  }
}
"#);
    /// A condition or a loop
    CONTROL_FLOW: "control-flow", Error,
        explain: "Every step of a flow runs, so there is no `if`: decide in the program that a step runs, or write two flows. Instead of a loop, `next step foreach item in 0..16` runs a step once for every item, all at the same time.",
        failing: concat!(head!(), r#"flow Example {
  step start {
    if true { run "echo hello" }
  }
}
"#),
        corrected: concat!(head!(), r#"flow Example {
  step start {
    run "echo hello"
  }
}
"#);
}
