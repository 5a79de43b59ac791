//! The corpora of complete messages: RFC 4475 and the call flows of the RFCs.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::fs;
use std::path::{Path, PathBuf};

/// One message of a flow.
pub(crate) struct FlowMessage {
    /// File and message: `rfc3665/2.1.flow F1`.
    pub(crate) id: String,
    /// The message as it travels.
    pub(crate) octets: Vec<u8>,
}

/// One row of a table with a header row.
pub(crate) struct Row {
    names: Vec<String>,
    cells: Vec<String>,
}

impl Row {
    /// The cell in the column `name`.
    pub(crate) fn get(&self, name: &str) -> &str {
        let column = self.names.iter().position(|candidate| candidate == name);
        column.and_then(|column| self.cells.get(column)).map_or("", String::as_str)
    }
}

/// A file of `tests/data`.
pub(crate) fn read(path: &str) -> Vec<u8> {
    let path = data().join(path);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of a table in `tests/data`.
pub(crate) fn table(path: &str) -> Vec<Row> {
    let text = String::from_utf8(read(path)).expect("tables are UTF-8");
    let mut lines = text.lines().map(|line| line.split('\t').map(String::from).collect::<Vec<_>>());
    let names = lines.next().expect("a header row");
    lines.map(|cells| Row { names: names.clone(), cells }).collect()
}

/// The 49 torture messages and the one that only the archive has: name and octets.
pub(crate) fn torture() -> Vec<(String, Vec<u8>)> {
    let rows = table("torture/rfc4475.tsv");
    let names = rows.iter().map(|row| row.get("file").to_owned());
    let mut all: Vec<_> = names.map(|name| (name.clone(), read(&format!("torture/rfc4475/{name}")))).collect();
    all.push(("test.dat".to_owned(), read("torture/archive-extra/test.dat")));
    all
}

/// All messages of all flows that have the fields of every SIP message.
pub(crate) fn flows() -> Vec<FlowMessage> {
    let rows = table("flows/index.tsv");
    rows.iter().flat_map(|row| flow(row.get("file"))).filter(|message| is_complete(&message.octets)).collect()
}

/// All messages of one flow, with the Content-Length that RFC printing took away.
pub(crate) fn flow(file: &str) -> Vec<FlowMessage> {
    let text = String::from_utf8(read(&format!("flows/{file}"))).expect("flows are UTF-8");
    let mut messages: Vec<(FlowMessage, String)> = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        if let Some(caption) = line.strip_prefix("@@ ") {
            let mut parts = caption.split('|').map(str::trim);
            let id = format!("{file} {}", parts.next().unwrap_or(""));
            let kind = parts.find_map(|part| part.strip_prefix("content-length=")).unwrap_or("").to_owned();
            messages.push((FlowMessage { id, octets: Vec::new() }, kind));
            is_open = true;
        } else if line.starts_with("## ") {
            is_open = false;
        } else if let (true, Some((message, _))) = (is_open, messages.last_mut()) {
            message.octets.extend_from_slice(line.as_bytes());
            message.octets.extend_from_slice(b"\r\n");
        }
    }
    messages.into_iter().map(|(message, kind)| with_length(message, &kind)).collect()
}

/// Whether each field that RFC 3261 section 8.1.1 asks of every message is there.
fn is_complete(octets: &[u8]) -> bool {
    let text = String::from_utf8_lossy(octets);
    let header = text.split("\r\n\r\n").next().unwrap_or("");
    let has = |names: [&str; 2]| {
        header.lines().filter_map(|line| line.split_once(':')).any(|(name, _)| {
            let name = name.trim_end();
            names.iter().any(|candidate| name.eq_ignore_ascii_case(candidate))
        })
    };
    [["Via", "v"], ["From", "f"], ["To", "t"], ["Call-ID", "i"], ["CSeq", "CSeq"]].into_iter().all(has)
}

fn with_length(mut message: FlowMessage, kind: &str) -> FlowMessage {
    if kind == "exact" || kind == "none" {
        return message;
    }
    if kind == "exact-without-last-crlf" {
        message.octets.truncate(message.octets.len() - 2);
        return message;
    }
    let text = String::from_utf8(message.octets).expect("flows are UTF-8");
    let (header, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let length = |line: &str| match line.split_once(':') {
        Some((name, _)) if ["content-length", "l"].contains(&name.trim_end().to_ascii_lowercase().as_str()) => {
            format!("{name}: {}", body.len())
        }
        _ => line.to_owned(),
    };
    let header: Vec<String> = header.split("\r\n").map(length).collect();
    message.octets = format!("{}\r\n\r\n{body}", header.join("\r\n")).into_bytes();
    message
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}
