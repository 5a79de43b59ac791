//! Who talks to whom.

use crate::message::append_clean;
use alloc::string::String;
use alloc::sync::Arc;
use core::ops::Range;

/// From, To and Call-ID, which all requests of one side of a dialog have in common: as lines of a
/// header, written once and shared by all of them.
#[derive(Clone, Debug, Default)]
pub struct Parties {
    lines: Arc<str>,
    from_tag: Range<usize>,
    /// Empty outside a dialog, and at the end of To then.
    to_tag: Range<usize>,
    call_id: Range<usize>,
}

impl Parties {
    /// From and To come in parts, without their tags; outside a dialog To has none.
    pub fn new(from: &[&str], from_tag: &str, to: &[&str], to_tag: &str, call_id: &str) -> Self {
        let length = |parts: &[&str]| parts.iter().map(|part| part.len()).sum::<usize>();
        let tags = from_tag.len() + to_tag.len() + call_id.len();
        let mut lines = String::with_capacity(length(from) + length(to) + tags + 40);
        append(&mut lines, "From: ", from);
        let from_tag = append(&mut lines, ";tag=", &[from_tag]);
        append(&mut lines, "\r\nTo: ", to);
        let to_tag = append(&mut lines, if to_tag.is_empty() { "" } else { ";tag=" }, &[to_tag]);
        let call_id = append(&mut lines, "\r\nCall-ID: ", &[call_id]);
        lines.push_str("\r\n");
        Self { lines: lines.into(), from_tag, to_tag, call_id }
    }

    /// The same with the tag of who has answered.
    pub fn answered_by(&self, tag: &str) -> Self {
        let text = |range| self.lines.get(range).unwrap_or_default();
        let mut lines = String::with_capacity(self.lines.len() + tag.len() + 5);
        lines.push_str(text(0..self.to_tag.start));
        let to_tag = append(&mut lines, ";tag=", &[tag]);
        let call_id = append(&mut lines, "\r\nCall-ID: ", &[self.call_id()]);
        lines.push_str("\r\n");
        Self { lines: lines.into(), from_tag: self.from_tag.clone(), to_tag, call_id }
    }

    /// The lines of From, To and Call-ID.
    pub fn lines(&self) -> &str {
        &self.lines
    }

    /// The lines of From and of Call-ID.
    pub fn lines_but_to(&self) -> [&str; 2] {
        let line = |range| self.lines.get(range).unwrap_or_default();
        [line(0..self.from_tag.end + 2), line(self.to_tag.end + 2..self.lines.len())]
    }

    /// The tag of From: ours.
    pub fn from_tag(&self) -> &str {
        self.lines.get(self.from_tag.clone()).unwrap_or_default()
    }

    /// The tag of To; empty outside a dialog.
    pub fn to_tag(&self) -> &str {
        self.lines.get(self.to_tag.clone()).unwrap_or_default()
    }

    /// Call-ID.
    pub fn call_id(&self) -> &str {
        self.lines.get(self.call_id.clone()).unwrap_or_default()
    }
}

/// Appends a label and a value; where the value stands.
fn append(lines: &mut String, label: &str, value: &[&str]) -> Range<usize> {
    lines.push_str(label);
    let start = lines.len();
    value.iter().for_each(|part| append_clean(lines, part));
    start..lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_written_once() {
        let asked = Parties::new(&["\"A\" ", "<sip:a@b>"], "1", &["<sip:c@d>"], "", "x@y");
        assert_eq!(asked.lines(), "From: \"A\" <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x@y\r\n");
        assert_eq!((asked.from_tag(), asked.to_tag(), asked.call_id()), ("1", "", "x@y"));
        let answered = asked.answered_by("2");
        assert_eq!(answered.lines(), "From: \"A\" <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: x@y\r\n");
        assert_eq!(answered.lines_but_to(), ["From: \"A\" <sip:a@b>;tag=1\r\n", "Call-ID: x@y\r\n"]);
        assert_eq!((answered.from_tag(), answered.to_tag(), answered.call_id()), ("1", "2", "x@y"));
        assert_eq!(Parties::new(&["\"A\" <sip:a@b>"], "1", &["<sip:c@d>"], "2", "x@y").lines(), answered.lines());
    }

    #[test]
    fn no_value_breaks_out_of_its_line() {
        let parties = Parties::new(&["\"A\0\" <sip:a@b>"], "1", &["<sip:c@d>\r\nX: y"], "2", "x");
        assert_eq!(parties.lines(), "From: \"A \" <sip:a@b>;tag=1\r\nTo: <sip:c@d>  X: y;tag=2\r\nCall-ID: x\r\n");
    }
}
