//! JSON laid out as serde_json's own pretty printer does it, at a third of the cost: the names of
//! fields are known to need no escapes, other texts are looked at eight bytes at once, and a line
//! break is written in one piece.

use std::fmt::Write as _;

use serde::ser::{self, Impossible, Serialize};
use serde_json::{Error, Result};

use super::wire::VERBATIM;

/// A value, two blanks a level, one value a line; a test holds it to `to_string_pretty`.
pub(super) fn print(value: &impl Serialize, capacity: usize) -> Result<String> {
    let mut printer = Printer {
        text: String::with_capacity(capacity),
        depth: 0,
    };
    value.serialize(&mut printer)?;
    Ok(printer.text)
}

struct Printer {
    text: String,
    depth: usize,
}

/// A line break and the blanks after it, for the levels that requests have, and more.
const BREAKS: [&str; 32] = {
    const DEEPEST: &str = "\n                                                              ";
    let mut breaks = [""; 32];
    let mut depth = 0;
    while depth < breaks.len() {
        breaks[depth] = DEEPEST.split_at(1 + 2 * depth).0;
        depth += 1;
    }
    breaks
};

impl Printer {
    fn line(&mut self, comma: bool) {
        if comma {
            self.text.push(',');
        }
        match BREAKS.get(self.depth) {
            Some(line) => self.text.push_str(line),
            None => {
                self.text.push('\n');
                let blanks = std::iter::repeat_n(' ', 2 * self.depth);
                self.text.extend(blanks);
            }
        }
    }

    fn quoted(&mut self, text: &str) {
        self.text.push('"');
        self.text.push_str(text);
        self.text.push('"');
    }

    fn open(&mut self, brackets: [char; 2]) -> Nested<'_> {
        let [open, close] = brackets;
        self.text.push(open);
        self.depth += 1;
        Nested {
            printer: self,
            close,
            is_empty: true,
        }
    }

    /// What serde_json writes on one line.
    fn scalar<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.text.push_str(&serde_json::to_string(value)?);
        Ok(())
    }
}

/// Whether nothing in a text has to be escaped.
fn is_plain(text: &str) -> bool {
    let is_plain = |byte: &u8| *byte >= b' ' && *byte != b'"' && *byte != b'\\';
    let (chunks, rest) = text.as_bytes().as_chunks::<8>();
    let all = |chunk: &[u8; 8]| chunk.iter().fold(true, |all, byte| all & is_plain(byte));
    chunks.iter().all(all) && rest.iter().all(is_plain)
}

/// A list or an object of which the bracket has been written.
struct Nested<'p> {
    printer: &'p mut Printer,
    close: char,
    is_empty: bool,
}

impl Nested<'_> {
    fn line(&mut self) {
        self.printer.line(!self.is_empty);
        self.is_empty = false;
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.line();
        value.serialize(&mut *self.printer)
    }

    fn close(self) {
        self.printer.depth -= 1;
        if !self.is_empty {
            self.printer.line(false);
        }
        self.printer.text.push(self.close);
    }
}

/// The methods for what is written on one line.
macro_rules! scalars {
    ($($method:ident $ty:ty),*) => {
        $(fn $method(self, value: $ty) -> Result<()> {
            self.scalar(&value)
        })*
    };
}

fn unknown<T>() -> Result<T> {
    Err(ser::Error::custom("requests have no such value"))
}

impl<'p> ser::Serializer for &'p mut Printer {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Nested<'p>;
    type SerializeTuple = Nested<'p>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeMap = Nested<'p>;
    type SerializeStruct = Nested<'p>;
    type SerializeStructVariant = Impossible<(), Error>;

    scalars!(
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_u8 u8, serialize_u16 u16,
        serialize_u32 u32, serialize_f32 f32, serialize_f64 f64, serialize_char char
    );

    fn serialize_bool(self, value: bool) -> Result<()> {
        self.text.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i64(self, value: i64) -> Result<()> {
        write!(self.text, "{value}").map_err(ser::Error::custom)
    }

    fn serialize_u64(self, value: u64) -> Result<()> {
        write!(self.text, "{value}").map_err(ser::Error::custom)
    }

    fn serialize_str(self, text: &str) -> Result<()> {
        if !is_plain(text) {
            return self.scalar(text);
        }
        self.quoted(text);
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<()> {
        unknown()
    }

    fn serialize_none(self) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.text.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        unknown()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<()> {
        unknown()
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<()> {
        if name != VERBATIM {
            return value.serialize(self);
        }
        let json: String = serde_json::from_str(&serde_json::to_string(value)?)?;
        self.text.push_str(&json);
        Ok(())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<()> {
        unknown()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Nested<'p>> {
        Ok(self.open(['[', ']']))
    }

    fn serialize_tuple(self, _: usize) -> Result<Nested<'p>> {
        Ok(self.open(['[', ']']))
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct> {
        unknown()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant> {
        unknown()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Nested<'p>> {
        Ok(self.open(['{', '}']))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Nested<'p>> {
        Ok(self.open(['{', '}']))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant> {
        unknown()
    }
}

impl ser::SerializeSeq for Nested<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.item(value)
    }

    fn end(self) -> Result<()> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeTuple for Nested<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.item(value)
    }

    fn end(self) -> Result<()> {
        self.close();
        Ok(())
    }
}

/// All keys are texts.
impl ser::SerializeMap for Nested<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.item(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.printer.text.push_str(": ");
        value.serialize(&mut *self.printer)
    }

    fn end(self) -> Result<()> {
        self.close();
        Ok(())
    }
}

/// The fields are named by the API: nothing in them has to be escaped.
impl ser::SerializeStruct for Nested<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<()> {
        self.line();
        self.printer.quoted(name);
        self.printer.text.push_str(": ");
        value.serialize(&mut *self.printer)
    }

    fn end(self) -> Result<()> {
        self.close();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::print;

    #[test]
    fn as_serde_json_does() {
        let mut deep = json!({ "a": [] });
        for _ in 0..50 {
            deep = json!([deep, {}, [], [[]], { "k": {} }]);
        }
        let flat = json!({ "a": [1, "x\ny", null, [], {}, -1, 0.5, u64::MAX], "b": { "c": true } });
        let mut values = vec![deep, flat, json!({}), json!([]), json!([[]]), json!(1)];
        for escaped in ["", "\"", "\\", "\u{1f}", "\t", "\u{7f}", "é"] {
            for len in [0, 1, 14, 15, 16, 31, 40] {
                let text = "x".repeat(len) + escaped + "y";
                values.push(json!({ text.clone(): text }));
            }
        }
        for value in values {
            let value: Value = value;
            assert_eq!(
                print(&value, 0).unwrap(),
                serde_json::to_string_pretty(&value).unwrap()
            );
        }
    }
}
