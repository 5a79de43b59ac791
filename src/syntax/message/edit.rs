//! Changing a received message on its way through a proxy (RFC 3261 section 16.6): what is not
//! edited goes on octet by octet.

use super::index::{Field, StartLine};
use super::lex::Elements;
use super::name::Name;
use super::params::Params;
use super::parse::Message;
use super::write::push_clean;
use crate::decimal::Decimal;
use alloc::string::String;
use alloc::vec::Vec;

/// Edits to one message; [`finish`](Edit::finish) writes the result.
#[derive(Clone, Debug)]
pub struct Edit<'m> {
    message: &'m Message,
    uri: Option<String>,
    lines: Vec<Line<'m>>,
}

#[derive(Clone, Debug)]
enum Line<'m> {
    /// As received, its line end included.
    Kept {
        name: Name,
        label: &'m str,
        value: &'m str,
        octets: &'m [u8],
    },
    Written {
        name: Name,
        label: String,
        value: String,
    },
}

impl<'m> Edit<'m> {
    /// No edits yet.
    pub fn new(message: &'m Message) -> Self {
        let line = |(field, octets): (Field, &'m [u8])| Line::Kept {
            name: field.name,
            label: message.text(field.label),
            value: message.text(field.value),
            octets,
        };
        Self { message, uri: None, lines: message.field_lines().map(line).collect() }
    }

    /// Replaces the Request-URI; no effect on a response.
    pub fn uri(&mut self, uri: &str) -> &mut Self {
        self.uri = Some(uri.into());
        self
    }

    /// Adds a field before the first of its name, or on top: what comes first counts first
    /// (Via, Route, Record-Route, Path).
    pub fn push(&mut self, name: Name, value: &str) -> &mut Self {
        let place = self.position(name).unwrap_or(0);
        self.lines.insert(place, Line::new(name, value.into()));
        self
    }

    /// Adds a field at the end.
    pub fn append(&mut self, name: Name, value: &str) -> &mut Self {
        self.lines.push(Line::new(name, value.into()));
        self
    }

    /// Adds a field of any name at the end.
    pub fn append_named(&mut self, label: &str, value: &str) -> &mut Self {
        let name = Name::from_bytes(label.as_bytes());
        self.lines.push(Line::Written { name, label: label.into(), value: value.into() });
        self
    }

    /// Makes `value` the only field of its name, at the place of the first one.
    pub fn set(&mut self, name: Name, value: &str) -> &mut Self {
        let place = self.position(name).unwrap_or(self.lines.len());
        self.remove(name);
        self.lines.insert(place.min(self.lines.len()), Line::new(name, value.into()));
        self
    }

    /// Removes all fields of this name.
    pub fn remove(&mut self, name: Name) -> &mut Self {
        self.lines.retain(|line| line.name() != name || name == Name::Other);
        self
    }

    /// Removes all fields of a name that may be unknown.
    pub fn remove_named(&mut self, label: &str) -> &mut Self {
        let name = Name::from_bytes(label.as_bytes());
        let same = |line: &Line<'_>| line.name() == name && (name != Name::Other || line.is_labelled(label));
        self.lines.retain(|line| !same(line));
        self
    }

    /// The first value of a list as it is now.
    pub fn top(&self, name: Name) -> Option<&str> {
        self.values(name).next()
    }

    /// The values of a list as they are now.
    pub fn values(&self, name: Name) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(move |line| line.name() == name).flat_map(|line| Elements::new(line.value()))
    }

    /// Removes the first value of a list (Via, Route) and returns it.
    pub fn pop(&mut self, name: Name) -> Option<String> {
        while let Some(place) = self.position(name) {
            let line = self.lines.get_mut(place)?;
            let mut elements = Elements::new(line.value());
            let top = elements.next().map(String::from);
            let rest = String::from(elements.rest());
            if rest.is_empty() {
                self.lines.remove(place);
            } else {
                *line = Line::new(name, rest);
            }
            if top.is_some() {
                return top;
            }
        }
        None
    }

    /// Adds a parameter to the topmost Via: `received`, `rport` (RFC 3261 section 18.2.1, RFC 3581
    /// section 4). A parameter of that name that was there gives way.
    pub fn via_param(&mut self, name: &str, value: &str) -> &mut Self {
        if let Some(top) = self.pop(Name::Via) {
            let via = with_param(&top, name, value);
            self.push(Name::Via, &via);
        }
        self
    }

    /// Counts Max-Forwards down, or starts it at 70 when it is missing or malformed (RFC 3261
    /// section 16.6 step 3). `None`, and no change, when it is 0 already.
    pub fn decrement_max_forwards(&mut self) -> Option<u8> {
        let left = match self.message.max_forwards() {
            Some(hops) => hops.checked_sub(1)?,
            None => 70,
        };
        self.set(Name::MaxForwards, Decimal::new(u64::from(left)).as_str());
        Some(left)
    }

    /// The edited message.
    pub fn finish(&self) -> Vec<u8> {
        let message = self.message;
        let mut out = Vec::with_capacity(message.octets().len() + 512);
        self.write_start_line(&mut out);
        for line in &self.lines {
            line.write(&mut out);
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(message.body());
        out
    }

    fn write_start_line(&self, out: &mut Vec<u8>) {
        let message = self.message;
        match message.start_line() {
            StartLine::Request { method, uri } => {
                out.extend_from_slice(message.text(method).as_bytes());
                out.push(b' ');
                push_clean(out, self.uri.as_deref().unwrap_or(message.text(uri)));
                out.extend_from_slice(b" SIP/2.0\r\n");
            }
            StartLine::Response { status, reason } => {
                out.extend_from_slice(b"SIP/2.0 ");
                out.extend_from_slice(Decimal::new(u64::from(status)).as_str().as_bytes());
                out.push(b' ');
                out.extend_from_slice(message.text(reason).as_bytes());
                out.extend_from_slice(b"\r\n");
            }
            StartLine::Unreadable => {}
        }
    }

    fn position(&self, name: Name) -> Option<usize> {
        self.lines.iter().position(|line| line.name() == name)
    }
}

impl Line<'_> {
    fn new(name: Name, value: String) -> Self {
        Self::Written { name, label: name.as_str().into(), value }
    }

    fn name(&self) -> Name {
        match self {
            Self::Kept { name, .. } | Self::Written { name, .. } => *name,
        }
    }

    fn value(&self) -> &str {
        match self {
            Self::Kept { value, .. } => value,
            Self::Written { value, .. } => value,
        }
    }

    fn is_labelled(&self, text: &str) -> bool {
        match self {
            Self::Kept { label, .. } => label.eq_ignore_ascii_case(text),
            Self::Written { label, .. } => label.eq_ignore_ascii_case(text),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Kept { octets, .. } => out.extend_from_slice(octets),
            Self::Written { label, value, .. } => {
                push_clean(out, label);
                out.extend_from_slice(b": ");
                push_clean(out, value);
                out.extend_from_slice(b"\r\n");
            }
        }
    }
}

/// `via` with the parameter replaced or added.
fn with_param(via: &str, name: &str, value: &str) -> String {
    let (sent_by, params) = via.split_at_checked(via.find(';').unwrap_or(via.len())).unwrap_or((via, ""));
    let others = Params::of_parsed(params).iter().filter(|(other, _)| !other.eq_ignore_ascii_case(name));
    let mut out = String::from(sent_by.trim_end());
    for (name, value) in others.chain([(name, Some(value).filter(|value| !value.is_empty()))]) {
        out.push(';');
        out.push_str(name);
        if let Some(value) = value {
            out.push('=');
            out.push_str(value);
        }
    }
    out
}
