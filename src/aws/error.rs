//! What a reply means, and what to do about the ones that are no answer.

use std::error::Error;
use std::path::PathBuf;

use aws_credential_types::provider::error::CredentialsError;
use serde_json::Value;

use super::api::{Fault, Operation};
use super::client::Reply;

/// A reply as the answer that it is.
pub(super) fn read(
    reply: &Reply,
    operation: Operation,
    profile: Option<&str>,
) -> Result<Value, Fault> {
    let json = serde_json::from_slice::<Value>(&reply.body);
    match reply.status {
        200..=299 => json.map_err(|_| Fault::Unknown {
            message: format!("the reply to {} is not JSON", operation.name()),
        }),
        status => Err(refusal(status, reply, json.ok(), operation, profile)),
    }
}

fn refusal(
    status: u16,
    reply: &Reply,
    json: Option<Value>,
    operation: Operation,
    profile: Option<&str>,
) -> Fault {
    let field = |name: &str| {
        let value = json.as_ref().and_then(|json| json.get(name));
        value.and_then(Value::as_str).map(str::to_owned)
    };
    let code = reply.error_type.clone().or_else(|| field("__type"));
    let code = code.or_else(|| field("code")).unwrap_or_default();
    // `com.amazonaws.batch#ClientException:http://…` is one way to write it.
    let code = code.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default();
    let code = if code.is_empty() {
        format!("HTTP {status}")
    } else {
        code.to_owned()
    };
    let message = field("message").or_else(|| field("Message"));
    let message = message.unwrap_or_else(|| match json {
        Some(_) => String::new(),
        None => {
            let text = String::from_utf8_lossy(&reply.body);
            text.trim().chars().take(200).collect()
        }
    });
    if status == 429 || THROTTLED.contains(&code.as_str()) {
        return Fault::Throttled {
            message: format!("AWS answers {} with `{code}`", operation.name()),
        };
    }
    if status >= 500 || status == 408 {
        let said = if message.is_empty() { &code } else { &message };
        return Fault::Unknown {
            message: format!("AWS answered {} with {status}: {said}", operation.name()),
        };
    }
    if CREDENTIALS.contains(&code.as_str()) {
        return Fault::Unsent {
            message: format!("AWS does not accept the credentials: {message} ({code})"),
            help: renew(profile),
        };
    }
    if CLOCK.contains(&code.as_str()) {
        return Fault::Unsent {
            message: format!("AWS does not accept the signature: {message} ({code})"),
            help: "the secret access key is wrong, or this machine's clock is: a signature holds for five \
                   minutes"
                .into(),
        };
    }
    Fault::Refused {
        status,
        code,
        message,
    }
}

/// What is meant by "later", whatever the status.
const THROTTLED: [&str; 6] = [
    "TooManyRequestsException",
    "ThrottlingException",
    "Throttling",
    "ThrottledException",
    "RequestLimitExceeded",
    "SlowDown",
];

const CREDENTIALS: [&str; 6] = [
    "ExpiredTokenException",
    "ExpiredToken",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "MissingAuthenticationTokenException",
];

const CLOCK: [&str; 3] = [
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "RequestExpired",
];

/// Why a request has no reply.
pub(super) fn lost(
    error: &(dyn Error + 'static),
    unsent: bool,
    operation: Operation,
    profile: Option<&str>,
) -> Fault {
    let said = causes(error);
    if let Some(credentials) = find::<CredentialsError>(error) {
        let why = causes(credentials);
        // That a profile is not in the files has no kind of its own.
        let none = matches!(credentials, CredentialsError::CredentialsNotLoaded(_))
            || why.contains("was not defined");
        if let Some(path) = unreadable_token(&why) {
            return Fault::Unsent {
                message: format!("there are no AWS credentials: {}: {why}", path.display()),
                help: format!(
                    "correct {TOKEN_FILE}, which names that file, or make the file readable"
                ),
            };
        }
        if !none && why.contains("ProfileFile provider could not be built") {
            return Fault::Unsent {
                message: format!("there are no AWS credentials: {why}"),
                help: "correct ~/.aws/config and ~/.aws/credentials, or what AWS_CONFIG_FILE and \
                       AWS_SHARED_CREDENTIALS_FILE name instead"
                    .into(),
            };
        }
        return Fault::Unsent {
            message: match credentials {
                CredentialsError::CredentialsNotLoaded(_) => "no AWS credentials were found".into(),
                _ => format!("there are no AWS credentials: {why}"),
            },
            help: if none {
                find_some(profile)
            } else {
                renew(profile)
            },
        };
    }
    // The SDK finds out while it sends, and shows the whole request.
    if let Some((_, rest)) = said.split_once("failed to apply endpoint `") {
        let url = rest.split('`').next().unwrap_or_default();
        return Fault::Unsent {
            message: format!("the endpoint `{url}` is not a URL"),
            help: "correct `--endpoint-url`, AWS_ENDPOINT_URL or `endpoint_url` in ~/.aws/config; it is \
                   written like `https://batch.eu-central-1.amazonaws.com`"
                .into(),
        };
    }
    if unsent {
        return Fault::Unsent {
            message: format!("the request {} could not be made: {said}", operation.name()),
            help: "check `--endpoint-url`, `--region` and the profile in ~/.aws/config".into(),
        };
    }
    Fault::Unknown {
        message: format!("no answer to {}: {said}", operation.name()),
    }
}

/// Names the file with the token of a web identity.
const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";

/// The file of [`TOKEN_FILE`], if `why` there are no credentials is that it cannot be read. The SDK does
/// not say what it was reading.
fn unreadable_token(why: &str) -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os(TOKEN_FILE)?);
    let error = std::fs::read_to_string(&path).err()?;
    why.contains(&error.to_string()).then_some(path)
}

