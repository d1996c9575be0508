//! Which run a command is about, and what is known of it: from its folder, or from AWS alone.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::aws::{AwsArgs, endpoint_variable};
use super::console::Console;
use super::inputs;
use super::merged::Merged;
use super::options::SettingsArgs;
use super::{Failure, flows, one};
use crate::aws::api::Api;
use crate::aws::patient::Patient;
use crate::aws::run::{Document, Handle, Header, RunId, StateError, StateFolder};
use crate::aws::submit::driver::unix_time;
use crate::aws::watch::known::{from_folder, from_listing};
use crate::aws::watch::look;
use crate::aws::watch::model::{Snapshot, Submission};
use crate::aws::watch::remote;
use crate::aws::watch::seen::Seen;
use crate::config::FILE_NAME;
use crate::report::{Format, printable};
use crate::source::{Disk, Loader};

/// How many runs a message lists.
const LISTED: usize = 5;

/// Where to look for a run that this machine does not know.
#[derive(clap::Args, Clone, Debug, Default)]
pub(super) struct SourceArgs {
    /// The flow of the run: its folder lies beside it; what that does not tell, AWS is asked
    #[arg(long, value_name = "FILE")]
    pub(super) file: Option<PathBuf>,

    #[command(flatten)]
    settings: SettingsArgs,
}

/// A flow, as it is compiled now.
pub(super) struct Flow {
    pub(super) prefix: String,
    pub(super) document: Document,
}

impl Flow {
    /// AWS has no jobs of a run.
    pub(super) fn without(&self, id: &RunId) -> Failure {
        Failure::new(format!(
            "AWS has no jobs of run {id} of {}, on {}; it forgets those that ended days ago",
            self.document.flow,
            self.document.queues().join(", ")
        ))
    }
}

/// A run.
pub(super) enum Known {
    /// That this machine submitted.
    Here {
        folder: StateFolder,
        id: RunId,
        header: Box<Header>,
        document: Document,
        handle: Handle,
    },
    /// That AWS knows; of the flow, only names, queues and steps are taken.
    There {
        id: RunId,
        flow: Flow,
        /// Of a folder that cannot be used otherwise.
        header: Option<Box<Header>>,
        handle: Handle,
    },
}

impl SourceArgs {
    /// The folder of what is known here.
    pub(super) fn folder(&self) -> Result<StateFolder, Failure> {
        let settings = &self.settings;
        if self.file.is_none() && (settings.env.is_some() || !settings.params.is_empty()) {
            let message = "`--env` and `-p` say how to read a flow: name it with `--file`";
            return Err(Failure::new(message));
        }
        Ok(folder_of(self.file.as_deref()))
    }

    /// The flow of `--file`; `None` if that is wrong, which was reported.
    pub(super) fn flow(&self, file: &Path, console: &mut Console) -> Result<Option<Flow>, Failure> {
        let settings = self.settings.settings()?;
        let (files, inputs) = inputs::find(&[file.to_owned()])?;
        let compiled = flows::run(&files, &inputs, &settings, crate::compile)?;
        let [compiled] = <[_; 1]>::try_from(compiled)
            .map_err(|_| Failure::new(format!("{} is not one flow", file.display())))?;
        let Some(artifacts) = compiled.artifacts else {
            if !compiled.checked.has_errors() {
                let message = format!("{} is a library: it has no runs", file.display());
                return Err(Failure::new(message));
            }
            let mut merged = Merged::default();
            merged.add(&files, compiled.checked);
            console.report(Format::Human, true, &merged.sources, &merged.diagnostics)?;
            return Ok(None);
        };
        let document = Document::parse(&artifacts.document()).map_err(one::unreadable)?;
        Ok(Some(Flow {
            prefix: artifacts.prefix,
            document,
        }))
    }

