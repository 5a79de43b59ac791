//! Events and the trace, written as `serde_json` would, but without what is absent.

use prackle::json::List;
use prackle::protocol::{
    CallId, Cause, ConnectionState, DialogNumber, Direction, EndedBy, Event, Failure, HeaderLines, Party, PeerRel100,
    ProgressKind, Refusal, RefusalCode, RequestNumber, Response, Severity, TraceEntry,
};
use serde::Serialize;
use serde_json::Value;

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, member)| !member.is_null());
            Value::Object(kept.map(|(name, member)| (name, without_nulls(member))).collect())
        }
        Value::Array(elements) => Value::Array(elements.into_iter().map(without_nulls).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

fn assert_written<T: Serialize>(values: &[T]) {
    let mut list = List::default();
    values.iter().for_each(|value| list.push(value));
    let written: Value = serde_json::from_str(list.end()).expect("JSON");
    let wanted = without_nulls(serde_json::to_value(values).expect("JSON"));
    assert_eq!(written, wanted);
    assert!(!list.end().contains("null"), "{}", list.end());
}

fn fields() -> HeaderLines {
    HeaderLines::new("Subject: \"quoted\" \\ \u{7}ü🐈\r\nX-Empty:\r\n")
}

fn failure() -> Failure {
    Failure { cause: Cause::NoAnswerDescription, status: Some(488), reason: Some("Not\r\n".into()), retry_after: None }
}

fn entry() -> TraceEntry {
    TraceEntry { at: u64::from(u32::MAX) + 1, direction: Direction::Sent, flow: 3, text: "a\r\n".into(), fault: None }
}

fn calls() -> Vec<Event> {
    let (call, dialog) = (CallId(u32::MAX), DialogNumber(0));
    let party = || Party { uri: "sip:a@b".into(), display_name: Some("A".into()) };
    let stranger = Party { uri: "sip:c@d".into(), display_name: None };
    vec![
        Event::Invite {
            call,
            from: party(),
            to: stranger,
            peer_rel100: PeerRel100::Required,
            offer: true,
            headers: fields(),
        },
        Event::Progress {
            call,
            dialog: Some(dialog),
            status: 183,
            reason: String::new(),
            reliable: true,
            rseq: Some(7),
            kind: ProgressKind::Answer,
            prack: false,
            headers: HeaderLines::default(),
        },
        Event::NoAck { call },
        Event::PrackFailed { call, dialog, rseq: 1, failure: failure() },
        Event::Ended {
            call,
            by: EndedBy::System,
            status: None,
            cause: Cause::ProtocolError,
            reason: None,
            answered_elsewhere: false,
            duration_ms: 0,
            retry_after: None,
            contacts: vec!["sip:e@f".into()],
        },
    ]
}

#[test]
fn events_are_written_as_serde_would() {
    assert_written(&calls());
    let response = Response { status: 200, reason: "OK".into(), headers: fields(), body: Some("{}".into()) };
    assert_written(
        &[
            Event::Connection {
                state: ConnectionState::Disconnected,
                server: None,
                retry_in: Some(0),
                failure: Some(failure()),
            },
            Event::Settled { request: RequestNumber(1), failure: None, response: Some(response), rseq: None },
            Event::Trace(entry()),
            Event::Diagnostic { call: None, severity: Severity::Warning, code: "null".into() },
        ][..3],
    );
}

#[test]
fn the_trace_and_refusals_are_written_as_serde_would() {
    assert_written(&[entry(), TraceEntry { fault: Some("start-line".into()), ..entry() }]);
    assert_written(&[Refusal::new(RefusalCode::OaPending, "Wait.")]);
}

#[test]
fn a_text_that_says_null_is_not_taken_for_nothing() {
    let mut list = List::default();
    list.push(&Event::Diagnostic { call: None, severity: Severity::Warning, code: ":null".into() });
    list.push(&TraceEntry { fault: Some("null".into()), ..entry() });
    let wanted = r#"[{"type":"diagnostic","severity":"warning","code":":null"},{"at":4294967296,"direction":"sent","flow":3,"text":"a\r\n","fault":"null"}]"#;
    assert_eq!(list.end(), wanted);
}

// Without them the members would be missing: only what is absent is left out.
#[test]
fn the_members_whose_texts_are_beside_are_null() {
    let mut list = List::new(16);
    list.push(&Event::Remote {
        call: CallId(1),
        dialog: DialogNumber(0),
        kind: ProgressKind::Answer,
        sdp: "v=0\r\n".repeat(9),
        commit: true,
    });
    list.push(&TraceEntry { text: "BYE sip:a@b SIP/2.0\r\n".into(), ..entry() });
    let wanted = r#"[{"type":"remote","call":1,"dialog":0,"kind":"answer","sdp":null,"commit":true},{"at":4294967296,"direction":"sent","flow":3,"text":null}]"#;
    assert_eq!(list.end(), wanted);
    assert_eq!(list.beside().collect::<Vec<_>>(), ["v=0\r\n".repeat(9).as_str(), "BYE sip:a@b SIP/2.0\r\n"]);
}

#[test]
fn texts_are_written_so_that_others_read_them() {
    let every: String = (0..=0x2fff).filter_map(char::from_u32).chain(['\u{10ffff}', '🐈']).collect();
    for text in ["", "\r\n", "\"", "\\", "\\u0041", every.as_str()] {
        let mut list = List::default();
        list.push(text);
        assert_eq!(serde_json::from_str::<Vec<String>>(list.end()).expect("JSON"), [text]);
    }
}
