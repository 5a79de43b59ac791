//! `RSeq` and `RAck`: what is accepted and what is refused (RFC 3262 section 7, errata 4600 to 4604).

use prackle::message::{Fault, Message, Method, Name};

fn response(fields: &str) -> Message {
    parse(&format!("SIP/2.0 183 Session Progress\r\n{BASE}CSeq: 1 INVITE\r\n{fields}\r\n"))
}

fn prack(fields: &str) -> Message {
    parse(&format!("PRACK sip:bob@example.com SIP/2.0\r\n{BASE}CSeq: 2 PRACK\r\n{fields}\r\n"))
}

const BASE: &str = "Via: SIP/2.0/WSS a.invalid;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\n\
                    Call-ID: x@y\r\n";

fn parse(text: &str) -> Message {
    Message::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{:?}: {text}", error.fault()))
}

#[test]
fn p_017_an_rseq_is_a_number_from_1_and_nothing_else() {
    for (fields, value) in [
        ("RSeq: 1\r\n", 1),
        ("RSeq: 4294967295\r\n", u32::MAX),
        ("rseq:988789\r\n", 988_789),
        ("RSEQ \t:\t 7 \t\r\n", 7),
        ("RSeq: 00000000000000000007\r\n", 7),
        ("RSeq:\r\n 813520\r\n", 813_520),
        ("RSeq: 813520\r\n \r\n", 813_520),
        ("RSeq: 5\n", 5),
        ("RSeq: 5\r\nRSeq: 05\r\n", 5),
    ] {
        assert_eq!(response(fields).rseq(), Ok(Some(value)), "{fields}");
    }
    assert_eq!(response("").rseq(), Ok(None));
    for value in [
        "0",
        "00",
        "4294967296",
        "18446744073709551617",
        "+1",
        "-1",
        "0x10",
        "1e3",
        "1.0",
        "1;a=b",
        "1, 2",
        "1 2",
        "",
        "one",
        "\"1\"",
        "000000000000000000007",
        "１",
    ] {
        assert_eq!(response(&format!("RSeq: {value}\r\n")).rseq(), Err(Fault::RSeq), "{value}");
    }
    assert_eq!(response("RSeq: 1\r\nRSeq: 2\r\n").rseq(), Err(Fault::RSeq));
    assert_eq!(response("RSeq: 1\r\nRSeq: x\r\n").rseq(), Err(Fault::RSeq));
}

#[test]
fn rack_accepted() {
    for (value, rseq, cseq, method) in [
        ("776656 1 INVITE", 776_656, 1, Method::Invite),
        ("4294967295 4294967295 INVITE", u32::MAX, u32::MAX, Method::Invite),
        ("0000001  00002\tINVITE", 1, 2, Method::Invite),
        ("1\r\n 2\r\n\tINVITE", 1, 2, Method::Invite),
        ("1 2 invite", 1, 2, Method::Other("invite")),
        ("1 2 UPDATE", 1, 2, Method::Update),
    ] {
        let message = prack(&format!("RAck: {value}\r\n"));
        let rack = message.rack().unwrap();
        assert_eq!((rack.rseq, rack.cseq, rack.method), (rseq, cseq, method), "{value}");
    }
    // A deployed stack ends this line with a lone LF.
    assert_eq!(prack("rack : 1 2 INVITE\n").rack().map(|rack| rack.cseq), Ok(2));
}

#[test]
fn rack_refused() {
    for value in [
        "",
        "1",
        "1 2",
        "1 2 ",
        "1 INVITE",
        "INVITE 1 2",
        "1 2 INVITE x",
        "1 2 INVITE;a",
        "1 2 INVITE,",
        "4294967296 1 INVITE",
        "1 4294967296 INVITE",
        "-1 2 INVITE",
        "1 +2 INVITE",
        "1,2 INVITE",
        "0x1 2 INVITE",
        "1 2 INV/TE",
        "1 2INVITE",
    ] {
        assert_eq!(prack(&format!("RAck: {value}\r\n")).rack(), Err(Fault::RAck), "{value}");
    }
    assert_eq!(prack("").rack(), Err(Fault::RAck));
    assert_eq!(prack("RAck: 1 2 INVITE\r\nRAck: 1 2 INVITE\r\n").rack(), Err(Fault::RAck));
}

#[test]
fn the_option_tag_is_a_whole_token_in_any_case() {
    for (fields, found) in [
        ("Require: 100rel\r\n", true),
        ("require: timer, 100REL\r\n", true),
        ("Require: ,, 100Rel ,\r\n", true),
        ("Require: timer\r\nRequire: 100rel\r\n", true),
        ("Require: x100rel\r\n", false),
        ("Require: 100rel2\r\n", false),
        ("Supported: 100rel\r\n", false),
        ("", false),
    ] {
        assert_eq!(response(fields).has_token(Name::Require, "100rel"), found, "{fields}");
    }
    assert!(response("k: timer,100rel\r\n").has_token(Name::Supported, "100rel"));
}