    /// The run that is meant by its id, or the beginning of one, or none: the newest; `None` if the
    /// flow is wrong, which was reported. The flow is not looked at where the run's folder tells all.
    pub(super) fn find(
        &self,
        run: Option<&str>,
        console: &mut Console,
    ) -> Result<Option<Known>, Failure> {
        let folder = self.folder()?;
        let runs = folder.runs()?;
        let is_here = |begin: &str| runs.iter().any(|id| id.as_str().starts_with(begin));
        if let (Some(begin), Some(file)) = (run.filter(|begin| !is_here(begin)), &self.file) {
            let id = RunId::parse(begin).ok_or_else(|| {
                Failure::new(format!("`{begin}` is no run id: it is of a-z and 0-9"))
            })?;
            let flow = self.flow(file, console)?;
            return Ok(flow.map(|flow| self.there(id, flow, None)));
        }
        let id = choose(&runs, run, folder.path())?;
        let handle = handle(&folder, &id, self.file.as_deref());
        let error = match Known::here(folder.clone(), id.clone(), handle) {
            Err(error) if error.is_unreadable() => error,
            known => return Ok(Some(known?)),
        };
        let Some(file) = &self.file else {
            return Err(Failure::new(format!(
                "{error}\n  help: with `--file FILE`, the flow of run {id}, AWS is asked instead"
            )));
        };
        let warning = format!("warning: {error}; asking AWS instead");
        writeln!(console.err, "{}", printable(&warning))?;
        // What was submitted says more than the flow as it is now.
        let header = folder.header(&id).ok();
        let flow = match (&header, folder.document(&id)) {
            (Some(header), Ok(document)) => Some(Flow {
                prefix: header.prefix.clone(),
                document,
            }),
            _ => self.flow(file, console)?,
        };
        Ok(flow.map(|flow| self.there(id, flow, header)))
    }

    fn there(&self, id: RunId, flow: Flow, header: Option<Header>) -> Known {
        let file = self.file.as_deref().map(Path::to_string_lossy);
        let mut handle = Handle::remote(&id)
            .with("--file", file.as_deref())
            .with("--env", self.settings.env.as_deref());
        for param in &self.settings.params {
            handle = handle.with("-p", Some(param));
        }
        Known::There {
            id,
            flow,
            header: header.map(Box::new),
            handle,
        }
    }
}

/// The folder `.flowbatch` of the runs of a flow, or the nearest one.
pub(super) fn folder_of(file: Option<&Path>) -> StateFolder {
    file.map_or_else(nearest, |file| StateFolder::of(&project(file)))
}

/// How a run is named to commands from here: with the flow beside its folder, where that is not found
/// without it.
pub(super) fn handle(folder: &StateFolder, id: &RunId, file: Option<&Path>) -> Handle {
    let real = |folder: &StateFolder| folder.path().canonicalize().ok();
    let is_found = real(&nearest()) == real(folder);
    Handle::kept(id, file.filter(|_| !is_found))
}

/// The one run that is meant.
pub(super) fn choose(runs: &[RunId], run: Option<&str>, folder: &Path) -> Result<RunId, Failure> {
    let found = match run {
        None => runs.last().cloned(),
        Some(begin) => matching(runs, begin)?,
    };
    found.ok_or_else(|| unknown(run, runs, folder))
}

/// The one run whose id is or begins so, if there is any.
fn matching(runs: &[RunId], begin: &str) -> Result<Option<RunId>, Failure> {
    if begin.is_empty() {
        // Every id begins so, but whoever wrote that, as an unset variable in a script, meant none.
        let message = "RUN is empty: name a run; `flowbatch runs` lists them";
        return Err(Failure::new(message));
    }
    if let Some(exact) = runs.iter().find(|id| id.as_str() == begin) {
        return Ok(Some(exact.clone()));
    }
    let all = runs.iter().filter(|id| id.as_str().starts_with(begin));
    match all.collect::<Vec<_>>().as_slice() {
        [] => Ok(None),
        [one] => Ok(Some((*one).clone())),
        several => {
            let all: Vec<&str> = several.iter().map(|id| id.as_str()).collect();
            Err(Failure::new(format!(
                "several runs begin with `{begin}`: {}",
                all.join(", ")
            )))
        }
    }
}

fn unknown(run: Option<&str>, runs: &[RunId], folder: &Path) -> Failure {
    let newest: Vec<&str> = runs.iter().rev().take(LISTED).map(RunId::as_str).collect();
    let said = match run {
        Some(run) => format!("there is no run `{run}` in {}", folder.display()),
        None => format!("there are no runs in {}", folder.display()),
    };
    let listed = match (newest.as_slice(), runs.len() > LISTED) {
        ([], _) => String::new(),
        (newest, false) => format!("; known are {}", newest.join(", ")),
        (newest, true) => format!("; the newest are {}", newest.join(", ")),
    };
    Failure::new(format!(
        "{said}{listed}\n  help: with `--file FLOW`, the flow of the run, it is looked for beside that; `status`, `logs` and \
         `cancel` then also ask AWS"
    ))
}

