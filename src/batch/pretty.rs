//! JSON as serde_json's own pretty printer lays it out, with each line break written at once.

use std::io::{self, Write};

use serde_json::ser;

/// Two blanks a level, one value a line; a test holds it to serde_json's `PrettyFormatter`.
#[derive(Debug, Default)]
pub(super) struct Formatter {
    depth: usize,
    has_value: bool,
}

/// A comma, a line break and the blanks of the deepest level that requests have, and more.
const BREAK: &[u8] = b",\n                                                                ";

impl Formatter {
    fn line(&self, writer: &mut (impl Write + ?Sized), separator: bool) -> io::Result<()> {
        let start = usize::from(!separator);
        let end = 2 + self.depth * 2;
        match BREAK.get(start..end) {
            Some(line) => writer.write_all(line),
            None => {
                writer.write_all(&BREAK[start..])?;
                (BREAK.len()..end).try_for_each(|_| writer.write_all(b" "))
            }
        }
    }

    fn open<W: Write + ?Sized>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        writer.write_all(bracket)
    }

    fn close<W: Write + ?Sized>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.has_value {
            self.line(writer, false)?;
        }
        writer.write_all(bracket)
    }
}

impl ser::Formatter for Formatter {
    fn begin_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.line(writer, !first)
    }

    fn end_array_value<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.line(writer, !first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize as _;
    use serde_json::{Value, json};

    use super::Formatter;

    fn pretty(value: &Value) -> String {
        let mut text = Vec::new();
        let mut serializer =
            serde_json::Serializer::with_formatter(&mut text, Formatter::default());
        value.serialize(&mut serializer).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn as_serde_json_does() {
        let mut deep = json!({ "a": [] });
        for _ in 0..50 {
            deep = json!([deep, {}, [], [[]], { "k": {} }]);
        }
        let flat = json!({ "a": [1, "x\ny", null, [], {}], "b": { "c": true } });
        for value in [deep, flat, json!({}), json!([]), json!([[]]), json!(1)] {
            assert_eq!(
                pretty(&value),
                serde_json::to_string_pretty(&value).unwrap()
            );
        }
    }
}
