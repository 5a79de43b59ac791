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
/// let headers = HeaderLines::new([("Subject", "tea"), ("X-Empty", "")].into_iter());
/// assert_eq!(headers.iter().collect::<Vec<_>>(), [("Subject", "tea"), ("X-Empty", "")]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(transparent)]
pub struct HeaderLines(String);

impl HeaderLines {
    /// The lines of `fields`, whose values hold no line ends: a message that was read has none,
    /// for its folds are spaces (RFC 3261 section 7.3.1).
    pub fn new<'a>(fields: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Self {
        let room = fields.clone().map(|(name, value)| name.len() + value.len() + 2).sum();
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