/// The folder `.flowbatch` in the working folder or the nearest one above it, as git looks for its
/// own.
fn nearest() -> StateFolder {
    let folders = Disk.ancestors(Path::new("."));
    let found = folders
        .iter()
        .find(|folder| StateFolder::of(folder).path().is_dir());
    StateFolder::of(found.map_or(Path::new(""), PathBuf::as_path))
}

/// Where the runs of a flow are: beside its `flowbatch.toml`, else in the working folder.
fn project(file: &Path) -> PathBuf {
    let folders = Disk.ancestors(file.parent().unwrap_or(Path::new("")));
    let found = folders
        .into_iter()
        .find(|folder| folder.join(FILE_NAME).is_file());
    found.unwrap_or_default()
}

/// Where to ask about a run that was begun here: where it was submitted. Its jobs are nowhere else: there
/// they would be looked for in vain, and submitted again, so the command line may not say otherwise.
pub(super) fn place(id: &RunId, header: &Header, args: &AwsArgs) -> Result<AwsArgs, Failure> {
    let region = Some(header.region.clone()).filter(|region| !region.is_empty());
    for (flag, given, was) in [
        ("--region", &args.region, &region),
        ("--endpoint-url", &args.endpoint_url, &header.endpoint),
    ] {
        let Some(given) = given else { continue };
        let was = match was {
            Some(was) if was.trim_end_matches('/') == given.trim_end_matches('/') => continue,
            Some(was) => format!("with `{flag}` {was}"),
            None => format!("without `{flag}`"),
        };
        return Err(Failure::new(format!(
            "run {id} was submitted {was}, and its jobs are not at {given}; leave `{flag}` out"
        )));
    }
    // The same endpoint by a variable may be that of one service only.
    let variable = endpoint_variable();
    let endpoint = header.endpoint.clone();
    let endpoint = endpoint.filter(|was| Some(was) != variable.as_ref());
    Ok(AwsArgs {
        profile: args.profile.clone().or_else(|| header.profile.clone()),
        region: args.region.clone().or(region),
        endpoint_url: args.endpoint_url.clone().or(endpoint),
    })
}

impl Known {
    /// A run of a folder.
    pub(super) fn here(folder: StateFolder, id: RunId, handle: Handle) -> Result<Self, StateError> {
        let (header, _) = folder.read(&id)?;
        Ok(Self::Here {
            header: Box::new(header),
            document: folder.document(&id)?,
            folder,
            id,
            handle,
        })
    }

    /// The run's id.
    pub(super) fn id(&self) -> &RunId {
        match self {
            Self::Here { id, .. } | Self::There { id, .. } => id,
        }
    }

    /// Where to ask about it.
    pub(super) fn place(&self, args: &AwsArgs) -> Result<AwsArgs, Failure> {
        match self {
            Self::Here { header, id, .. }
            | Self::There {
                header: Some(header),
                id,
                ..
            } => place(id, header, args),
            Self::There { header: None, .. } => Ok(args.clone()),
        }
    }

    /// How it is named to commands that ask in the same place.
    pub(super) fn handle(&self, args: &AwsArgs) -> Handle {
        match self {
            Self::Here { handle, .. } => handle.clone(),
            Self::There { handle, .. } => handle
                .clone()
                .with("--profile", args.profile.as_deref())
                .with("--region", args.region.as_deref())
                .with("--endpoint-url", args.endpoint_url.as_deref()),
        }
    }

    /// What is known of it now, with what was last seen. Where the journal tells of no job, perhaps since
    /// it is lost, they are looked up by their names.
    pub(super) async fn snapshot<A: Api>(&self, api: &Patient<A>) -> Result<Snapshot, Failure> {
        let listed = async |id: &RunId, prefix: &str, document: &Document| {
            let begin = remote::prefix(prefix, &document.flow, id);
            let jobs = look::list(api, &document.queues(), &begin).await?;
            let run = from_listing(id, prefix, document, &jobs);
            Ok::<_, Failure>(Some(run).filter(|_| !jobs.is_empty()))
        };
        match self {
            Self::Here {
                id,
                header,
                document,
                folder,
                ..
            } => {
                let run = self.local()?.unwrap_or_default();
                if !run.is_unsent() {
                    return Ok(run);
                }
                let Some(mut listed) = listed(id, &header.prefix, document).await? else {
                    return Ok(run);
                };
                if run.submission != Submission::Incomplete {
                    listed.submission = run.submission;
                }
                listed.remember(Seen::read(folder, id).jobs);
                Ok(listed)
            }
            Self::There { id, flow, .. } => listed(id, &flow.prefix, &flow.document)
                .await?
                .ok_or_else(|| flow.without(id)),
        }
    }

