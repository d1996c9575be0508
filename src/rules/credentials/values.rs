//! Whether a value is what it says.

use super::names::is_any;

/// Large and small letters and digits.
pub(super) fn mixes(text: &str) -> bool {
    let has = |is: fn(&u8) -> bool| text.as_bytes().iter().any(is);
    has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit)
}

/// How many different characters there are.
pub(super) fn variety(text: &str) -> u32 {
    let set = text
        .bytes()
        .fold(0_u128, |set, byte| set | 1 << (byte & 127));
    set.count_ones()
}

/// Letters and digits without an order that a person would give them.
pub(super) fn is_random(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_-.~".contains(&byte);
    value.len() >= 12
        && digits > 0
        && letters > 2
        && (digits > 1 || mixes(value))
        && value.bytes().all(plain)
        && variety(value) >= 8
}

/// Whether a value is what it says, and not where or whether there is one.
pub(super) fn is_literal(value: &str) -> bool {
    let value = value.trim();
    value.len() >= 3 && !is_placeholder(value) && !is_reference(value) && !is_path(value)
}

/// Whether something else stands in the place of a value.
fn is_reference(value: &str) -> bool {
    let (first, last) = (value.as_bytes()[0], value.as_bytes()[value.len() - 1]);
    let brackets = [
        (b'<', b'>'),
        (b'[', b']'),
        (b'{', b'}'),
        (b'(', b')'),
        (b'%', b'%'),
    ];
    brackets.contains(&(first, last))
        || first == b'$'
        || first == b'@'
        || ["${", "$(", "{{", "<%", "%(", "%s", "Ref::"]
            .iter()
            .any(|sign| value.contains(sign))
        || [
            "arn:",
            "ssm:",
            "secretsmanager:",
            "secret:",
            "vault:",
            "env:",
            "file:",
            "aws:",
        ]
        .iter()
        .any(|start| value.starts_with(start))
        || value.contains("://")
        || value.starts_with("X-") // the name of a header
}

/// Whether a value is a path, the name of a file, or a name with folders as secrets have.
fn is_path(value: &str) -> bool {
    const ENDINGS: &str = "\
    json pem key txt yaml yml env crt cer p12 pfx jks token cfg ini toml conf pub gpg asc \
    xml properties enc secret py sh csv";
    let ending = value.rsplit_once('.').map(|(_, ending)| ending);
    let name =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_./".contains(&byte);
    ["/", "./", "../", "~/", "C:\\"]
        .iter()
        .any(|start| value.starts_with(start))
        || ending.is_some_and(|ending| is_any(ending, ENDINGS))
        || value.contains('/') && value.bytes().all(name)
}

/// Whether a value says that the real one is yet to come, that there is none, or is a number.
pub(super) fn is_placeholder(value: &str) -> bool {
    const WORDS: &str = "\
    changeme changeit change replaceme replace placeholder redacted todo tbd fixme dummy \
    fake sample none null nil undefined unset unused ignored empty true false yes no on off \
    enabled disabled default auto optional required prompt foo bar foobar hidden masked skip \
    iam secretsmanager keychain bearer basic test string invalid missing notset nope na secret token";
    if variety(value) < 3 || value.parse::<f64>().is_ok() {
        return true;
    }
    let lower = value.to_ascii_lowercase();
    let bare: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    // `insert-token`, `token_here`
    let asks = |word: &str| {
        lower
            .split(['-', '_', ' '])
            .next()
            .is_some_and(|first| first == word && first.len() < lower.len())
    };
    is_any(&bare, WORDS)
        || bare.is_empty()
        || bare.starts_with("your")
        || ["example", "changeme", "placeholder", "redacted", "xxxx"]
            .iter()
            .any(|part| bare.contains(part))
        || ["insert", "replace", "enter", "change", "put", "set"]
            .iter()
            .any(|word| asks(word))
        || ["-here", "_here", " here", "..."]
            .iter()
            .any(|end| lower.ends_with(end))
        || lower.contains("***")
        || is_run(&bare)
}

/// `123456789`, `abcdefgh`: each character after the one before.
fn is_run(text: &str) -> bool {
    let follows = |pair: &[u8]| pair[1] == pair[0] + 1 || (pair == b"90");
    text.len() >= 8 && text.as_bytes().windows(2).all(follows)
}
