//! The header fields of messages, on their way to the application.

use alloc::string::String;
use serde::Serialize;

/// All header fields of a message, in order: a line each, `Name:value`, separated by line feeds.
///
/// One text, because most are never looked at: a list would be an allocation for each name and
/// each value here, and five times the memory in JavaScript.
///
/// ```
/// use prackle::protocol::HeaderLines;
///
/// let headers: HeaderLines = [("Subject", "tea"), ("X-Long", "one\r\n two")].into_iter().collect();
/// assert_eq!(headers.iter().collect::<Vec<_>>(), [("Subject", "tea"), ("X-Long", "one two")]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(transparent)]
pub struct HeaderLines(String);

impl HeaderLines {
    /// Name and value of each.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.split('\n').filter_map(|line| line.split_once(':'))
    }

    /// A value that was folded becomes one line (RFC 3261 section 7.3.1).
    fn push(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(name);
        self.0.push(':');
        value.split(['\r', '\n']).for_each(|part| self.0.push_str(part));
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for HeaderLines {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(fields: T) -> Self {
        let mut lines = Self::default();
        fields.into_iter().for_each(|(name, value)| lines.push(name, value));
        lines
    }
}
