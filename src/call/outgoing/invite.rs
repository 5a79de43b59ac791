//! The INVITE itself: what it says, and how much of it is kept for how long
//! (RFC 3261 section 13.2.1, RFC 3262 section 4).

use crate::call::session_timer::SessionTimer;
use crate::dialog::{Draft, Parties};
use crate::message::{Name, append_quoted};
use crate::protocol::{CallOptions, Rel100};
use crate::time::Duration;
use crate::transaction::ClientId;
use crate::usage::{Context, Request, allow};
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// The INVITE, before and after its first sending.
#[derive(Debug)]
pub(super) enum Invite {
    Drafted(Box<Draft>),
    Sent(Box<Request>),
    /// Answered: all that is left of it is what further forks need.
    Answered {
        id: ClientId,
        cseq: u32,
        parties: Parties,
        credentials: Vec<(Name, String)>,
    },
}

impl Invite {
    pub(super) fn parties(&self) -> &Parties {
        match self {
            Self::Drafted(draft) => &draft.parties,
            Self::Sent(request) => &request.draft.parties,
            Self::Answered { parties, .. } => parties,
        }
    }

    pub(super) fn cseq(&self) -> u32 {
        match self {
            Self::Drafted(draft) => draft.cseq,
            Self::Sent(request) => request.draft.cseq,
            Self::Answered { cseq, .. } => *cseq,
        }
    }

    /// Before its first sending.
    pub(super) fn draft_mut(&mut self) -> Option<&mut Draft> {
        match self {
            Self::Drafted(draft) => Some(draft),
            Self::Sent(_) | Self::Answered { .. } => None,
        }
    }

    pub(super) fn is(&self, id: ClientId) -> bool {
        match self {
            Self::Drafted(_) => false,
            Self::Sent(request) => request.id == id,
            Self::Answered { id: own, .. } => *own == id,
        }
    }

    pub(super) fn sent(&self) -> Option<&Request> {
        match self {
            Self::Drafted(_) | Self::Answered { .. } => None,
            Self::Sent(request) => Some(request),
        }
    }

    pub(super) fn sent_mut(&mut self) -> Option<&mut Request> {
        match self {
            Self::Drafted(_) | Self::Answered { .. } => None,
            Self::Sent(request) => Some(request),
        }
    }

    /// The credentials that its ACKs repeat (RFC 3261 section 13.2.2.4).
    pub(super) fn credentials(&self) -> &[(Name, String)] {
        match self {
            Self::Drafted(_) => &[],
            Self::Sent(request) => &request.credentials,
            Self::Answered { credentials, .. } => credentials,
        }
    }

    /// Keeps no more than what the stragglers of further forks need: who calls whom. A
    /// finished call stays for 64*T1, and a page may make many in that time.
    pub(super) fn shrink(&mut self) {
        let Self::Sent(request) = self else { return };
        let credentials = core::mem::take(&mut request.credentials);
        let (id, cseq, parties) = (request.id, request.draft.cseq, request.draft.parties.clone());
        *self = Self::Answered { id, cseq, parties, credentials };
    }
}

/// How long it may ring: as the application wants it, and no longer than the INVITE itself says
/// (RFC 3261 section 13.2.1).
pub(super) fn patience(options: &CallOptions) -> Option<Duration> {
    let wanted = options.no_answer_timeout.map(|ms| Duration::from_millis(ms.into()));
    let expires = options.headers.iter().find(|field| Name::from_bytes(field.0.as_bytes()) == Name::Expires);
    let valid =
        expires.and_then(|field| field.1.trim().parse().ok()).map(|seconds: u32| Duration::from_secs(seconds.into()));
    wanted.into_iter().chain(valid).min()
}

pub(super) fn draft(
    ctx: &mut Context,
    target: &str,
    rel100: Rel100,
    timer: &SessionTimer,
    options: &CallOptions,
) -> Draft {
    let mut to = String::new();
    if let Some(name) = options.display_name.as_deref().filter(|name| !name.is_empty()) {
        append_quoted(&mut to, name);
        to.push(' ');
    }
    to.push('<');
    to.push_str(target);
    to.push('>');
    let mut draft = ctx.draft("INVITE", target, &to);
    draft.fields.push((Name::Contact, ctx.identity.dialog_contact()));
    draft.fields.extend(extensions(ctx, rel100));
    draft.fields.extend(timer.fields());
    draft.extra.clone_from(&options.headers);
    draft
}

/// Allow, Supported and Require under a policy (RFC 3262 section 4; RFC 6228 section 4 for 199).
pub(in crate::call) fn extensions(ctx: &Context, rel100: Rel100) -> Vec<(Name, String)> {
    let (own, require): (&[&str], _) = match rel100 {
        Rel100::None | Rel100::Supported => (&["199", "outbound"], None),
        Rel100::Required => (&["outbound"], Some((Name::Require, "100rel".to_owned()))),
    };
    let supported = ctx.identity.supported(rel100, own);
    [Some((Name::Allow, allow(rel100).to_owned())), Some(supported), require].into_iter().flatten().collect()
}
