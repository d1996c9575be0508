//! What a shell script reads and sets, as far as that can be told without running it.

use std::collections::HashSet;

use crate::ascii::is_word;

/// A variable that a script reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reference<'s> {
    /// The variable.
    pub name: &'s str,
    /// The `$name`, `${name}` or `${name` as it stands.
    pub text: &'s str,
    /// Whether the script says what to do when it is not set: `${name:-…}`.
    pub guarded: bool,
}

/// What a script does with variables.
#[derive(Debug, Default)]
pub struct Script<'s> {
    /// Every variable it reads, in order.
    pub reads: Vec<Reference<'s>>,
    /// Every name in its arithmetic, `$((…))` and `((…))`, that has no `$` before it.
    pub counts: Vec<&'s str>,
    /// Its comments.
    pub comments: Vec<&'s str>,
    /// Every variable it sets anywhere.
    pub sets: HashSet<&'s str>,
    /// Whether it runs text that is not in it (`eval`, `source`, `.`), which may set anything.
    pub opaque: bool,
    /// Where it uses what only bash, zsh and ksh have: `pipefail` or `[[`.
    pub bashism: Option<&'s str>,
    /// All of it; the texts above are parts of this one.
    pub text: &'s str,
}

impl Script<'_> {
    /// Whether it asks what the value of a variable is, in a test or a `case`.
    #[must_use]
    pub fn asks(&self, name: &str) -> bool {
        const BEFORE: &[&str] = &["if", "elif", "while", "until", "then", "do", "else", "!"];
        const TESTS: &[&str] = &["[", "[[", "test", "case", "-n", "-z"];
        self.reads
            .iter()
            .filter(|read| read.name == name)
            .any(|read| {
                let at = (read.text.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
                let before = self.text.get(..at).unwrap_or_default();
                let start = before.rfind(['\n', ';', '|', '&']).map_or(0, |end| end + 1);
                let mut words = before[start..].split_whitespace();
                words
                    .find(|word| !BEFORE.contains(word))
                    .is_some_and(|word| TESTS.contains(&word))
            })
    }
}

/// Whether the words after this one in a command are names of variables that it sets.
#[rustfmt::skip]
fn is_setter(word: &str) -> bool {
    matches!(
        word,
        "for" | "select" | "read" | "export" | "local" | "declare" | "typeset" | "readonly"
            | "getopts" | "mapfile" | "readarray" | "printf" | "unset" | "let"
    )
}

/// Looks through a script.
#[must_use]
pub fn scan(text: &str) -> Script<'_> {
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        at: 0,
        quoted: false,
        nesting: Vec::new(),
        word_start: true,
        setting: false,
        found: Script {
            text,
            ..Script::default()
        },
    };
    scanner.run();
    scanner.found
}

/// The length of the name at the start of `bytes`; 0 for none.
fn name_len(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(first) if first.is_ascii_alphabetic() || *first == b'_' => bytes
            .iter()
            .position(|b| !is_word(*b))
            .unwrap_or(bytes.len()),
        _ => 0,
    }
}

struct Scanner<'s> {
    text: &'s str,
    bytes: &'s [u8],
    at: usize,
    /// Within double quotes.
    quoted: bool,
    /// The `quoted` outside each open `$(`, `(` or backquote.
    nesting: Vec<bool>,
    /// At the start of a word outside quotes.
    word_start: bool,
    /// In the words of a command that sets the variables it names.
    setting: bool,
    found: Script<'s>,
}

