//! The forms of strings: what AWS Batch, ECS or Docker accept where a string is wanted.
//!
//! [`check`] answers for every [`Form`]; the `parse_…` functions also give the parts.

use std::borrow::Cow;

use crate::ascii::is_word;
use crate::schema::Form;
use crate::suggest::closest;

/// Why a text is not of a form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FormError {
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// A text that was probably meant; from [`check`], one that is of the form.
    pub suggestion: Option<String>,
}

impl FormError {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: None,
            suggestion: None,
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Offers `text`; [`check`] drops it unless it is of the form.
    fn suggest(mut self, text: impl Into<String>) -> Self {
        self.suggestion = Some(text.into());
        self
    }
}

type Result<T> = std::result::Result<T, FormError>;

/// Checks that `text` is of a form.
///
/// # Errors
/// What is wrong with it.
pub fn check(form: Form, text: &str) -> Result<()> {
    examine(form, text).map_err(|error| FormError {
        suggestion: error.suggestion.filter(|text| examine(form, text).is_ok()),
        ..error
    })
}

fn examine(form: Form, text: &str) -> Result<()> {
    if text.is_empty() && form != Form::TagValue {
        return Err(FormError::new("the string is empty"));
    }
    let trimmed = text.trim();
    if trimmed != text
        && !matches!(
            form,
            Form::Text | Form::TagValue | Form::Path | Form::EfsRoot | Form::KeyValue
        )
    {
        return Err(FormError::new("there are spaces around it").suggest(trimmed));
    }
    match form {
        Form::Text => Ok(()),
        Form::Path => path(text),
        Form::Image => parse_image(text).map(drop),
        Form::Queue => queue(text),
        Form::Role => role(text),
        Form::SecretArn => secret_arn(text),
        Form::Secret => parse_secret(text).map(drop),
        Form::HostVolume => parse_host_volume(text).map(drop),
        Form::EfsVolume => parse_efs_volume(text).map(drop),
        Form::FileSystem => file_system(text),
        Form::AccessPoint => access_point(text),
        Form::EfsRoot => efs_root(text),
        Form::KeyValue => parse_key_value(text).map(drop),
        Form::User => user(text),
        Form::TagValue => tag_value(text),
        Form::Share => share(text),
        Form::DefinitionName => definition_name(text),
        Form::PlatformVersion => platform_version(text),
        Form::RetryClass => parse_retry_class(text).map(drop),
    }
}

// --- Paths and volumes ---------------------------------------------------------------------

/// Docker: container and host paths are absolute. Spaces are legal.
fn path(text: &str) -> Result<()> {
    if !text.starts_with('/') {
        return Err(FormError::new(format!("`{text}` is not an absolute path"))
            .help("a path in a container or on a host begins with `/`"));
    }
    if text.chars().any(char::is_control) {
        return Err(FormError::new("a control character in a path"));
    }
    Ok(())
}

/// Checks a place in a container where something is mounted: an absolute path other than `/`,
/// without `:`, which Docker takes for a separator.
///
/// # Errors
/// What is wrong with it.
pub fn mount_path(text: &str) -> Result<()> {
    path(text)?;
    if text.contains(':') {
        return Err(FormError::new(format!("`:` in the path `{text}`"))
            .help("Docker separates the parts of a mount by `:`, so no path of one may hold it"));
    }
    if text.chars().all(|c| c == '/') {
        return Err(FormError::new("nothing can be mounted over `/`")
            .help("name the folder of the container, as in `/src:/dst`"));
    }
    Ok(())
}

/// A folder of the host, mounted into the container.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HostVolume<'a> {
    /// The folder on the host.
    pub src: &'a str,
    /// Where the container sees it; `src` unless written.
    pub dst: &'a str,
    /// Whether `:ro` was written.
    pub read_only: bool,
}

/// Reads `src[:dst[:ro]]`, as `docker run --volume`.
///
/// # Errors
/// What is wrong with it.
pub fn parse_host_volume(text: &str) -> Result<HostVolume<'_>> {
    let parts: Vec<&str> = text.split(':').collect();
    let (src, dst, mode) = match *parts.as_slice() {
        [src] => (src, src, None),
        [src, dst] => (src, dst, None),
        [src, dst, mode] => (src, dst, Some(mode)),
        _ => {
            return Err(
                FormError::new(format!("`{text}` has more than three parts"))
                    .help("write `src`, `src:dst` or `src:dst:ro`"),
            );
        }
    };
    path(src)?;
    if dst == "ro" && mode.is_none() {
        return Err(
            FormError::new("`ro` stands where the container's folder belongs")
                .suggest(format!("{src}:{src}:ro")),
        );
    }
    mount_path(dst)?;
    if let Some(mode) = mode.filter(|&mode| mode != "ro") {
        let error = FormError::new(format!("`{mode}` is no way to mount a folder"))
            .help("only `ro` may follow, for read-only");
        return Err(if mode == "rw" || mode.is_empty() {
            error.suggest(format!("{src}:{dst}"))
        } else {
            error
        });
    }
    Ok(HostVolume {
        src,
        dst,
        read_only: mode.is_some(),
    })
}

/// An EFS file system, mounted into the container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EfsVolume<'a> {
    /// The file system, `fs-…`.
    pub id: &'a str,
    /// Where the container sees it; `/mnt/<id>` unless written.
    pub dst: Cow<'a, str>,
}

/// Reads `fs-id[:dst]`.
///
/// # Errors
/// What is wrong with it.
pub fn parse_efs_volume(text: &str) -> Result<EfsVolume<'_>> {
    let (id, dst) = match text.split_once(':') {
        Some((id, dst)) => (id, Some(dst)),
        None => (text, None),
    };
    if let Err(error) = file_system(id) {
        let mended = error.suggestion.clone().map(|id| match dst {
            Some(dst) => format!("{id}:{dst}"),
            None => id,
        });
        return Err(match mended {
            Some(mended) => error.suggest(mended),
            None => error,
        });
    }
    if let Some(dst) = dst {
        mount_path(dst)?;
    }
    Ok(EfsVolume {
        id,
        dst: dst.map_or_else(|| Cow::Owned(format!("/mnt/{id}")), Cow::Borrowed),
    })
}

