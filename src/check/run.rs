//! `run`: the shell form and the exec form.

use std::borrow::Cow;

use crate::check::graph::Graph;
use crate::check::names::{Binding, Names, Place};
use crate::check::options::Resolved;
use crate::check::shell;
use crate::check::ty::quote;
use crate::check::variables::{self, Had};
use crate::codes::run as codes;
use crate::diagnostic::{Diagnostic, Diagnostics, Edit};
use crate::flow::{ExecArg, Run, Scope, StepId};
use crate::rules::secrets;
use crate::schema::Opt;
use crate::source::{Sources, Span};
use crate::suggest;
use crate::syntax::ast::{self, RunValue};
use crate::value::Kind;

/// What a `run` may refer to.
pub struct Context<'c, 'a> {
    /// The texts.
    pub sources: &'a Sources,
    /// Lets and params.
    pub names: &'c Names<'a>,
    /// Where the flow stands.
    pub place: Place,
    /// The graph, for the scopes.
    pub graph: &'c Graph<'a>,
}

/// Shells that a `#!` line may name.
const SHELLS: &[&str] = &["sh", "bash", "zsh", "ksh"];

impl<'a> Context<'_, 'a> {
    /// Checks a step's `run`; `None` when a mistake leaves nothing to run.
    pub fn check(
        &self,
        id: StepId,
        step: &'a ast::Step,
        options: &Resolved<'a>,
        sink: &mut Diagnostics,
    ) -> Option<Run<'a>> {
        let scopes = self.scopes(id);
        match &step.run.as_ref()?.value {
            RunValue::Shell(script) => self.shell(id, step, script, &scopes, options, sink),
            RunValue::Exec(args, span) => self.exec(id, args, *span, &scopes, sink),
            RunValue::Error => None,
        }
    }

    /// Whether a mistake leaves open which foreach a step stands in.
    fn is_unsettled(&self, step: StepId) -> bool {
        self.graph.incomplete || self.graph.scope[step].is_err()
    }

    /// The scopes that a step stands in, outermost first.
    pub fn scopes(&self, step: StepId) -> Vec<&Scope<'a>> {
        let mut chain = Vec::new();
        let mut next = self.graph.scope[step].unwrap_or_default();
        while let Some(id) = next {
            let scope = &self.graph.scopes[id];
            chain.push(scope);
            next = scope.parent;
        }
        chain.reverse();
        chain
    }

    fn shell(
        &self,
        id: StepId,
        step: &'a ast::Step,
        literal: &'a ast::Str,
        scopes: &[&Scope<'a>],
        options: &Resolved<'a>,
        sink: &mut Diagnostics,
    ) -> Option<Run<'a>> {
        let text = self.sources.text(literal.span);
        let is_closed = text.len() > 1 && text.ends_with('"');
        if matches!(literal.content, ast::StrContent::Error) || !is_closed {
            return None;
        }
        let script = self.names.plain_str(literal);
        let does_nothing =
            |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
        if script.lines().all(does_nothing) {
            sink.push(
                Diagnostic::new(
                    &codes::EMPTY_SCRIPT,
                    literal.span,
                    "this script does nothing",
                )
                .help("write a command; a step without `run` costs no job"),
            );
            return None;
        }
        if let Some(text) = reference(&script) {
            sink.push(
                Diagnostic::new(
                    &codes::REF_IN_TEXT,
                    self.locate(literal, &script, text),
                    format!("AWS Batch would replace `{text}` in this script"),
                )
                .help("it has no escape; in a script, a param is an environment variable: `$name`"),
            );
        }
        secrets::script(&script, self.locator(literal, &script), sink);
        let shell = self.shebang(&script, literal, sink)?;
        let is_sh = shell
            .iter()
            .any(|word| word == "sh" || word.ends_with("/sh"));
        if memchr::memchr2(b'$', b'[', script.as_bytes()).is_some() || script.contains("pipefail") {
            let found = shell::scan(&script);
            if let Some(bashism) = found.bashism.filter(|_| is_sh) {
                self.bashism(bashism, literal, &script, sink);
            }
            self.reads(id, step, literal, &found, scopes, options, sink);
        }
        Some(Run::Shell {
            shell,
            script,
            span: literal.span,
        })
    }

    /// The shell, its options and `-ec`.
    fn shebang(
        &self,
        script: &str,
        literal: &ast::Str,
        sink: &mut Diagnostics,
    ) -> Option<Cow<'static, [Cow<'static, str>]>> {
        const SH: &[Cow<'static, str>] = &[Cow::Borrowed("/bin/sh"), Cow::Borrowed("-ec")];
        let Some(line) = script.strip_prefix("#!") else {
            return Some(Cow::Borrowed(SH));
        };
        let line = line.lines().next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let program = words.next().unwrap_or_default();
        let mut command = vec![Cow::Owned(program.to_owned())];
        let base = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let mut shell = base(program);
        if shell == "env" {
            shell.clear();
            for word in words.by_ref() {
                if word == "-S" {
                    continue;
                }
                command.push(Cow::Owned(word.to_owned()));
                if !word.starts_with('-') && !word.contains('=') {
                    shell = base(word);
                    break;
                }
            }
        }
        if !SHELLS.contains(&shell.as_str()) || !program.starts_with('/') {
            let text = script[..2 + line.len()].trim_end();
            sink.push(
                Diagnostic::new(
                    &codes::SHEBANG,
                    self.locate(literal, script, text),
                    "a script can begin with the `#!` line of a shell only",
                )
                .help(
                    "name sh, bash, zsh or ksh, as in `#!/bin/bash`; run another program in the exec \
                     form: `run [\"python\", \"-c\", …]`",
                ),
            );
            return None;
        }
        while let Some(word) = words.next() {
            let short = word
                .strip_prefix(['-', '+'])
                .filter(|rest| !rest.starts_with('-'));
            match short {
                // They end the options, and `-ec` is one.
                Some("") => continue,
                None if word == "--" => continue,
                // `-o pipefail`, alone or among others.
                Some(letters) if letters.contains(['o', 'O']) && !letters.contains('c') => {
                    command.push(Cow::Owned(word.to_owned()));
                    command.extend(words.next().map(|word| Cow::Owned(word.to_owned())));
                    continue;
                }
                Some(letters) if !letters.contains('c') => {}
                None if word.starts_with("--") => {}
                _ => {
                    sink.push(
                        Diagnostic::new(
                            &codes::SHEBANG,
                            self.locate(literal, script, word),
                            format!("`{word}` cannot stand here, before the script itself"),
                        )
                        .help("only options may follow the shell, such as `-x` or `-o pipefail`"),
                    );
                    return None;
                }
            }
            command.push(Cow::Owned(word.to_owned()));
        }
        command.push("-ec".into());
        Some(Cow::Owned(command))
    }

    fn bashism(&self, bashism: &str, literal: &ast::Str, script: &str, sink: &mut Diagnostics) {
        let mut diagnostic = Diagnostic::new(
            &codes::BASHISM,
            self.locate(literal, script, bashism),
            format!("`{bashism}` is not known to every `/bin/sh`"),
        )
        .help("begin the script with `#!/bin/bash` to run it with bash, if the image has it");
        let text = self.sources.text(literal.span);
        let edit = if let Some(rest) = text.strip_prefix("\"\"\"") {
            // On a line of its own, indented like the first line of the script.
            let skipped = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
            let indent: String = rest[skipped..]
                .chars()
                .take_while(|c| *c == ' ' || *c == '\t')
                .collect();
            let at = Span::new(
                literal.span.file,
                literal.span.start as usize + 3 + skipped,
                literal.span.start as usize + 3 + skipped,
            );
            Edit {
                span: at,
                text: format!("{indent}#!/bin/bash\n"),
            }
        } else {
            let at = Span::new(
                literal.span.file,
                literal.span.start as usize + 1,
                literal.span.start as usize + 1,
            );
            Edit {
                span: at,
                text: "#!/bin/bash\\n".into(),
            }
        };
        if !script.starts_with("#!") {
            diagnostic = diagnostic.fix_edits("run it with bash", false, vec![edit]);
        }
        sink.push(diagnostic);
    }

    /// Checks the variables that a script reads.
    #[allow(clippy::too_many_arguments)] // all of what a script can see
    fn reads(
        &self,
        id: StepId,
        step: &'a ast::Step,
        literal: &ast::Str,
        found: &shell::Script<'_>,
        scopes: &[&Scope<'a>],
        options: &Resolved<'a>,
        sink: &mut Diagnostics,
    ) {
        if found.opaque {
            return;
        }
        let unsettled = self.is_unsettled(id);
        let provided = |name: &str| {
            let is = |entry: &crate::value::Entry<'_>| entry.key == name;
            options.map(Opt::Vars).iter().any(is)
                || options.map(Opt::Secrets).iter().any(is)
                || options.is_opaque(Opt::Vars)
                || options.is_opaque(Opt::Secrets)
        };
        let mut lets: Vec<&shell::Reference<'_>> = Vec::new();
        for (index, read) in found.reads.iter().enumerate() {
            let name = read.name;
            if read.guarded
                || found.sets.contains(name)
                || scopes.iter().any(|scope| scope.variable == name)
                || found.reads[..index]
                    .iter()
                    .any(|earlier| earlier.name == name)
                || provided(name)
            {
                continue;
            }
            if unsettled && self.names.foreach_variables.contains_key(name) {
                continue; // which foreach the step stands in is not known
            }
            match self.names.lookup(name, self.place) {
                Some(Binding::Param(_)) => {}
                Some(Binding::Let(_)) if self.names.is_clash(name) => {}
                Some(Binding::Let(_)) => lets.push(read),
                None => match variables::had_by(name) {
                    Some(Had::ByChildren | Had::ByItems) if unsettled => {}
                    Some(had) => {
                        let span = self.locate(literal, found.text, read.text);
                        let innermost = scopes.last().copied();
                        sink.extend(not_had(had, read, span, found, step, innermost, options));
                    }
                    None => self.misspelled(literal, found, read, scopes, options, sink),
                },
            }
        }
        for read in &lets {
            self.let_in_script(step, literal, found, read, &lets, sink);
        }
    }

    fn misspelled(
        &self,
        literal: &ast::Str,
        found: &shell::Script<'_>,
        read: &shell::Reference<'_>,
        scopes: &[&Scope<'a>],
        options: &Resolved<'a>,
        sink: &mut Diagnostics,
    ) {
        let name = read.name;
        let span = self.locate(literal, found.text, read.text);
        if let Some(&variable) = self.names.foreach_variables.get(name) {
            sink.push(
                Diagnostic::new(
                    &codes::MISSPELLED_VARIABLE,
                    span,
                    format!("`{}` has no value here", read.text),
                )
                .label(variable, "this foreach sets it in its own body only")
                .help("this step stands outside that foreach"),
            );
            return;
        }
        let meant = if name.starts_with("AWS_") || name.starts_with("FLOWBATCH_") {
            variables::closest_set(name)
        } else {
            let params = self.names.params.iter().map(|param| param.name);
            let items = scopes.iter().map(|scope| scope.variable);
            let vars = options
                .map(Opt::Vars)
                .iter()
                .chain(options.map(Opt::Secrets));
            let known = params
                .chain(items)
                .chain(vars.map(|entry| entry.key.as_ref()));
            // One letter more or less, or two exchanged: a script has variables of its own.
            suggest::closest(name, known.filter(|known| known.len() > 2))
        };
        if let Some(meant) = meant {
            let fixed = read.text.replace(name, meant);
            sink.push(
                Diagnostic::new(
                    &codes::MISSPELLED_VARIABLE,
                    span,
                    format!("nothing sets `{}` in this script", read.text),
                )
                .help(format!("did you mean `{fixed}`?"))
                .suggest(format!("write `{fixed}`"), span, fixed.clone()),
            );
        }
    }

    fn let_in_script(
        &self,
        step: &'a ast::Step,
        literal: &ast::Str,
        found: &shell::Script<'_>,
        read: &shell::Reference<'_>,
        all: &[&shell::Reference<'_>],
        sink: &mut Diagnostics,
    ) {
        let name = read.name;
        let mut diagnostic = Diagnostic::new(
            &codes::LET_IN_SCRIPT,
            self.locate(literal, found.text, read.text),
            format!(
                "the script reads `{}`, but lets do not reach scripts",
                read.text
            ),
        );
        let mut scalar = true;
        if let Some(Binding::Let(index)) = self.names.lookup(name, self.place) {
            let binding = &self.names.lets[index];
            diagnostic = diagnostic.label(binding.span, "the let");
            scalar = binding.value.kind.as_text().is_some();
        }
        if !scalar {
            sink.push(
                diagnostic.help("only strings, numbers and booleans can be environment variables"),
            );
            return;
        }
        diagnostic = diagnostic.help(format!(
            "put it into the environment: `@environment(vars={{ {name} = {name} }})`"
        ));
        let has_environment = step
            .annotations
            .iter()
            .any(|annotation| self.sources.text(annotation.name.span) == "environment");
        if !has_environment {
            let entries: Vec<String> = all
                .iter()
                .map(|read| format!("{0} = {0}", read.name))
                .collect();
            let indent: String = {
                let file = self.sources.file(step.keyword.file);
                let line = file.line_text(file.line_of(step.keyword.start));
                line.chars()
                    .take_while(|c| *c == ' ' || *c == '\t')
                    .collect()
            };
            diagnostic = diagnostic.fix(
                "put it into the environment",
                step.keyword.before(),
                format!("@environment(vars={{ {} }})\n{indent}", entries.join(", ")),
            );
        }
        sink.push(diagnostic);
    }

    fn exec(
        &self,
        id: StepId,
        args: &'a [ast::Value],
        span: Span,
        scopes: &[&Scope<'a>],
        sink: &mut Diagnostics,
    ) -> Option<Run<'a>> {
        let mut checked = Vec::with_capacity(args.len());
        let mut complete = true;
        // `["sh", "-c", "echo $x"]` is a shell after all.
        let is_shell = args.first().is_some_and(|first| {
            let text = self.sources.text(first.span).trim_matches('"');
            SHELLS.contains(&text.rsplit('/').next().unwrap_or_default())
        });
        for arg in args {
            match self.arg(id, arg, args, span, scopes, is_shell, sink) {
                Some(arg) => checked.push(arg),
                None => complete = false,
            }
        }
        if !complete {
            return None;
        }
        let texts = checked.iter().zip(args).map(|(arg, written)| match arg {
            ExecArg::Text(text) => (text.as_ref(), written.span),
            ExecArg::Param(_) => ("", written.span),
        });
        secrets::arguments(texts, sink);
        let named = args.iter().any(|arg| {
            matches!(arg.kind, ast::ValueKind::Name)
                && scopes
                    .iter()
                    .any(|scope| scope.variable == self.sources.text(arg.span))
        });
        if let Some(scope) = scopes.last()
            && !named
            && !is_shell
        {
            sink.push(
                Diagnostic::new(
                    &codes::EXEC_IN_FOREACH,
                    span,
                    format!("this command does the same for every `{}`", scope.variable),
                )
                .label(scope.span, "the foreach variable")
                .help(format!(
                    "only a shell script gets the item: write `run \"… ${}\"`; a program of your own can \
                     read AWS_BATCH_JOB_ARRAY_INDEX, and then `# flowbatch: allow({})` silences this",
                    scope.variable,
                    codes::EXEC_IN_FOREACH.name,
                )),
            );
        }
        Some(Run::Exec {
            args: checked,
            span,
        })
    }

    #[allow(clippy::too_many_arguments)] // all of what an argument can be
    fn arg(
        &self,
        id: StepId,
        arg: &'a ast::Value,
        all: &'a [ast::Value],
        list: Span,
        scopes: &[&Scope<'a>],
        is_shell: bool,
        sink: &mut Diagnostics,
    ) -> Option<ExecArg<'a>> {
        match &arg.kind {
            ast::ValueKind::Str(literal) if matches!(literal.content, ast::StrContent::Error) => {
                None
            }
            ast::ValueKind::Str(literal) => {
                let text = self.names.plain_str(literal);
                if let Some(found) = reference(&text) {
                    let mut diagnostic = Diagnostic::new(
                        &codes::REF_IN_TEXT,
                        arg.span,
                        format!("AWS Batch would replace `{found}` in this argument"),
                    )
                    .help(
                        "it has no escape; name a param without quotes to pass it as an argument",
                    );
                    let name = found.trim_start_matches("Ref::");
                    if let Some(Binding::Param(_)) = self.names.lookup(name, self.place)
                        && text == found
                    {
                        diagnostic = diagnostic.fix(format!("write `{name}`"), arg.span, name);
                    }
                    sink.push(diagnostic);
                }
                // `\$` says that the character itself is meant.
                let source = self.sources.text(arg.span);
                let is_raw = source.starts_with("\"\"\"");
                let read = first_dollar_name(&text)
                    .filter(|(read, _)| is_raw || !source.contains(&format!("\\{read}")));
                if !is_shell && let Some(read) = read {
                    let mut diagnostic = Diagnostic::new(
                        &codes::DOLLAR_IN_EXEC,
                        arg.span,
                        format!("no shell replaces `{}` here", read.0),
                    )
                    .help("the exec form passes arguments as they are; use the shell form, `run \"…\"`");
                    if let Some(Binding::Param(_)) = self.names.lookup(read.1, self.place)
                        && text == read.0
                    {
                        diagnostic = diagnostic
                            .help("name a param without quotes to pass it as an argument")
                            .suggest(format!("write `{}`", read.1), arg.span, read.1);
                    }
                    sink.push(diagnostic);
                }
                Some(ExecArg::Text(text))
            }
            ast::ValueKind::Name => {
                let name = self.sources.text(arg.span);
                if let Some(scope) = scopes.iter().find(|scope| scope.variable == name) {
                    sink.push(
                        Diagnostic::new(
                            &codes::ITEM_IN_EXEC,
                            arg.span,
                            format!("the item `{name}` cannot be an argument of the exec form"),
                        )
                        .label(scope.span, "the foreach variable")
                        .help("every child of an array job has the same command; a shell script gets the item as a variable")
                        .suggest("write it as a shell script", list, self.as_shell(all)),
                    );
                    return None;
                }
                match self.names.lookup(name, self.place) {
                    Some(Binding::Param(param)) => Some(ExecArg::Param(param)),
                    Some(Binding::Let(index)) => {
                        let value = &self.names.lets[index].value;
                        match (&value.kind, value.kind.as_text()) {
                            (_, Some(text)) => {
                                if let Some(found) = reference(text) {
                                    sink.push(
                                        Diagnostic::new(
                                            &codes::REF_IN_TEXT,
                                            arg.span,
                                            format!(
                                                "AWS Batch would replace `{found}` in this argument"
                                            ),
                                        )
                                        .label(value.span, "the value of the let")
                                        .help("it has no escape; name a param to pass it as an argument"),
                                    );
                                }
                                Some(ExecArg::Text(Cow::Owned(text.to_owned())))
                            }
                            (Kind::Error, _) => None,
                            _ => {
                                sink.push(
                                    Diagnostic::new(
                                        &codes::EXEC_ARGUMENT,
                                        arg.span,
                                        format!("{} cannot be an argument", value.kind.describe()),
                                    )
                                    .label(value.span, "its value")
                                    .help("arguments are strings, params, and lets that are strings, numbers or booleans"),
                                );
                                None
                            }
                        }
                    }
                    None if self.is_unsettled(id)
                        && self.names.foreach_variables.contains_key(name) =>
                    {
                        None // which foreach the step stands in is not known
                    }
                    None => {
                        self.names
                            .unknown(ast::Name { span: arg.span }, self.place, sink);
                        None
                    }
                }
            }
            ast::ValueKind::Error => None,
            kind => {
                let text = self.sources.text(arg.span);
                let mut diagnostic = Diagnostic::new(
                    &codes::EXEC_ARGUMENT,
                    arg.span,
                    format!("`{text}` cannot be an argument as it stands"),
                )
                .help("arguments are strings, params and lets");
                if !matches!(kind, ast::ValueKind::List(_) | ast::ValueKind::Map(_)) {
                    diagnostic = diagnostic.fix("put quotes around it", arg.span, quote(text));
                }
                sink.push(diagnostic);
                None
            }
        }
    }

    /// The exec form as a script.
    fn as_shell(&self, args: &'a [ast::Value]) -> String {
        let words: Vec<String> = args
            .iter()
            .map(|arg| match &arg.kind {
                ast::ValueKind::Str(literal) => {
                    let text = self.names.plain_str(literal);
                    let plain = !text.is_empty()
                        && text
                            .bytes()
                            .all(|b| b.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(&b));
                    if plain {
                        text.into_owned()
                    } else {
                        format!("'{}'", text.replace('\'', "'\\''"))
                    }
                }
                ast::ValueKind::Name => {
                    let name = self.sources.text(arg.span);
                    match self.names.lookup(name, self.place) {
                        Some(Binding::Let(index)) => self.names.lets[index]
                            .value
                            .kind
                            .as_text()
                            .map_or_else(String::new, |text| {
                                format!("'{}'", text.replace('\'', "'\\''"))
                            }),
                        _ => format!("\"${name}\""),
                    }
                }
                _ => self.sources.text(arg.span).to_owned(),
            })
            .collect();
        let script = words.join(" ");
        // `$` stays as it is in a script.
        format!(
            "\"{}\"",
            script
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n")
        )
    }

    /// Says like [`locate`](Self::locate) where parts of a literal's `script` stand, each behind
    /// the one before, and looks at the script once for all of them.
    fn locator<'s>(&'s self, literal: &ast::Str, script: &'s str) -> impl FnMut(&str) -> Span + 's {
        let whole = literal.span;
        let source = self.sources.text(whole);
        let (mut after, mut from) = (0, 0);
        move |part| {
            let at = (part.as_ptr() as usize).saturating_sub(script.as_ptr() as usize);
            let Some(passed) = script.get(after..at) else {
                return whole;
            };
            let nth = passed.matches(part).count();
            // Escapes and indentation make the source longer than the script.
            let mut end = source
                .len()
                .min(from + 8 * (passed.len() + part.len()) + 4096);
            while !source.is_char_boundary(end) {
                end -= 1;
            }
            match source[from..end].match_indices(part).nth(nth) {
                Some((found, _)) => {
                    let start = from + found;
                    (after, from) = (at + part.len(), start + part.len());
                    let start = whole.start as usize + start;
                    Span::new(whole.file, start, start + part.len())
                }
                None => whole,
            }
        }
    }

    /// Where `text`, a part of a literal's `script`, stands in the file; the whole literal if it
    /// cannot be told.
    fn locate(&self, literal: &ast::Str, script: &str, text: &str) -> Span {
        let source = self.sources.text(literal.span);
        let before = (text.as_ptr() as usize).saturating_sub(script.as_ptr() as usize);
        let nth = script
            .get(..before)
            .map_or(0, |before| before.matches(text).count());
        match source.match_indices(text).nth(nth) {
            Some((at, _)) => {
                let start = literal.span.start as usize + at;
                Span::new(literal.span.file, start, start + text.len())
            }
            None => literal.span,
        }
    }
}

/// What there is to say of a variable that a script reads, and that some jobs do not have.
fn not_had(
    had: Had,
    read: &shell::Reference<'_>,
    span: Span,
    script: &shell::Script<'_>,
    step: &ast::Step,
    innermost: Option<&Scope<'_>>,
    options: &Resolved<'_>,
) -> Option<Diagnostic> {
    let name = read.name;
    if script.asks(name) {
        return None;
    }
    let nodes = options.get(Opt::Nodes);
    let without = format!("if the script can do without it, write `${{{name}:-}}`");
    let unset = Diagnostic::new(
        &codes::BATCH_VARIABLE,
        span,
        format!("`${name}` has no value in this step"),
    );
    Some(match (had, innermost, nodes) {
        (Had::ByAll, ..) | (Had::ByItems, Some(_), _) | (Had::ByNodes, _, Some(_)) => return None,
        (Had::ByChildren, Some(scope), _) => {
            if scope.size != Some(1) {
                return None;
            }
            let has = name.replace("AWS_BATCH_JOB_ARRAY_", "FLOWBATCH_");
            let fixed = read.text.replace(name, &has);
            unset
                .label(scope.source, "one item makes a plain job, not an array")
                .help(format!("`${has}` is set whatever the number of items"))
                .suggest(format!("read `{has}`"), span, fixed)
        }
        (Had::ByChildren | Had::ByItems, None, _) => unset
            .label(step.name.span, "it is not in a foreach")
            .help(format!("only the items of a foreach have it; {without}")),
        (Had::ByOtherNodes, _, Some(nodes)) => {
            if script
                .reads
                .iter()
                .any(|read| MAIN_NODE.contains(&read.name))
            {
                return None;
            }
            Diagnostic::new(
                &codes::BATCH_VARIABLE,
                span,
                format!("the main node has no `${name}`"),
            )
            .label(nodes.span, "one of these nodes is the main node")
            .help(format!(
                "give it a default, such as `${{{name}:-$(hostname -i)}}`, or ask first whether \
                 `$AWS_BATCH_JOB_NODE_INDEX` is 0, which is the main node"
            ))
        }
        (Had::ByNodes | Had::ByOtherNodes, _, None) => unset
            .label(step.name.span, "it has no `@parallel`")
            .help(format!("only nodes of `@parallel` have it; {without}")),
        (Had::ByPods, ..) => unset.help(format!(
            "only jobs on EKS have it, and flowbatch makes none; {without}"
        )),
    })
}

/// Variables with which a script asks whether it runs on the main node.
const MAIN_NODE: &[&str] = &["AWS_BATCH_JOB_NODE_INDEX", "AWS_BATCH_JOB_MAIN_NODE_INDEX"];

/// The first `Ref::name` in a text, which AWS Batch replaces with a parameter in commands, wherever
/// it is.
#[must_use]
pub fn reference(text: &str) -> Option<&str> {
    let colon = memchr::memchr_iter(b':', text.as_bytes())
        .find(|&colon| text[..colon].ends_with("Ref") && text[colon..].starts_with("::"))?;
    let rest = &text[colon + "::".len()..];
    let len = rest
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
        .unwrap_or(rest.len());
    Some(&text[colon - "Ref".len()..text.len() - rest.len() + len])
}

/// The first `$name` or `${name}` in a text, and the name.
fn first_dollar_name(text: &str) -> Option<(&str, &str)> {
    for (at, _) in text.match_indices('$') {
        let rest = &text[at + 1..];
        let inner = rest.strip_prefix('{').unwrap_or(rest);
        let len = inner
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(inner.len());
        let name = &inner[..len];
        if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            let braced = rest.starts_with('{') && inner[len..].starts_with('}');
            let end = at + 1 + (rest.len() - inner.len()) + len + usize::from(braced);
            return Some((&text[at..end], name));
        }
    }
    None
}
