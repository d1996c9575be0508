//! What the name of a value says of it.

/// What the values of a name are, and whether that is sure or the value has to look random too.
pub(super) fn kind(name: &str) -> Option<(&'static str, bool)> {
    if !may_tell(name) {
        return None;
    }
    let (mut rest, mut last) = last_word(name);
    while is_any(last, QUALIFIERS) || last.bytes().all(|byte| byte.is_ascii_digit()) {
        if rest.is_empty() {
            return None;
        }
        (rest, last) = last_word(rest);
    }
    let last = last.trim_end_matches(|c: char| c.is_ascii_digit());
    let (before, previous) = last_word(rest);
    // `DBPASSWORD`, `apikey`
    let ends = |word: &str| {
        let at = last.len().checked_sub(word.len());
        let end = at.and_then(|at| last.get(at..));
        end.is_some_and(|end| end.eq_ignore_ascii_case(word))
    };
    let sure = |what| Some((what, true));
    let kind = if ends("passphrase") {
        sure("a passphrase")
    } else if ends("password")
        || ends("passwd")
        || is_any(last, "sshpass")
        || is_any(last, "pass pwd") && is_any(previous, ACCOUNTS)
    {
        sure("a password")
    } else if is_any(last, "token") && !is_any(previous, OTHER_TOKENS)
        || ends("authtoken")
        || ends("accesstoken")
    {
        sure("a token")
    } else if is_any(last, "secret") && !is_any(previous, OTHER_SECRETS) {
        // `--secret` names one for docker and gcloud.
        sure("a secret").filter(|_| name != "--secret")
    } else if is_any(last, "creds credential credentials") {
        Some(("credentials", false))
    } else if ends("apikey") || is_any(last, "key") && is_any(previous, "api") {
        sure("an API key").filter(|_| !is_any(last_word(before).1, "public publishable"))
    } else if ends("privatekey") || is_any(last, "key") && is_any(previous, "private") {
        sure("a private key")
    } else if ends("secretkey") || ends("secretaccesskey") {
        sure("a secret key")
    } else if is_any(last, "key") {
        let secret = is_any(previous, SECRET_KEYS) || is_any(last_word(before).1, "secret");
        (secret || is_any(previous, OTHER_KEYS)).then_some(("a secret key", secret))
    } else {
        None
    };
    kind.filter(|_| !is_any(previous, NOT_THE_VALUE))
}

/// Whether a name has any of the words below, which nearly all names have not.
fn may_tell(name: &str) -> bool {
    let begins = |rest: &[u8], word: &[u8]| {
        rest.get(..word.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(word))
    };
    let bytes = name.as_bytes();
    (0..bytes.len()).any(|at| {
        let rest = &bytes[at..];
        match rest[0] | 0x20 {
            b'p' => begins(rest, b"pass") || begins(rest, b"pwd"),
            b't' => begins(rest, b"token"),
            b's' => begins(rest, b"secret"),
            b'k' => begins(rest, b"key"),
            b'c' => begins(rest, b"cred"),
            _ => false,
        }
    })
}

/// Words after the one that says what it is.
const QUALIFIERS: &str = "\
    base64 b64 base value plain plaintext prod production staging stage dev old new current \
    default";
/// Words before it that say that it is not the thing itself: `NO_PASSWORD`, `reset-password`.
const NOT_THE_VALUE: &str = "\
    no use with without has is show hide print ask prompt skip require requires enable \
    disable allow allows save reset change forgot forget get set generate random rotate \
    public publishable";
/// Tokens of other kinds: of text, of lists, of requests.
const OTHER_TOKENS: &str = "\
    pad eos bos unk mask sep cls eot stop special start end begin image audio video prompt \
    system user assistant think tool fill max min num per next prev page continuation \
    continue first last decoder encoder sentinel trigger concept placeholder initializer \
    instance class sync starting cancel client request idempotency csrf xsrf lexer id";
/// Secrets that a name stands for: those of Kubernetes and Docker.
const OTHER_SECRETS: &str = "\
    pull k8s kube kubernetes tls docker by";
/// Whose `PASS` or `PWD` is a password, and not a way through something or a folder.
const ACCOUNTS: &str = "\
    db database sql rds mysql mariadb postgres pg redis mongo mongodb rabbitmq oracle mssql \
    sa user root admin smtp mail email imap ftp sftp ssh ldap proxy http https auth git \
    registry docker login keystore truststore key storage neo4j es elastic elasticsearch \
    snowflake redshift jdbc dbt encryption";
/// Keys that are secret by their name.
const SECRET_KEYS: &str = "\
    secret signing encryption decryption auth jwt hmac fernet cipher webhook";
/// Keys that are secret, or the name or number of something.
const OTHER_KEYS: &str = "\
    access account app application license licence shared service subscription master \
    storage integration ingest ingestion deploy consumer";

/// Whether a word is one of some, in large or small letters.
pub(super) fn is_any(word: &str, words: &str) -> bool {
    words
        .split_ascii_whitespace()
        .any(|known| word.eq_ignore_ascii_case(known))
}

/// The last word of a name in any spelling (`DB_PASSWORD`, `db-password`, `dbPassword`), and what
/// stands before it.
fn last_word(name: &str) -> (&str, &str) {
    let name = name.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let bytes = name.as_bytes();
    let mut start = bytes.len();
    while start > 0 && bytes[start - 1].is_ascii_alphanumeric() {
        start -= 1;
        if start == 0 {
            break;
        }
        let (before, first) = (bytes[start - 1], bytes[start]);
        let next_is_small = bytes.get(start + 1).is_some_and(u8::is_ascii_lowercase);
        // `dbPassword`, `APIKey`
        if first.is_ascii_uppercase()
            && (before.is_ascii_lowercase() || (before.is_ascii_uppercase() && next_is_small))
        {
            break;
        }
    }
    (&name[..start], &name[start..])
}
