//! `fuzz/flow.dict`: the words with which the fuzzer gets past the syntax.
//!
//! `UPDATE_DOCS=1 cargo test --test main documents` writes it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use flowbatch::schema::{ANNOTATIONS, Opt, Ty};

use super::{laws, reference};

#[test]
fn documents_of_the_fuzzer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // The published package is without it.
    if !root.join("fuzz").exists() {
        return;
    }
    let name = "fuzz/flow.dict";
    let page = fs::read_to_string(root.join(name)).unwrap_or_default();
    reference::hold(name, &page, &dictionary());
}

/// What is in no table.
const WORDS: &str = r##"
import let profile flow param step join gather run next foreach in true false
string int float bool True False None def self.next self. with not end
@schedule @conda @catch @card @step @pypi
{ } [ ] ( ) , = : .. @ # ## // """ " ' $ ${ ${x} $x \$ \n \u{41} \ ; -> ; |
0 1 -1 1_000 1.5 1e-4 01 9223372036854775807 -9223372036854775808 1e400 0x10 512MiB 8GiB 1TiB 4KiB 8G
é 🎉 “ ” #!/bin/bash #!/bin/sh pipefail [[ ]] Ref::x
=== lib.flow flowbatch.toml settings "lib.flow"
--env -p prod x
[batch] [params] [queues.q] [env.prod] [env.prod.batch] [env.prod.params] python name_prefix
"3.12" "flow" "fs-0123abcd" "/a:/b" "${x}" "8G" "8GiB" 'x' [] {} [[]] {x=1}
"##;

/// What has blanks in it.
const PHRASES: &[&str] = &[
    " ",
    "\n",
    "\r\n",
    "\n=== lib.flow\n",
    "\n=== flowbatch.toml\n",
    "\n=== settings\n",
    "import \"lib.flow\"\n",
    "let x = ",
    "profile p { ",
    "@use(p)",
    "flow F {\n",
    "param x: string = \"\"\n",
    "step s { run \"true\" }\n",
    "join j {}\n",
    "gather g {}\n",
    "next s",
    "next s foreach x in 0..3",
    "run []",
    "run [\"a\", x]",
    "run \"\"\"\n",
    "# flowbatch: allow(default-platform)\n",
    "## doc\n",
    "\u{a0}",
    "\u{feff}",
    "\u{0}",
];

fn dictionary() -> String {
    let mut words: BTreeSet<String> = WORDS.split_whitespace().map(str::to_owned).collect();
    words.extend(PHRASES.iter().map(|&phrase| phrase.to_owned()));
    for annotation in ANNOTATIONS {
        words.insert(format!("@{}", annotation.name));
        words.insert(format!("@{}(", annotation.name));
        for option in annotation.options {
            words.insert(option.name.to_owned());
            words.extend(option.variable.map(str::to_owned));
            keys(&option.ty, &mut words);
            if option.opt != Opt::Raw {
                let some = laws::samples(&option.ty);
                words.extend(
                    some.iter()
                        .map(|sample| format!("{}={sample}", option.name)),
                );
            }
        }
    }
    let mut page =
        String::from("# Made from src/schema.rs: UPDATE_DOCS=1 cargo test --test main documents\n");
    for word in words {
        page.push('"');
        for byte in word.bytes() {
            match byte {
                b'"' | b'\\' => page.extend(['\\', char::from(byte)]),
                b' '..=b'~' => page.push(char::from(byte)),
                _ => write!(page, "\\x{byte:02X}").expect("a string"),
            }
        }
        page.push_str("\"\n");
    }
    page
}

fn keys(ty: &Ty, words: &mut BTreeSet<String>) {
    match ty {
        Ty::Struct(fields) => {
            for field in *fields {
                words.insert(field.name.to_owned());
                keys(&field.ty, words);
            }
        }
        Ty::List(item) | Ty::MapOf(item) => keys(item, words),
        Ty::Either(one, other) => {
            keys(one, words);
            keys(other, words);
        }
        Ty::Enum(all) => words.extend(all.iter().map(|word| format!("\"{word}\""))),
        _ => {}
    }
}
