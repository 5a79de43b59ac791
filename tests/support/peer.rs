//! What a written peer sends, and the words for what the agent does.

use prackle::message::{Message, Name};
use prackle::protocol::{Event, Failure, ProgressKind};

/// Who calls, and the numbers of the dialog as the caller has them.
#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) call_id: String,
    pub(crate) tag: String,
    pub(crate) to_tag: String,
    pub(crate) cseq: u32,
    /// The number of its last INVITE.
    pub(crate) invite: u32,
    /// Whether that was inside the dialog.
    pub(crate) inside: bool,
    /// The branch of the INVITE.
    pub(crate) branch: String,
}

impl Peer {
    /// A caller whose dialog bears `name`.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            call_id: format!("call-{name}"),
            tag: format!("tag-{name}"),
            to_tag: String::new(),
            cseq: 1,
            invite: 1,
            inside: false,
            branch: String::new(),
        }
    }

    /// A request as text.
    pub(crate) fn frame(&self, method: &str, number: u32, branch: &str, fields: &str, body: &str) -> String {
        let Self { call_id, tag, to_tag, .. } = self;
        let to_tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
        let mut text = format!(
            "{method} sip:bob@b.invalid;transport=ws SIP/2.0\r\n\
             Via: SIP/2.0/WSS edge.example.com;branch={branch}\r\n\
             Max-Forwards: 69\r\n\
             From: \"Alice\" <sip:alice@example.com>;tag={tag}\r\n\
             To: <sip:bob@example.com>{to_tag}\r\n\
             Call-ID: {call_id}\r\n\
             CSeq: {number} {method}\r\n\
             {fields}"
        );
        append_body(&mut text, fields, body);
        text
    }
}

/// A response to a request of the agent, as text; without a To tag when `tag` is empty.
pub(crate) fn response(request: &Message, status: u16, tag: &str, fields: &str, body: &str) -> String {
    let mut text = format!("SIP/2.0 {status} Phrase\r\n");
    for name in [Name::Via, Name::From] {
        for value in request.fields(name) {
            text += &format!("{}: {value}\r\n", name.as_str());
        }
    }
    let to = request.header(Name::To).unwrap_or_default();
    let tag = if request.to_tag().is_some() || tag.is_empty() || status == 100 {
        String::new()
    } else {
        format!(";tag={tag}")
    };
    text += &format!("To: {to}{tag}\r\nCall-ID: {}\r\n", request.call_id());
    text += &format!("CSeq: {} {}\r\n{fields}", request.cseq().number, request.cseq().method.as_str());
    append_body(&mut text, fields, body);
    text
}

fn append_body(text: &mut String, fields: &str, body: &str) {
    if !body.is_empty() && !fields.contains("Content-Type") {
        *text += "Content-Type: application/sdp\r\n";
    }
    *text += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
}

/// A frame in words: `183 INVITE rel sdp`, `BYE`, `PRACK 100` with the `RSeq` in its `RAck`.
pub(crate) fn words(message: &Message) -> String {
    let method = message.cseq().method.as_str().to_owned();
    let mut words = match message.status() {
        Some(status) => format!("{status} {method}"),
        None => method,
    };
    if let Ok(rack) = message.rack()
        && message.is_request()
    {
        words += &format!(" {}", rack.rseq);
    }
    if message.rseq().ok().flatten().is_some() && message.has_token(Name::Require, "100rel") {
        words += " rel";
    }
    if message.description().is_some() {
        words += " sdp";
    }
    words
}

/// An event in words: `<prack>`, `<settled 3>`; nothing for those of the connection, nor for
/// what the frames tell.
pub(crate) fn told(event: &Event) -> Option<String> {
    Some(match event {
        Event::Connection { .. } | Event::Trace(_) | Event::Reconnecting { .. } | Event::Sent { .. } => return None,
        Event::Settled { request, failure: None, .. } => format!("<settled {}>", request.0),
        Event::Settled { request, failure: Some(failure), .. } => {
            format!("<failed {} {:?}>", request.0, failure.cause)
        }
        Event::Ended { cause, status: Some(status), .. } => format!("<ended {cause:?} {status}>"),
        Event::Ended { cause, .. } => format!("<ended {cause:?}>"),
        Event::Diagnostic { code, .. } => format!("<{code}>"),
        Event::Progress { status, reliable, kind, prack, .. } => {
            let rel = if *reliable { " rel" } else { "" };
            let kind = if *kind == ProgressKind::None { String::new() } else { format!(" {kind:?}").to_lowercase() };
            let held = if *prack { " prack" } else { "" };
            format!("<progress {status}{rel}{kind}{held}>")
        }
        Event::PrackAuto { rseq, .. } => format!("<prackauto {rseq}>"),
        Event::OfferRejected { rseq: Some(rseq), status, .. } => format!("<offerrejected {rseq} {status}>"),
        Event::PrackResponse { rseq, .. } => format!("<prackresponse {rseq}>"),
        Event::PrackFailed { rseq, failure: Failure { cause, status, .. }, .. } => {
            let why = status.map_or_else(|| format!("{cause:?}"), |status| status.to_string());
            format!("<prackfailed {rseq} {why}>")
        }
        Event::DialogEnded { dialog, status: Some(status), .. } => format!("<dialogended {} {status}>", dialog.0),
        Event::DialogEnded { dialog, .. } => format!("<dialogended {}>", dialog.0),
        other => {
            let name = format!("{other:?}");
            let name = name.split([' ', '{', '(']).next().unwrap_or_default().to_lowercase();
            format!("<{name}>")
        }
    })
}
