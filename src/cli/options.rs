//! Options that several commands share.

use std::env;
use std::ffi::OsString;

use clap::{Args, ValueEnum};

use super::Failure;
use crate::Settings;
use crate::report::{Format, Summary};

/// What a compilation is told besides the files.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct SettingsArgs {
    /// Gives a param of the flow a value; may be repeated
    #[arg(short = 'p', long = "param", value_name = "NAME=VALUE")]
    pub(super) params: Vec<String>,

    /// Applies `[env.NAME]` of flowbatch.toml
    #[arg(long, value_name = "NAME")]
    pub(super) env: Option<String>,
}

impl SettingsArgs {
    /// The settings, with the `METAFLOW_*` variables of this process.
    pub(super) fn settings(&self) -> Result<Settings, Failure> {
        let mut params: Vec<(String, String)> = Vec::new();
        for param in &self.params {
            let (name, value) = param
                .split_once('=')
                .filter(|(name, _)| !name.is_empty())
                .ok_or_else(|| Failure::new(format!("`-p {param}` is not `NAME=VALUE`")))?;
            if params.iter().any(|(other, _)| other == name) {
                return Err(Failure::new(format!("`-p {name}=…` is given twice")));
            }
            params.push((name.to_owned(), value.to_owned()));
        }
        Ok(Settings {
            variables: variables(env::vars_os())?,
            env: self.env.clone(),
            params,
            ..Settings::default()
        })
    }
}

/// The `METAFLOW_*` variables. No other one may be looked at.
fn variables(
    all: impl Iterator<Item = (OsString, OsString)>,
) -> Result<std::collections::BTreeMap<String, String>, Failure> {
    all.filter_map(|(name, value)| {
        let name = name.to_str()?.to_owned();
        name.starts_with("METAFLOW_").then_some((name, value))
    })
    .map(|(name, value)| match value.into_string() {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(Failure::new(format!(
            "the environment variable `{name}` is not UTF-8; correct it or unset it"
        ))),
    })
    .collect()
}

/// How diagnostics are shown and what they lead to.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct ReportArgs {
    /// How diagnostics are written: for people to standard error, else to standard output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub(super) format: Format,

    /// Ends with 1 not only on errors
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) deny: Option<Deny>,
}

/// What besides errors is not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Deny {
    /// Warnings; advice is always accepted
    Warnings,
}

impl ReportArgs {
    /// Whether what was found makes the command fail.
    pub(super) fn denies(&self, summary: Summary) -> bool {
        denies(self.deny, summary)
    }
}

/// Whether what was found makes a command fail that does not accept `deny`.
pub(super) fn denies(deny: Option<Deny>, summary: Summary) -> bool {
    summary.errors > 0 || (deny == Some(Deny::Warnings) && summary.warnings > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(words: &[&str]) -> Result<Vec<(String, String)>, Failure> {
        SettingsArgs {
            params: words.iter().map(|word| (*word).to_owned()).collect(),
            env: None,
        }
        .settings()
        .map(|settings| settings.params)
    }

    #[test]
    fn params_are_name_and_value() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            params(&["a=1", "b=x=y", "c="]).unwrap(),
            [pair("a", "1"), pair("b", "x=y"), pair("c", "")]
        );
        assert_eq!(
            params(&["a"]).unwrap_err().to_string(),
            "`-p a` is not `NAME=VALUE`"
        );
        assert!(params(&["=1"]).is_err());
        assert_eq!(
            params(&["a=1", "a=1"]).unwrap_err().to_string(),
            "`-p a=…` is given twice"
        );
    }

    #[test]
    fn only_metaflow_variables() {
        let all = [("METAFLOW_A", "1"), ("HOME", "/root"), ("XMETAFLOW_B", "2")];
        let all = all
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        let found = variables(all).unwrap();
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [("METAFLOW_A".to_owned(), "1".to_owned())]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_utf8_is_named() {
        use std::os::unix::ffi::OsStringExt;
        let bad = OsString::from_vec(vec![0xff]);
        let all = [("OTHER".into(), bad.clone()), ("METAFLOW_X".into(), bad)];
        let error = variables(all.into_iter()).unwrap_err().to_string();
        assert!(error.contains("`METAFLOW_X`"), "{error}");
    }

    #[test]
    fn warnings_are_denied_only_when_asked() {
        let warning = Summary {
            warnings: 1,
            ..Summary::default()
        };
        let advice = Summary {
            advice: 1,
            ..Summary::default()
        };
        let strict = ReportArgs {
            deny: Some(Deny::Warnings),
            ..ReportArgs::default()
        };
        assert!(!ReportArgs::default().denies(warning));
        assert!(strict.denies(warning));
        assert!(!strict.denies(advice));
    }
}
