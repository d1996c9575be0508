//! Who asks, and where: credentials, regions and endpoints as every tool of AWS takes them, and
//! what is said when they do not hold.

use std::io::Write;
use std::net::TcpListener;
use std::process::Command;
use std::thread;

use super::account::Account;
use super::http::Message;
use crate::main::project::{Project, Ran};

fn hello() -> Project {
    Project::new().file(
        "hello.flow",
        "@batch(queue=\"ml\", image=\"python:3.12\", platform=\"ec2\")\n\
         flow Hello { step start { run \"true\" } }\n",
    )
}

/// `flowbatch plan` in a place with nothing of AWS, but for where it is.
fn bare(project: &Project, url: &str, arguments: &[&str]) -> Command {
    let mut command = project.command(&[&["plan", "hello.flow"], arguments].concat());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("AWS_") || text.starts_with("FLOWBATCH_") {
            command.env_remove(name);
        }
    }
    command
        .env("HOME", project.path())
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("NO_PROXY", "127.0.0.1");
    command
}

fn url(account: &Account) -> String {
    format!("http://{}", account.proxy.address)
}

/// A server that answers everything with one status and body.
fn answering(status: u16, error: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    // It lives as long as the test's process, and answers whoever still asks.
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            while let Ok(Some(_)) = Message::read(&mut stream) {
                let head = format!(
                    "HTTP/1.1 {status} X\r\nx-amzn-errortype: {error}\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                if stream.write_all((head + body).as_bytes()).is_err() {
                    break;
                }
            }
        }
    });
    url
}

#[track_caller]
fn says(ran: &Ran, texts: &[&str]) {
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    for text in texts {
        assert!(ran.stderr.contains(text), "no `{text}` in\n{}", ran.stderr);
    }
    assert_eq!(ran.stdout, "");
}

#[test]
fn every_source_of_credentials_is_taken() {
    let Some(account) = Account::new() else {
        return;
    };
    let account = account.queue("ml");
    let key = "{\"Version\": 1, \"AccessKeyId\": \"AKIDPROCESS\", \"SecretAccessKey\": \"s\", \
               \"SessionToken\": \"t\"}";
    let project = hello()
        .file(
            ".aws/config",
            "[profile keys]\nregion = eu-central-1\n\
             [profile process]\nregion = eu-central-1\ncredential_process = cat key.json\n\
             [profile web]\nregion = eu-central-1\nrole_arn = arn:aws:iam::123456789012:role/ci\n\
             web_identity_token_file = token\n",
        )
        .file(
            ".aws/credentials",
            "[keys]\naws_access_key_id = AKIDKEYS\naws_secret_access_key = s\n",
        )
        .file("key.json", key)
        .file("token", "a.b.c");
    let of = |profile: &str, more: &[&str]| {
        let before = account.proxy.seen().len();
        let arguments = [&["--profile", profile], more].concat();
        let ran = project.run_with(bare(&project, &url(&account), &arguments), b"");
        assert_eq!(ran.code, Some(0), "{profile}: {}", ran.stderr);
        let seen = account.proxy.seen().split_off(before);
        let signed = seen.into_iter().map(|one| one.authorization);
        let signed = signed.filter(|one| !one.is_empty()).collect::<Vec<_>>();
        assert!(!signed.is_empty());
        signed
    };
    for (profile, key) in [("keys", "AKIDKEYS"), ("process", "AKIDPROCESS")] {
        for one in of(profile, &[]) {
            let scope = format!("Credential={key}/");
            assert!(one.contains(&scope), "{one}");
            assert!(one.contains("/eu-central-1/batch/"), "{one}");
        }
    }
    // A profile that is asked for comes before keys in the environment.
    let arguments = ["--profile", "keys"];
    let mut command = bare(&project, &url(&account), &arguments);
    command.env("AWS_ACCESS_KEY_ID", "AKIDOTHER");
    command.env("AWS_SECRET_ACCESS_KEY", "s");
    project.run_with(command, b"").code(0);
    let last = account.proxy.seen().pop().expect("a call");
    assert!(
        last.authorization.contains("=AKIDKEYS/"),
        "{}",
        last.authorization
    );
    // The service of tokens is asked first, which is not signed.
    of("web", &[]);
    // A flag wins over the profile.
    let signed = of(
        "keys",
        &["--region", "eu-central-1", "--endpoint-url", &url(&account)],
    );
    assert!(signed[0].contains("/eu-central-1/batch/"), "{}", signed[0]);
}