/// RegisterJobDefinition: “EFS configuration fileSystemId is not valid”, `^fs-[0-9a-f]+$`.
fn file_system(text: &str) -> Result<()> {
    if text.strip_prefix("fs-").is_some_and(is_hex) {
        return Ok(());
    }
    Err(
        FormError::new(format!("`{text}` is not an EFS file system"))
            .help("a file system is named `fs-` and hexadecimal digits, such as `fs-0123abcd`")
            .suggest(text.to_ascii_lowercase()),
    )
}

/// EFS: an access point is `fsap-` and 17 hexadecimal digits.
fn access_point(text: &str) -> Result<()> {
    if text
        .strip_prefix("fsap-")
        .is_some_and(|id| id.len() == 17 && is_hex(id))
    {
        return Ok(());
    }
    Err(
        FormError::new(format!("`{text}` is not an EFS access point"))
            .help("an access point is named `fsap-` and 17 hexadecimal digits")
            .suggest(text.to_ascii_lowercase()),
    )
}

/// `EFSVolumeConfiguration.rootDirectory`: a path of at most 4,096 characters.
fn efs_root(text: &str) -> Result<()> {
    path(text)?;
    let count = text.chars().count();
    if count > 4096 {
        return Err(FormError::new(format!("a path of {count} characters"))
            .help("AWS Batch takes at most 4096; an access point of EFS gives a deep folder a short name"));
    }
    Ok(())
}

/// One or more lower-case hexadecimal digits.
fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

// --- Images --------------------------------------------------------------------------------

/// The parts of an image reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Image<'a> {
    /// `public.ecr.aws`, `localhost:5000`: the first component, when Docker takes it for a host.
    pub registry: Option<&'a str>,
    /// The rest of the name.
    pub repository: &'a str,
    /// The tag, without its `:`.
    pub tag: Option<&'a str>,
    /// The digest, without its `@`.
    pub digest: Option<&'a str>,
}

/// Reads an image reference, `[host[:port]/]path[:tag][@digest]`.
///
/// The grammar is Docker's (distribution/reference); the 255 characters, of which the digest is
/// none, and `sha256` as the only digest are those of AWS Batch and ECS (`image`).
///
/// # Errors
/// What is wrong with it.
pub fn parse_image(text: &str) -> Result<Image<'_>> {
    if let Some((scheme, rest)) = text.split_once("://") {
        return Err(FormError::new(format!("an image has no `{scheme}://`")).suggest(rest));
    }
    if text.contains(char::is_whitespace) {
        return Err(FormError::new("there is a space in the image"));
    }
    let (named, digest) = match text.split_once('@') {
        Some((named, digest)) => (named, Some(digest)),
        None => (text, None),
    };
    if named.len() > 255 {
        return Err(
            FormError::new(format!("an image of {} characters", named.chars().count()))
                .help("AWS Batch takes at most 255, not counting a digest"),
        );
    }
    // A `:` after the last `/` begins the tag; one before belongs to the host's port.
    let path_start = named.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match named[path_start..].split_once(':') {
        Some((last, tag)) => (&named[..path_start + last.len()], Some(tag)),
        None => (named, None),
    };
    let (registry, repository) = match name.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => {
            (Some(host), rest)
        }
        _ => (None, name),
    };
    if let Some(host) = registry.filter(|host| !is_host(host)) {
        return Err(FormError::new(format!("`{host}` is not a registry's host")));
    }
    image_path(text, name, repository)?;
    if let Some(tag) = tag {
        image_tag(text, name, tag)?;
    }
    if let Some(digest) = digest {
        image_digest(text, named, digest)?;
    }
    Ok(Image {
        registry,
        repository,
        tag,
        digest,
    })
}

/// distribution/reference `path`: lower-case words between `/`, joined by `.`, `_`, `__` or `-`s.
fn image_path(text: &str, name: &str, path: &str) -> Result<()> {
    for part in path.split('/') {
        if part.is_empty() {
            return Err(FormError::new("an empty part in the image's name")
                .help("an image is `[host/]name[:tag][@digest]`"));
        }
        if part.bytes().any(|b| b.is_ascii_uppercase()) {
            let host = &name[..name.len() - path.len()];
            let rest = &text[name.len()..];
            let lower = path.to_ascii_lowercase();
            return Err(
                FormError::new(format!("upper-case letters in the image's name `{path}`"))
                    .help("Docker allows them in tags only")
                    .suggest(format!("{host}{lower}{rest}")),
            );
        }
        if !is_image_component(part) {
            return Err(
                FormError::new(format!("`{part}` is not a part of an image's name"))
                    .help("lower-case letters and digits, with `.`, `_`, `__` or `-` between them"),
            );
        }
    }
    Ok(())
}

/// `[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*`
fn is_image_component(part: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = part.as_bytes();
    let ends_in_words = [bytes.first(), bytes.last()]
        .into_iter()
        .all(|end| end.is_some_and(|&b| is_word(b)));
    ends_in_words
        && part
            .split(|c: char| c.is_ascii() && is_word(c as u8))
            .all(|between| {
                matches!(between, "" | "." | "_" | "__") || between.bytes().all(|b| b == b'-')
            })
}

/// distribution/reference `domain`: words of letters, digits and inner `-` between `.`, a port.
fn is_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    port.is_none_or(is_digits) && name.split('.').all(is_label)
}

