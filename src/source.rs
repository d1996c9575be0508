//! Files, spans and positions.
//!
//! Every place a diagnostic can point at, in a flow, an imported library or
//! `flowbatch.toml`, is a [`Span`] into one of the files of a [`Sources`].

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Which file of a [`Sources`] a span lies in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FileId(pub u32);

/// A range of bytes in a file, end not included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end` of `file`.
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            file,
            start: clamp(start),
            end: clamp(end),
        }
    }

    /// From the start of `self` to the end of `other`, in the same file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self {
            file: self.file,
            start: self.start,
            end: other.end.max(self.start),
        }
    }

    /// The empty span just before `self`.
    #[must_use]
    pub fn before(self) -> Self {
        Self {
            end: self.start,
            ..self
        }
    }

    /// The empty span just after `self`: where something missing is reported.
    #[must_use]
    pub fn after(self) -> Self {
        Self {
            start: self.end,
            ..self
        }
    }

    /// As a range to index text with.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether `other` lies wholly within `self`.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// A line and a column, both from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in the units of the method that returned it.
    pub column: u32,
}

/// One file: its name as the user would write it, and its text.
#[derive(Debug)]
pub struct Source {
    /// Where the file was read from.
    pub path: PathBuf,
    /// How diagnostics call it.
    pub name: String,
    /// The text, as read.
    pub text: Arc<str>,
    lines: OnceLock<Vec<u32>>,
    chars: OnceLock<Vec<u32>>,
    utf16: OnceLock<Vec<u32>>,
}

/// Columns are counted from the last of the marks that stand this many bytes apart, so that
/// positions in one very long line do not cost its length each.
const MARK: usize = 1024;

impl Source {
    /// Offsets of the first byte of every line; of the first, behind a byte order mark.
    pub fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            // A byte order mark is no character of the first line.
            let first = if self.text.starts_with('\u{feff}') {
                3
            } else {
                0
            };
            std::iter::once(first)
                .chain(
                    memchr::memchr_iter(b'\n', self.text.as_bytes())
                        .map(|at| u32::try_from(at + 1).unwrap_or(u32::MAX)),
                )
                .collect()
        })
    }

    /// The line, from 1, that holds the byte `offset`.
    #[must_use]
    pub fn line_of(&self, offset: u32) -> u32 {
        let line = self.line_starts().partition_point(|&start| start <= offset);
        u32::try_from(line.max(1)).unwrap_or(u32::MAX)
    }

    /// The text of a line counted from 1, without its line ending.
    #[must_use]
    pub fn line_text(&self, line: u32) -> &str {
        let starts = self.line_starts();
        let index = (line as usize).saturating_sub(1);
        let Some(&start) = starts.get(index) else {
            return "";
        };
        let end = starts
            .get(index + 1)
            .map_or(self.text.len(), |&next| next as usize);
        let line = self.text.get(start as usize..end).unwrap_or_default();
        let line = line.strip_suffix('\n').unwrap_or(line);
        line.strip_suffix('\r').unwrap_or(line)
    }

    /// Line and column of a byte offset; the column counts UTF-16 code units, as editors do.
    #[must_use]
    pub fn position_utf16(&self, offset: u32) -> Position {
        // Four bytes are the characters outside the basic plane: two units.
        self.position_with(offset, &self.utf16, |byte| {
            usize::from(byte & 0xc0 != 0x80) + usize::from(byte >= 0xf0)
        })
    }

    /// Line and column of a byte offset; the column counts characters.
    #[must_use]
    pub fn position_chars(&self, offset: u32) -> Position {
        self.position_with(offset, &self.chars, |byte| usize::from(byte & 0xc0 != 0x80))
    }

    /// `units` says how many units of the column a byte of UTF-8 begins, and `marks` remembers
    /// their number before each mark.
    fn position_with(
        &self,
        offset: u32,
        marks: &OnceLock<Vec<u32>>,
        units: impl Fn(u8) -> usize,
    ) -> Position {
        let bytes = self.text.as_bytes();
        let count = |bytes: &[u8]| bytes.iter().map(|byte| units(*byte)).sum::<usize>();
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let marks = marks.get_or_init(|| {
            let mut total = 0;
            let mut marks = vec![0];
            for chunk in bytes.chunks(MARK) {
                total += count(chunk);
                marks.push(clamp(total));
            }
            marks
        });
        let up_to = |end: usize| {
            let mark = end / MARK;
            let before = marks.get(mark).map_or(0, |&before| before as usize);
            before + count(bytes.get(mark * MARK..end).unwrap_or_default())
        };
        let line = self.line_of(offset);
        let start = self
            .line_starts()
            .get(line as usize - 1)
            .copied()
            .unwrap_or(0) as usize;
        let mut end = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let column = up_to(end).saturating_sub(up_to(start)) + 1;
        Position {
            line,
            column: clamp(column),
        }
    }
}

