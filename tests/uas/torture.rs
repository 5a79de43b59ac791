//! The 49 torture messages of RFC 4475 at a connected user agent, one test each: the `ua`
//! column of `rfc4475.tsv`.

use super::callee::Callee;
use super::corpus::{read, table};
use prackle::message::Message;

macro_rules! torture {
    ($($test:ident)+) => {
        $(#[test] fn $test() { check(concat!(stringify!($test), ".dat")); })+

        const TESTS: &[&str] = &[$(stringify!($test)),+];
    };
}

torture! {
    wsinv intmeth esc01 escnull esc02 lwsdisp longreq dblreq semiuri transports mpart01 unreason noreason badinv01
    clerr ncl scalar02 scalarlg quotbal ltgtruri lwsruri lwsstart trws escruri baddate regbadct badaspec baddn badvers
    mismatch01 mismatch02 bigcode badbranch insuf unkscm novelsc unksm2 bext01 invut regaut01 multi01 mcl01 bcast
    zeromf cparam01 cparam02 regescrt sdp01 inv2543
}

#[test]
fn every_message_of_the_index_has_a_test() {
    let files: Vec<String> = table("torture/rfc4475.tsv").iter().map(|row| row.get("file").to_owned()).collect();
    assert_eq!(files, TESTS.iter().map(|test| format!("{test}.dat")).collect::<Vec<_>>());
}

fn check(file: &str) {
    let rows = table("torture/rfc4475.tsv");
    let row = rows.iter().find(|row| row.get("file") == file).expect("it is in the index");
    let octets = read(&format!("torture/rfc4475/{file}"));
    let mut agent = Callee::new();
    agent.receive(&octets);
    let seen = agent.take();
    let acceptable: Vec<&str> = row.get("ua").split(';').collect();
    let outcome = if seen == ["481 INVITE"] && has_to_tag(&octets) {
        // The ordinary answer to an INVITE in a dialog that we do not know.
        "process".to_owned()
    } else {
        outcome(&octets, &seen)
    };
    assert!(acceptable.contains(&outcome.as_str()), "{file}: {outcome} is none of {acceptable:?} ({seen:?})");
    check_trace(file, &octets, &agent);
    settle(&mut agent, &seen);
    assert_eq!(agent.agent.load(), 0, "{file}: something stays");
}

/// `process`, `discard`, or the status of the refusal.
fn outcome(octets: &[u8], seen: &[String]) -> String {
    let is_request = !octets.starts_with(b"SIP/");
    let refusal = seen.iter().filter_map(|words| words.split(' ').next()?.parse::<u16>().ok()).find(|s| *s >= 300);
    match refusal {
        Some(status) => status.to_string(),
        None if is_request => {
            assert!(!seen.is_empty(), "a request is answered, or told");
            "process".to_owned()
        }
        // A response that belongs to nothing is dropped, whether it can be read or not.
        None if Message::parse(octets).is_ok_and(|message| message.via_count() == 1) => "process".to_owned(),
        None => "discard".to_owned(),
    }
}

fn has_to_tag(octets: &[u8]) -> bool {
    Message::parse(octets).is_ok_and(|message| message.to_tag().is_some())
}

/// What cannot be read leaves a line with its fault.
fn check_trace(file: &str, octets: &[u8], agent: &Callee) {
    let entry = agent.agent.trace().next().expect("every frame is traced");
    assert_eq!(entry.fault.is_some(), Message::parse(octets).is_err(), "{file}: {:?}", entry.fault);
}

/// A call that came of it is rejected, and everything runs out.
fn settle(agent: &mut Callee, seen: &[String]) {
    if seen.contains(&"<invite>".to_owned()) {
        agent.reject(480);
        assert_eq!(agent.take().first().map(String::as_str), Some("480 INVITE"));
    }
    agent.pass(200_000);
}
