//! Names with values within a text, and URLs with passwords.

use memchr::{memchr, memchr_iter, memchr2_iter};

use super::names::{is_any, kind};
use super::values::{is_literal, is_random};
use super::{By, Credential, flag, is_word, named, near};

/// Finds names with values (`DB_PASSWORD=…`, `"password": "…"`), and URLs with passwords.
pub(super) fn find<'t>(text: &'t str, found: &mut Vec<Credential<'t>>) {
    let bytes = text.as_bytes();
    let mut seen = 0;
    for at in memchr2_iter(b'=', b':', bytes) {
        if at < seen {
            continue; // in the value of a name
        }
        let after = &text[at + 1..];
        if bytes[at] == b':' && after.starts_with("//") {
            found.extend(url(text, at));
            continue;
        }
        if bytes[at] == b':' && after.starts_with("AA") {
            found.extend(telegram(text, at));
        }
        let Some(name) = name_before(text, at) else {
            continue;
        };
        if kind(name.text).is_none() {
            continue;
        }
        let Some((start, value)) = value_after(text, at, &name).or_else(|| header(text, at, &name))
        else {
            continue;
        };
        seen = start + value.len();
        if let Some(what) = named(name.text, value) {
            found.push(Credential {
                range: start..start + value.len(),
                what,
                by: By::Name(name.text),
            });
        }
    }
}

/// A name before a sign, and how it stands there.
struct Name<'t> {
    text: &'t str,
    start: usize,
    /// In quotes, as a key of JSON or YAML.
    quoted: bool,
    /// With a space before the sign.
    apart: bool,
    /// `${NAME`: what follows is its default.
    read: bool,
}

/// The name before the `=` or `:` at a place.
fn name_before(text: &str, at: usize) -> Option<Name<'_>> {
    let before = &text[..at];
    let close = before.trim_end_matches(' ');
    let bare = close
        .strip_suffix(['"', '\''])
        .map(|bare| bare.strip_suffix('\\').unwrap_or(bare));
    let inner = bare.unwrap_or(close);
    let len = inner
        .bytes()
        .rev()
        .take(64)
        .take_while(|byte| is_word(*byte) || b".-".contains(byte))
        .count();
    let start = inner.len() - len;
    let name = &inner[start..];
    if name.len() < 3 || inner[..start].ends_with('$') {
        return None;
    }
    Some(Name {
        text: name,
        start,
        quoted: bare.is_some(),
        apart: close.len() < before.len(),
        read: inner[..start].ends_with("${"),
    })
}

/// The literal after a name and the sign at a place, and where it begins.
fn value_after<'t>(text: &'t str, at: usize, name: &Name<'_>) -> Option<(usize, &'t str)> {
    let (sign, after) = (text.as_bytes()[at], &text[at + 1..]);
    if name.read {
        // `${NAME:-default}`, `${NAME:=default}`
        let default = after.strip_prefix(['-', '=']).filter(|_| sign == b':')?;
        let end = memchr(b'}', near(default).as_bytes())?;
        return Some((text.len() - default.len(), &default[..end]));
    }
    if after.starts_with([sign as char, '~']) || text[..at].ends_with(['=', ':', '!', '+', '?']) {
        return None;
    }
    // Only a key of JSON or YAML, or a variable of a program, has spaces around the sign, and then
    // its value has quotes.
    let strict = sign == b':' || name.quoted || name.apart;
    let loose = after.trim_start_matches(' ');
    let value = value_of(if strict { loose } else { after }, strict)?;
    let start = at + 1 + if strict { after.len() - loose.len() } else { 0 } + value.skipped;
    if !value.quoted {
        // `f(user=user, password=password)` in a program.
        let before = text[..name.start].trim_end();
        let argument = before.ends_with([',', '(']) || value.after.starts_with([',', ')']);
        let same = value.text.eq_ignore_ascii_case(name.text);
        if (argument || same) && value.text.bytes().all(|b| is_word(b) || b == b'.') {
            return None;
        }
    }
    Some((start, value.text))
}

/// The value of a header, `"X-Api-Key: …"`, and where it begins. What a script says to people looks
/// the same, so the value has to look random.
fn header<'t>(text: &'t str, at: usize, name: &Name<'_>) -> Option<(usize, &'t str)> {
    let value = text[at + 1..].strip_prefix(' ')?;
    let is_header = text[..name.start].ends_with(['"', '\'']) && !name.quoted && !name.apart;
    let value = value_of(value, false).filter(|value| is_header && !value.quoted)?;
    let ends = value.after.starts_with(['"', '\'']);
    (ends && is_random(value.text)).then_some((at + 2, value.text))
}