/// All files that one compilation has read.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Adds a file and returns its id.
    pub fn add(&mut self, path: PathBuf, name: String, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(Source {
            path,
            name,
            text: text.into(),
            lines: OnceLock::new(),
            chars: OnceLock::new(),
            utf16: OnceLock::new(),
        });
        id
    }

    /// The file of an id that [`Sources::add`] of this value returned.
    #[must_use]
    pub fn file(&self, id: FileId) -> &Source {
        &self.files[id.0 as usize]
    }

    /// All files, in the order they were read.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        (0u32..).map(FileId).zip(&self.files)
    }

    /// The text of a span; empty when the span does not lie on character boundaries.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file)
            .text
            .get(span.range())
            .unwrap_or_default()
    }
}

/// Where files come from: the disk, an editor's buffers over the disk ([`Overlay`]), or memory.
///
/// Only [`read`](Loader::read) must be written. A file that does not exist is
/// [`io::ErrorKind::NotFound`], so that `flowbatch.toml` is looked for further up.
///
/// ```
/// use std::{io, path::Path};
/// use flowbatch::source::{Disk, Loader};
///
/// /// What an editor shows, and what is not open in it from the disk.
/// struct Editor {
///     path: String,
///     buffer: String,
/// }
///
/// impl Loader for Editor {
///     fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
///         if path == Path::new(&self.path) {
///             Ok(self.buffer.clone().into_bytes())
///         } else {
///             Disk.read(path)
///         }
///     }
/// }
/// # let editor = Editor { path: "a.flow".into(), buffer: "flow A {}".into() };
/// # assert_eq!(editor.read(Path::new("a.flow")).unwrap(), b"flow A {}");
/// # assert!(editor.read(Path::new("gone.flow")).is_err());
/// ```
pub trait Loader {
    /// Reads a whole file.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The identity of a file, so that two ways to write its path are one file.
    fn identity(&self, path: &Path) -> PathBuf {
        normalize(path)
    }

    /// A folder and those above it, nearest first, each as a path to read from.
    fn ancestors(&self, folder: &Path) -> Vec<PathBuf> {
        lexical_ancestors(&normalize(folder))
    }
}

/// Reads from the file system; relative paths are those of the working folder, which for a build
/// script is the folder of its `Cargo.toml`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Loader for Disk {
    /// Reads no named pipe, which may wait for ever for its writer, except those that a shell
    /// has opened; and no device without end.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let kind = std::fs::metadata(path)?.file_type();
        if kind.is_file() || kind.is_dir() {
            return std::fs::read(path);
        }
        #[cfg(unix)]
        if std::os::unix::fs::FileTypeExt::is_fifo(&kind)
            && !["/dev", "/proc"]
                .iter()
                .any(|system| path.starts_with(system))
        {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it is a named pipe, not a file",
            ));
        }
        read_stream(std::fs::File::open(path)?)
    }

    fn identity(&self, path: &Path) -> PathBuf {
        std::fs::canonicalize(path).unwrap_or_else(|_| normalize(path))
    }

    /// Goes on above the working folder: as `..` where that is short, else absolute.
    fn ancestors(&self, folder: &Path) -> Vec<PathBuf> {
        let folder = normalize(folder);
        let mut ancestors = lexical_ancestors(&folder);
        if let (false, Ok(here)) = (folder.is_absolute(), std::env::current_dir()) {
            let is_parent = |part: &Component<'_>| *part == Component::ParentDir;
            let passed = folder.components().filter(is_parent).count();
            let above = here.ancestors().enumerate().skip(passed + 1);
            ancestors.extend(above.map(|(levels, path)| match levels {
                0..=3 => std::iter::repeat_n("..", levels).collect(),
                _ => path.to_path_buf(),
            }));
        }
        ancestors
    }
}

/// Reads something that may have no end, such as a pipe.
pub(crate) fn read_stream(stream: impl Read) -> io::Result<Vec<u8>> {
    const LIMIT: u64 = 64 << 20;
    let mut content = Vec::new();
    stream.take(LIMIT + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LIMIT {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it is no file, and there was no end to it after 64 MiB",
        ));
    }
    Ok(content)
}

/// The ancestors of a normalized path that can be told without asking the file system.
fn lexical_ancestors(folder: &Path) -> Vec<PathBuf> {
    let is_name = |part: &Component<'_>| matches!(part, Component::Normal(_));
    let names = folder.components().filter(is_name).count();
    let ancestors = folder.ancestors().take(names + 1);
    ancestors.map(Path::to_path_buf).collect()
}

