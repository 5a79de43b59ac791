//! The whole table of RFC 6337: every message, with and without a description, in both
//! directions, in every state of both roles.

use super::*;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The columns: what comes or goes, with a description (+) and without (-).
const COLUMNS: [(&str, Carrier); 9] = [
    ("INV", Carrier::Invite),
    ("18x", Carrier::Unreliable),
    ("REL", Carrier::Reliable),
    ("2xx", Carrier::Success),
    ("ACK", Carrier::Ack),
    ("PRA", Carrier::Prack),
    ("2PR", Carrier::PrackSuccess),
    ("UPD", Carrier::Update),
    ("2UP", Carrier::UpdateSuccess),
];

/// What a message means that comes. Each row is a state: what led to it (s: sent, r: received,
/// f: ours failed), and, for each column, what a message with and without a description means
/// then: a status when it is refused.
///
/// Written from RFC 3261 sections 13.2.1 and 14.2 (INV), RFC 6337 section 3.1 (responses) and
/// table 1 (patterns), RFC 3311 section 5.2 and RFC 6337 section 4.3 (UPD).
const RECEIVED: &str = "
    # we have sent the INVITE           | INV      18x      REL      2xx      ACK      PRA      2PR      UPD      2UP
    sINV+                               | 491 491  pre  .   ans  .   ans mis  ign  .   488  .   ign  .   491  .   ign  .
    sINV-                               | 491 491  ign  .   off mis  off mis  ign  .   488  .   ign  .   491  .   ign  .
    sINV+ rREL+                         | 491 491  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   491  .   ign  .
    sINV+ rREL+ sPRA-                   | 491 491  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   491  .   ign  .
    sINV+ rREL+ sPRA- fPRA              | 491 491  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   off  .   ign  .
    sINV+ rREL+ sPRA- r2PR-             | 491 491  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   off  .   ign  .
    sINV+ rREL+ sPRA- r2PR- rREL+       | 491 491  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   491  .   ign  .
    sINV+ rREL+ sPRA+                   | 491 491  ign  .   ign  .   ign  .   ign  .   488  .   ans mis  491  .   ign  .
    sINV+ rREL+ sPRA+ fPRA              | 491 491  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   491  .   ign  .
    sINV+ rREL+ sPRA- r2PR- sUPD+       | 491 491  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   491  .   ans mis
    sINV+ rREL+ sPRA- r2PR- rUPD+       | 491 491  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   500 500  ign  .
    sINV- rREL+                         | 491 491  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   500  .   ign  .
    sINV- rREL+ sPRA+                   | 491 491  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   491  .   ign  .
    sINV- r2xx+                         | 491 491  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   500  .   ign  .
    # the peer has                      | INV      18x      REL      2xx      ACK      PRA      2PR      UPD      2UP
    rINV+                               | 500 500  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   500  .   ign  .
    rINV-                               | 500 500  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   500  .   ign  .
    rINV+ sREL+                         | 500 500  ign  .   ign  .   ign  .   ign  .   off  .   ign  .   500  .   ign  .
    rINV+ sREL+ rPRA- s2PR-             | 500 500  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   off  .   ign  .
    rINV+ sREL+ rPRA+                   | 500 500  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   500  .   ign  .
    rINV+ sREL+ rPRA- s2PR- sUPD+       | 500 500  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   491  .   ans mis
    rINV+ sREL+ rPRA- s2PR- rUPD+       | 500 500  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   500 500  ign  .
    rINV- sREL+                         | 500 500  ign  .   ign  .   ign  .   ign  .   ans mis  ign  .   500  .   ign  .
    rINV- sREL+ rPRA+ s2PR-             | 500 500  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   off  .   ign  .
    rINV+ s2xx+                         | off  .   ign  .   ign  .   ign  .   ign  .   488  .   ign  .   off  .   ign  .
    rINV+ s2xx+ rUPD+                   | 500 500  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   500 500  ign  .
    rINV- s2xx+                         | 500 500  ign  .   ign  .   ign  .   ans mis  488  .   ign  .   500  .   ign  .
    # none is under way                 | INV      18x      REL      2xx      ACK      PRA      2PR      UPD      2UP
    sINV+ r2xx+                         | off  .   ign  .   ign  .   ign  .   ign  .   488  .   ign  .   off  .   ign  .
    rINV+ s2xx+ rACK-                   | off  .   ign  .   ign  .   ign  .   ign  .   488  .   ign  .   off  .   ign  .
    sINV+ r2xx+ sUPD+                   | 491 491  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   491  .   ans mis
    sINV+ r2xx+ rUPD+                   | 500 500  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   500 500  ign  .
    sINV- rREL+ r2xx-                   | 500 500  ign  .   ign  .   ign  .   ign  .   488  .   ign  .   500  .   ign  .
    sINV+ rREL+ sPRA+ r2xx-             | 491 491  ign  .   ign  .   ign  .   ign  .   488  .   ans mis  491  .   ign  .