    /// The same without AWS, for a run that this machine knows.
    pub(super) fn local(&self) -> Result<Option<Snapshot>, Failure> {
        let Self::Here {
            folder,
            id,
            document,
            ..
        } = self
        else {
            return Ok(None);
        };
        let (header, entries) = folder.read(id)?;
        let mut snapshot = from_folder(&header, document, &entries);
        snapshot.remember(Seen::read(folder, id).jobs);
        Ok(Some(snapshot))
    }

    /// The run as it is known by now, and whether somebody is submitting it.
    pub(super) fn refresh(&self, before: &Snapshot) -> Result<(Snapshot, bool), Failure> {
        let Self::Here { folder, id, .. } = self else {
            return Ok((before.clone(), false));
        };
        let fresh = self.local()?.unwrap_or_default();
        if fresh.submission != Submission::Incomplete || !fresh.is_quiet(unix_time()) {
            return Ok((fresh, false));
        }
        // Only then does it matter, and only then is the lock tried, for a moment.
        let busy = matches!(folder.open(id), Err(StateError::Busy(_)));
        // What AWS listed is more than a journal that tells of no job.
        let known = if fresh.is_unsent() {
            before.clone()
        } else {
            fresh
        };
        Ok((known, busy))
    }

    /// Writes down what was seen.
    pub(super) fn remember(&self, run: &Snapshot) {
        if let Self::Here { folder, id, .. } = self {
            Seen::write(folder, id, unix_time(), run);
        }
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        Self::new(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(run: Option<&str>) -> Result<String, String> {
        let runs = ["aa1", "ab1", "ab12", "b"].map(|id| RunId::parse(id).unwrap());
        choose(&runs, run, Path::new(".flowbatch"))
            .map(|id| id.to_string())
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn the_beginning_of_an_id_is_enough() {
        assert_eq!(chosen(None).unwrap(), "b");
        assert_eq!(chosen(Some("aa")).unwrap(), "aa1");
        // A whole id is meant as such.
        assert_eq!(chosen(Some("ab1")).unwrap(), "ab1");
        let several = chosen(Some("ab")).unwrap_err();
        assert_eq!(several, "several runs begin with `ab`: ab1, ab12");
        // All begin with nothing, which is no name, even where there is one run only.
        assert!(chosen(Some("")).unwrap_err().contains("RUN is empty"));
        let only = [RunId::parse("b").unwrap()];
        assert!(choose(&only, Some(""), Path::new("d")).is_err());
        let none = chosen(Some("x")).unwrap_err();
        assert!(
            none.contains("no run `x`") && none.contains("b, ab12, ab1, aa1"),
            "{none}"
        );
        let nothing = choose(&[], None, Path::new("d")).unwrap_err().to_string();
        assert!(nothing.starts_with("there are no runs in d\n"), "{nothing}");
    }

    #[test]
    fn a_run_is_asked_about_where_it_was_submitted() {
        let mut header = crate::aws::watch::known::tests::header(None);
        header.endpoint = Some("http://localhost:1".into());
        header.profile = Some("work".into());
        let known = Known::Here {
            folder: StateFolder::of(Path::new("")),
            id: RunId::parse("r1").unwrap(),
            header: Box::new(header),
            document: crate::aws::watch::known::tests::document(&[("a", &[])]),
            handle: Handle::kept(&RunId::parse("r1").unwrap(), None),
        };
        let own = known.place(&AwsArgs::default()).unwrap();
        let own = (
            own.profile.unwrap(),
            own.region.unwrap(),
            own.endpoint_url.unwrap(),
        );
        let was = (
            "work".into(),
            "us-east-1".into(),
            "http://localhost:1".into(),
        );
        assert_eq!(own, was);
        let same = AwsArgs {
            region: Some("us-east-1".into()),
            endpoint_url: Some("http://localhost:1/".into()),
            profile: Some("other".into()),
        };
        assert_eq!(known.place(&same).unwrap(), same);
        let other = |args: AwsArgs| known.place(&args).unwrap_err().to_string();
        let region = other(AwsArgs {
            region: Some("eu-west-1".into()),
            ..AwsArgs::default()
        });
        assert!(region.contains("with `--region` us-east-1"), "{region}");
        let endpoint = other(AwsArgs {
            endpoint_url: Some("http://localhost:2".into()),
            ..AwsArgs::default()
        });
        assert!(endpoint.contains("http://localhost:1,"), "{endpoint}");
    }
}
