//! Reads what `JSON.stringify` has written.
//!
//! The text is not made into a tree: a [`Value`] is a piece of it, and so is each member of an
//! object. What nobody asks for is passed over, however deep it is: only the types that are
//! read recurse, and they end.
//!
//! A fault does not interrupt the reading. The first one is noted, what cannot be read counts
//! as absent, and in the end the whole is given up: a way out behind every member would be
//! twice the code.

use alloc::string::String;
use alloc::vec::Vec;

/// Why a text could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    name: &'static str,
    problem: &'static str,
}

impl Fault {
    /// One English sentence for the developer, which names the member: `request must be a whole number`.
    pub fn message(&self) -> String {
        let mut message = String::new();
        if self.name.is_empty() {
            message.push_str("the argument");
        }
        message.extend(camel_case(self.name).map(char::from));
        message.push(' ');
        message.push_str(self.problem);
        message
    }
}

/// A type that can be read.
pub trait Read: Sized {
    /// Whether `null` is what `JSON.stringify` has made of NaN, and not a way to say "none".
    const NULL_IS_A_MISTAKE: bool = false;

    /// Reads it. What is absent reads as its default.
    fn read(value: Value<'_>, reading: &mut Reading) -> Self;
}

/// Reads a whole text.
///
/// # Errors
/// It is not JSON, or not of this type.
///
/// ```
/// use prackle::json::from_text;
/// use prackle::protocol::Command;
///
/// let text = r#"{"hangup":{"call":7}}"#;
/// assert!(matches!(from_text(text), Ok(Command::Hangup { .. })));
/// let fault = from_text::<Command>(r#"{"hangup":{"call":-7}}"#).unwrap_err();
/// assert_eq!(fault.message(), "call must be a whole number within its range");
/// ```
pub fn from_text<T: Read>(text: &str) -> Result<T, Fault> {
    let mut reading = Reading { name: "", fault: None };
    if text.is_empty() {
        reading.fault(MALFORMED);
    }
    let whole = T::read(Value(text), &mut reading);
    reading.fault.map_or(Ok(whole), Err)
}

/// How far a text has been read.
#[derive(Debug)]
pub struct Reading {
    /// The member that was last looked for.
    name: &'static str,
    fault: Option<Fault>,
}

impl Reading {
    pub(crate) fn fault(&mut self, problem: &'static str) {
        let fault = Fault { name: self.name, problem };
        self.fault.get_or_insert(fault);
    }
}

const MALFORMED: &str = "is not JSON";
const MISSING: &str = "is missing";
const NOT_AN_OBJECT: &str = "must be an object";
const NOT_AN_ARRAY: &str = "must be an array";
const NOT_A_TEXT: &str = "must be text";
const NOT_A_FLAG: &str = "must be true or false";
const NOT_A_NUMBER: &str = "must be a whole number within its range";
const NOT_ONE: &str = "must have exactly one member";
pub(crate) const UNKNOWN: &str = "is not one of the words that are known";

/// A value, as the piece of the text that it is; nothing when it is absent.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a>(&'a str);

const ABSENT: Value<'static> = Value("");

impl<'a> Value<'a> {
    pub(crate) fn is_absent(self) -> bool {
        self.0.is_empty()
    }

    /// What stands between a bracket and its partner; noted as a fault when it is something else.
    fn inside(self, open: char, close: char, problem: &'static str, reading: &mut Reading) -> &'a str {
        let inside = self.0.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        if inside.is_none() && !self.is_absent() {
            reading.fault(problem);
        }
        inside.unwrap_or_default()
    }

    pub(crate) fn text(self, reading: &mut Reading) -> String {
        let literal = self.inside('"', '"', NOT_A_TEXT, reading);
        unescape(literal).unwrap_or_else(|| {
            reading.fault(MALFORMED);
            String::new()
        })
    }

    fn flag(self, reading: &mut Reading) -> bool {
        if !matches!(self.0, "true" | "false" | "") {
            reading.fault(NOT_A_FLAG);
        }
        self.0 == "true"
    }

    fn number(self, most: u32, reading: &mut Reading) -> u32 {
        if self.is_absent() {
            return 0;
        }
        let digits = self.0.bytes().all(|octet| octet.is_ascii_digit());
        let number = if digits { self.0.parse().ok() } else { None };
        number.filter(|number| *number <= most).unwrap_or_else(|| {
            reading.fault(NOT_A_NUMBER);
            0
        })
    }

    pub(crate) fn elements(self, reading: &mut Reading) -> Vec<Value<'a>> {
        let mut rest = self.inside('[', ']', NOT_AN_ARRAY, reading);
        let mut elements = Vec::new();
        while !rest.is_empty() {
            elements.push(first(&mut rest, b',', reading));
        }
        elements
    }

