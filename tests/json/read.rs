//! Commands and the configuration, well made and not, read as serde would read them.

use super::samples::{COMMANDS, CONFIG, compact};
use super::schema::{members, names};
use prackle::json::{Read, from_text};
use prackle::protocol::{
    Answer, CallOptions, Cause, Command, Config, Credentials, Media, OnFork, PrackMode, Progress, RefusalCode,
    Reinvites, Rel100, ReliableProgress, RequestOptions, Server,
};
use prackle::random::Random;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt::Debug;

/// What may stand in the place of anything. (`null` is not among them: see below.)
fn others() -> Vec<Value> {
    vec![
        json!(true),
        json!(0),
        json!(65_535),
        json!(65_536),
        json!(4_294_967_295_u32),
        json!(4_294_967_296_u64),
        json!(-1),
        json!(1.5),
        json!(""),
        json!("text"),
        json!("None"),
        json!("connect"),
        json!("hang-up"),
        json!("hangUp"),
        json!([]),
        json!({}),
        json!([[]]),
        json!([["a"]]),
        json!([["a", "b"]]),
        json!([["a", "b", "c"]]),
        json!([["a", 1]]),
        json!(["a"]),
        json!({"sdp": "v=0"}),
        json!({"sdp": 1}),
        json!({"failed": {"status": 488, "cause": "no-ack"}}),
        json!({"failed": {}}),
        json!({"a": 1, "b": 2}),
    ]
}

/// The value with each of its parts replaced, removed, renamed or joined by a stranger.
fn variations(value: &Value) -> Vec<Value> {
    let mut found = others();
    if value.is_object() || value.get(0).is_some_and(Value::is_object) {
        // A struct as an array of its members is a liberty of serde's that TypeScript's types do not have.
        found.retain(|other| !other.is_array());
    }
    if let Value::Object(members) = value {
        for (name, member) in members {
            let with = |name: &str, member: Value| {
                let mut changed = members.clone();
                changed.insert(name.to_owned(), member);
                Value::Object(changed)
            };
            let mut without = members.clone();
            without.remove(name);
            found.push(Value::Object(without));
            found.push(with("stranger", json!({"of": [["any", "]depth\"}"], member]})));
            found.push(with(&name.to_uppercase(), member.clone()));
            found.extend(variations(member).into_iter().map(|other| with(name, other)));
        }
    }
    if let Value::Array(elements) = value {
        for (index, element) in elements.iter().enumerate() {
            let with = |element: Value| {
                let mut changed = elements.clone();
                changed.splice(index..=index, [element]);
                Value::Array(changed)
            };
            found.extend(variations(element).into_iter().map(with));
        }
    }
    found
}

fn assert_same<T: Read + DeserializeOwned + Debug>(value: &Value) {
    let text = value.to_string();
    let (ours, theirs) = (from_text::<T>(&text), serde_json::from_str::<T>(&text));
    match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{text}"),
        (Err(_), Err(_)) => {}
        _ => panic!("{text}: {ours:?}, serde: {theirs:?}"),
    }
}

fn assert_all_same<T: Read + DeserializeOwned + Debug>(sample: &Value) {
    assert!(from_text::<T>(&sample.to_string()).is_ok(), "{sample}");
    assert_same::<T>(sample);
    variations(sample).iter().for_each(assert_same::<T>);
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().into_iter().flat_map(|members| members.keys().map(String::as_str)).collect()
}

fn assert_names_all(names: &[&str], value: &Value) {
    let keys = keys(value);
    assert!(names.iter().all(|name| keys.contains(name)), "{names:?} has members that no sample has: {keys:?}");
}

#[test]
fn the_configuration_is_read_as_serde_would() {
    assert_all_same::<Config>(&compact(CONFIG));
}

#[test]
fn every_command_is_read_as_serde_would() {
    COMMANDS.iter().for_each(|sample| assert_all_same::<Command>(&compact(sample)));
}

// Their secrets are not shown, so that the comparison above does not see them.
#[test]
fn credentials_are_read_member_by_member() {
    let Command::Credentials { credentials: Some(read), .. } = from_text(COMMANDS[4]).expect("credentials") else {
        panic!("not credentials");
    };
    let (password, ha1, realm) = (read.password.as_deref(), read.ha1.as_deref(), read.realm.as_deref());
    assert_eq!((read.username.as_str(), password, ha1, realm), ("a", Some("b"), Some("c"), Some("d")));
}

#[test]
fn the_samples_have_every_member_that_serde_knows() {
    let config = compact(CONFIG);
    assert_names_all(&names::<Config>(), &config);
    assert_names_all(&names::<Server>(), &config["servers"][0]);
    assert_names_all(&names::<Credentials>(), &config["credentials"]);
    let commands: Vec<Value> = COMMANDS.iter().map(|sample| compact(sample)).collect();
    for name in names::<Command>() {
        let of_name = |command: &&Value| command.as_str() == Some(name) || command.get(name).is_some();
        let sample = commands.iter().find(of_name).unwrap_or_else(|| panic!("no sample of {name}"));
        assert_names_all(&members::<Command>(name), &sample[name]);
    }
    let options = |name: &str, member: &str| {
        commands.iter().find_map(|command| command.get(name)?.get(member)).cloned().unwrap_or_default()
    };
    assert_names_all(&names::<CallOptions>(), &options("call", "options"));
    assert_names_all(&names::<Progress>(), &options("progress", "progress"));
    assert_names_all(&names::<RequestOptions>(), &options("request", "options"));
    assert_eq!(names::<Answer>(), ["sdp", "failed"]);
}

