//! The header fields of messages, on their way to the application.

use alloc::string::String;
use serde::Serialize;

/// All header fields of a message, in order: its header as it stands there, a line each, folds as spaces.
///
/// One text, because most are never looked at: a list would be an allocation for each name and
/// each value here, and five times the memory in JavaScript.
///
/// ```
/// use prackle::protocol::HeaderLines;
///
/// let headers = HeaderLines::new("Subject: tea\r\nX-Empty:\r\n");
/// assert_eq!(headers.iter().collect::<Vec<_>>(), [("Subject", "tea"), ("X-Empty", "")]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(transparent)]
pub struct HeaderLines(String);

impl HeaderLines {
    /// The header of a message.
    pub fn new(header: &str) -> Self {
        Self(header.into())
    }

    /// Name and value of each.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.lines().filter_map(|line| line.split_once(':')).map(|(name, value)| (name.trim_end(), value.trim()))
    }
}
