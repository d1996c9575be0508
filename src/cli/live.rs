//! A run that is watched: on a terminal with bars that move, otherwise line by line.

use std::collections::HashMap;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Failure;
use super::console::Console;
use crate::aws::run::Handle;
use crate::aws::watch::model::{Snapshot, Step};
use crate::aws::watch::words;
use crate::report::printable;

/// How often the times on the terminal move on.
const TICK: Duration = Duration::from_secs(1);

/// How many lines of the terminal are left to others.
const MARGIN: usize = 4;

/// Where a run is shown while it is watched.
pub(super) struct Screen {
    before: Option<Snapshot>,
    live: Option<Live>,
}

/// Bars: one for the run, one for each step that is at it.
struct Live {
    bars: MultiProgress,
    run: ProgressBar,
    /// With the state in which it was made.
    steps: HashMap<usize, (String, ProgressBar)>,
    rows: usize,
}

impl Screen {
    /// With bars if a person looks at standard output.
    pub(super) fn new() -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let live = !dumb && io::stdout().is_terminal() && io::stderr().is_terminal();
        Self {
            before: None,
            live: live.then(Live::new),
        }
    }

    /// Shows what is new.
    pub(super) fn look(
        &mut self,
        console: &mut Console,
        run: &Snapshot,
        now: u64,
    ) -> Result<(), Failure> {
        match &mut self.live {
            Some(live) => live.look(self.before.as_ref(), run, now)?,
            None => write_lines(console, &words::changes(self.before.as_ref(), run, now))?,
        }
        self.before = Some(run.clone());
        Ok(())
    }

    /// Leaves the terminal to others.
    pub(super) fn clear(&mut self) -> Result<(), Failure> {
        if let Some(live) = self.live.take() {
            live.clear()?;
        }
        Ok(())
    }

    /// Says how it ended.
    pub(super) fn finish(
        mut self,
        console: &mut Console,
        run: &Snapshot,
        handle: &Handle,
        now: u64,
    ) -> Result<(), Failure> {
        let was_live = self.live.is_some();
        self.clear()?;
        let mut lines = if was_live {
            words::lines(run, handle, now)
        } else {
            let mut lines = vec![words::heading(run)];
            lines.extend(words::ending(run, handle, now));
            lines
        };
        lines.dedup();
        write_lines(console, &lines)
    }
}

/// Writes lines to standard output, at once.
pub(super) fn write_lines(console: &mut Console, lines: &[String]) -> Result<(), Failure> {
    for line in lines {
        writeln!(console.out, "{}", printable(line))?;
    }
    console.out.flush()?;
    Ok(())
}

impl Live {
    fn new() -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stdout());
        let run = bars.add(ProgressBar::new(1));
        run.set_style(style("{msg} [{bar:24}] {pos}/{len}"));
        let rows = terminal_size::terminal_size().map_or(24, |(_, rows)| usize::from(rows.0));
        Self {
            bars,
            run,
            steps: HashMap::new(),
            rows,
        }
    }

    fn look(&mut self, before: Option<&Snapshot>, run: &Snapshot, now: u64) -> Result<(), Failure> {
        // What has ended scrolls away above; what is at it stays below.
        for (at, step) in run.steps.iter().enumerate() {
            let earlier = before.and_then(|before| before.steps.get(at));
            let has_ended = |step: &Step| step.has_succeeded() || step.has_failed();
            if has_ended(step) && !earlier.is_some_and(has_ended) {
                self.bars
                    .println(printable(&words::line(run, step, Some(now))))?;
            }
        }
        let active: Vec<usize> = (0..run.steps.len())
            .filter(|&at| {
                let state = run.steps[at].state();
                matches!(
                    state.as_str(),
                    "RUNNABLE" | "STARTING" | "RUNNING" | "unknown" | "refused"
                )
            })
            .take(self.rows.saturating_sub(MARGIN).max(1))
            .collect();
        let stale: Vec<usize> = self
            .steps
            .iter()
            .filter(|(at, (state, _))| {
                !active.contains(at) || *state != run.steps[**at].state().as_str()
            })
            .map(|(at, _)| *at)
            .collect();
        for at in stale {
            if let Some((_, bar)) = self.steps.remove(&at) {
                bar.finish_and_clear();
                self.bars.remove(&bar);
            }
        }
        for at in active {
            self.step(run, at, now);
        }
        let succeeded = run.steps.iter().filter(|step| step.has_succeeded()).count();
        self.run.set_length(run.steps.len() as u64);
        self.run.set_position(succeeded as u64);
        self.run
            .set_message(format!("run {} of {}", run.run, run.flow));
        self.run.tick();
        Ok(())
    }

    fn step(&mut self, run: &Snapshot, at: usize, now: u64) {
        let step = &run.steps[at];
        let array = step.job.as_ref().and_then(|job| job.array.as_ref());
        let state = step.state();
        let (_, bar) = self.steps.entry(at).or_insert_with(|| {
            let since = match (state.as_str(), &step.job) {
                ("RUNNING", Some(job)) => job.started_at.or(job.created_at),
                _ => run.runnable_since(step),
            };
            let elapsed = Duration::from_millis(now.saturating_sub(since.unwrap_or(now)));
            let bar = ProgressBar::new(array.map_or(1, |array| array.size));
            bar.set_style(style(if array.is_some() {
                "{wide_msg} [{bar:24}] {pos}/{len} {elapsed_precise}"
            } else {
                "{wide_msg} {elapsed_precise}"
            }));
            let bar = self
                .bars
                .insert_before(&self.run, bar.with_elapsed(elapsed));
            bar.enable_steady_tick(TICK);
            (state.as_str().to_owned(), bar)
        });
        bar.set_position(array.map_or(0, |array| array.ended()));
        // The bar tells the time.
        bar.set_message(printable(&words::line(run, step, None)).into_owned());
    }

    fn clear(self) -> io::Result<()> {
        for (_, bar) in self.steps.values() {
            bar.finish_and_clear();
        }
        self.run.finish_and_clear();
        self.bars.clear()
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template);
    style
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("#>-")
}