#[test]
fn without_credentials_it_is_said_where_they_are_looked_for() {
    let project = hello();
    let unused = "http://127.0.0.1:9";
    let mut command = bare(&project, unused, &[]);
    command.env("AWS_REGION", "eu-central-1");
    let ran = project.run_with(command, b"");
    says(
        &ran,
        &[
            "no AWS credentials were found",
            "AWS_ACCESS_KEY_ID",
            "`aws configure`",
        ],
    );

    let mut command = bare(&project, unused, &["--profile", "work"]);
    command.env("AWS_REGION", "eu-central-1");
    let ran = project.run_with(command, b"");
    says(
        &ran,
        &["profile `work` has none", "`aws configure --profile work`"],
    );
}

#[test]
fn sessions_that_have_ended_say_how_to_begin_one() {
    let project = hello().file(
        ".aws/config",
        "[profile work]\nregion = eu-central-1\nsso_session = corp\nsso_account_id = 123456789012\n\
         sso_role_name = dev\n[sso-session corp]\nsso_region = eu-central-1\n\
         sso_start_url = https://corp.example/start\n",
    );
    let ran = project.run_with(
        bare(&project, "http://127.0.0.1:9", &["--profile", "work"]),
        b"",
    );
    says(
        &ran,
        &[
            "there are no AWS credentials",
            "`aws sso login --profile work`",
        ],
    );
}

#[test]
fn without_a_region_it_is_said_how_to_set_one() {
    let project = hello();
    let ran = project.run_with(bare(&project, "http://127.0.0.1:9", &[]), b"");
    says(
        &ran,
        &["no AWS region is set", "`--region NAME`", "AWS_REGION"],
    );
    let command = bare(&project, "http://127.0.0.1:9", &["--region", "a/b"]);
    let ran = project.run_with(command, b"");
    says(&ran, &["`a/b` cannot be an AWS region"]);
}

#[test]
fn what_aws_refuses_is_said_with_what_to_do() {
    let project = hello();
    let asked = |url: &str| {
        let mut command = bare(&project, url, &["--region", "eu-central-1"]);
        command
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "s");
        project.run_with(command, b"")
    };
    let denied = r#"{"message": "User: arn:aws:iam::1:user/x is not authorized to perform that"}"#;
    let ran = asked(&answering(403, "AccessDeniedException", denied));
    says(
        &ran,
        &[
            "user/x is not authorized",
            "allow the IAM action `batch:Describe",
        ],
    );

    let expired = r#"{"message": "The security token included in the request is expired"}"#;
    let ran = asked(&answering(403, "ExpiredTokenException", expired));
    says(
        &ran,
        &[
            "does not accept the credentials",
            "is expired",
            "renew them",
        ],
    );

    let ran = asked(&answering(404, "", "<html>nothing here</html>"));
    says(&ran, &["nothing here", "AWS_ENDPOINT_URL"]);

    let ran = asked("http://127.0.0.1:9");
    says(&ran, &["no answer to Describe", "check the network"]);

    let ran = asked("not a url");
    says(&ran, &["the endpoint `not a url` is not a URL"]);
}

#[test]
fn a_profile_that_is_not_there_is_not_passed_over() {
    let project = hello().file(".aws/config", "[profile other]\nregion = eu-central-1\n");
    let arguments = ["--profile", "work", "--region", "eu-central-1"];
    let mut command = bare(&project, "http://127.0.0.1:9", &arguments);
    command
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "s");
    let ran = project.run_with(command, b"");
    says(
        &ran,
        &[
            "profile `work` was not defined",
            "`aws configure --profile work`",
        ],
    );
}