/// Every cause of an error, without the words that say no more than the ones before.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !said.iter().any(|before| before.contains(&text)) {
            said.push(text);
        }
        next = error.source();
    }
    // The first words of the SDK, such as "dispatch failure", are its own.
    if said.len() > 1 {
        said.remove(0);
    }
    said.join(": ")
}

fn find<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn renew(profile: Option<&str>) -> String {
    match profile {
        Some(profile) => format!(
            "renew those of profile `{profile}`, with `aws sso login --profile {profile}` if it uses SSO; \
             `aws sts get-caller-identity --profile {profile}` shows whether they work"
        ),
        None => {
            "renew them, with `aws sso login` if they come from SSO; `aws sts get-caller-identity` \
                 shows whether they work"
                .into()
        }
    }
}

fn find_some(profile: Option<&str>) -> String {
    match profile {
        Some(profile) => format!(
            "profile `{profile}` has none, or is not in ~/.aws: `aws configure --profile {profile}` or \
             `aws configure sso --profile {profile}` sets it up"
        ),
        None => "they are looked for where the AWS CLI does: AWS_ACCESS_KEY_ID, AWS_PROFILE or `--profile`, \
                 ~/.aws, a role of the machine; `aws configure` sets them up"
            .into(),
    }
}

/// What a fault at an operation means for people, and what to do about it.
#[must_use]
pub fn message(fault: &Fault, operation: Operation) -> String {
    let said = match fault {
        Fault::Refused { .. } => format!("AWS refused {}: {fault}", operation.name()),
        _ => fault.to_string(),
    };
    with_help(said, fault, operation)
}

/// What was said about a fault, and what to do about it.
#[must_use]
pub fn with_help(said: String, fault: &Fault, operation: Operation) -> String {
    match help(fault, operation) {
        Some(help) => format!("{said}\n  help: {help}"),
        None => said,
    }
}

/// What to do about a fault, where there is something to say.
fn help(fault: &Fault, operation: Operation) -> Option<String> {
    match fault {
        Fault::Unsent { help, .. } => Some(help.clone()),
        Fault::Refused { status, code, .. } if *status == 403 || code.contains("AccessDenied") => {
            Some(format!(
                "allow the IAM action `{}` to who is signed in: `aws sts get-caller-identity` shows who",
                operation.action()
            ))
        }
        Fault::Throttled { .. } => {
            Some("AWS limits how often its API may be called: try again a little later".into())
        }
        Fault::Refused {
            status: 404, code, ..
        } if code.starts_with("HTTP") => {
            Some("is `--endpoint-url` or AWS_ENDPOINT_URL that of AWS Batch?".into())
        }
        Fault::Refused { .. } => None,
        Fault::Unknown { .. } => {
            Some("check the network, and `--endpoint-url` and `--region` if they are given".into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, error_type: Option<&str>, body: &str) -> Fault {
        let reply = Reply {
            status,
            error_type: error_type.map(str::to_owned),
            body: body.as_bytes().to_vec(),
        };
        read(&reply, Operation::SubmitJob, Some("work")).unwrap_err()
    }

    #[test]
    fn a_refusal_names_the_iam_action() {
        let body = r#"{"message": "User x is not authorized to perform: batch:SubmitJob"}"#;
        let fault = refused(403, Some("AccessDeniedException"), body);
        let help = help(&fault, Operation::SubmitJob).unwrap();
        assert!(help.contains("`batch:SubmitJob`"), "{help}");
    }

    #[test]
    fn credentials_that_do_not_hold_say_how_to_renew_them() {
        let body = r#"{"__type": "com.amazon.coral#ExpiredTokenException", "message": "expired"}"#;
        let Fault::Unsent { message, help } = refused(403, None, body) else {
            panic!("it is known that nothing was done");
        };
        assert_eq!(
            message,
            "AWS does not accept the credentials: expired (ExpiredTokenException)"
        );
        assert!(help.contains("aws sso login --profile work"), "{help}");
    }

    #[test]
    fn later_is_said_in_many_ways() {
        for (status, code) in [
            (429, None),
            (400, Some("ThrottlingException")),
            (503, Some("SlowDown")),
        ] {
            let fault = refused(status, code, "{}");
            assert!(matches!(fault, Fault::Throttled { .. }), "{fault:?}");
        }
    }

    #[test]
    fn what_is_not_from_aws_is_shown_in_part() {
        let fault = refused(404, None, &format!("<h1>{}</h1>", "x".repeat(300)));
        assert!(fault.to_string().starts_with("<h1>xxx"), "{fault}");
        assert!(fault.to_string().len() < 250);
        assert!(
            help(&fault, Operation::ListJobs)
                .unwrap()
                .contains("--endpoint-url")
        );
    }
}
