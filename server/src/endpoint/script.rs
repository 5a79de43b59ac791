//! What each number does with a call, step by step.

use prackle::time::Duration;

use crate::media::Sound;

/// One step of a number's behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Have the offer answered; without PCMU audio in it the call is rejected with 488.
    Describe,
    /// Send this sound from now on.
    Play(Sound),
    /// A provisional response, reliable where the caller understands that; then the next
    /// step waits for its PRACK.
    Progress {
        /// Its status.
        code: u16,
        /// Whether it carries the answer.
        description: bool,
        /// What is wrong about it.
        flaw: Flaw,
    },
    /// The last reliable response once more, although its PRACK has come.
    Repeat,
    /// A reliable response whose RSeq is 0, which is none (RFC 3262 section 7.1).
    Falsify(u16),
    /// Let time pass.
    Wait(Duration),
    /// Ring until the caller gives up, often enough for every proxy's Timer C.
    KeepRinging,
    /// 200.
    Accept,
    /// A final response of another kind.
    Reject(u16),
}

/// What a reliable provisional response of `flaky` suffers from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    None,
    /// It is sent twice at once.
    Doubled,
    /// The one after it is sent first, and itself only as its own first retransmission.
    Overtaken,
}

/// The numbers to call, with a description for people.
pub const NUMBERS: [(&str, &str); 6] = [
    ("echo", "Hear yourself"),
    ("early", "A tone before the answer: reliable 183"),
    ("busy", "Always busy: 486"),
    ("silent", "Rings until you cancel"),
    ("queue", "The proxy's own reliable 182, then bob"),
    ("flaky", "Doubles, withholds, falsifies its RSeq"),
];

/// Whether `user` is a number that the endpoint itself answers.
pub fn is_number(user: &str) -> bool {
    script(user).is_some()
}

/// The steps of a number; nothing for a name that is none.
pub(super) fn script(number: &str) -> Option<Vec<Step>> {
    Some(match number {
        "echo" => vec![Step::Describe, Step::Play(Sound::Echo), Step::Accept],
        "early" => vec![
            Step::Describe,
            Step::Play(Sound::Tone(RING_TONE)),
            progress(183, true, Flaw::None),
            Step::Wait(Duration::from_secs(4)),
            Step::Play(Sound::Echo),
            Step::Accept,
        ],
        "busy" => vec![Step::Reject(486)],
        "silent" => vec![progress(180, false, Flaw::None), Step::KeepRinging],
        "flaky" => vec![
            Step::Describe,
            Step::Play(Sound::Echo),
            progress(180, false, Flaw::Doubled),
            Step::Repeat,
            progress(183, true, Flaw::Overtaken),
            progress(183, false, Flaw::None),
            Step::Falsify(180),
            Step::Wait(Duration::from_secs(1)),
            Step::Accept,
        ],
        _ => return None,
    })
}

fn progress(code: u16, description: bool, flaw: Flaw) -> Step {
    Step::Progress { code, description, flaw }
}

/// The ringing tone of most of Europe, in hertz.
const RING_TONE: u16 = 425;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_but_the_proxys_own_has_a_script() {
        for (number, _) in NUMBERS {
            assert_eq!(is_number(number), number != super::super::QUEUE, "{number}");
        }
        assert!(!is_number("bob"));
    }
}
