//! One line for each diagnostic, as compilers have always done it.

use std::io::{self, Write};

use crate::diagnostic::Diagnostic;
use crate::source::Sources;

pub(super) fn render(
    sources: &Sources,
    diagnostics: &[Diagnostic],
    out: &mut dyn Write,
) -> io::Result<()> {
    for diagnostic in diagnostics {
        writeln!(out, "{}", diagnostic.display(sources))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::report::{Format, testing::rendered_sample};

    #[test]
    fn one_line_each() {
        insta::assert_snapshot!(rendered_sample(Format::Concise));
    }
}
