//! Where a command writes, and how.

use std::env;
use std::io::{self, BufWriter, IsTerminal, Write};

use super::Failure;
use crate::diagnostic::Diagnostic;
use crate::report::{self, Format, Style};
use crate::source::Sources;

/// Where a command writes.
pub(super) struct Console {
    /// Standard output.
    pub(super) out: Box<dyn Write>,
    /// Standard error.
    pub(super) err: Box<dyn Write>,
    /// How standard error is drawn.
    pub(super) style: Style,
}

impl Console {
    pub(super) fn of_process() -> Self {
        Self {
            out: Box::new(BufWriter::new(Pipe::new(io::stdout()))),
            err: Box::new(Pipe::new(io::stderr())),
            style: style(),
        }
    }

    /// Writes the report of a command: for people to standard error, for
    /// machines to standard output unless that already carries something else.
    pub(super) fn report(
        &mut self,
        format: Format,
        stdout_is_taken: bool,
        sources: &Sources,
        diagnostics: &[Diagnostic],
    ) -> Result<(), Failure> {
        // Rendered first: it is one write then, which another process cannot interleave.
        let mut text = Vec::new();
        report::render(format, sources, diagnostics, self.style, &mut text)?;
        if format.is_for_machines() && !stdout_is_taken {
            self.out.write_all(&text)?;
        } else {
            self.err.write_all(&text)?;
        }
        Ok(())
    }

    /// Says why the command could not do its work.
    pub(super) fn failure(&mut self, failure: &Failure) -> io::Result<()> {
        let title = if self.style.color {
            "\u{1b}[1;31merror\u{1b}[0m"
        } else {
            "error"
        };
        for message in &failure.messages {
            writeln!(self.err, "{title}: {}", report::printable(message))?;
        }
        Ok(())
    }
}

/// How standard error is drawn: plainly unless a person looks at it.
fn style() -> Style {
    if !io::stderr().is_terminal() {
        return Style::PLAIN;
    }
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let dumb = set("TERM").is_some_and(|term| term == "dumb");
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    let utf8 = locale.is_some_and(|locale| {
        let locale = locale.to_string_lossy().to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    let width = terminal_size::terminal_size_of(io::stderr())
        .map_or(Style::PLAIN.width, |(width, _)| usize::from(width.0));
    Style {
        color: !dumb && set("NO_COLOR").is_none(),
        unicode: !dumb && (utf8 || set("WT_SESSION").is_some()),
        width: width.clamp(40, 120),
    }
}

/// A stream whose reader may go away (`flowbatch rule | head`): what follows is
/// dropped, and the command ends as it would have.
struct Pipe<W> {
    stream: W,
    closed: bool,
}

impl<W: Write> Pipe<W> {
    fn new(stream: W) -> Self {
        Self {
            stream,
            closed: false,
        }
    }

    fn unless_closed<T>(
        &mut self,
        otherwise: T,
        write: impl FnOnce(&mut W) -> io::Result<T>,
    ) -> io::Result<T> {
        if self.closed {
            return Ok(otherwise);
        }
        match write(&mut self.stream) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(otherwise)
            }
            result => result,
        }
    }
}

impl<W: Write> Write for Pipe<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_closed(bytes.len(), |stream| stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_closed((), Write::flush)
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// A stream that a test reads back.
    #[derive(Clone, Default)]
    pub(crate) struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Captured {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A console, and what is written to its standard output and standard error.
    pub(crate) fn console() -> (Console, Captured, Captured) {
        let (out, err) = (Captured::default(), Captured::default());
        let console = Console {
            out: Box::new(out.clone()),
            err: Box::new(err.clone()),
            style: Style::PLAIN,
        };
        (console, out, err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Gone;

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }

    #[test]
    fn a_reader_that_went_away_is_no_error() {
        let mut pipe = Pipe::new(Gone);
        assert_eq!(pipe.write(b"abc").unwrap(), 3);
        pipe.flush().unwrap();
    }

    #[test]
    fn machine_reports_leave_a_taken_stdout_alone() {
        for (format, taken, on_out) in [
            (Format::Human, false, false),
            (Format::Json, false, true),
            (Format::Json, true, false),
        ] {
            let (mut console, out, err) = testing::console();
            let (sources, found) = crate::report::testing::sample();
            console.report(format, taken, &sources, &found).unwrap();
            assert_eq!(
                (!out.text().is_empty(), !err.text().is_empty()),
                (on_out, !on_out)
            );
        }
    }
}