/// Folders that never hold a project's own flows, besides hidden ones.
#[cfg(any(feature = "cli", feature = "lsp"))]
pub(crate) const SKIPPED_FOLDERS: [&str; 3] = ["target", "node_modules", "__pycache__"];

/// Files held in memory, by normalized path.
///
/// ```
/// use flowbatch::{Settings, check, source::Memory};
///
/// let files = Memory::default()
///     .with("flows/a.flow", "import \"../lib.flow\" flow A { step s { run \"true\" } }")
///     .with("lib.flow", "let queue = \"ml\"");
/// let checked = check(&files, "flows/a.flow".as_ref(), &Settings::default())?;
/// let read: Vec<_> = checked.files().map(|path| path.display().to_string()).collect();
/// assert_eq!(read, ["flows/a.flow", "lib.flow"]);
/// # Ok::<(), flowbatch::ReadError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Memory {
    /// Adds or replaces a file.
    #[must_use]
    pub fn with(mut self, path: impl AsRef<Path>, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(normalize(path.as_ref()), content.into());
        self
    }
}

impl Loader for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.files
            .get(&normalize(path))
            .cloned()
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}

/// Texts that are read in place of another loader's files: what an editor shows, or a fix would make.
///
/// ```
/// use std::path::Path;
/// use flowbatch::source::{Loader, Memory, Overlay};
///
/// let files = Memory::default().with("a.flow", "flow A {").with("b.flow", "");
/// let mut shown = Overlay::new(&files);
/// shown.insert("./a.flow", "flow A {}");
/// assert_eq!(shown.read(Path::new("a.flow"))?, b"flow A {}");
/// assert_eq!(shown.read(Path::new("b.flow"))?, b"");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Overlay<'a, L: ?Sized> {
    files: &'a L,
    texts: BTreeMap<PathBuf, Arc<str>>,
}

impl<'a, L: Loader + ?Sized> Overlay<'a, L> {
    /// The files as they are.
    #[must_use]
    pub fn new(files: &'a L) -> Self {
        let texts = BTreeMap::new();
        Self { files, texts }
    }

    /// Adds or replaces a text.
    pub fn insert(&mut self, path: impl AsRef<Path>, text: impl Into<Arc<str>>) {
        let identity = self.files.identity(path.as_ref());
        self.texts.insert(identity, text.into());
    }

    /// Takes a text away: the file is as it is again.
    pub fn remove(&mut self, path: impl AsRef<Path>) {
        let identity = self.files.identity(path.as_ref());
        self.texts.remove(&identity);
    }
}

impl<L: ?Sized> Clone for Overlay<'_, L> {
    fn clone(&self) -> Self {
        Self {
            files: self.files,
            texts: self.texts.clone(),
        }
    }
}

impl<L: Loader + ?Sized> Loader for Overlay<'_, L> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        // The identity of a path may have to be asked of the disk.
        if self.texts.is_empty() {
            return self.files.read(path);
        }
        match self.texts.get(&self.files.identity(path)) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => self.files.read(path),
        }
    }

    fn identity(&self, path: &Path) -> PathBuf {
        self.files.identity(path)
    }

    fn ancestors(&self, folder: &Path) -> Vec<PathBuf> {
        self.files.ancestors(folder)
    }
}

/// Removes `.` and resolves `..` in a path without asking the file system.
#[must_use]
pub fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if matches!(normal.components().next_back(), Some(Component::Normal(_))) {
                    normal.pop();
                } else {
                    normal.push(part);
                }
            }
            _ => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks fall into the middle of characters and lines, and change nothing.
    #[test]
    fn positions_count_every_character_of_the_line() {
        let line = "aä€🎉".repeat(700);
        let text = format!("{line}\r\n\n{line}\n{line}");
        let mut sources = Sources::default();
        let id = sources.add(PathBuf::from("a"), "a".to_owned(), text.as_str());
        let source = sources.file(id);
        for offset in (0..=text.len()).chain([text.len() + 9]) {
            let mut end = offset.min(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            let start = text[..end].rfind('\n').map_or(0, |at| at + 1);
            let before = &text[start..end];
            let offset = u32::try_from(offset).unwrap();
            let (utf16, chars) = (source.position_utf16(offset), source.position_chars(offset));
            let line = text[..end].matches('\n').count() + 1;
            assert_eq!((utf16.line as usize, chars.line as usize), (line, line));
            assert_eq!(utf16.column as usize, before.encode_utf16().count() + 1);
            assert_eq!(chars.column as usize, before.chars().count() + 1);
        }
    }
}
