//! Paths as URIs and back.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The path of a `file:` URI; that of any other, such as `untitled:`, is the URI itself, which no file
/// is called.
pub(super) fn to_path(uri: &str) -> PathBuf {
    let Some(rest) = uri.strip_prefix("file:") else {
        return PathBuf::from(uri);
    };
    // `file:///path`, `file://host/path` or `file:/path`
    let path = match rest.strip_prefix("//") {
        Some(rest) => rest.find('/').map_or("", |at| &rest[at..]),
        None => rest,
    };
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digit = |at: usize| after.get(at).and_then(|b| char::from(*b).to_digit(16));
        match (byte, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                rest = &after[2..];
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    from_bytes(bytes)
}

#[cfg(unix)]
fn from_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

/// `/c:/folder` is `c:/folder`.
#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> PathBuf {
    let path = String::from_utf8_lossy(&bytes).into_owned();
    match path.as_bytes() {
        [b'/', letter, b':', ..] if letter.is_ascii_alphabetic() => path[1..].into(),
        _ => path.into(),
    }
}

/// The `file:` URI of a path, made absolute from the working folder.
pub(super) fn of_path(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut uri = "file://".to_owned();
    #[cfg(unix)]
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec();
    #[cfg(not(unix))]
    let bytes = format!("/{}", path.to_string_lossy().replace('\\', "/")).into_bytes();
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn paths_survive() {
        for path in ["/a/b.flow", "/a b/ü%/日本.flow", "/🎉#?.flow"] {
            assert_eq!(to_path(&of_path(path.as_ref())), Path::new(path));
        }
        assert_eq!(of_path("/a b/c:d".as_ref()), "file:///a%20b/c%3Ad");
        assert_eq!(to_path("file://localhost/a%2fb%zz"), Path::new("/a/b%zz"));
        assert_eq!(to_path("file:/a"), Path::new("/a"));
        assert_eq!(
            to_path("untitled:Untitled-1"),
            Path::new("untitled:Untitled-1")
        );
        assert_eq!(to_path("file:"), Path::new(""));
    }
}
