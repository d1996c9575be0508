//! What credentials look like: by a form of their own, or by the name that a value has.
//!
//! Forms are those of gitleaks and detect-secrets where they are exact, a prefix and what follows
//! it; a value without such a form counts only if its name says that it is secret. All is found by
//! hand, in time linear in the text, so that checking needs no regular expressions.

mod forms;
mod names;
mod pairs;
mod values;

use std::ops::Range;

use crate::ascii::is_word;
pub(super) use forms::aws_secrets;
use names::kind;
use values::{is_literal, is_random};

/// A part of a text that looks like a credential.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Credential<'t> {
    /// Where it stands in the text. What stands there belongs in no message.
    pub(super) range: Range<usize>,
    /// What it looks like, with an article: `a GitHub token`.
    pub(super) what: &'static str,
    /// What told.
    pub(super) by: By<'t>,
}

/// What tells a credential.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum By<'t> {
    /// Its form; the variable that programs commonly read such a one from.
    Form(&'static str),
    /// The name before it, as written.
    Name(&'t str),
}

/// How far is looked for the end of a quoted value, an authority or a line: no secret is longer,
/// and the time stays linear.
const REACH: usize = 512;

/// As much of a text as is looked at.
fn near(text: &str) -> &str {
    let mut end = text.len().min(REACH);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Everything in a text that looks like a credential, in its order.
pub(super) fn scan(text: &str) -> Vec<Credential<'_>> {
    let mut found = Vec::new();
    let names_secret = forms::find(text, &mut found);
    pairs::find(text, &mut found);
    pairs::find_flags(text, &mut found);
    if found.is_empty() && !names_secret {
        return found;
    }
    if names_secret || has_access_key(&found) {
        aws_secrets(text, &mut found);
    }
    // What is found twice is told once, by its form if it has one.
    let is_named = |it: &Credential<'_>| matches!(it.by, By::Name(_));
    found.sort_by_key(|it| (it.range.start, is_named(it)));
    found.dedup_by(|next, known| {
        let overlap = next.range.start < known.range.end;
        if overlap && is_named(known) && !is_named(next) {
            std::mem::swap(known, next);
        }
        overlap
    });
    found
}

/// Whether a text holds the id of an AWS access key, so that its secret is near.
pub(super) fn has_access_key(found: &[Credential<'_>]) -> bool {
    found.iter().any(|it| it.what == forms::ACCESS_KEY)
}

/// What the value after a flag looks like. Many flags called so take none, and what follows is
/// then an ordinary word.
fn flag(name: &str, value: &str) -> Option<&'static str> {
    let what = named(name, value)?;
    let has = |is: fn(char) -> bool| usize::from(value.chars().any(is));
    let kinds = has(char::is_lowercase)
        + has(char::is_uppercase)
        + has(|c| c.is_ascii_digit())
        + has(|c| c.is_ascii_punctuation() && !"-_./:=".contains(c));
    (kinds > 1 && !value.starts_with('-')).then_some(what)
}

/// What an argument looks like because of the one before it.
pub(super) fn argument(before: &str, value: &str) -> Option<&'static str> {
    if before.starts_with("--") {
        return flag(before, value);
    }
    // `aws configure set aws_secret_access_key …`
    named(before, value).filter(|_| is_random(value))
}

/// What a value looks like because of its name.
pub(super) fn named(name: &str, value: &str) -> Option<&'static str> {
    let (what, sure) = kind(name)?;
    let tells = sure || is_random(value);
    // `PULL_SECRET = "team-registry"` is the name of one.
    let is_name_part = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
    let is_name = what == "a secret" && value.contains('-') && value.bytes().all(is_name_part);
    let is_one_word = !value.contains(char::is_whitespace) || what == "a passphrase";
    (is_literal(value) && tells && is_one_word && !is_name).then_some(what)
}

#[cfg(test)]
mod tests {
    use super::forms::{ACCESS_KEY, Class, FORMS, SECRET_ACCESS_KEY};
    use super::*;

