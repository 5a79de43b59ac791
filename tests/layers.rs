//! The floors of the house: a module uses only modules of floors below its own, and none
//! beside it. Read from the `use` lines, and the `crate::` and `prackle_syntax::` paths of the sources.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Floors from the ground up; what stands in one line does not know each other.
const FLOORS: &[&[&str]] = &[
    &["time", "random", "decimal"],
    &["table", "json"],
    &["message", "protocol"],
    &["transaction", "flow", "reading"],
    &["dialog", "reliability", "negotiation", "auth", "sdp"],
    &["usage"],
    &["call", "registration", "subscription", "publication", "request"],
    &["agent"],
    &["browser"],
];

/// What is used inside one floor all the same: `FlowId`, the name of a connection.
const BESIDE: &[(&str, &str)] = &[("transaction", "flow")];

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|modules| modules.contains(&module))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The top module that a file belongs to: `src/call/outgoing.rs` to `call`, `src/syntax/reading.rs` to `reading`.
fn module_of(file: &Path, src: &Path) -> String {
    let path = file.strip_prefix(src).expect("below src");
    let first = path.strip_prefix("syntax").unwrap_or(path).components().next().expect("a name");
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// The top modules that a source names by `crate::` or `prackle_syntax::`, `crate::{a, b::{c}}` included.
fn uses_of(source: &str) -> Vec<String> {
    let code = source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join(" ");
    let code = code.replace("prackle_syntax::", "crate::");
    let mut found = Vec::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(group) => found.extend(names_of_group(group)),
            None => found.extend(leading_name(after)),
        }
    }
    found
}

fn names_of_group(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut names = vec![String::new()];
    for letter in group.chars() {
        match letter {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(String::new()),
            _ if depth == 0 => names.last_mut().expect("one").push(letter),
            _ => {}
        }
    }
    names.iter().filter_map(|name| leading_name(name)).collect()
}

fn leading_name(text: &str) -> Option<String> {
    let name: String = text.trim_start().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

fn allowed(user: &str, used: &str) -> bool {
    user == used || floor(used) < floor(user) || BESIDE.contains(&(user, used))
}

#[test]
fn every_module_stands_on_a_floor_and_uses_only_floors_below() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut faults = BTreeMap::new();
    let roots = ["lib.rs", "syntax/lib.rs"].map(|root| src.join(root));
    for file in files.iter().filter(|file| !roots.contains(file)) {
        let module = module_of(file, &src);
        if floor(&module).is_none() {
            faults.insert(module.clone(), "stands on no floor".to_owned());
        }
        let source = fs::read_to_string(file).expect("UTF-8");
        for used in uses_of(&source).into_iter().filter(|used| floor(used).is_some() && !allowed(&module, used)) {
            faults.insert(format!("{}", file.strip_prefix(&src).expect("below src").display()), format!("uses {used}"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn uses_are_read_in_all_their_forms() {
    let source = "use crate::time::Instant;\nuse crate::{message::{Message, Name}, dialog};\nlet x = crate::auth::f(); // crate::agent\n";
    assert_eq!(uses_of(source), ["time", "message", "dialog", "auth"]);
    assert_eq!(
        uses_of("use prackle_syntax::reading;\nuse prackle_syntax::{decimal, message::Name};\n"),
        ["reading", "decimal", "message"]
    );
    assert!(allowed("call", "dialog") && allowed("call", "call"));
    assert!(!allowed("dialog", "call") && !allowed("dialog", "auth") && !allowed("message", "transaction"));
}
