//! Forms of credentials.

use std::ops::Range;

use super::pairs::{is_generic, value_of};
use super::values::{is_literal, is_placeholder, is_random, mixes, variety};
use super::{By, Credential, REACH, is_word, near};

/// Which characters follow a prefix.
#[derive(Clone, Copy)]
pub(super) enum Class {
    Upper,
    Hex,
    Alnum,
    /// Letters, digits, `_` and `-`.
    Word,
    Base64,
}

impl Class {
    fn has(self, byte: u8) -> bool {
        match self {
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Hex => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Word => is_word(byte) || byte == b'-',
            Self::Base64 => byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte),
        }
    }
}

/// A prefix, which characters follow it, and how many at least and at most.
pub(super) struct Form {
    pub(super) prefix: &'static str,
    pub(super) class: Class,
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) what: &'static str,
    pub(super) variable: &'static str,
}

const MANY: usize = usize::MAX;

macro_rules! forms {
    ($($what:literal, $variable:literal: $($prefix:literal $class:ident $least:literal $most:expr),+;)*) => {
        &[$($(Form {
            prefix: $prefix,
            class: Class::$class,
            least: $least,
            most: $most,
            what: $what,
            variable: $variable,
        }),+),*]
    };
}

/// An AWS access key's id, which is no secret but stands beside one.
pub(super) const ACCESS_KEY: &str = "an AWS access key";
/// What belongs to it.
pub(super) const SECRET_ACCESS_KEY: &str = "an AWS secret access key";

pub(super) static FORMS: &[Form] = forms! {
    "an AWS access key", "AWS_ACCESS_KEY_ID": "AKIA" Upper 16 16, "ASIA" Upper 16 16,
        "ABIA" Upper 16 16, "ACCA" Upper 16 16;
    "an Amazon Bedrock API key", "AWS_BEARER_TOKEN_BEDROCK": "ABSK" Base64 100 MANY;
    "a GitHub token", "GITHUB_TOKEN": "ghp_" Alnum 36 255, "gho_" Alnum 36 255,
        "ghu_" Alnum 36 255, "ghs_" Alnum 36 255, "ghr_" Alnum 36 255, "github_pat_" Word 50 255;
    "a GitLab token", "GITLAB_TOKEN": "glpat-" Word 20 300, "gldt-" Word 20 300,
        "glptt-" Word 40 40, "glimt-" Word 20 300, "GR1348941" Word 20 300, "glrt-" Word 20 300, "glcbt-" Word 20 300, "gloas-" Word 64 64,
        "glsoat-" Word 20 300, "glagent-" Word 50 300;
    "a Slack token", "SLACK_TOKEN": "xoxa-" Word 20 300, "xoxb-" Word 20 300, "xoxe-" Word 20 300,
        "xoxo-" Word 20 300, "xoxp-" Word 20 300, "xoxr-" Word 20 300, "xoxs-" Word 20 300,
        "xapp-" Word 20 300;
    "a Stripe key", "STRIPE_API_KEY": "sk_live_" Alnum 10 247, "rk_live_" Alnum 10 247,
        "sk_prod_" Alnum 10 247,
        "rk_prod_" Alnum 10 247, "sk_test_" Alnum 10 247, "rk_test_" Alnum 10 247, "whsec_" Alnum 24 247;
    "an Anthropic API key", "ANTHROPIC_API_KEY": "sk-ant-" Word 20 MANY;
    "an OpenAI API key", "OPENAI_API_KEY": "sk-proj-" Word 20 MANY, "sk-svcacct-" Word 20 MANY,
        "sk-admin-" Word 20 MANY;
    "an API key", "API_KEY": "sk-or-v1-" Hex 64 64, "sk-" Alnum 20 MANY, "gsk_" Alnum 40 MANY,
        "xai-" Alnum 60 MANY, "pplx-" Alnum 40 MANY, "r8_" Alnum 37 37, "lin_api_" Alnum 40 40,
        "NRAK-" Upper 27 27, "PMAK-" Word 50 60, "nvapi-" Word 60 MANY;
    "a Google API key", "GOOGLE_API_KEY": "AIza" Word 35 35;
    "a Google OAuth secret", "GOOGLE_CLIENT_SECRET": "GOCSPX-" Word 28 28;
    "a Google access token", "GOOGLE_ACCESS_TOKEN": "ya29." Word 30 MANY;
    "an npm token", "NPM_TOKEN": "npm_" Alnum 36 36;
    "a PyPI token", "TWINE_PASSWORD": "pypi-AgE" Word 50 MANY;
    "a Hugging Face token", "HF_TOKEN": "hf_" Alnum 30 40, "api_org_" Alnum 34 34;
    "a Docker Hub token", "DOCKER_PASSWORD": "dckr_pat_" Word 20 60, "dckr_oat_" Word 20 60;
    "a Docker registry login", "DOCKER_AUTH_CONFIG": "eyJhdXRocyI" Base64 16 MANY;
    "a Databricks token", "DATABRICKS_TOKEN": "dapi" Hex 32 32;
    "a DigitalOcean token", "DIGITALOCEAN_TOKEN": "dop_v1_" Hex 64 64, "doo_v1_" Hex 64 64,
        "dor_v1_" Hex 64 64;
    "a Vault token", "VAULT_TOKEN": "hvs." Word 24 MANY, "hvb." Word 24 MANY;
    "a Grafana token", "GRAFANA_TOKEN": "glsa_" Word 32 60, "glc_" Base64 32 MANY;
    "a Twilio key", "TWILIO_API_KEY": "SK" Hex 32 32;
    "a Shopify token", "SHOPIFY_TOKEN": "shpat_" Hex 32 32, "shpca_" Hex 32 32,
        "shppa_" Hex 32 32, "shpss_" Hex 32 32;
    "a Prefect API key", "PREFECT_API_KEY": "pnu_" Alnum 36 36;
    "a SonarQube token", "SONAR_TOKEN": "sqp_" Hex 40 40, "squ_" Hex 40 40, "sqa_" Hex 40 40;
    "a Notion token", "NOTION_TOKEN": "ntn_" Alnum 46 46;
    "a Pulumi token", "PULUMI_ACCESS_TOKEN": "pul-" Hex 40 40;
    "a Sentry token", "SENTRY_AUTH_TOKEN": "sntrys_" Base64 40 MANY, "sntryu_" Hex 64 64;
    "a Doppler token", "DOPPLER_TOKEN": "dp.pt." Alnum 43 43, "dp.st." Word 40 MANY;
    "an age key", "SOPS_AGE_KEY": "AGE-SECRET-KEY-1" Upper 58 58;
};