/// distribution/reference `tag`: `[\w][\w.-]{0,127}`
fn image_tag(text: &str, name: &str, tag: &str) -> Result<()> {
    if tag.is_empty() {
        let rest = &text[name.len() + 1..];
        return Err(
            FormError::new("there is no tag after the `:`").suggest(format!("{name}{rest}"))
        );
    }
    if tag.len() > 128 {
        return Err(FormError::new("a tag of more than 128 characters"));
    }
    if is_word(tag.as_bytes()[0]) && tag.bytes().all(|b| is_word(b) || matches!(b, b'.' | b'-')) {
        return Ok(());
    }
    Err(FormError::new(format!("`{tag}` is not a tag of an image"))
        .help("letters, digits, `_`, `.` and `-`, the first neither `.` nor `-`"))
}

/// ECS `ContainerDefinition.image`: `@sha256:` and 64 hexadecimal digits.
fn image_digest(text: &str, named: &str, digest: &str) -> Result<()> {
    if digest
        .strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && is_hex(hex))
    {
        return Ok(());
    }
    let lower = text[named.len()..].to_ascii_lowercase();
    Err(FormError::new(format!("`{digest}` is not a digest"))
        .help("a digest is `sha256:` and 64 hexadecimal digits")
        .suggest(format!("{named}{lower}")))
}

/// The domains of ECR, by partition (`amazon-ecr-credential-helper`); those of the dual-stack
/// endpoints, `.dkr-ecr.REGION.on.aws`, are among them.
const ECR_DOMAINS: [&str; 9] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "on.aws",
    "on.amazonwebservices.com.cn",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
];

/// Checks an image that is meant to be one in ECR; others are none of its business.
///
/// ContainerProperties.image: a private one is written with
/// `ACCOUNT.dkr.ecr.REGION.amazonaws.com/repository`, a public one as
/// `public.ecr.aws/alias/repository`.
///
/// # Errors
/// What is wrong with it.
pub fn ecr_image(text: &str) -> Result<()> {
    let Ok(image) = parse_image(text) else {
        return Ok(());
    };
    // A host alone is what Docker takes for a repository of its own.
    let (host, repository) = match image.registry {
        Some(host) => (host, Some(image.repository)),
        None => (image.repository, None),
    };
    if ["public.ecr.aws", "ecr-public.aws.com"].contains(&host) {
        return match repository {
            Some(path) if path.contains('/') => Ok(()),
            _ => Err(FormError::new(
                "an image in the public ECR has an alias before its repository",
            )
            .help(format!(
                "write `{host}/alias/repository`, such as `{host}/docker/library/python:3.12`"
            ))),
        };
    }
    if !is_nearly_ecr(host) {
        return Ok(());
    }
    ecr_registry(host).map_err(|error| FormError {
        suggestion: error
            .suggestion
            .map(|mended| format!("{mended}{}", &text[host.len()..]))
            .filter(|mended| ecr_image(mended).is_ok()),
        ..error
    })?;
    match repository {
        Some(_) => Ok(()),
        None => Err(
            FormError::new(format!("no repository after the registry `{host}`"))
                .help("write `REGISTRY/repository:tag`"),
        ),
    }
}

/// Whether a host is probably meant to be a private registry of ECR.
fn is_nearly_ecr(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let labels: Vec<&str> = host.split(['.', ':']).collect();
    let of_ecr =
        |label: &&str| ["dkr", "ecr", "ecr-fips", "dkr-ecr", "dkr-ecr-fips"].contains(label);
    let of_aws = host.contains(".amazonaws.") || host.contains(".on.aws");
    host.contains(".dkr.ecr") || host.contains(".dkr-ecr") || (of_aws && labels.iter().any(of_ecr))
}

/// Checks `ACCOUNT.dkr.ecr.REGION.DOMAIN`; suggests a host.
fn ecr_registry(host: &str) -> Result<()> {
    const FORM: &str = "a registry of ECR is `ACCOUNT.dkr.ecr.REGION.amazonaws.com`, such as `123456789012.dkr.ecr.us-east-1.amazonaws.com`";
    let wrong = |message: String| Err(FormError::new(message).help(FORM));
    if let Some((name, _)) = host.split_once(':') {
        return Err(FormError::new("a registry of ECR has no port")
            .help(FORM)
            .suggest(name));
    }
    let (account, rest) = host.split_once('.').unwrap_or((host, ""));
    let services = ["dkr.ecr.", "dkr.ecr-fips.", "dkr-ecr.", "dkr-ecr-fips."];
    let Some(service) = services
        .into_iter()
        .find(|service| rest.starts_with(service))
    else {
        let mended = ["ecr.", "ecr-fips.", "dkr."]
            .into_iter()
            .find_map(|part| rest.strip_prefix(part));
        let error = FormError::new(format!("`{host}` is not a registry of ECR")).help(FORM);
        return Err(match mended {
            Some(rest) => error.suggest(format!("{account}.dkr.ecr.{rest}")),
            None => error,
        });
    };
    if account.len() != 12 || !is_digits(account) {
        return wrong(format!(
            "`{account}` is not an AWS account, which has 12 digits"
        ));
    }
    let (region, domain) = rest[service.len()..]
        .split_once('.')
        .unwrap_or((&rest[service.len()..], ""));
    let is_region = region.matches('-').count() >= 2
        && region.ends_with(|c: char| c.is_ascii_digit())
        && region.starts_with(|c: char| c.is_ascii_lowercase());
    if !is_region {
        return wrong(format!("`{region}` is not an AWS region"));
    }
    let in_china = region.starts_with("cn-");
    if !ECR_DOMAINS.contains(&domain) || in_china != domain.ends_with(".cn") {
        let meant = match (service.starts_with("dkr-ecr"), in_china) {
            (false, false) => "amazonaws.com",
            (false, true) => "amazonaws.com.cn",
            (true, false) => "on.aws",
            (true, true) => "on.amazonwebservices.com.cn",
        };
        return Err(
            FormError::new(format!("`{domain}` is not the domain of ECR in {region}"))
                .help(format!("it is `{meant}`"))
                .suggest(format!("{account}.{service}{region}.{meant}")),
        );
    }
    Ok(())
}

// --- ARNs ----------------------------------------------------------------------------------

