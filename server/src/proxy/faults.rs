//! What goes wrong with the acknowledgements of one call, as its caller has ordered it by the
//! parameters of `sip:flaky@host;to=bob`: a script for each kind of message, whose steps are used
//! up one by one; after the last one everything goes right again. It is decided here and done
//! elsewhere; a call without such parameters knows nothing of it.
//!
//! ```text
//! ;prack=withhold*2+delay:1500   two PRACKs are lost, the third is late, the fourth goes through
//! ;18x=pass+rseq                 the second reliable response comes with a wrong RSeq
//! ;200=double*                   every 2xx to a PRACK comes twice
//! ```

use std::collections::VecDeque;

use prackle::message::{Edit, Message, Name, Params};
use prackle::time::Duration;

/// What is wrong with a message on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is lost.
    Withhold,
    /// It comes twice.
    Double,
    /// It comes late.
    Delay(Duration),
    /// Something in it is not as it was sent.
    Falsify(Part),
}

/// What is falsified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The response number: RSeq, or its copy in RAck.
    RSeq,
    /// The CSeq number in RAck.
    CSeq,
    /// The method in RAck.
    Method,
    /// The To tag: a dialog that the callee does not know.
    Dialog,
}

/// What becomes of a PRACK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PrackFault {
    /// It goes on, but not unharmed.
    OnTheWay(Fault),
    /// The proxy answers it with this status, and the callee never hears of it.
    Refuse(u16),
}

/// The faults of one call that are left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Faults {
    pub(super) pracks: Script<PrackFault>,
    /// Of reliable provisional responses, each copy of them counted.
    pub(super) provisionals: Script<Fault>,
    /// Of 2xx responses to PRACK.
    pub(super) answers: Script<Fault>,
}

/// Steps that are used up one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Script<T> {
    steps: VecDeque<Step<T>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step<T> {
    /// None lets the message pass.
    fault: Option<T>,
    /// How many messages it is for; none: all that follow.
    times: Option<u32>,
}

impl Faults {
    /// Reads the parameters of a Request-URI; nothing when they order no fault.
    ///
    /// # Errors
    /// The name of a parameter that cannot be read.
    pub(super) fn of_uri(params: Params<'_>) -> Result<Option<Self>, &'static str> {
        let faults = Self {
            pracks: Script::parse(params, "prack", prack_fault)?,
            provisionals: Script::parse(params, "18x", |word| fault(word).or_else(|| part_of_response(word)))?,
            answers: Script::parse(params, "200", fault)?,
        };
        let orders = [&faults.provisionals, &faults.answers].iter().any(|script| !script.is_over());
        Ok((orders || !faults.pracks.is_over()).then_some(faults))
    }
}

impl<T: Copy> Script<T> {
    fn parse(params: Params<'_>, name: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<Self, &'static str> {
        let words = params.value(name).map(|text| text.split('+')).into_iter().flatten();
        let steps: Option<VecDeque<_>> = words.map(|word| step(word, &read)).collect();
        steps.map(|steps| Self { steps }).filter(|script| script.steps.len() <= MOST_STEPS).ok_or(name)
    }

    /// What happens to the next message.
    pub(super) fn next(&mut self) -> Option<T> {
        let step = self.steps.front_mut()?;
        let fault = step.fault;
        if let Some(times) = &mut step.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.steps.pop_front();
            }
        }
        fault
    }

    fn is_over(&self) -> bool {
        self.steps.is_empty()
    }
}

/// `word`, `word*3` or `word*`.
fn step<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Step<T>> {
    let (word, times) = match text.split_once('*') {
        None => (text, Some(1)),
        Some((word, "")) => (word, None),
        Some((word, times)) => (word, Some(times.parse().ok().filter(|times| *times > 0)?)),
    };
    let fault = if word == "pass" { None } else { Some(read(word)?) };
    Some(Step { fault, times })
}

/// What can happen to every kind of message.
fn fault(word: &str) -> Option<Fault> {
    match word {
        "withhold" => Some(Fault::Withhold),
        "double" => Some(Fault::Double),
        _ => {
            let millis = word.strip_prefix("delay:")?.parse().ok()?;
            (1..=LONGEST_DELAY).contains(&millis).then_some(Fault::Delay(Duration::from_millis(millis)))
        }
    }
}

fn part_of_response(word: &str) -> Option<Fault> {
    (word == "rseq").then_some(Fault::Falsify(Part::RSeq))
}

fn prack_fault(word: &str) -> Option<PrackFault> {
    let part = match word {
        "407" => return Some(PrackFault::Refuse(407)),
        "481" => return Some(PrackFault::Refuse(481)),
        "500" => return Some(PrackFault::Refuse(500)),
        "rseq" => Part::RSeq,
        "cseq" => Part::CSeq,
        "method" => Part::Method,
        "dialog" => Part::Dialog,
        _ => return fault(word).map(PrackFault::OnTheWay),
    };
    Some(PrackFault::OnTheWay(Fault::Falsify(part)))
}