/// What a form of its own takes to tell: the text before its word, and that from it on. The part of
/// the latter that is secret.
type Tell = fn(&str, &str) -> Option<Range<usize>>;

/// Forms that are more than a prefix: the word that they begin at, and how they go on.
static SPECIAL: &[(&str, Tell, &str, &str)] = &[
    ("BEGIN", private_key, "a private key", "PRIVATE_KEY"),
    ("SG.", sendgrid, "a SendGrid key", "SENDGRID_API_KEY"),
    ("atlasv1", terraform, "a Terraform token", "TF_TOKEN"),
    (
        "hooks",
        slack_webhook,
        "a Slack webhook",
        "SLACK_WEBHOOK_URL",
    ),
    (
        "discord",
        discord_webhook,
        "a Discord webhook",
        "DISCORD_WEBHOOK_URL",
    ),
    (
        "discordapp",
        discord_webhook,
        "a Discord webhook",
        "DISCORD_WEBHOOK_URL",
    ),
    (
        "webhook",
        teams_webhook,
        "a Teams webhook",
        "TEAMS_WEBHOOK_URL",
    ),
    (
        "auths",
        docker_login,
        "a Docker registry login",
        "DOCKER_AUTH_CONFIG",
    ),
    ("Bearer", bearer, "an authorization header", "API_TOKEN"),
    ("bearer", bearer, "an authorization header", "API_TOKEN"),
    ("Token", basic, "an authorization header", "API_TOKEN"),
    ("Basic", basic, "an authorization header", "API_TOKEN"),
    ("basic", basic, "an authorization header", "API_TOKEN"),
    ("curl", curl_user, "a password", "PASSWORD"),
];

/// Which three bytes a form may begin with, as a set of hashes: nearly all words are passed by at
/// the cost of looking here.
static BEGINS: [bool; 4096] = {
    let mut begins = [false; 4096];
    let mut index = 0;
    while index < FORMS.len() {
        let prefix = FORMS[index].prefix.as_bytes();
        if prefix.len() > 2 {
            begins[hash(prefix[0], prefix[1], prefix[2])] = true;
        } else {
            let mut third = 0;
            while third < 128 {
                begins[hash(prefix[0], prefix[1], third)] = true;
                third += 1;
            }
        }
        index += 1;
    }
    index = 0;
    while index < SPECIAL.len() {
        let word = SPECIAL[index].0.as_bytes();
        begins[hash(word[0], word[1], word[2])] = true;
        index += 1;
    }
    begins[hash(b'e', b'y', b'J')] = true; // a JSON Web Token
    begins
};

const fn hash(first: u8, second: u8, third: u8) -> usize {
    (first as usize * 769 + second as usize * 31 + third as usize) % 4096
}