/// An ARN, `arn:partition:service:region:account:resource`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: &'a str,
    /// `batch`, `iam`, `secretsmanager`, …
    pub service: &'a str,
    /// `us-east-1`; empty for IAM.
    pub region: &'a str,
    /// Twelve digits.
    pub account: &'a str,
    /// All the rest.
    pub resource: &'a str,
}

/// Reads an ARN of any partition (`aws`, `aws-cn`, `aws-us-gov`, …) with an account.
#[must_use]
pub fn parse_arn(text: &str) -> Option<Arn<'_>> {
    let mut rest = text.strip_prefix("arn:")?;
    let mut part = || {
        let end = memchr::memchr(b':', rest.as_bytes())?;
        let part = &rest[..end];
        rest = &rest[end + 1..];
        Some(part)
    };
    let (partition, service, region, account) = (part()?, part()?, part()?, part()?);
    let resource = rest;
    let of = |text: &str, more: fn(u8) -> bool| text.bytes().all(|b| b == b'-' || more(b));
    (of(partition.strip_prefix("aws")?, |b| b.is_ascii_alphabetic())
        && of(region, |b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && account.len() == 12
        && is_digits(account)
        && !resource.is_empty())
    .then_some(Arn {
        partition,
        service,
        region,
        account,
        resource,
    })
}

/// An ARN of a regional service.
fn regional_arn<'a>(text: &'a str, service: &str) -> Option<Arn<'a>> {
    parse_arn(text).filter(|arn| arn.service == service && !arn.region.is_empty())
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// IAM: `arn:aws…:iam::<account>:role/[path/]name`, the name `[\w+=,.@-]{1,64}`.
fn role(text: &str) -> Result<()> {
    const FORM: &str = "write the role's ARN, such as `arn:aws:iam::123456789012:role/name`";
    let Some(arn) = parse_arn(text).filter(|arn| arn.service == "iam" && arn.region.is_empty())
    else {
        return Err(FormError::new(format!("`{text}` is not the ARN of an IAM role")).help(FORM));
    };
    let Some(path) = arn.resource.strip_prefix("role/") else {
        let kind = arn.resource.split('/').next().unwrap_or_default();
        return Err(
            FormError::new(format!("this ARN is of the type `{kind}`, not `role`")).help(FORM),
        );
    };
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_legal = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    if name.is_empty() || name.len() > 64 || !name.bytes().all(is_legal) {
        return Err(
            FormError::new(format!("`{name}` is not the name of a role"))
                .help("1 to 64 letters, digits and `_+=,.@-`"),
        );
    }
    if !path.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(FormError::new(
            "the path of the role has a space or a letter that is not ASCII",
        ));
    }
    Ok(())
}

// --- Secrets -------------------------------------------------------------------------------

/// Where a secret comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Secret<'a> {
    /// Secrets Manager.
    Manager {
        /// The secret's ARN, without what follows.
        arn: &'a str,
        /// The key of its JSON; empty for the whole secret.
        key: &'a str,
        /// The version stage; may be empty.
        stage: &'a str,
        /// The version id; may be empty.
        version: &'a str,
    },
    /// A parameter of SSM, by ARN or, in the job's region, by name.
    Parameter(&'a str),
}

/// Reads what may stand in `secrets[].valueFrom`.
///
/// AWS Batch user guide, “Specifying sensitive data”: a Secrets Manager ARN, alone or with all of
/// `:json-key:version-stage:version-id`, not both of the last two; an SSM parameter's ARN; or,
/// in the job's region, its name.
///
/// # Errors
/// What is wrong with it.
pub fn parse_secret(text: &str) -> Result<Secret<'_>> {
    if !text.starts_with("arn:") {
        return if is_parameter_name(text) {
            Ok(Secret::Parameter(text))
        } else {
            Err(
                FormError::new(format!("`{text}` is not the name of an SSM parameter")).help(
                    "letters, digits and `_.-/`; a secret of Secrets Manager is given by its ARN",
                ),
            )
        };
    }
    if let Some(arn) = regional_arn(text, "ssm") {
        return match arn.resource.strip_prefix("parameter/") {
            Some(name) if is_parameter_name(name) && !name.starts_with('/') => {
                Ok(Secret::Parameter(text))
            }
            _ => Err(
                FormError::new("this is not the ARN of an SSM parameter").help(
                    "it ends in `:parameter/` and the name, of which a leading `/` is not repeated",
                ),
            ),
        };
    }
    let Some(resource) =
        regional_arn(text, "secretsmanager").and_then(|arn| arn.resource.strip_prefix("secret:"))
    else {
        return Err(FormError::new(format!("`{text}` is not the ARN of a secret")).help(
            "a secret of Secrets Manager is `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME`, a parameter of SSM `arn:aws:ssm:REGION:ACCOUNT:parameter/NAME`",
        ));
    };
    let parts: Vec<&str> = resource.split(':').collect();
    secret_name(parts[0])?;
    let arn = &text[..text.len() - resource.len() + parts[0].len()];
    let (key, stage, version) = match *parts.as_slice() {
        [_] => ("", "", ""),
        [_, key, stage, version] => (key, stage, version),
        _ => {
            let missing = ":".repeat(4_usize.saturating_sub(parts.len()));
            let error = FormError::new("after the ARN of a secret come three colons, or none")
                .help("`ARN:key:stage:id`; a part may be empty, its colon may not be left out");
            return Err(if missing.is_empty() {
                error
            } else {
                error.suggest(format!("{text}{missing}"))
            });
        }
    };
    if !stage.is_empty() && !version.is_empty() {
        return Err(
            FormError::new("a version stage and a version id exclude each other").help(format!(
                "leave one out: `:{key}:{stage}:` or `:{key}::{version}`"
            )),
        );
    }
    Ok(Secret::Manager {
        arn,
        key,
        stage,
        version,
    })
}

/// SSM: `[A-Za-z0-9_.-/]+`
fn is_parameter_name(name: &str) -> bool {
    !name.is_empty()
        && !name.contains("//")
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_.-/".contains(&b))
}