impl Scanner<'_> {
    fn run(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.skip(2),
                b'$' => self.dollar(),
                b'"' => {
                    self.quoted = !self.quoted;
                    self.skip(1);
                }
                // Of what a word goes on with, nothing means anything.
                _ if is_word(byte) && (self.quoted || !self.word_start) => {
                    let rest = self.bytes[self.at..].iter();
                    self.skip(rest.take_while(|byte| is_word(**byte)).count());
                }
                _ if self.quoted => self.skip(1),
                b'\'' => {
                    let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
                    let end = memchr::memchr(b'\'', rest).unwrap_or(rest.len());
                    self.skip(end + 2);
                }
                b'#' if self.word_start => {
                    let rest = &self.bytes[self.at..];
                    let end = self.at + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                    self.found.comments.push(&self.text[self.at..end]);
                    self.at = end;
                }
                b'\n' | b';' | b'|' | b'&' => {
                    self.setting = false;
                    self.at += 1;
                    self.word_start = true;
                }
                b'<' if self.bytes[self.at..].starts_with(b"<<") => self.here_document(),
                b'(' => {
                    self.arithmetic(self.at);
                    self.nesting.push(false);
                    self.setting = false;
                    self.at += 1;
                    self.word_start = true;
                }
                b')' => {
                    self.quoted = self.nesting.pop().unwrap_or(false);
                    self.skip(1);
                }
                b' ' | b'\t' | b'{' | b'}' | b'!' | b'`' => {
                    self.at += 1;
                    self.word_start = true;
                }
                _ if self.word_start => self.word(),
                _ => self.skip(1),
            }
        }
    }

    fn skip(&mut self, bytes: usize) {
        self.at += bytes;
        self.word_start = false;
    }

    /// A `$`: a variable, or the start of something nested.
    fn dollar(&mut self) {
        let rest = &self.bytes[self.at + 1..];
        match rest.first() {
            Some(b'(') => {
                self.arithmetic(self.at + 1);
                self.nesting.push(self.quoted);
                self.quoted = false;
                self.setting = false;
                self.at += 2;
                self.word_start = true;
            }
            Some(b'{') => {
                let prefix = 1
                    + usize::from(rest.get(1) == Some(&b'#'))
                    + usize::from(rest.get(1) == Some(&b'!'));
                let len = name_len(rest.get(prefix..).unwrap_or_default());
                let start = self.at + 1 + prefix;
                if len > 0 {
                    let after = self.bytes.get(start + len..).unwrap_or_default();
                    let guard = after.strip_prefix(b":").unwrap_or(after).first();
                    let guarded = matches!(guard, Some(b'-' | b'+' | b'=' | b'?'));
                    let name = &self.text[start..start + len];
                    if guard == Some(&b'=') {
                        self.found.sets.insert(name);
                    }
                    let closed = usize::from(after.first() == Some(&b'}'));
                    self.found.reads.push(Reference {
                        name,
                        text: &self.text[self.at..start + len + closed],
                        guarded,
                    });
                }
                self.at = start + len;
                self.word_start = false;
            }
            _ => {
                let len = name_len(rest);
                if len > 0 {
                    self.found.reads.push(Reference {
                        name: &self.text[self.at + 1..self.at + 1 + len],
                        text: &self.text[self.at..self.at + 1 + len],
                        guarded: false,
                    });
                }
                self.skip(1 + len);
            }
        }
    }

    /// The bare names of an arithmetic that begins with `((` at `at`, if one does; of one that holds
    /// quotes or commands, none.
    fn arithmetic(&mut self, at: usize) {
        if !self.bytes[at..].starts_with(b"((") {
            return;
        }
        let mut names = Vec::new();
        let (mut depth, mut here) = (2, at + 2);
        while let Some(&byte) = self.bytes.get(here) {
            match byte {
                b'(' => depth += 1,
                b')' => depth -= 1,
                b'\'' | b'"' | b'`' | b'\\' | b'\n' => return,
                b'$' if self.bytes.get(here + 1) == Some(&b'(') => return,
                b'$' if self.bytes.get(here + 1) == Some(&b'{') => {
                    let rest = &self.bytes[here..];
                    here += memchr::memchr(b'}', rest).unwrap_or(rest.len());
                }
                b'$' => here += name_len(self.bytes.get(here + 1..).unwrap_or_default()),
                _ if is_word(byte) => {
                    let rest = &self.bytes[here..];
                    let end = rest.iter().position(|b| !is_word(*b));
                    let end = here + end.unwrap_or(rest.len());
                    // The digits of another base are no name.
                    if name_len(rest) > 0 && self.bytes[here - 1] != b'#' {
                        names.push(&self.text[here..end]);
                    }
                    here = end - 1;
                }
                _ => {}
            }
            here += 1;
            if depth == 1 && self.bytes.get(here) != Some(&b')') {
                return;
            }
            if depth == 0 {
                self.found.counts.append(&mut names);
                return;
            }
        }
    }

    /// A word outside quotes: a command, an assignment, or an argument.
    fn word(&mut self) {
        let rest = &self.bytes[self.at..];
        let len = name_len(rest);
        if len == 0 {
            if rest.starts_with(b"[[") {
                let text = &self.text[self.at..self.at + 2];
                self.found.bashism.get_or_insert(text);
            }
            if rest.starts_with(b". ") {
                self.found.opaque = true;
            }
            self.skip(1);
            return;
        }
        let word = &self.text[self.at..self.at + len];
        let after = &rest[len..];
        if after.starts_with(b"=")
            || after.starts_with(b"+=")
            || after.starts_with(b"[")
            || self.setting
        {
            self.found.sets.insert(word);
        }
        match word {
            "eval" | "source" => self.found.opaque = true,
            "pipefail" => {
                let before = self.text[..self.at].trim_end();
                let option = before.rsplit([' ', '\t', '\n', ';']).next();
                if option.is_some_and(|word| word.starts_with(['-', '+']) && word.ends_with('o')) {
                    self.found.bashism.get_or_insert(word);
                }
            }
            // The names end before `in`.
            "in" => self.setting = false,
            _ => {}
        }
        if is_setter(word) {
            self.setting = true;
        }
        self.skip(len);
    }

    /// `<<EOF`: quotes mean nothing in the body, and with a quoted word `$` does not either.
    fn here_document(&mut self) {
        let mut at = self.at + 2;
        if self.bytes.get(at) == Some(&b'<') {
            self.skip(3); // a here-string
            return;
        }
        at += usize::from(self.bytes.get(at) == Some(&b'-'));
        while matches!(self.bytes.get(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        let literal = matches!(self.bytes.get(at), Some(b'\'' | b'"' | b'\\'));
        at += usize::from(literal);
        let len = name_len(self.bytes.get(at..).unwrap_or_default());
        let word = &self.text[at..at + len];
        let Some(line_end) = memchr::memchr(b'\n', &self.bytes[at..]).filter(|_| len > 0) else {
            self.skip(2);
            return;
        };
        // What follows on the line is still a command; it is rarely more than a pipe.
        let body = at + line_end + 1;
        let mut end = body;
        for line in self.text[body..].split_inclusive('\n') {
            end += line.len();
            if line.trim() == word {
                break;
            }
        }
        if !literal {
            self.at = body;
            while self.at < end {
                match self.bytes[self.at] {
                    b'\\' => self.at += 2,
                    b'$' => {
                        let depth = self.nesting.len();
                        self.dollar();
                        self.nesting.truncate(depth);
                        self.quoted = false;
                    }
                    _ => self.at += 1,
                }
            }
        }
        self.at = end;
        self.word_start = true;
        self.setting = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(script: &str) -> Vec<&str> {
        scan(script).reads.iter().map(|read| read.name).collect()
    }

    #[test]
    fn reads_variables_where_the_shell_would() {
        assert_eq!(reads("echo $a \"${b}\" ${#c} x$d"), ["a", "b", "c", "d"]);
        assert_eq!(reads("echo '$a' \\$b # $c\necho a#$d"), ["d"]);
        assert_eq!(reads("x=$(echo \"$a\" | tr '$b' \"c$d\")"), ["a", "d"]);
        assert_eq!(reads("echo $1 $? $$ $@ ${10}"), Vec::<&str>::new());
        assert_eq!(reads("echo \"it's $a\""), ["a"]);
        assert_eq!(reads("cat <<'EOF'\n$a\nEOF\necho $b"), ["b"]);
        assert_eq!(reads("cat <<EOF\nit's $a\nEOF\necho $b"), ["a", "b"]);
    }

    #[test]
    fn knows_the_names_of_arithmetic() {
        let counts = |script: &'static str| scan(script).counts;
        assert_eq!(
            counts("echo $((n + (m * $a) + ${b} + 16#ff + 0x1f))"),
            ["n", "m"]
        );
        assert_eq!(counts("((i < n)) && echo \"$((k))\""), ["i", "n", "k"]);
        for script in ["((cd n) | m)", "$((n", "((", "echo '$((n))'", "$(($(n)))"] {
            assert_eq!(counts(script), Vec::<&str>::new(), "{script}");
        }
    }

    #[test]
    fn knows_guards_and_assignments() {
        assert!(scan("echo ${a:-x}").reads[0].guarded);
        assert!(!scan("echo ${a%x}").reads[0].guarded);
        let script = scan("a=1; for b in 1 2; do read -r c; done; export d=$a; : ${e:=1}");
        for name in ["a", "b", "c", "d", "e"] {
            assert!(script.sets.contains(name), "{name}");
        }
        assert!(scan("eval \"$x\"").opaque);
        assert!(scan(". ./env.sh").opaque);
    }

    #[test]
    fn knows_what_is_asked() {
        for script in [
            "[ -n \"$a\" ] && echo $a",
            "if [[ -z $b || -n $a ]]; then true; fi",
            "true\nelif ! test \"$a\" = 0; then true; fi",
            "case $a in 0) true;; esac",
        ] {
            assert!(scan(script).asks("a"), "{script}");
        }
        for script in ["echo -n $a", "[ -n \"$b\" ] && echo $a", "[ x = y ]; $a"] {
            assert!(!scan(script).asks("a"), "{script}");
        }
    }

    #[test]
    fn finds_bashisms() {
        assert_eq!(scan("set -euo pipefail").bashism, Some("pipefail"));
        assert_eq!(scan("if [[ -n $a ]]; then true; fi").bashism, Some("[["));
        assert_eq!(scan("echo '[[' \"pipefail\"").bashism, None);
    }

    #[test]
    fn survives_what_ends_early() {
        for script in [
            "$", "${", "${a", "'", "\"", "$(", "<<", "<<E", "<<E\n", "\\", "<<'", "a=",
        ] {
            let _ = scan(script);
        }
    }
}