    pub(crate) fn object<'r>(self, reading: &'r mut Reading) -> Object<'a, 'r> {
        let mut rest = self.inside('{', '}', NOT_AN_OBJECT, reading);
        let mut members = Vec::new();
        while !rest.is_empty() {
            let name = first(&mut rest, b':', reading);
            members.push((name.inside('"', '"', MALFORMED, reading), first(&mut rest, b',', reading)));
        }
        Object { members, reading }
    }

    /// The name of an alternative with its value, `{"name":value}`, or the name alone.
    pub(crate) fn alternative(self, reading: &mut Reading) -> (&'a str, Value<'a>) {
        if self.0.starts_with('"') {
            return (self.inside('"', '"', MALFORMED, reading), ABSENT);
        }
        let object = self.object(reading);
        match object.members.as_slice() {
            [only] => *only,
            _ => {
                reading.fault(NOT_ONE);
                ("", ABSENT)
            }
        }
    }

    /// The index of the word that it is; of the first one when it is absent.
    pub(crate) fn word(self, is: fn(&str, &str) -> bool, words: &[&str], reading: &mut Reading) -> usize {
        if self.is_absent() {
            return 0;
        }
        let word = self.inside('"', '"', NOT_A_TEXT, reading);
        words.iter().position(|name| is(word, name)).unwrap_or_else(|| {
            reading.fault(UNKNOWN);
            0
        })
    }
}

/// The members of an object.
#[derive(Debug)]
pub(crate) struct Object<'a, 'r> {
    members: Vec<(&'a str, Value<'a>)>,
    reading: &'r mut Reading,
}

impl<'a> Object<'a, '_> {
    /// A member that has to be there.
    pub(crate) fn required<T: Read>(&mut self, name: &'static str) -> T {
        let value = self.find(name);
        if value.is_absent() {
            self.reading.fault(MISSING);
        }
        T::read(value, self.reading)
    }

    /// A member that may be absent.
    pub(crate) fn optional<T: Read>(&mut self, name: &'static str) -> T {
        T::read(self.find(name), self.reading)
    }

    /// A member that is true unless something else is said.
    pub(crate) fn true_if_absent(&mut self, name: &'static str) -> bool {
        let value = self.find(name);
        value.is_absent() || value.flag(self.reading)
    }

    fn find(&mut self, name: &'static str) -> Value<'a> {
        self.reading.name = name;
        self.members.iter().find(|(key, _)| is_camel_case(key, name)).map_or(ABSENT, |(_, value)| *value)
    }
}

/// Takes the value that the text begins with and the separator behind it, when it is not the last.
fn first<'a>(rest: &mut &'a str, separator: u8, reading: &mut Reading) -> Value<'a> {
    let length = extent(rest.as_bytes());
    let value = rest.get(..length).unwrap_or_default();
    let after = rest.get(length..).unwrap_or_default();
    let separated = after.len() > 1 && after.as_bytes().first() == Some(&separator);
    if value.is_empty() || !(separated || after.is_empty()) {
        reading.fault(MALFORMED);
    }
    *rest = after.get(1..).unwrap_or_default();
    Value(value)
}

