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
/// let headers = HeaderLines::new(32, [("Subject", "tea"), ("X-Empty", "")]);
/// assert_eq!(headers.iter().collect::<Vec<_>>(), [("Subject", "tea"), ("X-Empty", "")]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(transparent)]
pub struct HeaderLines(String);

impl HeaderLines {
    /// The lines of `fields`, whose values hold no line ends: a message that was read has none,
    /// for its folds are spaces (RFC 3261 section 7.3.1). `room` is how many octets they may take.
    pub fn new<'a>(room: usize, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut lines = String::with_capacity(room);
        for (name, value) in fields {
            if !lines.is_empty() {
                lines.push('\n');
            }
            lines.push_str(name);
            lines.push(':');
            lines.push_str(value);
        }
        Self(lines)
    }

    /// Name and value of each.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.split('\n').filter_map(|line| line.split_once(':'))
    }
}
