//! What follows from resolved options: their defaults, and options that depend on others.
//!
//! Every function returns `None` where a mistake or a param without a value leaves the answer
//! open, so that nothing is concluded from it.

use std::borrow::Cow;

use crate::check::options::Resolved;
use crate::schema::Opt;
use crate::source::Span;
use crate::value::Kind;

/// `memory` unless written, in MiB; Metaflow's default.
pub const DEFAULT_MEMORY: i64 = 4096;
/// Seconds of a job without `@timeout`; Metaflow's default of five days.
pub const DEFAULT_TIMEOUT: i64 = 432_000;
/// `times` of a `@retry` without it; Metaflow's default.
pub const DEFAULT_RETRIES: i64 = 3;
/// `swappiness` that AWS documents as the default but refuses to assume.
pub const DEFAULT_SWAPPINESS: i64 = 60;
/// The image of a step when nothing names one.
pub const DEFAULT_IMAGE: &str = "python:3.12";
/// `tmpfs_path` unless written; Metaflow's default.
pub const DEFAULT_TMPFS_PATH: &str = "/metaflow_temp";

/// A tmpfs mount.
#[derive(Clone, Debug)]
pub struct Tmpfs<'o> {
    /// Where it is mounted.
    pub path: &'o str,
    /// Its size in MiB, unless that is open.
    pub size: Option<i64>,
    /// What turned it on.
    pub span: Span,
}

impl Resolved<'_> {
    /// Memory in MiB.
    #[must_use]
    pub fn memory(&self) -> Option<i64> {
        match self.get(Opt::Memory) {
            None => Some(DEFAULT_MEMORY),
            Some(_) => self.int(Opt::Memory),
        }
    }

    /// Memory in MiB, as text.
    #[must_use]
    pub fn memory_text(&self) -> Cow<'_, str> {
        match self.get(Opt::Memory).map(|setting| &setting.value.kind) {
            Some(Kind::Int(_, text)) => Cow::Borrowed(text),
            _ => Cow::Owned(DEFAULT_MEMORY.to_string()),
        }
    }

    /// vCPUs, as Batch wants them written: without a needless `.0`.
    #[must_use]
    pub fn cpu(&self) -> Option<Cow<'_, str>> {
        match &self.get(Opt::Cpu).map(|setting| &setting.value.kind) {
            None => Some(Cow::Borrowed("1")),
            Some(Kind::Int(_, text)) => Some(Cow::Borrowed(text)),
            Some(Kind::Decimal(number, _)) => Some(Cow::Owned(number.to_string())),
            Some(_) => None,
        }
    }

    /// vCPUs as a number.
    #[must_use]
    pub fn cpu_number(&self) -> Option<f64> {
        match self.get(Opt::Cpu).map(|setting| &setting.value.kind) {
            None => Some(1.0),
            #[allow(clippy::cast_precision_loss)] // far below 2^52
            Some(Kind::Int(number, _)) => Some(*number as f64),
            Some(Kind::Decimal(number, _)) => Some(*number),
            Some(_) => None,
        }
    }

    /// An integer option that is 0 unless written.
    #[must_use]
    pub fn count(&self, opt: Opt) -> Option<i64> {
        match self.get(opt) {
            None => Some(0),
            Some(_) => self.int(opt),
        }
    }

    /// Total attempts of a job.
    #[must_use]
    pub fn attempts(&self) -> Option<i64> {
        if self.retry.is_none() {
            return Some(1);
        }
        match self.get(Opt::Times) {
            None => Some(DEFAULT_RETRIES + 1),
            Some(_) => self.int(Opt::Times).map(|times| times + 1),
        }
    }

    /// Whether a `tmpfs_size` turns the tmpfs on: unless `use_tmpfs=false` is as strong.
    fn size_turns_on(&self) -> bool {
        match (self.get(Opt::TmpfsSize), self.get(Opt::UseTmpfs)) {
            (Some(size), Some(switch)) => size.strength > switch.strength,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    /// The tmpfs, if there is one.
    #[must_use]
    pub fn tmpfs(&self) -> Option<Tmpfs<'_>> {
        let on = self.bool(Opt::UseTmpfs) == Some(true) || self.size_turns_on();
        if !on || self.is_opaque(Opt::TmpfsPath) {
            return None;
        }
        let size = match self.get(Opt::TmpfsSize) {
            Some(_) => self.int(Opt::TmpfsSize),
            None => self.memory().map(|memory| memory / 2),
        };
        Some(Tmpfs {
            path: self.str(Opt::TmpfsPath).unwrap_or(DEFAULT_TMPFS_PATH),
            size,
            span: self.span(Opt::UseTmpfs).or(self.span(Opt::TmpfsSize))?,
        })
    }
}

/// Where the tmpfs is mounted, if `METAFLOW_TEMPDIR` and `TMPDIR` name it.
#[must_use]
pub fn tmpfs_tempdir<'o>(options: &'o Resolved<'_>) -> Option<(Span, &'o str)> {
    let tmpfs = options.tmpfs()?;
    match options.get(Opt::TmpfsTempdir) {
        Some(_) if options.bool(Opt::TmpfsTempdir) != Some(true) => None,
        _ => Some((tmpfs.span, tmpfs.path)),
    }
}