/// How many octets the value has that the text begins with.
fn extent(text: &[u8]) -> usize {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, octet) in text.iter().enumerate() {
        match octet {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b',' | b':' | b'}' | b']' if depth == 0 => return at,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// What a literal means, without its quotes. Half a surrogate pair becomes U+FFFD.
fn unescape(literal: &str) -> Option<String> {
    let mut text = String::with_capacity(literal.len());
    let mut rest = literal;
    while let Some(at) = rest.bytes().position(|octet| octet == b'\\') {
        text.push_str(rest.get(..at)?);
        let letter = *rest.as_bytes().get(at + 1)?;
        rest = rest.get(at + 2..)?;
        text.push(match letter {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => unicode(&mut rest)?,
            b'"' | b'\\' | b'/' => letter.into(),
            _ => return None,
        });
    }
    text.push_str(rest);
    Some(text)
}

/// What follows `\u`: `JSON.stringify` writes control characters so, and halves of surrogate pairs.
fn unicode(rest: &mut &str) -> Option<char> {
    let digits = rest.get(..4)?;
    *rest = rest.get(4..)?;
    let code = u32::from_str_radix(digits, 16).ok()?;
    Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
}

/// Whether a key is this Rust name in camel case.
pub(crate) fn is_camel_case(key: &str, name: &str) -> bool {
    camel_case(name).eq(key.bytes())
}

/// Whether a word is this Rust name with hyphens.
pub(crate) fn is_kebab_case(word: &str, name: &str) -> bool {
    let mut word = word.bytes();
    let matches = |(index, letter): (usize, u8)| {
        let started = index > 0 && letter.is_ascii_uppercase();
        (!started || word.next() == Some(b'-')) && word.next() == Some(letter.to_ascii_lowercase())
    };
    name.bytes().enumerate().all(matches) && word.next().is_none()
}

/// `display_name` and `DisplayName` as `displayName`.
fn camel_case(name: &str) -> impl Iterator<Item = u8> {
    let mut started = false;
    name.bytes().enumerate().filter_map(move |(index, letter)| {
        let start = core::mem::replace(&mut started, letter == b'_');
        match letter {
            b'_' => None,
            _ if index == 0 => Some(letter.to_ascii_lowercase()),
            _ if start => Some(letter.to_ascii_uppercase()),
            _ => Some(letter),
        }
    })
}

impl Read for String {
    fn read(value: Value<'_>, reading: &mut Reading) -> Self {
        value.text(reading)
    }
}

impl Read for bool {
    fn read(value: Value<'_>, reading: &mut Reading) -> Self {
        value.flag(reading)
    }
}

impl Read for u16 {
    const NULL_IS_A_MISTAKE: bool = true;

    #[expect(clippy::cast_possible_truncation, reason = "it is within its range")]
    fn read(value: Value<'_>, reading: &mut Reading) -> Self {
        value.number(Self::MAX.into(), reading) as Self
    }
}

impl Read for u32 {
    const NULL_IS_A_MISTAKE: bool = true;

    fn read(value: Value<'_>, reading: &mut Reading) -> Self {
        value.number(Self::MAX, reading)
    }
}

impl<T: Read> Read for Option<T> {
    fn read(value: Value<'_>, reading: &mut Reading) -> Self {
        let none = value.is_absent() || (value.0 == "null" && !T::NULL_IS_A_MISTAKE);
        (!none).then(|| T::read(value, reading))
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: Value<'_>, reading: &mut Reading) -> Self {
        value.elements(reading).into_iter().map(|element| T::read(element, reading)).collect()
    }
}

/// Structs by their fields, each with how it is read: a method of [`Object`].
macro_rules! objects {
    ($($type:ident { $($field:ident: $how:ident),* $(,)? })*) => {$(
        impl $crate::json::Read for $type {
            fn read(value: $crate::json::read::Value<'_>, reading: &mut $crate::json::read::Reading) -> Self {
                let mut object = value.object(reading);
                Self { $($field: object.$how(stringify!($field))),* }
            }
        }
    )*};
}

/// Enums of words by their variants; the first one is meant when there is none.
macro_rules! words {
    ($is:ident: $($type:ident { $first:ident $(, $word:ident)* $(,)? })*) => {$(
        impl $crate::json::Read for $type {
            fn read(value: $crate::json::read::Value<'_>, reading: &mut $crate::json::read::Reading) -> Self {
                // Does not compile when one is forgotten.
                const _: fn($type) = |word| match word { $type::$first $(| $type::$word)* => () };
                const NAMES: &[&str] = &[stringify!($first) $(, stringify!($word))*];
                const WORDS: &[$type] = &[$type::$first $(, $type::$word)*];
                let index = value.word($crate::json::read::$is, NAMES, reading);
                WORDS.get(index).copied().unwrap_or(Self::$first)
            }
        }
    )*};
}

/// Newtypes of numbers.
macro_rules! numbers {
    ($($type:ident)*) => {$(
        impl $crate::json::Read for $type {
            const NULL_IS_A_MISTAKE: bool = true;

            fn read(value: $crate::json::read::Value<'_>, reading: &mut $crate::json::read::Reading) -> Self {
                Self(u32::read(value, reading))
            }
        }
    )*};
}

pub(crate) use {numbers, objects, words};