/// Secrets Manager `CreateSecret.Name`: letters, digits and `/_+=.@-`, at most 512, and the
/// hyphen and six characters that its ARN adds. Services put a `!` into the names of secrets that
/// they manage themselves, such as `rds!db-…`.
fn secret_name(name: &str) -> Result<()> {
    let is_legal = |b: u8| b.is_ascii_alphanumeric() || b"/_+=.@-!".contains(&b);
    if name.is_empty() || name.len() > 519 || !name.bytes().all(is_legal) {
        return Err(
            FormError::new(format!("`{name}` is not the name of a secret"))
                .help("letters, digits and `/_+=.@-!`"),
        );
    }
    Ok(())
}

/// `repositoryCredentials.credentialsParameter`: the ARN of a secret, nothing after it.
fn secret_arn(text: &str) -> Result<()> {
    match parse_secret(text) {
        Ok(Secret::Manager { arn, .. }) if arn == text => Ok(()),
        Ok(Secret::Manager { arn, .. }) => Err(FormError::new(
            "the whole secret is read: no key, stage or id may follow",
        )
        .suggest(arn)),
        _ => Err(FormError::new(format!(
            "`{text}` is not the ARN of a Secrets Manager secret"
        ))
        .help("such as `arn:aws:secretsmanager:us-east-1:123456789012:secret:registry-AbCdEf`")),
    }
}

// --- Names ---------------------------------------------------------------------------------

fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')
}

/// A name of `length` at most, of letters, digits, `_` and `-`, that begins with a letter or digit.
fn is_name(text: &str, length: usize) -> bool {
    text.len() <= length
        && text.bytes().all(is_name_byte)
        && text
            .bytes()
            .next()
            .is_some_and(|b| b.is_ascii_alphanumeric())
}

/// The text with `-` for everything that no name may hold.
fn as_name(text: &str) -> String {
    let name = text.replace(|c: char| !c.is_ascii() || !is_name_byte(c as u8), "-");
    name.trim_start_matches(['-', '_']).to_owned()
}

/// RegisterJobDefinition: “Job definition name should match a valid pattern”, and the first
/// character is a letter or digit (undocumented, seen by Terraform's provider).
fn definition_name(text: &str) -> Result<()> {
    if is_name(text, 128) {
        return Ok(());
    }
    Err(
        FormError::new(format!("`{text}` is not a name for a job definition"))
            .help("1 to 128 letters, digits, `_` and `-`, the first a letter or digit")
            .suggest(as_name(text)),
    )
}

/// CreateJobQueue.jobQueueName, or `arn:aws…:batch:REGION:ACCOUNT:job-queue/NAME`.
fn queue(text: &str) -> Result<()> {
    if !text.starts_with("arn:") {
        return if is_name(text, 128) {
            Ok(())
        } else {
            Err(FormError::new(format!("`{text}` is not the name of a job queue"))
                .help("1 to 128 letters, digits, `_` and `-`, the first a letter or digit; or the queue's ARN"))
        };
    }
    let name = regional_arn(text, "batch").and_then(|arn| arn.resource.strip_prefix("job-queue/"));
    if name.is_some_and(|name| is_name(name, 128)) {
        return Ok(());
    }
    Err(
        FormError::new(format!("`{text}` is not the ARN of a job queue"))
            .help("such as `arn:aws:batch:us-east-1:123456789012:job-queue/name`"),
    )
}

/// The name of a queue given by name or ARN: what follows the last `/`.
#[must_use]
pub fn queue_name(queue: &str) -> &str {
    queue.rsplit('/').next().unwrap_or(queue)
}

/// CreateSchedulingPolicy `shareIdentifier` and SubmitJob: 1 to 255 letters, digits, `_` and `-`.
fn share(text: &str) -> Result<()> {
    if text.len() <= 255 && text.bytes().all(is_name_byte) {
        return Ok(());
    }
    Err(
        FormError::new(format!("`{text}` is not a share identifier"))
            .help("1 to 255 letters, digits, `_` and `-`; a job names one share, so `*` is none"),
    )
}

/// Checks the name of an environment variable: letters, digits, `_`, `.` and `-`, the first a
/// letter or `_`. Containers take `.` and `-`, which some programs read; a shell does not.
///
/// # Errors
/// What is wrong with it.
pub fn env_name(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(FormError::new("an environment variable needs a name")
            .help("AWS Batch answers \"Environment variable name is required.\""));
    }
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    if begins && name.bytes().all(is_legal) {
        return Ok(());
    }
    Err(
        FormError::new(format!("`{name}` cannot name an environment variable"))
            .help("letters, digits, `_`, `.` and `-`, the first a letter or `_`"),
    )
}

/// `containerProperties.user`: `user`, `user:group`, each a name or a number. Docker takes numbers
/// up to 2147483647.
fn user(text: &str) -> Result<()> {
    let parts: Vec<&str> = text.split(':').collect();
    let is_id = |part: &str| part.parse::<i32>().is_ok();
    let is_user = |part: &str| {
        if is_digits(part) {
            return is_id(part);
        }
        let begins = part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        begins && part.bytes().all(|b| b.is_ascii_graphic())
    };
    if parts.len() <= 2 && parts.iter().all(|part| is_user(part)) {
        return Ok(());
    }
    Err(FormError::new(format!("`{text}` is not a user"))
        .help("write `user` or `user:group`, each a name or a number up to 2147483647"))
}

// --- Tags ----------------------------------------------------------------------------------

/// `TagValue`: at most 256 characters; may be empty.
fn tag_value(text: &str) -> Result<()> {
    tag(text, "value", 256)
}

/// Checks the key of a tag: 1 to 128 characters (`TagKey`), otherwise like its value.
///
/// # Errors
/// What is wrong with it.
pub fn tag_key(key: &str) -> Result<()> {
    if key.is_empty() {
        return Err(FormError::new("a tag needs a key"));
    }
    if key.starts_with("flowbatch:") {
        return Err(FormError::new("a tag's key may not begin with `flowbatch:`")
            .help("a submission tags its jobs with `flowbatch:flow`, `flowbatch:step`, `flowbatch:run`"));
    }
    tag(key, "key", 128)
}

