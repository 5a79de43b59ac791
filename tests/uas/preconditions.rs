//! Preconditions, which the application knows of and the core lets through (RFC 3312 sections
//! 8, 11 and 13), as a callee.

use super::callee::{ANSWER, Callee, OFFER};
use super::updates::CONTACT;
use prackle::message::Name;
use prackle::protocol::{Cause, Progress};

const CALLER: &str = "Supported: 100rel, precondition\r\nRequire: precondition\r\nAllow: PRACK, UPDATE\r\n";

const CONDITIONS: &str = "a=curr:qos e2e none\r\na=des:qos mandatory e2e sendrecv\r\n";

fn knowing() -> Callee {
    Callee::with(|config| config.extensions = vec!["precondition".to_owned()])
}

#[test]
fn an_invite_that_requires_them_is_for_those_who_know_them() {
    let mut bob = Callee::new();
    bob.invite(CALLER, OFFER);
    assert_eq!(bob.take(), ["420 INVITE"]);
    assert_eq!(bob.last().values(Name::Unsupported).collect::<Vec<_>>(), ["precondition"]);
    let mut bob = knowing();
    bob.invite(CALLER, OFFER);
    assert_eq!(bob.take(), ["<invite>"]);
}

// RFC 3312 section 13.1: the offers of the caller come in PRACK or UPDATE before it rings.
#[test]
fn the_flow_of_rfc_3312() {
    let mut bob = knowing();
    bob.invite(CALLER, &format!("{OFFER}{CONDITIONS}"));
    bob.progress(183);
    bob.describe(&format!("{ANSWER}{CONDITIONS}"));
    assert_eq!(bob.take(), ["<invite>", "<describe>", "183 INVITE rel sdp"]);
    let progress = bob.last();
    assert_eq!(progress.values(Name::Require).collect::<Vec<_>>(), ["100rel"], "it is the offer that requires");
    assert!(progress.has_token(Name::Supported, "precondition"));
    bob.prack(&format!("{OFFER}{CONDITIONS}"));
    bob.describe(&format!("{ANSWER}{CONDITIONS}"));
    bob.request("UPDATE", &format!("{CONTACT}Require: precondition\r\n"), OFFER);
    bob.describe(ANSWER);
    bob.progress(180);
    bob.prack("");
    bob.accept();
    let frames: Vec<_> = bob.take().into_iter().filter(|words| !words.starts_with('<')).collect();
    assert_eq!(frames, ["200 PRACK sdp", "200 UPDATE sdp", "180 INVITE rel", "200 PRACK", "200 INVITE"]);
}

#[test]
fn an_offer_of_ours_requires_them() {
    let mut bob = knowing();
    bob.invite("Supported: 100rel, precondition\r\n", "");
    bob.try_progress(Progress { code: Some(183), ..Progress::default() }).expect("it is accepted");
    bob.describe(&format!("{OFFER}{CONDITIONS}"));
    assert_eq!(bob.last().values(Name::Require).collect::<Vec<_>>(), ["100rel", "precondition"]);
    let mut bob = knowing();
    bob.invite("Supported: precondition\r\n", "");
    bob.accept();
    bob.describe(&format!("{OFFER}{CONDITIONS}"));
    assert_eq!(bob.response(200, "INVITE").values(Name::Require).collect::<Vec<_>>(), ["precondition"]);
}

#[test]
fn preconditions_that_cannot_be_met() {
    let mut bob = knowing();
    bob.invite(CALLER, &format!("{OFFER}{CONDITIONS}"));
    bob.progress(183);
    bob.describe(ANSWER);
    bob.prack(&format!("{OFFER}{CONDITIONS}"));
    bob.take();
    bob.fail_media(580, Cause::MediaFailed);
    assert_eq!(bob.take(), ["580 PRACK"]);
    bob.prack("");
    assert_eq!(bob.take(), ["200 PRACK"], "the offer was refused, the acknowledgement was not");
    let mut bob = knowing();
    bob.invite(CALLER, &format!("{OFFER}{CONDITIONS}"));
    bob.progress(183);
    bob.take();
    bob.fail_media(580, Cause::MediaFailed);
    assert!(bob.take().contains(&"580 INVITE".to_owned()));
}