";

/// What may go (+) or not (-), in the same states: with and without a description.
///
/// Written from RFC 3261 section 13.2.1, RFC 3262 sections 3 and 5 (2xx, PRA), RFC 3311 section
/// 5.1 and RFC 6337 section 4.3 (UAC-II, UAC-UI, UAC-UU, UAC-IU).
const SENT: &str = "
    # we have sent the INVITE           | INV  18x  REL  2xx  ACK  PRA  2PR  UPD  2UP
    sINV+                               | - -  - +  - +  - +  - +  - +  - +  - +  - +
    sINV-                               | - -  - +  - +  - +  - +  - +  - +  - +  - +
    sINV+ rREL+                         | - -  - +  - +  - -  - +  + +  - +  - +  - +
    sINV+ rREL+ sPRA-                   | - -  - +  - +  - -  - +  - +  - +  - +  - +
    sINV+ rREL+ sPRA- fPRA              | - -  - +  - +  - +  - +  - +  - +  - +  - +
    sINV+ rREL+ sPRA- r2PR-             | - -  - +  - +  - +  - +  - +  - +  + +  - +
    sINV+ rREL+ sPRA- r2PR- rREL+       | - -  - +  - +  - -  - +  - +  - +  - +  - +
    sINV+ rREL+ sPRA+                   | - -  - +  - +  - +  - +  - +  - +  - +  - +
    sINV+ rREL+ sPRA+ fPRA              | - -  - +  - +  - -  - +  - +  - +  - +  - +
    sINV+ rREL+ sPRA- r2PR- sUPD+       | - -  - +  - +  - +  - +  - +  - +  - -  - +
    sINV+ rREL+ sPRA- r2PR- rUPD+       | - -  - +  - +  - -  - +  - +  - +  - +  + -
    sINV- rREL+                         | - -  - +  - +  - +  - +  + -  - +  - +  - +
    sINV- rREL+ sPRA+                   | - -  - +  - +  - -  - +  - +  - +  - +  - +
    sINV- r2xx+                         | - -  - +  - +  - +  + -  - +  - +  - +  - +
    # the peer has                      | INV  18x  REL  2xx  ACK  PRA  2PR  UPD  2UP
    rINV+                               | - -  + +  + +  + -  - +  - +  - +  - +  - +
    rINV-                               | - -  - +  + -  + -  - +  - +  - +  - +  - +
    rINV+ sREL+                         | - -  - +  - +  - -  - +  - +  - +  - +  - +
    rINV+ sREL+ rPRA- s2PR-             | - -  - +  - +  - +  - +  - +  - +  + +  - +
    rINV+ sREL+ rPRA+                   | - -  - +  - +  - -  - +  - +  + -  - +  - +
    rINV+ sREL+ rPRA- s2PR- sUPD+       | - -  - +  - +  - +  - +  - +  - +  - -  - +
    rINV+ sREL+ rPRA- s2PR- rUPD+       | - -  - +  - +  - -  - +  - +  - +  - +  + -
    rINV- sREL+                         | - -  - +  - +  - -  - +  - +  - +  - +  - +
    rINV- sREL+ rPRA+ s2PR-             | - -  - +  - +  - +  - +  - +  - +  + +  - +
    rINV+ s2xx+                         | - -  - +  - +  - +  - +  - +  - +  - +  - +
    rINV+ s2xx+ rUPD+                   | - -  - +  - +  - -  - +  - +  - +  - +  + -
    rINV- s2xx+                         | - -  - +  - +  - +  - +  - +  - +  - +  - +
    # none is under way                 | INV  18x  REL  2xx  ACK  PRA  2PR  UPD  2UP
    sINV+ r2xx+                         | + +  - +  - +  - +  - +  - +  - +  + +  - +
    rINV+ s2xx+ rACK-                   | + +  - +  - +  - +  - +  - +  - +  + +  - +
    sINV+ r2xx+ sUPD+                   | - -  - +  - +  - +  - +  - +  - +  - -  - +
    sINV+ r2xx+ rUPD+                   | - -  - +  - +  - -  - +  - +  - +  - +  + -
    sINV- rREL+ r2xx-                   | - -  - +  - +  - +  - +  + -  - +  - +  - +
    sINV+ rREL+ sPRA+ r2xx-             | - -  - +  - +  - +  - +  - +  - +  - +  - +