/// AWS Batch user guide, “Tagging”: `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`, not beginning with `aws:` in
/// any case. Letters here also take in the few marks that Unicode calls alphabetic.
fn tag(text: &str, what: &str, length: usize) -> Result<()> {
    let count = text.chars().count();
    if count > length {
        return Err(
            FormError::new(format!("a tag's {what} of {count} characters"))
                .help(format!("AWS takes at most {length}")),
        );
    }
    if text
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
    {
        return Err(
            FormError::new(format!("a tag's {what} may not begin with `aws:`"))
                .help("AWS keeps it for its own tags"),
        );
    }
    let is_legal = |c: char| {
        c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c)
    };
    if let Some(bad) = text.chars().find(|&c| !is_legal(c)) {
        return Err(
            FormError::new(format!("`{}` in a tag's {what}", bad.escape_debug()))
                .help("AWS takes letters, digits, spaces and `_.:/=+-@`"),
        );
    }
    Ok(())
}

// --- Words ---------------------------------------------------------------------------------

/// Reads `key:value`; the value is everything after the first `:`.
///
/// # Errors
/// When there is no `:`, or nothing before or after it.
pub fn parse_key_value(text: &str) -> Result<(&str, &str)> {
    match text.split_once(':') {
        Some((key, value)) if !key.is_empty() && !value.is_empty() => {
            if key.contains(char::is_whitespace) {
                Err(FormError::new(format!("a space in the name `{key}`")))
            } else {
                Ok((key, value))
            }
        }
        Some(_) => Err(
            FormError::new(format!("`{text}` lacks what is before or after its `:`"))
                .help("write `\"key:value\"`"),
        ),
        None => Err(FormError::new(format!("there is no `:` in `{text}`"))
            .help("write `\"key:value\"`")
            .suggest(text.replacen('=', ":", 1))),
    }
}

/// The Fargate platform versions for Linux that AWS Batch documents.
const PLATFORM_VERSIONS: [&str; 3] = ["LATEST", "1.4.0", "1.3.0"];

/// AWS Batch user guide, “AWS Fargate platform versions”.
fn platform_version(text: &str) -> Result<()> {
    if PLATFORM_VERSIONS.contains(&text) {
        return Ok(());
    }
    let upper = text.to_ascii_uppercase();
    let error = FormError::new(format!("`{text}` is not a Fargate platform version"))
        .help("one of `LATEST`, `1.4.0`, `1.3.0`");
    Err(match closest(&upper, PLATFORM_VERSIONS) {
        Some(version) => error.suggest(version),
        None => error,
    })
}

/// A class of failures that `@retry(on=[…])` names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RetryClass {
    /// `spot`: the instance was taken away.
    Spot,
    /// `image_pull`: the image could not be pulled.
    ImagePull,
    /// `exit:N`: the process ended with this code.
    Exit(u8),
}