/// The message with `part` of it changed; nothing when it has no such part.
pub(super) fn falsified(frame: &[u8], part: Part) -> Option<Vec<u8>> {
    let message = Message::parse(frame).ok()?;
    let mut edit = Edit::new(&message);
    match (part, message.rack()) {
        (Part::RSeq, Err(_)) => {
            let rseq = message.rseq().ok().flatten()?;
            edit.set(Name::RSeq, &rseq.wrapping_add(1).to_string());
        }
        (Part::RSeq, Ok(rack)) => {
            edit.set(Name::RAck, &format!("{} {} {}", rack.rseq.wrapping_add(1), rack.cseq, rack.method.as_str()));
        }
        (Part::CSeq, Ok(rack)) => {
            edit.set(Name::RAck, &format!("{} {} {}", rack.rseq, rack.cseq.wrapping_add(1), rack.method.as_str()));
        }
        (Part::Method, Ok(rack)) => {
            edit.set(Name::RAck, &format!("{} {} UPDATE", rack.rseq, rack.cseq));
        }
        (Part::Dialog, _) => {
            let to = message.header(Name::To)?;
            let end = to.rfind(message.to_tag()?)? + message.to_tag()?.len();
            edit.set(Name::To, &format!("{}x{}", to.get(..end)?, to.get(end..)?));
        }
        (Part::CSeq | Part::Method, Err(_)) => return None,
    }
    Some(edit.finish())
}

/// The steps that one parameter may have.
const MOST_STEPS: usize = 16;

/// In milliseconds: well beyond every timer of a call that is being set up.
const LONGEST_DELAY: u64 = 60_000;

#[cfg(test)]
mod tests {
    use super::*;
    use prackle::message::Uri;

    fn of(params: &str) -> Result<Option<Faults>, &'static str> {
        let text = format!("sip:flaky@example.test{params}");
        let uri = Uri::parse(&text).ok().and_then(Uri::sip).expect("a SIP URI");
        Faults::of_uri(uri.params)
    }

    fn ordered(params: &str) -> Faults {
        of(params).expect("readable").expect("faults")
    }

    #[test]
    fn steps_are_used_up_one_by_one() {
        let mut script = ordered(";to=bob;prack=withhold*2+500+delay:1500+pass").pracks;
        let seen: Vec<_> = (0..6).map(|_| script.next()).collect();
        let on_the_way = |fault| Some(PrackFault::OnTheWay(fault));
        let late = Fault::Delay(Duration::from_millis(1500));
        let expected = [
            on_the_way(Fault::Withhold),
            on_the_way(Fault::Withhold),
            Some(PrackFault::Refuse(500)),
            on_the_way(late),
            None,
            None,
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_step_without_end_lasts() {
        let mut script = ordered(";18x=pass+rseq*").provisionals;
        assert_eq!(script.next(), None);
        for _ in 0..1000 {
            assert_eq!(script.next(), Some(Fault::Falsify(Part::RSeq)));
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let most = format!(";prack={}", ["double"; MOST_STEPS].join("+"));
        assert!(of(&most).is_ok());
        let table = [
            (";prack=loose".to_owned(), "prack"),
            (";prack=withhold*0".to_owned(), "prack"),
            (";prack=withhold*-1".to_owned(), "prack"),
            (";prack=delay:0".to_owned(), "prack"),
            (";prack=delay:60001".to_owned(), "prack"),
            (";prack=404".to_owned(), "prack"),
            (format!("{most}+double"), "prack"),
            (";prack=pass;18x=cseq".to_owned(), "18x"),
            (";18x=481".to_owned(), "18x"),
            (";200=rseq".to_owned(), "200"),
            (";200=".to_owned(), "200"),
        ];
        for (params, name) in table {
            assert_eq!(of(&params), Err(name), "{params}");
        }
        assert_eq!(of(";to=bob;transport=ws"), Ok(None));
        assert_eq!(of(";prack"), Ok(None));
    }

    #[test]
    fn a_part_is_falsified_and_nothing_else() {
        let prack = "PRACK sip:b@x SIP/2.0\r\nVia: SIP/2.0/WS a;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=1\r\n\
                     To: <sip:b@x>;tag=7\r\nCall-ID: c\r\nCSeq: 2 PRACK\r\nRAck: 7 1 INVITE\r\n\r\n";
        let response = "SIP/2.0 180 Ringing\r\nVia: SIP/2.0/WS a;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=1\r\n\
                        To: <sip:b@x>;tag=7\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nRequire: 100rel\r\nRSeq: 7\r\n\r\n";
        let table = [
            (prack, Part::RSeq, "RAck: 7 1 INVITE", "RAck: 8 1 INVITE"),
            (prack, Part::CSeq, "RAck: 7 1 INVITE", "RAck: 7 2 INVITE"),
            (prack, Part::Method, "RAck: 7 1 INVITE", "RAck: 7 1 UPDATE"),
            (prack, Part::Dialog, "tag=7", "tag=7x"),
            (response, Part::RSeq, "RSeq: 7", "RSeq: 8"),
        ];
        for (frame, part, before, after) in table {
            let text = falsified(frame.as_bytes(), part).expect("it has that part");
            assert_eq!(String::from_utf8_lossy(&text), frame.replacen(before, after, 1), "{part:?}");
        }
        assert_eq!(falsified(response.as_bytes(), Part::CSeq), None);
    }
}