#[test]
fn an_empty_endpoint_is_refused() {
    let project = hello();
    let ran = project.run_with(bare(&project, "", &["--region", "eu-central-1"]), b"");
    says(&ran, &["AWS_ENDPOINT_URL is empty", "leave it out"]);
    let arguments = ["--region", "eu-central-1", "--endpoint-url", ""];
    let ran = project.run_with(bare(&project, "http://127.0.0.1:9", &arguments), b"");
    says(&ran, &["`--endpoint-url` is empty"]);
}

/// What a proxy is asked for when a flow is planned.
fn asked_of_a_proxy(settings: impl FnOnce(&mut Command)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let proxy = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        Message::read(&mut stream)
            .expect("HTTP")
            .expect("a request")
            .head
    });
    let project = hello();
    let mut command = bare(
        &project,
        "https://batch.example",
        &["--region", "eu-central-1"],
    );
    command
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "s")
        .env("HTTPS_PROXY", proxy);
    settings(&mut command);
    let ran = project.run_with(command, b"");
    says(&ran, &["no answer to Describe"]);
    asked.join().expect("a head")
}

#[test]
fn proxies_are_gone_through() {
    let head = asked_of_a_proxy(|_| ());
    assert!(head.starts_with("CONNECT batch.example:443 "), "{head}");
}

#[test]
fn configured_endpoints_can_be_ignored() {
    let of_the_region = "CONNECT batch.eu-central-1.amazonaws.com:443 ";
    let head = asked_of_a_proxy(|command| {
        command.env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    });
    assert!(head.starts_with(of_the_region), "{head}");
    let head = asked_of_a_proxy(|command| {
        command
            .env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
            .args(["--endpoint-url", "https://other.example"]);
    });
    assert!(head.starts_with("CONNECT other.example:443 "), "{head}");
}

#[test]
fn certificates_that_cannot_be_read_are_named() {
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let project = hello()
        .file("not.pem", "no certificate\n")
        .file("garbage.pem", garbage);
    for (path, text) in [
        ("gone.pem", "gone.pem: No such file"),
        ("not.pem", "not.pem: there is no certificate in it"),
        ("garbage.pem", "garbage.pem: "),
    ] {
        let mut command = bare(
            &project,
            "https://batch.example",
            &["--region", "eu-central-1"],
        );
        command.env("AWS_CA_BUNDLE", path);
        let ran = project.run_with(command, b"");
        says(&ran, &[text, "PEM"]);
    }
    let project = hello().file(".aws/config", "[default]\nca_bundle = gone.pem\n");
    let arguments = ["--region", "eu-central-1"];
    let command = bare(&project, "https://batch.example", &arguments);
    let ran = project.run_with(command, b"");
    says(&ran, &["gone.pem: No such file", "`ca_bundle`"]);
}

#[test]
fn what_was_read_for_credentials_is_named() {
    let refused = |project: &Project, name: &str, value: &str, texts: &[&str]| {
        let arguments = ["--region", "eu-central-1"];
        let mut command = bare(project, "http://127.0.0.1:9", &arguments);
        command
            .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/x")
            .env(name, value);
        let ran = project.run_with(command, b"");
        says(&ran, texts);
        assert!(!ran.stderr.contains("aws sso login"), "{}", ran.stderr);
    };
    let token = "AWS_WEB_IDENTITY_TOKEN_FILE";
    let texts = [
        "gone.jwt: No such file",
        "correct AWS_WEB_IDENTITY_TOKEN_FILE",
    ];
    refused(&hello(), token, "gone.jwt", &texts);
    let broken = hello().file(".aws/config", "[default\nregion = eu-central-1\n");
    let texts = ["could not parse profile file", "correct ~/.aws/config"];
    refused(&broken, "AWS_PROFILE", "default", &texts);
}
