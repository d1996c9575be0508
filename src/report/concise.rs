//! One line for each diagnostic, as compilers have always done it.

use std::io::{self, Write};

use super::printable;
use crate::diagnostic::Diagnostic;
use crate::source::Sources;

pub(super) fn render(
    sources: &Sources,
    diagnostics: &[Diagnostic],
    out: &mut dyn Write,
) -> io::Result<()> {
    for diagnostic in diagnostics {
        if let Some(span) = diagnostic.primary() {
            let source = sources.file(span.file);
            let at = source.position_chars(span.start);
            write!(
                out,
                "{}:{}:{}: ",
                printable(&source.name),
                at.line,
                at.column
            )?;
        }
        writeln!(
            out,
            "{}[{}]: {}",
            diagnostic.severity.as_str(),
            diagnostic.code.name,
            printable(&diagnostic.message).replace('\n', " "),
        )?;
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