/// Finds credentials that begin at a word, and says whether a word is what AWS calls its secret:
/// `aws_secret_access_key`, `SecretAccessKey`.
pub(super) fn find(text: &str, found: &mut Vec<Credential<'_>>) -> bool {
    let bytes = text.as_bytes();
    let mut names_secret = false;
    let mut at = 0;
    while let Some(between) = bytes[at..].iter().position(|byte| is_word(*byte)) {
        let start = at + between;
        let rest = &bytes[start..];
        at = start + rest.iter().take_while(|byte| is_word(**byte)).count();
        let word = &bytes[start..at];
        names_secret |= word.len() > 14 && names_aws_secret(word);
        if let [first, second, third, ..] = *rest
            && BEGINS[hash(first, second, third)]
            && let Some(credential) = credential(text, start..at)
        {
            at = at.max(credential.range.end);
            found.push(credential);
        }
    }
    names_secret
}

/// The credential that begins with a word.
fn credential(text: &str, word: Range<usize>) -> Option<Credential<'static>> {
    let (before, rest) = (&text[..word.start], &text[word.start..]);
    let (range, what, variable) = if let Some((form, len)) = prefixed(rest) {
        (0..len, form.what, form.variable)
    } else if let Some(len) = json_web_token(rest) {
        (0..len, "a JSON Web Token", "API_TOKEN")
    } else {
        let word = &text[word.clone()];
        let (_, tell, what, variable) = SPECIAL
            .iter()
            .find(|(known, ..)| known.trim_end_matches('.') == word)?;
        let range = tell(before, rest)?;
        if is_placeholder(&rest[range.clone()]) {
            return None;
        }
        (range, *what, *variable)
    };
    Some(Credential {
        range: word.start + range.start..word.start + range.end,
        what,
        by: By::Form(variable),
    })
}

/// The form that a text begins with, and how long that is.
fn prefixed(text: &str) -> Option<(&'static Form, usize)> {
    FORMS.iter().find_map(|form| {
        let rest = text.strip_prefix(form.prefix)?;
        let len = count(rest, form.class, form.most.min(REACH) + 1);
        let (tail, after) = rest.split_at(len);
        let ends = !after.bytes().next().is_some_and(is_word) || len > REACH;
        // These begin other words too.
        let telling = match form.prefix {
            "sk-" => is_random(tail),
            slack if slack.starts_with("xox") => {
                tail.bytes().filter(u8::is_ascii_digit).count() >= 8
            }
            _ => true,
        };
        let fits = (form.least..=form.most).contains(&len) && ends && telling;
        (fits && variety(tail) >= 6 && !is_placeholder(tail))
            .then_some((form, text.len() - after.len()))
    })
}

/// How many characters of a class a text begins with, up to a number.
fn count(text: &str, class: Class, most: usize) -> usize {
    text.bytes()
        .take(most)
        .take_while(|byte| class.has(*byte))
        .count()
}

/// The length of the token that a text begins with: two JSON objects and a signature.
fn json_web_token(text: &str) -> Option<usize> {
    let part = |text: &str, most| count(text, Class::Base64, most);
    let rest = text.strip_prefix("eyJ")?;
    let header = part(rest, REACH);
    let rest = rest[header..].strip_prefix(".eyJ")?;
    let payload = part(rest, 8 * REACH);
    let rest = rest[payload..].strip_prefix('.')?;
    let signature = part(rest, 2 * REACH);
    let is_long = header >= 10 && payload >= 10 && signature >= 10;
    is_long.then_some(text.len() - rest.len() + signature)
}

fn private_key(before: &str, rest: &str) -> Option<Range<usize>> {
    let line = near(rest)
        .find("-----")
        .filter(|_| before.ends_with("-----"))?;
    let title = &rest[..line];
    if !title.ends_with("PRIVATE KEY") && !title.ends_with("PRIVATE KEY BLOCK") {
        return None;
    }
    // A header alone is no key.
    let breaks = |c: char| c.is_whitespace() || "\\nr\"".contains(c);
    let key = near(&rest[line + 5..]).trim_start_matches(breaks);
    let is_key = count(key, Class::Base64, 16) == 16 || key.starts_with("Proc-Type:");
    is_key.then_some(0..line)
}

fn sendgrid(_: &str, rest: &str) -> Option<Range<usize>> {
    let rest = near(rest).strip_prefix("SG.")?;
    let id = count(rest, Class::Word, REACH);
    let key = count(rest[id..].strip_prefix('.')?, Class::Word, REACH);
    ((16..=40).contains(&id) && key >= 32).then_some(0..3 + id + 1 + key)
}

fn terraform(_: &str, rest: &str) -> Option<Range<usize>> {
    let len = count(rest.strip_prefix("atlasv1.")?, Class::Word, REACH);
    (len >= 60).then_some(0..8 + len)
}