/// A value at the start of a text.
pub(super) struct Word<'t> {
    pub(super) text: &'t str,
    /// How much stands before it.
    pub(super) skipped: usize,
    /// What stands after it.
    after: &'t str,
    quoted: bool,
}

/// The value that a text begins with, unless a shell or a program computes it.
pub(super) fn value_of(text: &str, quotes: bool) -> Option<Word<'_>> {
    let escaped = text.starts_with("\\\"");
    let open = &text[usize::from(escaped)..];
    let quoted = open.starts_with(['"', '\'']);
    if quotes && !quoted {
        return None;
    }
    let open = near(open);
    let (value, skipped) = if quoted {
        let inner = &open[1..];
        let mut end = memchr(open.as_bytes()[0], inner.as_bytes())?;
        if escaped {
            end = inner[..end].strip_suffix('\\')?.len();
        }
        (&inner[..end], 1 + usize::from(escaped))
    } else {
        let ends = |c: char| c.is_whitespace() || ";&|<>)\"',`".contains(c);
        (&open[..open.find(ends).unwrap_or(open.len())], 0)
    };
    let computed = value.contains(['$', '`']) && !open.starts_with('\'');
    let called = !quoted && value.contains(['(', '[', '{', '*']);
    (!computed && !called).then_some(Word {
        text: value,
        skipped,
        after: &text[skipped + value.len()..],
        quoted,
    })
}

/// A URL with a password: `://` at a place.
fn url(text: &str, at: usize) -> Option<Credential<'static>> {
    let rest = near(&text[at + 3..]);
    let ends = |c: char| c.is_whitespace() || "/?#\"'`<>\\".contains(c);
    let authority = &rest[..rest.find(ends).unwrap_or(rest.len())];
    let (userinfo, _) = authority.rsplit_once('@')?;
    let (user, password) = userinfo.split_once(':')?;
    if password.contains(['$', '{', '(']) || !is_literal(password) || is_generic(user, password) {
        return None;
    }
    let scheme = text[..at]
        .rsplit(|c: char| !c.is_ascii_alphanumeric())
        .next();
    let start = at + 3 + user.len() + 1;
    Some(Credential {
        range: start..start + password.len(),
        what: "a password in a URL",
        by: By::Form(
            if is_any(scheme?, "http https ftp sftp ssh git amqp amqps smtp") {
                "SERVICE_URL"
            } else {
                "DATABASE_URL"
            },
        ),
    })
}

/// A token of a Telegram bot, its number before the `:` at a place.
fn telegram(text: &str, at: usize) -> Option<Credential<'static>> {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let number = text[..at]
        .bytes()
        .rev()
        .take(11)
        .take_while(is_digit)
        .count();
    let is_key = |byte: &u8| is_word(*byte) || *byte == b'-';
    let key = text[at + 1..].bytes().take(36).take_while(is_key).count();
    ((8..=10).contains(&number) && key == 35).then_some(Credential {
        range: at - number..at + 1 + key,
        what: "a Telegram bot token",
        by: By::Form("TELEGRAM_BOT_TOKEN"),
    })
}

/// Whether user and password are those of every documentation.
pub(super) fn is_generic(user: &str, password: &str) -> bool {
    is_any(user, "user username usr login name")
        && is_any(password, "password pass passwd pwd pw secret")
}

/// Finds `--db-password hunter2`; what has `=` is found by its sign.
pub(super) fn find_flags<'t>(text: &'t str, found: &mut Vec<Credential<'t>>) {
    let bytes = text.as_bytes();
    for at in memchr_iter(b'-', bytes) {
        let begins = at == 0 || bytes[at - 1].is_ascii_whitespace();
        if !begins || bytes.get(at + 1) != Some(&b'-') {
            continue;
        }
        let is_name = |byte: &u8| is_word(*byte) || b".-".contains(byte);
        let len = text[at..].bytes().take(64).take_while(is_name).count();
        let (name, rest) = text[at..].split_at(len);
        let Some(value) = rest.strip_prefix(' ').filter(|_| kind(name).is_some()) else {
            continue;
        };
        if let Some(value) = value_of(value, false)
            && let Some(what) = flag(name, value.text)
        {
            let start = at + len + 1 + value.skipped;
            found.push(Credential {
                range: start..start + value.text.len(),
                what,
                by: By::Name(name),
            });
        }
    }
}