    // No credential of any form stands in the source: where the project is kept may refuse one.
    const RANDOM: &str =
        "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3gH6jK9mN2pQ5sT8vW1yZ4aB7cD0eF3gH6jK9mN2pQ5s";
    const HEX: &str = "3f1c9a7e5b2d804f6a1e3c5d7b9f0a2c4e6d8b1f3a5c7e9d0b2f4a6c8e1d3b5f";

    fn forms(text: &str) -> Vec<&'static str> {
        let found = scan(text);
        for it in &found {
            assert!(!text[it.range.clone()].is_empty());
        }
        found.into_iter().map(|it| it.what).collect()
    }

    #[test]
    fn knows_every_form() {
        for form in FORMS {
            let len = form.least.max(24).min(form.most);
            let tail: String = match form.class {
                Class::Upper => RANDOM.to_ascii_uppercase()[..len].to_owned(),
                Class::Hex => HEX[..len].to_owned(),
                _ => RANDOM.repeat(2)[..len].to_owned(),
            };
            let token = format!("{}{tail}", form.prefix);
            let expected = [form.what];
            assert_eq!(forms(&token), expected, "{}", form.prefix);
            for around in [
                "TOKEN='{}' run",
                "https://x:{}@host/",
                "--x={};",
                "(\"{}\")",
            ] {
                let text = around.replace("{}", &token);
                assert_eq!(forms(&text), expected, "{}", form.prefix);
            }
            // Part of a longer word, cut short, or of one character.
            assert!(forms(&format!("x{token}")).is_empty(), "{}", form.prefix);
            let short = &tail[..form.least.min(12) - 1];
            assert!(forms(&format!("{}{short}", form.prefix)).is_empty());
            let blank = format!("{}{}", form.prefix, "X".repeat(len));
            assert!(forms(&blank).is_empty(), "{}", form.prefix);
        }
    }

    #[test]
    fn knows_forms_that_are_more_than_a_prefix() {
        let long = RANDOM;
        let jwt = format!(
            "eyJhbGciOiJIUzI1NiJ9.{}.{}",
            "eyJzdWIiOiIxMjM0NSJ9",
            &long[..43]
        );
        let key = "-----BEGIN RSA PRIVATE ";
        let cases = [
            (jwt, "a JSON Web Token"),
            (
                format!("{key}KEY-----\nMIIEpAIBAAKCAQEA{long}\n"),
                "a private key",
            ),
            (
                format!("{key}KEY-----\\nMIIEpAIBAAKCAQEA{long}\\n"),
                "a private key",
            ),
            (
                format!("1102015{}:AA{}", 43, &long[..33]),
                "a Telegram bot token",
            ),
            (
                format!("SG.{}.{}", &long[..22], &long[..43]),
                "a SendGrid key",
            ),
            (
                format!("{}.atlasv1.{}", &long[..14], &long[..67]),
                "a Terraform token",
            ),
            (
                format!(
                    "https://hooks.slack.com/services/T0ABC1DEF/B0ABC1DEF/{}",
                    &long[..24]
                ),
                "a Slack webhook",
            ),
            (
                format!(
                    "https://discord.com/api/webhooks/123456789012345678/{}",
                    &long[..68]
                ),
                "a Discord webhook",
            ),
            (
                format!("https://acme.webhook.office.com/webhookb2/{HEX}@{HEX}/IncomingWebhook/1"),
                "a Teams webhook",
            ),
            (
                format!(r#"{{"auths":{{"ghcr.io":{{"auth":"{}"}}}}}}"#, &long[..24]),
                "a Docker registry login",
            ),
            (
                format!(
                    "curl -H 'Authorization: Bearer {}' https://api",
                    &long[..32]
                ),
                "an authorization header",
            ),
            (
                format!("curl -H \"X-Api-Key: {}\" https://api", &long[..24]),
                "an API key",
            ),
            (
                format!("curl -H 'Authorization: Token {}'", &long[..24]),
                "an authorization header",
            ),
            ("curl -s \\\n  --user  churn:Tr0ub4dor".into(), "a password"),
            (
                "curl -s -u churn:Tr0ub4dor https://api".into(),
                "a password",
            ),
            (
                "postgres://churn:Tr0ub4dor@db:5432/churn".into(),
                "a password in a URL",
            ),
            ("redis://:Tr0ub4dor@cache".into(), "a password in a URL"),
            (
                format!("aws_secret_access_key {}", &long[..40]),
                "an AWS secret access key",
            ),
            ("--conf spark.db.password=Tr0ub4dor".into(), "a password"),
            ("Server=db;User=sa;Password=Tr0ub4dor;".into(), "a password"),
            ("export DB_PASSWORD=hunter; x".into(), "a password"),
            ("docker run -e API_KEY=abc image".into(), "an API key"),
            (
                r#"curl -d '{"api_key": "Tr0ub4dor"}' x"#.into(),
                "an API key",
            ),
            (
                r#"curl -d "{\"token\": \"Tr0ub4dor\"}" x"#.into(),
                "a token",
            ),
            ("psql ${DB_PASSWORD:-Tr0ub4dor}".into(), "a password"),
            ("https://api/?api_key=Tr0ub4dor&x=1".into(), "an API key"),
            ("train --db-password Tr0ub4dor --x".into(), "a password"),
            ("train --token='Tr0ub4dor'".into(), "a token"),
            (
                "//registry.npmjs.org/:_authToken=Tr0ub4dor".into(),
                "a token",
            ),
        ];
        for (text, what) in cases {
            assert_eq!(forms(&text), [what], "{text}");
        }
    }

    #[test]
    fn an_access_key_tells_the_secret_beside_it() {
        let (id, secret) = (&RANDOM.to_ascii_uppercase()[..16], &RANDOM[..40]);
        let both = [ACCESS_KEY, SECRET_ACCESS_KEY];
        assert_eq!(forms(&format!("AKIA{id} {secret}")), both);
        assert!(forms(secret).is_empty());
        assert_eq!(forms(&format!("AKIA{id} {}", &HEX[..40])), [ACCESS_KEY]);
    }

    #[test]
    fn what_has_a_form_is_told_once() {
        let token = format!("ghp_{}", &RANDOM[..36]);
        let found = scan(&token);
        assert_eq!(found[0].range, 0..token.len());
        assert_eq!(found[0].by, By::Form("GITHUB_TOKEN"));
        assert_eq!(forms(&format!("GITHUB_TOKEN={token}")), ["a GitHub token"]);
        assert_eq!(
            forms(&format!("Authorization: Bearer {token}")),
            ["a GitHub token"]
        );
    }

    #[test]
    fn is_silent_about_what_is_no_credential() {
        let git = &HEX[..40];
        let silent = [
            // AWS's documentation
            concat!("AKIA", "IOSFODNN7EXAMPLE"),
            concat!(
                "AKIA",
                "IOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
            ),
            // references and placeholders
            "postgres://churn:$DB_PASSWORD@db/churn",
            "postgres://churn:${DB_PASSWORD}@db/churn",
            "postgres://churn:{password}@db/churn",
            "postgres://churn:%s@db/churn",
            "postgres://churn:<password>@db/churn",
            "postgres://churn:changeme@db/churn",
            "postgres://user:password@host/db",
            "https://churn@db/churn",
            "git@github.com:acme/churn.git",
            "docker://ghcr.io:443/a@sha256:0123",
            "export DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id prod/db)",
            "export DB_PASSWORD=\"$DB_PASSWORD\"",
            "export DB_PASSWORD=\"${1}\"",
            "DB_PASSWORD=`cat /run/secrets/db`",
            "if [ \"$TOKEN\" = \"abc\" ]; then",
            "[[ $PASSWORD == \"abc\" ]]",
            "read -sp \"Password: \" password; echo \"done\"",
            "curl -H \"Authorization: Bearer $TOKEN\" https://api",
            "curl -u \"$USER:$PASSWORD\" https://api",
            "echo \"Token: expired\"; echo \"Password: $p\"",
            "xoxo-indieweb-2018-and-more-words",
            "curl -u user:password https://api",
            "docker login --password-stdin -u AWS",
            "docker build --secret id=npm .",
            "gcloud secrets versions access latest --secret=churn-db",
            "psql --password churn",
            "gh auth login --with-token < token.txt",
            "train --token-file /run/token --max-tokens 128",
            "python -c 'connect(user=user, password=password)'",
            "python -c 'connect(password=os.environ[\"X\"], token=get_token())'",
            "token = tokenizer.decode(x)",
            "grep -q -- '-----BEGIN RSA PRIVATE KEY-----' key.pem",
            // ids
            git,
            HEX,
            "123e4567-e89b-12d3-a456-426614174000",
            "s3://bucket/key/of/some/LONG0bject/name",
            "sha256:3f1c9a7e5b2d804f6a1e3c5d7b9f0a2c4e6d8b1f3a5c7e9d0b2f4a6c8e1d3b5f",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:2026-11-20",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-password-a1B2c3",
            "sk-learn-contrib-model-2024-01-01-eu-west-1",
            "hf_home hf_transfer npm_config_cache eyJ Bearer Basic webhook hooks",
        ];
        for text in silent {
            assert!(forms(text).is_empty(), "{text}: {:?}", forms(text));
        }
    }

    #[test]
    fn names_tell() {
        let random = &RANDOM[..24];
        let told = [
            ("DB_PASSWORD", "hunter2", "a password"),
            ("DB_PASSWORD", "atmosphere", "a password"),
            ("DB_PASSWORD", "setter-1", "a password"),
            ("POSTGRES_PASSWORD", "postgres", "a password"),
            ("dbPassword", "hunter2", "a password"),
            ("PGPASSWORD", "hunter2", "a password"),
            ("MYSQL_PWD", "hunter2", "a password"),
            ("SMTP_PASS", "hunter2", "a password"),
            ("CLIENT_SECRET", "hunter-2", "a secret"),
            ("GPG_PASSPHRASE", "correct horse battery", "a passphrase"),
            ("ADMIN_PASSWORD_1", "hunter2", "a password"),
            ("API_TOKEN", "hunter2", "a token"),
            ("SONAR_TOKEN", &HEX[..40], "a token"),
            (
                "HEROKU_API_KEY",
                "123e4567-e89b-12d3-a456-426614174000",
                "an API key",
            ),
            ("WANDB_API_KEY", &HEX[..40], "an API key"),
            ("apiKey", "hunter2", "an API key"),
            ("APIKEY", "hunter2", "an API key"),
            ("CLIENT_SECRET", "hunter2", "a secret"),
            ("SharedSecret", "hunter2", "a secret"),
            ("DJANGO_SECRET_KEY", "hunter2", "a secret key"),
            ("SECRET_KEY_BASE", &HEX[..64], "a secret key"),
            ("AWS_SECRET_ACCESS_KEY", &RANDOM[..40], "a secret key"),
            ("R2_SECRET_ACCESS_KEY", "hunter2", "a secret key"),
            ("DD_APP_KEY", &HEX[..40], "a secret key"),
            ("AZURE_STORAGE_ACCOUNT_KEY", random, "a secret key"),
            ("GOOGLE_CREDS_BASE64", random, "credentials"),
            ("splunk-token", "hunter2", "a token"),
        ];
        for (name, value, what) in told {
            assert_eq!(named(name, value), Some(what), "{name}");
        }
    }

    #[test]
    fn names_that_tell_about_a_secret_hold_none() {
        let names = [
            "TOKENIZER_PATH",
            "TOKENIZERS_PARALLELISM",
            "MAX_TOKENS",
            "MAX_TOKEN",
            "PAD_TOKEN",
            "EOS_TOKEN",
            "NEXT_TOKEN",
            "CLIENT_TOKEN",
            "TOKEN_URL",
            "TOKEN_TYPE",
            "SECRET_NAME",
            "SECRET_ARN",
            "SECRET_ID",
            "DB_SECRET_ARN",
            "PASSWORD_FILE",
            "PASSWORD_LENGTH",
            "NO_PASSWORD",
            "KEY_PREFIX",
            "S3_KEY",
            "PRIMARY_KEY",
            "SORT_KEY",
            "SSH_KEY_PATH",
            "SSH_KEY",
            "CACHE_KEY",
            "PUBLIC_KEY",
            "API_KEY_NAME",
            "API_KEY_HEADER",
            "AWS_ACCESS_KEY_ID",
            "IMAGE_PULL_SECRET",
            "PWD",
            "WORK_PWD",
            "FIRST_PASS",
            "BYPASS",
            "COMPASS",
            "AUTHOR",
            "MONKEY",
            "KEYSPACE",
            "SECRETS",
            "CREDENTIALS_PROVIDER",
            "NEXT_PUBLIC_API_KEY",
            "TEAM",
            "1",
            "_",
            "",
        ];
        for name in names {
            assert_eq!(named(name, "Tr0ub4dorAndMore42"), None, "{name}");
        }
        // These may be called so.
        for name in ["ACCESS_KEY", "APP_KEY", "CREDENTIALS", "LICENSE_KEY"] {
            assert_eq!(named(name, "instance-profile"), None, "{name}");
            assert!(named(name, "Tr0ub4dorAndMore42").is_some(), "{name}");
        }
    }

    #[test]
    fn values_that_are_no_secrets() {
        let values = [
            "",
            "  ",
            "x",
            "true",
            "False",
            "0",
            "1",
            "3600",
            "0.5",
            "-1",
            "1e9",
            "changeme",
            "change-me",
            "CHANGE_ME",
            "xxx",
            "XXXXXXXX",
            "****",
            "...",
            "<password>",
            "[secret]",
            "{{ password }}",
            "$PASSWORD",
            "${PASSWORD}",
            "%PASSWORD%",
            "Ref::password",
            "{{resolve:secretsmanager:db:SecretString:password}}",
            "example",
            "my-example-key",
            "none",
            "null",
            "N/A",
            "todo",
            "dummy",
            "redacted",
            "your-password",
            "YOUR_API_KEY",
            "insert-token",
            "change_this",
            "token_here",
            "yourpassword",
            "put-your-key-here",
            "insert_key",
            "12345678",
            "abcdefghij",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:db",
            "arn:aws:ssm:us-east-1:123456789012:parameter/db",
            "/run/secrets/db",
            "./key",
            "~/key",
            "token.json",
            "id_rsa.pem",
            "prod/churn/db",
            "ssm:/prod/db",
            "https://auth/token",
            "s3://bucket/token",
            "op://vault/db/password",
            "see the wiki",
        ];
        for value in values {
            assert_eq!(named("DB_PASSWORD", value), None, "{value}");
        }
    }

    /// What begins many forms, to be repeated and put together.
    const PARTS: &[&str] = &[
        "a=",
        "\"",
        "'",
        "x=\"",
        "://",
        "a:b@",
        "--password ",
        "-----BEGIN ",
        "eyJ",
        "eyJ-",
        "ghp_",
        "sk-ant-",
        "curl -u ",
        "\\\"",
        "token:\"",
        "SG.",
        "${",
        "Bearer ",
        "auths\"",
        "password=",
        "        ",
        "AKIA",
        "insert",
        "discord.com/api/webhooks/1/",
        "\\\n",
        "1:AA",
    ];

    #[test]
    fn any_text_is_looked_through() {
        let mut texts: Vec<String> = Vec::new();
        for one in PARTS {
            for other in PARTS {
                for third in PARTS {
                    texts.push(format!("{one}{other}{third}"));
                }
            }
        }
        for text in &texts {
            let _ = (scan(text), named("DB_PASSWORD", text), named(text, "x"));
        }
        // A character of several bytes anywhere.
        for text in texts
            .iter()
            .step_by(37)
            .map(String::as_str)
            .chain(["insert", "https://a:bcd@e"])
        {
            for (at, _) in text.char_indices() {
                let text = format!("{}é→{}", &text[..at], &text[at..]);
                let _ = (scan(&text), named("DB_PASSWORD", &text), named(&text, "x"));
            }
        }
    }

    #[test]
    fn long_texts_take_no_long_time() {
        for part in PARTS {
            let text = part.repeat(50_000 / part.len());
            let start = std::time::Instant::now();
            let _ = (scan(&text), named("DB_PASSWORD", &text), named(&text, "x"));
            // Tens of milliseconds without optimization; what is quadratic takes a billion steps.
            let took = start.elapsed();
            assert!(took.as_secs() < 5, "{part}: {took:?}");
        }
    }
}