fn slack_webhook(_: &str, rest: &str) -> Option<Range<usize>> {
    let host = "hooks.slack.com/";
    let path = near(rest).strip_prefix(host)?;
    let is_path = |byte: &u8| is_word(*byte) || *byte == b'/';
    let path = &path[..path.bytes().take_while(is_path).count()];
    let key = path.rsplit('/').next()?;
    (key.len() >= 16 && variety(key) >= 6).then_some(0..host.len() + path.len())
}

fn discord_webhook(_: &str, rest: &str) -> Option<Range<usize>> {
    let (host, path) = near(rest).split_once("/api/webhooks/")?;
    let (id, key) = path.split_once('/')?;
    let len = count(key, Class::Word, REACH);
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let fits = matches!(host, "discord.com" | "discordapp.com") && is_id && len >= 40;
    let start = host.len() + "/api/webhooks/".len() + id.len() + 1;
    fits.then_some(0..start + len)
}

fn teams_webhook(_: &str, rest: &str) -> Option<Range<usize>> {
    let path = near(rest).strip_prefix("webhook.office.com/webhookb2/")?;
    let is_path = |byte: &u8| is_word(*byte) || b"/@-".contains(byte);
    let len = path.bytes().take_while(is_path).count();
    (len >= 60).then_some(0.."webhook.office.com/webhookb2/".len() + len)
}

/// `"auths": {"HOST": {"auth": "…"}}`
fn docker_login(_: &str, rest: &str) -> Option<Range<usize>> {
    let json = near(rest);
    let at = json.find("auth\"").or_else(|| json.find("auth\\\""))? + "auth".len();
    let value = json[at..].trim_start_matches(['\\', '"', ':', ' ']);
    let len = count(value, Class::Base64, REACH);
    let start = json.len() - value.len();
    (len >= 8).then_some(start..start + len)
}

/// `Bearer …`
fn bearer(_: &str, rest: &str) -> Option<Range<usize>> {
    let (word, value) = near(rest).split_once(' ')?;
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"._~+/=-".contains(byte);
    let len = value.bytes().take_while(is_token).count();
    let (token, after) = value.split_at(len);
    let computed = after.starts_with(['$', '{', '`', '<', '(', '%']);
    // Some have a form of their own.
    let known = prefixed(token).is_some() || json_web_token(token).is_some();
    let start = word.len() + 1;
    (!computed && !known && is_random(token)).then_some(start..start + len)
}

/// `Authorization: Basic …`
fn basic(before: &str, rest: &str) -> Option<Range<usize>> {
    bearer(before, rest).filter(|_| before.ends_with(": "))
}

/// `curl -u USER:PASSWORD`, before the line ends that a `\` may continue.
fn curl_user(_: &str, rest: &str) -> Option<Range<usize>> {
    let lines = near(rest).split_inclusive('\n');
    let mut end = 0;
    for line in lines {
        end += line.len();
        if !line.ends_with("\\\n") {
            break;
        }
    }
    let flags = [" -u ", " --user ", " --user=", " -u"];
    let after = |flag: &&str| Some(rest[..end].find(*flag)? + flag.len());
    let at = flags.iter().find_map(after)?;
    let at = end - rest[at..end].trim_start_matches(' ').len();
    let value = value_of(&rest[at..end], false)?;
    let (user, password) = value.text.split_once(':')?;
    let is_literal = !user.is_empty() && is_literal(password) && !is_generic(user, password);
    let start = at + value.skipped + user.len() + 1;
    is_literal.then_some(start..start + password.len())
}

/// Whether a word ends like `SecretAccessKey`, in any spelling.
fn names_aws_secret(word: &[u8]) -> bool {
    let letters = word.iter().rev().filter(|byte| **byte != b'_');
    let end = b"secretaccesskey".iter().rev();
    matches!(word.last(), Some(b'y' | b'Y'))
        && end.eq(letters
            .map(u8::to_ascii_lowercase)
            .take(15)
            .collect::<Vec<_>>()
            .iter())
}

/// What is called as AWS calls it: 40 characters of Base64, and nothing of it around them.
pub(in crate::rules) fn aws_secrets(text: &str, found: &mut Vec<Credential<'_>>) {
    let bytes = text.as_bytes();
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"/+=".contains(byte);
    let mut at = 0;
    while at < bytes.len() {
        let len = bytes[at..].iter().take_while(|byte| base64(byte)).count();
        let run = &text[at..at + len];
        if len == 40 && !run.contains('=') && mixes(run) && !is_placeholder(run) {
            found.push(Credential {
                range: at..at + len,
                what: SECRET_ACCESS_KEY,
                by: By::Form("AWS_SECRET_ACCESS_KEY"),
            });
        }
        at += len + 1;
        while !text.is_char_boundary(at.min(text.len())) {
            at += 1;
        }
    }
}