/// Reads `spot`, `image_pull` or `exit:N`, N from 1 to 255.
///
/// # Errors
/// What is wrong with it.
pub fn parse_retry_class(text: &str) -> Result<RetryClass> {
    const FORM: &str = "one of `spot`, `image_pull`, `exit:N`";
    match text {
        "spot" => return Ok(RetryClass::Spot),
        "image_pull" => return Ok(RetryClass::ImagePull),
        _ => {}
    }
    if let Some(code) = text.strip_prefix("exit:") {
        return match code.parse::<u8>() {
            Ok(0) => Err(FormError::new(
                "exit code 0 is success, which is never retried",
            )),
            // Batch compares the code as text, so `007` would never match.
            Ok(n) if n.to_string() == code => Ok(RetryClass::Exit(n)),
            Ok(n) => Err(
                FormError::new(format!("`{code}` is not how an exit code is written"))
                    .suggest(format!("exit:{n}")),
            ),
            Err(_) => Err(FormError::new(format!("`{code}` is not an exit code"))
                .help("an exit code is a number from 1 to 255")),
        };
    }
    let error = FormError::new(format!("`{text}` is not a class of failures")).help(FORM);
    if is_digits(text) {
        return Err(error.suggest(format!("exit:{text}")));
    }
    let word = text.to_ascii_lowercase().replace('-', "_");
    Err(match closest(&word, ["spot", "image_pull"]) {
        Some(class) => error.suggest(class),
        None => error,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn hex(length: usize) -> String {
        "0a".repeat(length).chars().take(length).collect()
    }

    #[track_caller]
    fn table(form: Form, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(check(form, text), Ok(()), "{text}");
        }
        for text in bad {
            let error = check(form, text).err();
            assert!(error.is_some(), "{text:?} should be refused");
            if let Some(suggestion) = error.and_then(|error| error.suggestion) {
                assert_eq!(check(form, &suggestion), Ok(()), "suggested for {text}");
            }
        }
    }

    #[test]
    fn images() {
        let digest = format!("@sha256:{}", hex(64));
        let ecr = format!("123456789012.dkr.ecr.us-east-1.amazonaws.com/a/b{digest}");
        let long = format!("{}{digest}", "a".repeat(255));
        let tag = format!("x:{}", "t".repeat(128));
        table(
            Form::Image,
            &[
                "ubuntu",
                "ubuntu:22.04",
                "python:3.12-slim",
                "localhost:5000/x/y:z",
                "localhost/x",
                &ecr,
                "public.ecr.aws/docker/library/busybox:1.36",
                "a/b/c:V1",
                "x/a__b-c--d.e/f:_x",
                "MyHost.example.com:443/x",
                "host:80/x",
                &long,
                &tag,
                "1",
            ],
            &[
                "",
                "Ubuntu",
                "a/B:x",
                "ubuntu:",
                "ubuntu:-x",
                "a b",
                " ubuntu",
                "a//b",
                "/a",
                "a/",
                "a..b",
                "-a",
                "a_",
                "a___b",
                "https://x.io/a",
                "x@sha256:12",
                "x@md5:00",
                "é",
                &"a".repeat(256),
                &format!("x:{}", "t".repeat(129)),
                "x.io:p/a",
                "x:a:b",
                "x@",
                &format!("x@sha256:{}", hex(64).to_uppercase()),
                "-x.io/a",
                ":x",
                "@",
            ],
        );
        let image = parse_image(&ecr).unwrap();
        assert_eq!(
            image.registry,
            Some("123456789012.dkr.ecr.us-east-1.amazonaws.com")
        );
        assert_eq!((image.repository, image.tag), ("a/b", None));
        assert!(image.digest.is_some());
        let image = parse_image("localhost:5000/x/y:z").unwrap();
        assert_eq!(
            (image.registry, image.tag),
            (Some("localhost:5000"), Some("z"))
        );
        assert_eq!(parse_image("team/x").unwrap().registry, None);
        let suggested = |text| check(Form::Image, text).unwrap_err().suggestion;
        assert_eq!(suggested("docker://Ubuntu"), None);
        assert_eq!(suggested("docker://ubuntu").as_deref(), Some("ubuntu"));
        assert_eq!(
            suggested("x.io/My/App:V1").as_deref(),
            Some("x.io/my/app:V1")
        );
        assert_eq!(suggested("ubuntu:").as_deref(), Some("ubuntu"));
    }

    #[test]
    fn paths_and_volumes() {
        table(
            Form::Path,
            &["/", "/mnt/ram disk", "/a/../b", "/dev/by-path/0:1"],
            &["", "a", "./a", " /a", "/a\n"],
        );
        table(
            Form::HostVolume,
            &[
                "/data",
                "/data:/mnt",
                "/data:/mnt:ro",
                "/:/host",
                "/ram disk:/x",
            ],
            &[
                "data",
                "/data:",
                "/data:ro",
                "/data:/mnt:rw",
                "/data:/mnt:ro:x",
                "/",
                "/a:/",
                ":/a",
                "/a:/b:",
            ],
        );
        assert_eq!(
            parse_host_volume("/a:/b:ro"),
            Ok(HostVolume {
                src: "/a",
                dst: "/b",
                read_only: true
            })
        );
        assert_eq!(
            parse_host_volume("/a"),
            Ok(HostVolume {
                src: "/a",
                dst: "/a",
                read_only: false
            })
        );
        table(
            Form::EfsVolume,
            &["fs-99aa", "fs-0123abcd:/shared"],
            &[
                "",
                "99aa",
                "fs-",
                "fs-xyz",
                "fs-0123abcd:",
                "fs-0123abcd:shared",
                "fs-0123abcd:/a:ro",
                "fs-1:/",
                "FS-99AA:/x",
            ],
        );
        assert_eq!(parse_efs_volume("fs-99aa").unwrap().dst, "/mnt/fs-99aa");
        assert_eq!(
            parse_efs_volume("FS-99AA:/x")
                .unwrap_err()
                .suggestion
                .as_deref(),
            Some("fs-99aa:/x")
        );
        table(
            Form::FileSystem,
            &["fs-0123abcd"],
            &["fs-0123abcd:/x", "fsap-0123abcd", "FS-1"],
        );
        let root = |length: usize| format!("/{}", "é".repeat(length - 1));
        table(
            Form::EfsRoot,
            &["/", "/a b", &root(4096)],
            &["a", &root(4097)],
        );
        table(
            Form::AccessPoint,
            &["fsap-0123456789abcdef0"],
            &[
                "fsap-0123456789abcdef",
                "fsap-0123456789abcdefg",
                "fs-0123456789abcdef0",
            ],
        );
    }

    #[test]
    fn arns() {
        table(
            Form::Role,
            &[
                "arn:aws:iam::123456789012:role/churn",
                "arn:aws-cn:iam::123456789012:role/a/b/c",
                "arn:aws-us-gov:iam::123456789012:role/service-role/x+=,.@-_",
            ],
            &[
                "churn",
                "arn:aws:iam::12345:role/x",
                "arn:aws:iam::123456789012:instance-profile/x",
                "arn:aws:iam::123456789012:role/",
                "arn:aws:iam:us-east-1:123456789012:role/x",
                "arn:gcp:iam::123456789012:role/x",
                "arn:aws:s3::123456789012:role/x",
                "arn:aws:iam::123456789012:role/a b",
                "arn:aws:iam::123456789012:role/a b/c",
            ],
        );
        table(
            Form::Queue,
            &[
                "ml-gpu",
                "q",
                "0_x",
                "arn:aws:batch:us-east-1:123456789012:job-queue/ml-gpu",
            ],
            &[
                "",
                "-q",
                "a.b",
                "a/b",
                &"q".repeat(129),
                "arn:aws:batch:us-east-1:123456789012:job-definition/x:1",
                "arn:aws:batch::123456789012:job-queue/x",
                "arn:aws:batch:us-east-1:123456789012:job-queue/",
            ],
        );
        assert_eq!(
            queue_name("arn:aws:batch:us-east-1:123456789012:job-queue/ml"),
            "ml"
        );
        assert_eq!(queue_name("ml"), "ml");
    }

    #[test]
    fn secrets() {
        let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf";
        let with = |suffix: &str| format!("{arn}{suffix}");
        table(
            Form::Secret,
            &[
                arn,
                &with(":password::"),
                &with("::AWSPREVIOUS:"),
                &with(":k::0123"),
                &with(":::"),
                "arn:aws:ssm:us-east-1:123456789012:parameter/prod/db",
                "/prod/db",
                "db_password.v1",
            ],
            &[
                "",
                &with(":password"),
                &with(":password:"),
                &with(":k:s:i"),
                &with("::::"),
                "a b",
                "a:b",
                "arn:aws:ssm:us-east-1:123456789012:param/x",
                "arn:aws:s3:::bucket",
                "arn:aws:ssm:us-east-1:123456789012:parameter//x",
                "arn:aws:secretsmanager:us-east-1:123456789012:secret:",
                "arn:aws:secretsmanager::123456789012:secret:x",
                "arn:",
            ],
        );
        assert_eq!(
            parse_secret(&with(":password")).unwrap_err().suggestion,
            Some(with(":password::"))
        );
        assert_eq!(
            parse_secret(&with(":k:s:")),
            Ok(Secret::Manager {
                arn,
                key: "k",
                stage: "s",
                version: ""
            })
        );
        table(
            Form::SecretArn,
            &[arn],
            &[
                &with(":k::"),
                "x",
                "/prod/db",
                "arn:aws:ssm:us-east-1:123456789012:parameter/x",
            ],
        );
    }

    #[test]
    fn names() {
        table(
            Form::DefinitionName,
            &["Churn-start", "0", &"a".repeat(128)],
            &["", "-a", "_a", "a.b", "a b", "é", &"a".repeat(129)],
        );
        table(
            Form::Share,
            &["team-a", "_x", "0"],
            &["", "a*", "a b", &"a".repeat(256)],
        );
        table(
            Form::User,
            &[
                "root",
                "app:app",
                "1000",
                "1000:1000",
                "app:100",
                "0",
                "www-data",
                "_apt",
            ],
            &["", ":", "a:", "a:b:c", "-1", "2147483648", "a b", "1x"],
        );
        for name in ["A", "_x", "spring.profiles.active", "a-b", "AWS_REGION"] {
            assert_eq!(env_name(name), Ok(()), "{name}");
        }
        for name in ["", "1A", "A=B", "A B", "é", "-a"] {
            assert!(env_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn tags() {
        table(
            Form::TagValue,
            &[
                "",
                "k=v@z",
                "Zoë 東京 ٣",
                "a_b.c:d/e=f+g-h@i",
                &"é".repeat(256),
                " x ",
            ],
            &[
                "aws:x",
                "AWS:x",
                "2.8.1+mc(0.10.0)",
                "a\tb",
                "a,b",
                "😀",
                &"x".repeat(257),
            ],
        );
        assert!(
            tag_key("").is_err() && tag_key("Aws:x").is_err() && tag_key(&"k".repeat(129)).is_err()
        );
        assert!(tag_key("team").is_ok() && tag_key(&"é".repeat(128)).is_ok());
        assert!(tag_key("aws").is_ok() && tag_key("aw€").is_err());
    }

    #[test]
    fn images_in_ecr() {
        for fine in [
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/a/b:1",
            "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/a",
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/a:1",
            "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu/a:1",
            "123456789012.dkr-ecr.us-east-1.on.aws/a:1",
            "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov/a:1",
            "public.ecr.aws/docker/library/python:3.12",
            "registry.example.com/ecr/a:1",
            "registry-1.us-east-1.elb.amazonaws.com/a:1",
            "python",
            "Not An Image",
        ] {
            assert_eq!(ecr_image(fine), Ok(()), "{fine}");
        }
        let mended = |text: &str| ecr_image(text).unwrap_err().suggestion;
        for (wrong, suggestion) in [
            (
                "123456789012.ecr.us-east-1.amazonaws.com/a:1",
                Some("123456789012.dkr.ecr.us-east-1.amazonaws.com/a:1"),
            ),
            (
                "123456789012.dkr.ecr.us-east-1.amazonaws.co/a",
                Some("123456789012.dkr.ecr.us-east-1.amazonaws.com/a"),
            ),
            (
                "123456789012.dkr.ecr.us-east-1.amazonaws.com.cn/a",
                Some("123456789012.dkr.ecr.us-east-1.amazonaws.com/a"),
            ),
            (
                "123456789012.dkr-ecr.cn-north-1.on.aws/a",
                Some("123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/a"),
            ),
            (
                "123456789012.dkr.ecr.us-east-1.amazonaws.com:443/a",
                Some("123456789012.dkr.ecr.us-east-1.amazonaws.com/a"),
            ),
            ("1.dkr.ecr.us-east-1.amazonaws.com:443/a", None),
            ("123456789012.dkr.ecr.amazonaws.com/a", None),
            ("dkr.ecr.us-east-1.amazonaws.com/a", None),
            ("my.dkr.ecr.example.com/a", None),
            ("123456789012.dkr.ecr.us-east-1.amazonaws.com", None),
            ("123456789012.dkr.ecr.us-east-1.amazonaws.com:1", None),
            ("public.ecr.aws/python:3.12", None),
            ("public.ecr.aws", None),
        ] {
            assert_eq!(mended(wrong).as_deref(), suggestion, "{wrong}");
        }
    }

    #[test]
    fn words() {
        table(Form::Text, &["x", " "], &[""]);
        table(
            Form::KeyValue,
            &["a:b", "a:b:c", "awslogs-group:/x", "a: b"],
            &["", "a", ":b", "a:", "a=b", "a b:c"],
        );
        assert_eq!(parse_key_value("a:b:c"), Ok(("a", "b:c")));
        table(
            Form::PlatformVersion,
            &["LATEST", "1.4.0", "1.3.0"],
            &["", "latest", "1.4", "2.0.0"],
        );
        table(
            Form::RetryClass,
            &["spot", "image_pull", "exit:1", "exit:137", "exit:255"],
            &[
                "", "Spot", "exit", "exit:", "exit:0", "exit:256", "exit:01", "exit:-1", "exit:1*",
                "137", "exit:+1",
            ],
        );
        assert_eq!(parse_retry_class("exit:137"), Ok(RetryClass::Exit(137)));
        let suggested = |text| check(Form::RetryClass, text).unwrap_err().suggestion;
        assert_eq!(suggested("image-pull").as_deref(), Some("image_pull"));
        assert_eq!(suggested("137").as_deref(), Some("exit:137"));
    }
}
