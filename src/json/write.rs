//! Writes what `JSON.parse` reads.

use crate::decimal::Decimal;
use alloc::string::String;
use core::fmt;
use serde::ser::{Error, Impossible, Serialize, SerializeSeq, SerializeStruct, Serializer};

/// A list of values that grows in one buffer, as text.
///
/// ```
/// use prackle::json::List;
///
/// let mut list = List::default();
/// list.push(&7_u32);
/// list.push(&"a\r\nb");
/// assert_eq!(list.end(), r#"[7,"a\r\nb"]"#);
/// ```
#[derive(Debug, Default)]
pub struct List {
    text: String,
}

impl List {
    /// Whether nothing has been pushed.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Appends a value. One of a kind that the protocol has not is left out: floats, maps, octets.
    pub fn push<T: Serialize + ?Sized>(&mut self, value: &T) {
        let before = self.text.len();
        self.text.push(if before == 0 { '[' } else { ',' });
        if value.serialize(Writer { text: &mut self.text }).is_err() {
            self.text.truncate(before);
        }
    }

    /// Ends the list, and shows it.
    pub fn end(&mut self) -> &str {
        self.text.push_str(if self.text.is_empty() { "[]" } else { "]" });
        &self.text
    }

    /// Begins anew. Of the buffer only `kept` octets are kept.
    pub fn clear(&mut self, kept: usize) {
        self.text.clear();
        self.text.shrink_to(kept);
    }
}

/// Writes one value. Members that are `None` are left out.
struct Writer<'a> {
    text: &'a mut String,
}

// Not inlined into the code of every type.
impl Writer<'_> {
    /// The same for a part of the value.
    fn part(&mut self) -> Writer<'_> {
        Writer { text: self.text }
    }

    fn separate(&mut self) {
        if !matches!(self.text.as_bytes().last(), Some(b'[' | b'{')) {
            self.text.push(',');
        }
    }

    fn key(&mut self, key: &str) {
        self.separate();
        self.text.push('"');
        self.text.push_str(key);
        self.text.push_str("\":");
    }

    /// Takes back the member that begins here, when its value is `null`.
    fn forget_null(&mut self, before: usize) {
        if self.text.ends_with(":null") {
            self.text.truncate(before);
        }
    }

    fn string(&mut self, value: &str) {
        self.text.push('"');
        let mut rest = value;
        while let Some(at) = rest.bytes().position(is_special) {
            self.text.push_str(rest.get(..at).unwrap_or_default());
            self.escape(rest.as_bytes().get(at).copied().unwrap_or_default());
            rest = rest.get(at + 1..).unwrap_or_default();
        }
        self.text.push_str(rest);
        self.text.push('"');
    }

    fn escape(&mut self, octet: u8) {
        match octet {
            b'\r' => self.text.push_str("\\r"),
            b'\n' => self.text.push_str("\\n"),
            0..b' ' => {
                self.text.push_str(if octet < 16 { "\\u000" } else { "\\u001" });
                self.text.extend(char::from_digit(u32::from(octet % 16), 16));
            }
            _ => {
                self.text.push('\\');
                self.text.push(octet.into());
            }
        }
    }

    fn number(&mut self, value: u64) {
        self.text.push_str(Decimal::new(value).as_str());
    }
}

/// RFC 8259 section 7: what cannot stand in a string as it is.
fn is_special(octet: u8) -> bool {
    matches!(octet, 0..=0x1f | b'"' | b'\\')
}

/// A value of a kind that is not written.
#[derive(Debug)]
struct Unwritable;

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the protocol has no such values")
    }
}

impl core::error::Error for Unwritable {}

impl Error for Unwritable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Outcome = Result<(), Unwritable>;
type Never = Impossible<(), Unwritable>;

/// The kinds that the protocol has not.
macro_rules! unwritable {
    ($($method:ident($($kind:ty),*) -> $outcome:ty;)*) => {$(
        fn $method(self, $(_: $kind),*) -> Result<$outcome, Unwritable> {
            Err(Unwritable)
        }
    )*};
}

impl Serializer for Writer<'_> {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = Self;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Self;
    type SerializeStructVariant = Never;

    unwritable! {
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_tuple(usize) -> Never;
        serialize_tuple_struct(&'static str, usize) -> Never;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never;
        serialize_map(Option<usize>) -> Never;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never;
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Outcome {
        Err(Unwritable)
    }

    fn serialize_bool(self, value: bool) -> Outcome {
        self.text.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_u8(mut self, value: u8) -> Outcome {
        self.number(value.into());
        Ok(())
    }

    fn serialize_u16(mut self, value: u16) -> Outcome {
        self.number(value.into());
        Ok(())
    }

    fn serialize_u32(mut self, value: u32) -> Outcome {
        self.number(value.into());
        Ok(())
    }

    fn serialize_u64(mut self, value: u64) -> Outcome {
        self.number(value);
        Ok(())
    }

    fn serialize_str(mut self, value: &str) -> Outcome {
        self.string(value);
        Ok(())
    }

    fn serialize_none(self) -> Outcome {
        self.text.push_str("null");
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Outcome {
        value.serialize(self)
    }

    fn serialize_unit_variant(mut self, _: &'static str, _: u32, variant: &'static str) -> Outcome {
        self.string(variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Outcome {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Unwritable> {
        self.text.push('[');
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Unwritable> {
        self.text.push('{');
        Ok(self)
    }
}

impl SerializeSeq for Writer<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Outcome {
        self.separate();
        value.serialize(self.part())
    }

    fn end(self) -> Outcome {
        self.text.push(']');
        Ok(())
    }
}

impl SerializeStruct for Writer<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Outcome {
        let before = self.text.len();
        self.key(key);
        value.serialize(self.part())?;
        self.forget_null(before);
        Ok(())
    }

    fn end(self) -> Outcome {
        self.text.push('}');
        Ok(())
    }
}