";

/// A re-INVITE follows the rules of the first one: every row once more after these.
const BEFORE: [&str; 3] = ["", "sINV+ r2xx+", "rINV- s2xx+ rACK+"];

#[test]
fn what_comes() {
    for (state, negotiation, expected) in rows(RECEIVED) {
        let found = messages().map(|(carrier, described)| word({ negotiation }.receive(carrier, described)));
        assert_eq!(found.collect::<Vec<_>>(), expected, "received after {state}");
    }
}

#[test]
fn what_may_go() {
    for (state, negotiation, expected) in rows(SENT) {
        let found = messages().map(|(carrier, described)| match negotiation.may_send(carrier, described) {
            Ok(()) => "+".to_string(),
            Err(_) => "-".to_string(),
        });
        assert_eq!(found.collect::<Vec<_>>(), expected, "sent after {state}");
    }
}

#[test]
fn what_is_refused_changes_nothing() {
    for (state, negotiation, _) in rows(RECEIVED) {
        for (carrier, described) in messages() {
            let (mut receiving, mut sending) = (negotiation, negotiation);
            if matches!(receiving.receive(carrier, described), Meaning::Refused(_)) {
                assert_eq!(receiving, negotiation, "received after {state}");
            }
            if sending.send(carrier, described).is_err() {
                assert_eq!(sending, negotiation, "sent after {state}");
            }
        }
    }
}

// RFC 6337 table 1, both sides of each.
#[test]
fn the_six_patterns() {
    for pattern in [
        "INV+ 2xx+ ACK-",
        "INV- 2xx+ ACK+",
        "INV+ REL+ PRA- 2PR- 2xx- ACK-",
        "INV- REL+ PRA+ 2PR- 2xx- ACK-",
        "INV+ REL+ PRA+ 2PR+ 2xx- ACK-",
        "INV+ REL+ PRA- 2PR- UPD+ 2UP+ 2xx- ACK-",
    ] {
        let forth = ["INV", "ACK", "PRA", "UPD"];
        let told = |by_caller: &str, by_callee: &str| {
            let steps = pattern.split(' ').map(|step| {
                let by = if forth.iter().any(|method| step.starts_with(method)) { by_caller } else { by_callee };
                by.to_string() + step
            });
            after(&steps.collect::<Vec<_>>().join(" "))
        };
        let agreed = Negotiation { exchange: Exchange::Closed, invite: Invite::Closed, agreed: true };
        assert_eq!((told("s", "r"), told("r", "s")), (agreed, agreed), "{pattern}");
    }
}

