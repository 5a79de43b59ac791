//! Writes what `JSON.parse` reads.

use crate::decimal::Decimal;
use alloc::string::String;
use alloc::vec::Vec;
use core::{fmt, mem};
use serde::ser::{Error, Impossible, Serialize, SerializeSeq, SerializeStruct, Serializer};

/// A list of values that grows in one buffer, as text, with the long texts beside it: to escape a
/// text here and to read it out of JSON there takes several times as long as to hand it over as it is.
///
/// ```
/// use prackle::json::List;
///
/// let mut list = List::new(4);
/// list.push(&7_u32);
/// list.push(&["a\r\nb", "a\r\nbc"].as_slice());
/// assert_eq!(list.end(), r#"[7,["a\r\nb",null]]"#);
/// assert!(list.beside().eq(["a\r\nbc"]));
/// ```
#[derive(Debug)]
pub struct List {
    text: String,
    /// How many octets a text may have in the midst of the others.
    longest: usize,
    /// The longer ones, one behind the other, and where each ends. Where it belongs is `null`.
    beside: String,
    ends: Vec<usize>,
}

impl Default for List {
    /// One that has all its texts inside.
    fn default() -> Self {
        Self::new(usize::MAX)
    }
}

impl List {
    /// An empty list. Texts of more octets than that are beside it.
    pub fn new(longest: usize) -> Self {
        Self { text: String::new(), longest, beside: String::new(), ends: Vec::new() }
    }

    /// Whether nothing has been pushed.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Appends a value. One of a kind that the protocol has not is left out: floats, maps, octets.
    pub fn push<T: Serialize + ?Sized>(&mut self, value: &T) {
        let (before, ends) = (self.text.len(), self.ends.len());
        self.text.push(if before == 0 { '[' } else { ',' });
        if value.serialize(Writer { list: self }).is_err() {
            self.text.truncate(before);
            self.ends.truncate(ends);
            self.beside.truncate(self.ends.last().copied().unwrap_or_default());
        }
    }

    /// Ends the list, and shows it.
    pub fn end(&mut self) -> &str {
        self.text.push_str(if self.text.is_empty() { "[]" } else { "]" });
        &self.text
    }

    /// The long texts, in the order of the places that are `null`.
    pub fn beside(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().filter_map(move |end| self.beside.get(mem::replace(&mut start, *end)..*end))
    }

    /// Begins anew. Of each buffer only `kept` octets are kept.
    pub fn clear(&mut self, kept: usize) {
        self.ends.clear();
        for buffer in [&mut self.text, &mut self.beside] {
            buffer.clear();
            buffer.shrink_to(kept);
        }
    }
}

/// Writes one value. Members that are `None` are left out.
struct Writer<'a> {
    list: &'a mut List,
}

// Not inlined into the code of every type.
impl Writer<'_> {
    /// The same for a part of the value.
    fn part(&mut self) -> Writer<'_> {
        Writer { list: self.list }
    }

    fn separate(&mut self) {
        if !matches!(self.list.text.as_bytes().last(), Some(b'[' | b'{')) {
            self.list.text.push(',');
        }
    }

    fn key(&mut self, key: &str) {
        self.separate();
        self.list.text.push('"');
        self.list.text.push_str(key);
        self.list.text.push_str("\":");
    }

    /// Takes back the member that begins here, when its value is `null` and not beside.
    fn forget_null(&mut self, before: usize, ends: usize) {
        if self.list.text.ends_with(":null") && self.list.ends.len() == ends {
            self.list.text.truncate(before);
        }
    }

    fn string(&mut self, value: &str) {
        if value.len() > self.list.longest {
            self.list.beside.push_str(value);
            self.list.ends.push(self.list.beside.len());
            return self.null();
        }
        self.list.text.push('"');
        let mut rest = value;
        while let Some(at) = rest.bytes().position(is_special) {
            self.list.text.push_str(rest.get(..at).unwrap_or_default());
            self.escape(rest.as_bytes().get(at).copied().unwrap_or_default());
            rest = rest.get(at + 1..).unwrap_or_default();
        }
        self.list.text.push_str(rest);
        self.list.text.push('"');
    }

    fn escape(&mut self, octet: u8) {
        match octet {
            b'\r' => self.list.text.push_str("\\r"),
            b'\n' => self.list.text.push_str("\\n"),
            0..b' ' => {
                self.list.text.push_str(if octet < 16 { "\\u000" } else { "\\u001" });
                self.list.text.extend(char::from_digit(u32::from(octet % 16), 16));
            }
            _ => {
                self.list.text.push('\\');
                self.list.text.push(octet.into());
            }
        }
    }

    fn null(&mut self) {
        self.list.text.push_str("null");
    }

    fn number(&mut self, value: u64) {
        self.list.text.push_str(Decimal::new(value).as_str());
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
        self.list.text.push_str(if value { "true" } else { "false" });
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

    fn serialize_none(mut self) -> Outcome {
        self.null();
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
        self.list.text.push('[');
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Unwritable> {
        self.list.text.push('{');
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
        self.list.text.push(']');
        Ok(())
    }
}

impl SerializeStruct for Writer<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Outcome {
        let (before, ends) = (self.list.text.len(), self.list.ends.len());
        self.key(key);
        value.serialize(self.part())?;
        self.forget_null(before, ends);
        Ok(())
    }

    fn end(self) -> Outcome {
        self.list.text.push('}');
        Ok(())
    }
}