fn assert_words<T: Read + DeserializeOwned + Debug>() {
    let words = names::<T>();
    assert!(words.len() > 1);
    for word in words {
        assert_all_same::<T>(&json!(word));
    }
}

#[test]
fn every_word_is_read_as_serde_would() {
    assert_words::<Cause>();
    assert_words::<Rel100>();
    assert_words::<ReliableProgress>();
    assert_words::<PrackMode>();
    assert_words::<Reinvites>();
    assert_words::<OnFork>();
    assert_words::<Media>();
}

#[test]
fn refusals_are_named_as_serde_would() {
    let names = names::<RefusalCode>();
    assert!(names.contains(&"invalid-uri"));
    for name in names {
        let code: RefusalCode = serde_json::from_str(&format!("\"{name}\"")).expect("a code");
        assert_eq!(code.as_str(), name);
    }
}

#[test]
fn null_is_absence_but_not_of_a_number() {
    let told = |text: &str| from_text::<Command>(text).map_err(|fault| fault.message());
    assert!(told(r#"{"reject":{"call":1,"reason":null}}"#).is_ok());
    let fault = told(r#"{"reject":{"call":1,"status":null}}"#).unwrap_err();
    assert_eq!(fault, "status must be a whole number within its range");
    let fault = told(r#"{"update":{"call":1,"request":1,"dialog":null}}"#).unwrap_err();
    assert_eq!(fault, "dialog must be a whole number within its range");
}

#[test]
fn a_fault_names_the_member_and_what_it_must_be() {
    let told = |text: &str| from_text::<Command>(text).expect_err(text).message();
    assert_eq!(told(r#"{"register":{}}"#), "request is missing");
    assert_eq!(told(r#"{"register":{"request":"seven"}}"#), "request must be a whole number within its range");
    assert_eq!(told(r#"{"call":{"call":1,"target":5}}"#), "target must be text");
    let options = r#"{"call":{"call":1,"target":"sip:a@b","options":{"noAnswerTimeout":-1}}}"#;
    assert_eq!(told(options), "noAnswerTimeout must be a whole number within its range");
    assert_eq!(told(r#"{"hangup":{"call":1,"headers":[["A"]]}}"#), "headers must be pairs of name and value");
    assert_eq!(
        told(r#"{"call":{"call":1,"target":"x","options":{"prack":"never"}}}"#),
        "prack is not one of the words that are known"
    );
    assert_eq!(told(r#"{"dance":{}}"#), "the argument is not one of the words that are known");
    assert_eq!(told(r#"{"hangup":{"call":1},"accept":{}}"#), "the argument must have exactly one member");
    assert_eq!(told("7"), "the argument must be an object");
    assert_eq!(from_text::<Config>(r#"{"uri":"sip:a@b"}"#).unwrap_err().message(), "servers is missing");
}

#[test]
fn what_nobody_asks_for_may_be_of_any_depth() {
    let (open, close) = ("[{\"a\":".repeat(100_000), "}]".repeat(100_000));
    assert!(from_text::<Command>(&format!(r#"{{"trace":{{"deep":{open}0{close},"live":true}}}}"#)).is_ok());
    assert!(from_text::<Command>(&format!(r#"{{"trace":{{"live":{open}0{close}}}}}"#)).is_err());
    assert!(from_text::<Command>(&open).is_err() && from_text::<Command>(&close).is_err());
}

const STRANGERS: [char; 16] = ['{', '}', '[', ']', '"', ':', ',', '\\', 'u', '0', 'd', '-', '9', '\0', 'é', '🐈'];

#[test]
fn whatever_the_text_is_it_is_read_or_refused() {
    let mut random = Random::new([5; 32]);
    let samples: Vec<String> = COMMANDS.iter().chain([&CONFIG]).map(|sample| compact(sample).to_string()).collect();
    let mut refused = 0;
    for _ in 0..60_000 {
        let mut pick = |below: usize| random.below(u32::try_from(below).unwrap()) as usize;
        let mut text: Vec<char> = samples[pick(samples.len())].chars().collect();
        for _ in 0..=pick(3) {
            let (at, other) = (pick(text.len()), STRANGERS[pick(STRANGERS.len())]);
            match pick(4) {
                0 if text.len() > 1 => drop(text.remove(at)),
                1 => text.insert(at, other),
                2 => text[at] = other,
                _ => text.truncate(at.max(1)),
            }
        }
        let text: String = text.into_iter().collect();
        refused += usize::from(from_text::<Command>(&text).is_err() && from_text::<Config>(&text).is_err());
        // What is no JSON at all is refused, unless the fault is within what nobody asked for.
        if serde_json::from_str::<Command>(&text).is_ok() && !text.contains(' ') && !text.contains("\\u") {
            assert!(from_text::<Command>(&text).is_ok(), "{text}");
        }
    }
    assert!(refused > 30_000, "{refused}");
}