// RFC 6141 section 3.4: only what was agreed within the re-INVITE has to be undone.
#[test]
fn what_a_failing_reinvite_leaves_behind() {
    for (script, changed) in [
        ("sINV+", false),
        ("sINV+ r18x+", false),
        ("sINV+ rREL-", false),
        ("sINV+ rREL+", true),
        ("sINV+ rREL+ sPRA- r2PR- sUPD+", true),
        ("sINV- rREL+", false),
        ("sINV- rREL+ sPRA+", true),
    ] {
        let mut negotiation = after(&["sINV+ r2xx+", script].join(" "));
        assert_eq!(negotiation.is_changed_by_invite(), changed, "{script}");
        negotiation.failed(Carrier::Invite);
        let updating = script.ends_with("sUPD+");
        assert_eq!(negotiation.may_send(Carrier::Update, true).is_ok(), !updating, "{script}");
        assert!(negotiation.is_agreed());
    }
}

// RFC 6337 section 2.3: the PRACK whose offer was refused is to be sent again, without; to the
// one who refused it, it has acknowledged the response.
#[test]
fn an_offer_that_is_refused() {
    let mut theirs = after("rINV+ sREL+ rPRA+");
    theirs.refuse(Carrier::Prack);
    assert_eq!(theirs, after("rINV+ sREL+ rPRA- s2PR-"));
    let mut ours = after("sINV+ rREL+ sPRA+");
    ours.failed(Carrier::Prack);
    assert_eq!(ours.receive(Carrier::PrackSuccess, false), Meaning::Nothing);
    assert_eq!(ours, after("sINV+ rREL+ sPRA- r2PR-"));
    let mut update = after("sINV+ r2xx+ rUPD+");
    update.refuse(Carrier::Update);
    assert_eq!(update, after("sINV+ r2xx+"));
}

/// The rows of a table, each behind every prefix: the state in words and as it is, the cells.
fn rows(table: &'static str) -> impl Iterator<Item = (String, Negotiation, Vec<&'static str>)> {
    let lines = table.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.flat_map(|line| {
        let (state, cells) = line.split_once('|').expect("a state and its cells");
        BEFORE.map(|before| {
            let state = [before, state.trim()].join(" ");
            let negotiation = after(&state);
            (state, negotiation, cells.split_whitespace().collect())
        })
    })
}

/// The state after some messages, each of which was possible.
fn after(script: &str) -> Negotiation {
    let mut steps = script.split_whitespace();
    let mut negotiation = match steps.next() {
        Some("sINV+") => Negotiation::inviting(true),
        Some("sINV-") => Negotiation::inviting(false),
        Some("rINV+") => Negotiation::invited(true),
        Some("rINV-") => Negotiation::invited(false),
        other => panic!("{other:?} begins no dialog"),
    };
    for step in steps {
        let name = step.get(1..4).expect("a name");
        let (_, carrier) = COLUMNS.into_iter().find(|column| column.0 == name).expect("a known one");
        let described = step.ends_with('+');
        match step.get(..1) {
            Some("s") => assert_eq!(negotiation.send(carrier, described), Ok(()), "{step} in {script}"),
            Some("r") => {
                let meaning = negotiation.receive(carrier, described);
                assert!(!matches!(meaning, Meaning::Refused(_)), "{step} in {script}: {meaning:?}");
            }
            Some("f") => negotiation.failed(carrier),
            other => panic!("{other:?} in {script}"),
        }
    }
    negotiation
}

/// The cells of a row.
fn messages() -> impl Iterator<Item = (Carrier, bool)> {
    COLUMNS.into_iter().flat_map(|(_, carrier)| [(carrier, true), (carrier, false)])
}

fn word(meaning: Meaning) -> String {
    let word = match meaning {
        Meaning::Nothing => ".",
        Meaning::Preview => "pre",
        Meaning::Answer => "ans",
        Meaning::Offer => "off",
        Meaning::Missing => "mis",
        Meaning::Ignored => "ign",
        Meaning::Refused(obstacle) => return obstacle.status().to_string(),
    };
    word.to_string()
}
