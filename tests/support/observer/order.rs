//! Branches, numbers and fields of whatever an end sends (RFC 3261 sections 8.1.1 and
//! 12.2.1.1, RFC 3262 sections 4 and 7).

use super::{End, tag};
use prackle::message::{Message, Method, Name};
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Order {
    /// The octets sent on each branch, by method.
    branches: BTreeMap<(End, String, String), Vec<u8>>,
    /// The number of the last request in each dialog, by Call-ID and both tags.
    numbers: BTreeMap<(End, String, String, String), u32>,
    /// The numbers of the INVITEs sent, by Call-ID.
    invites: BTreeMap<(End, String), Vec<u32>>,
}

impl Order {
    pub(super) fn sent(&mut self, end: End, message: &Message) {
        if message.is_request() {
            self.branch(end, message);
            self.number(end, message);
            fields(message);
        } else if message.status() != Some(100) {
            assert!(message.to_tag().is_some(), "only 100 goes without a tag");
        }
    }

    /// A branch is one transaction's; an INVITE goes again, as it was, when the connection is back.
    fn branch(&mut self, end: End, request: &Message) {
        let branch = request.via().branch().expect("a branch").to_owned();
        let method = request.method().as_str().to_owned();
        let former = self.branches.insert((end, branch, method), request.octets().to_vec());
        let shares = matches!(request.method(), Method::Ack | Method::Cancel);
        let repeats = request.method() == Method::Invite && former.as_deref() == Some(request.octets());
        assert!(former.is_none() || shares || repeats, "a branch is used twice");
    }

    /// RFC 3261 section 12.2.1.1: numbers rise in a dialog; ACK and CANCEL bear an INVITE's.
    fn number(&mut self, end: End, request: &Message) {
        let (call, number) = (request.call_id().to_owned(), request.cseq().number);
        match request.method() {
            Method::Ack | Method::Cancel => {
                let invites = self.invites.get(&(end, call)).expect("an INVITE before");
                return assert!(invites.contains(&number), "the number of no INVITE");
            }
            Method::Invite => {
                let invites = self.invites.entry((end, call.clone())).or_default();
                if invites.contains(&number) {
                    return;
                }
                invites.push(number);
            }
            _ => {}
        }
        let key = (end, call, tag(request.from_tag()), tag(request.to_tag()));
        let last = self.numbers.insert(key, number);
        assert!(last.is_none_or(|last| number > last), "CSeq {number} after {last:?}");
    }
}

/// What stands in no request of that method.
fn fields(request: &Message) {
    let requires = request.has_token(Name::Require, "100rel");
    let is_invite = request.method() == Method::Invite;
    assert!(is_invite || !requires, "RFC 3262 section 4: only an INVITE requires 100rel");
    assert!(!requires || request.has_token(Name::Supported, "100rel"), "required, but not supported");
    assert!(request.header(Name::RSeq).is_none(), "RSeq in a request");
    let is_prack = request.method() == Method::Prack;
    assert_eq!(request.header(Name::RAck).is_some(), is_prack, "RAck stands in PRACK alone");
    assert!(!is_prack || request.header(Name::Contact).is_none(), "a PRACK refreshes no target");
    let refreshes = is_invite || request.method() == Method::Update;
    assert!(!refreshes || request.header(Name::Contact).is_some(), "RFC 3311 section 5.1: it refreshes the target");
}
