//! The response context of one forwarded request (RFC 3261 section 16.7): its branches, what
//! came back from them, and what has not been tried yet.

use std::collections::VecDeque;

use prackle::message::{Message, Method, Name};
use prackle::time::{Duration, Instant, earlier};
use prackle::transaction::{ClientId, FlowId};

use super::early::VirtualUas;
use super::faults::{Fault, Faults};

/// A place to forward a request to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The new Request-URI; none where the request keeps its own.
    pub(super) uri: Option<String>,
    /// The connection that leads there.
    pub(super) flow: FlowId,
}

/// A request that was forwarded and not yet answered for good.
pub(super) struct Context {
    /// The request as it came, but for the Route values that named this proxy.
    pub(super) request: Message,
    /// Where it came from.
    pub(super) upstream: FlowId,
    pub(super) branches: Vec<Branch>,
    /// Targets of lower preference, tried when the ones before have failed.
    pub(super) waiting: VecDeque<Vec<Target>>,
    /// Request-URIs that were tried: a redirection must not lead to them again.
    pub(super) tried: Vec<String>,
    /// Final responses other than 2xx, their topmost Via still ours.
    pub(super) responses: Vec<Message>,
    /// The virtual UAS beside the branches (RFC 3262 section 3 lets a proxy answer reliably
    /// only as a UAS of its own).
    pub(super) early: Option<VirtualUas>,
    /// Of an INVITE: the faults that its caller has ordered for the call.
    pub(super) faults: Option<Faults>,
    /// Of a PRACK: the one that befalls it on its way to the callee.
    pub(super) fault: Option<Fault>,
    /// The caller has cancelled it, or is gone: nothing new is tried.
    pub(super) cancelled: bool,
    /// A final response has gone upstream.
    pub(super) answered: bool,
}

/// One copy of the request, under way to one target.
///
/// ```text
///           cancel, no 1xx yet              1xx
///   Pending --------------------> Unwanted -----> Cancelling
///      | \_______________________________________/   |  64*T1
///      |        cancel, 1xx was there: CANCEL        |
///      |  final, Timer B, flow lost for good         |
///      +-------------------> Ended <-----------------+
/// ```
pub(super) struct Branch {
    pub(super) client: ClientId,
    pub(super) flow: FlowId,
    /// The request as forwarded: its CANCEL is made from it.
    pub(super) frame: Vec<u8>,
    pub(super) state: State,
    /// The early dialogs made on this branch, by To tag.
    pub(super) dialogs: Vec<EarlyDialog>,
}

/// What is awaited of a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// A final response. An INVITE has Timer C (RFC 3261 section 16.6 step 11).
    Pending { timer_c: Option<Instant> },
    /// The same, but no longer wanted: the first provisional response allows the CANCEL,
    /// which is to carry `reason`.
    Unwanted { timer_c: Option<Instant>, reason: Option<String> },
    /// The final response after a CANCEL, until `give_up` at the latest.
    Cancelling { give_up: Instant },
    /// Nothing but, for an INVITE, a further 2xx.
    Ended,
}

/// An early dialog that upstream has heard of.
pub(super) struct EarlyDialog {
    pub(super) tag: String,
    /// A 199 has told its end.
    pub(super) ended: bool,
}

/// RFC 3261 section 16.6 step 11 wants more than three minutes.
pub(super) const TIMER_C: Duration = Duration::from_secs(190);

/// As many as a sane fork can make; further ones are forwarded, but get no 199 at their end.
const MOST_DIALOGS: usize = 16;

impl Context {
    /// A context without branches.
    pub(super) fn new(request: Message, upstream: FlowId, waiting: VecDeque<Vec<Target>>) -> Self {
        Self {
            request,
            upstream,
            branches: Vec::new(),
            waiting,
            tried: Vec::new(),
            responses: Vec::new(),
            early: None,
            faults: None,
            fault: None,
            cancelled: false,
            answered: false,
        }
    }

    /// Whether it forwards an INVITE.
    pub(super) fn is_invite(&self) -> bool {
        self.request.method() == Method::Invite
    }

    /// Whether no branch can bring a final response any more.
    pub(super) fn is_complete(&self) -> bool {
        self.branches.iter().all(|branch| branch.state == State::Ended)
    }

    /// When something has to be done about a branch or the virtual UAS.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let branches = self.branches.iter().filter_map(|branch| branch.state.deadline()).min();
        earlier(branches, self.early.as_ref().and_then(VirtualUas::deadline))
    }

    /// Whether upstream has to be told by a 199 when an early dialog ends (RFC 6228 section 6).
    fn wants_199(&self) -> bool {
        self.is_invite()
            && !self.answered
            && self.request.to_tag().is_none()
            && self.request.has_token(Name::Supported, "199")
            && ![Name::Require, Name::ProxyRequire].iter().any(|name| self.request.has_token(*name, "100rel"))
    }

    /// The tags of early dialogs on branch `index` whose end upstream has to be told; they
    /// count as told then.
    pub(super) fn take_ended_dialogs(&mut self, index: usize) -> Vec<String> {
        let wanted = self.wants_199();
        let Some(branch) = self.branches.get_mut(index).filter(|_| wanted) else { return Vec::new() };
        let open = branch.dialogs.iter_mut().filter(|dialog| !dialog.ended);
        open.map(|dialog| {
            dialog.ended = true;
            dialog.tag.clone()
        })
        .collect()
    }

    /// The same of the virtual UAS, which has one.
    pub(super) fn ended_early_dialog(&self) -> Vec<String> {
        self.early.iter().filter(|_| self.wants_199()).map(|early| early.tag.clone()).collect()
    }
}

impl Branch {
    /// Notes a provisional response that goes upstream.
    pub(super) fn note_dialog(&mut self, response: &Message) {
        let Some(tag) = response.to_tag() else { return };
        let ended = response.status() == Some(199);
        if let Some(known) = self.dialogs.iter_mut().find(|dialog| dialog.tag.eq_ignore_ascii_case(tag)) {
            known.ended |= ended;
        } else if self.dialogs.len() < MOST_DIALOGS {
            self.dialogs.push(EarlyDialog { tag: tag.to_owned(), ended });
        }
    }
}

impl State {
    fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Pending { timer_c } | Self::Unwanted { timer_c, .. } => *timer_c,
            Self::Cancelling { give_up } => Some(*give_up),
            Self::Ended => None,
        }
    }

    /// Starts Timer C anew, where there is one.
    pub(super) fn restart_timer_c(&mut self, now: Instant) {
        match self {
            Self::Pending { timer_c: Some(timer_c) } | Self::Unwanted { timer_c: Some(timer_c), .. } => {
                *timer_c = now + TIMER_C;
            }
            Self::Pending { .. } | Self::Unwanted { .. } | Self::Cancelling { .. } | Self::Ended => {}
        }
    }
}
