//! What was tried and what came of it, for whoever reads the output of the tests.

use std::io::Write;

use super::user::Tally;

/// Past the capture of the test harness: what was not tried must be seen.
pub(crate) fn not_tested(what: &str) {
    say(&format!("NOT TESTED: {what}"));
}

/// The same for figures.
pub(crate) fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "\n{what}\n");
}

/// Figures of many runs.
#[derive(Default)]
pub(crate) struct Figures {
    tried: usize,
    pub(crate) stopped: usize,
    duplicates: usize,
    revisions: usize,
    wrong: Vec<String>,
}

impl Figures {
    pub(crate) fn add(&mut self, what: &str, stopped: bool, result: Result<Tally, String>) {
        self.tried += 1;
        self.stopped += usize::from(stopped);
        match result {
            Ok(tally) => {
                self.duplicates += tally.duplicates;
                self.revisions += tally.revisions;
            }
            Err(error) => self.wrong.push(format!("{what}: {error}")),
        }
    }

    /// Prints them; nothing may be wrong.
    pub(crate) fn hold(self, title: &str) {
        say(&format!(
            "{title}: {} tried, {} stopped and resumed, {} duplicates arrived and were ended, {} more \
             revisions, {} wrong",
            self.tried,
            self.stopped,
            self.duplicates,
            self.revisions,
            self.wrong.len()
        ));
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
    }
}
