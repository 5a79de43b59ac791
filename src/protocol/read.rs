//! How commands and the configuration are read: each type by the list of its members. Their
//! names follow from the fields' as serde has it (`camelCase`, `kebab-case` for causes).

use super::{
    Answer, CallId, CallOptions, Cause, Command, Config, Credentials, DialogNumber, Field, Media, OnFork, PrackMode,
    Progress, Reinvites, Rel100, ReliableProgress, RequestNumber, RequestOptions, Server, Token,
};
use crate::json::Read;
use crate::json::read::{Reading, UNKNOWN, Value, is_camel_case, numbers, objects, words};
use alloc::string::String;

numbers!(CallId DialogNumber RequestNumber Token);

words! { is_camel_case:
    Rel100 { Supported, None, Required }
    ReliableProgress { Always, Sdp, Never }
    PrackMode { Auto, Manual }
    Reinvites { Auto, Manual }
    OnFork { HangUp, Keep }
    Media { Offer, Offerless }
}

words! { is_kebab_case:
    Cause {
        Bye, Cancelled, Rejected, Busy, NotFound, Unavailable, Timeout, NoAnswer, Unauthorized, Redirected,
        NotAcceptable, BadExtension, ExtensionRequired, ServerError, Connection, MediaTimeout, MediaDenied,
        MediaMissing, MediaFailed, PrackFailed, NoPrack, RseqExhausted, NoAck, NoAnswerDescription, Flood,
        DialogEnded, DialogGone, SessionExpired, Superseded, ProtocolError, EngineFailed, Closed,
    }
}

objects! {
    Config {
        uri: required,
        display_name: optional,
        servers: required,
        credentials: optional,
        ask_credentials: optional,
        rel100: optional,
        reliable_progress: optional,
        prack: optional,
        prack_deadline: optional,
        accept_changed_answer: optional,
        reinvites: optional,
        first_rseq: optional,
        max_ringing: optional,
        extensions: optional,
        on_fork: optional,
        session_timer: optional,
        instance_id: optional,
        register_expires: optional,
        registrar: optional,
        user_agent: optional,
        trace_length: optional,
        t1: optional,
    }
    Server { url: required, priority: optional, weight: optional }
    Credentials { username: required, password: optional, ha1: optional, realm: optional }
    CallOptions {
        media: optional,
        rel100: optional,
        prack: optional,
        rel100_fallback: optional,
        display_name: optional,
        headers: optional,
        no_answer_timeout: optional,
    }
    Progress {
        code: optional,
        reason: optional,
        reliable: optional,
        sdp: optional,
        queue: optional,
        headers: optional,
    }
    RequestOptions { body: optional, content_type: optional, headers: optional }
}

impl Read for Field {
    fn read(value: Value<'_>, reading: &mut Reading) -> Self {
        let parts = value.elements(reading);
        let [name, value] = parts.as_slice() else {
            reading.fault("must be pairs of name and value");
            return Self(String::new(), String::new());
        };
        Self(name.text(reading), value.text(reading))
    }
}

impl Read for Answer {
    fn read(value: Value<'_>, reading: &mut Reading) -> Self {
        let (name, value) = value.alternative(reading);
        if is_camel_case(name, "failed") {
            let mut failed = value.object(reading);
            return Self::Failed { status: failed.required("status"), cause: failed.required("cause") };
        }
        if !is_camel_case(name, "sdp") || value.is_absent() {
            reading.fault(UNKNOWN);
        }
        Self::Sdp(value.text(reading))
    }
}

macro_rules! commands {
    ($($plain:ident)*; $($command:ident { $($field:ident: $how:ident),* $(,)? })*) => {
        impl Read for Command {
            fn read(value: Value<'_>, reading: &mut Reading) -> Self {
                // Does not compile when one is forgotten.
                const _: fn(&Command) = |command| match command {
                    $(Command::$plain)|* $(| Command::$command { .. })* => (),
                };
                let (name, value) = value.alternative(reading);
                $(if is_camel_case(name, stringify!($plain)) && value.is_absent() {
                    return Self::$plain;
                })*
                $(if is_camel_case(name, stringify!($command)) {
                    let mut object = value.object(reading);
                    return Self::$command { $($field: object.$how(stringify!($field))),* };
                })*
                reading.fault(UNKNOWN);
                Self::Disconnect
            }
        }
    };
}

commands! {
    Connect Disconnect;
    Register { request: required, expires: optional, headers: optional }
    Unregister { request: required, all: optional }
    Credentials { token: required, credentials: optional }
    Call { call: required, target: required, options: optional }
    Description { token: required, answer: required }
    Prack {
        call: required,
        dialog: required,
        rseq: required,
        request: required,
        body: optional,
        content_type: optional,
        offer: optional,
        headers: optional,
    }
    Progress { call: required, request: required, progress: optional }
    Accept { call: required, request: required, headers: optional }
    Reject { call: required, status: optional, reason: optional, headers: optional }
    Hangup { call: required, headers: optional }
    Renegotiate { call: required, request: required }
    Update {
        call: required,
        dialog: optional,
        request: required,
        offer: true_if_absent,
        queue: true_if_absent,
        headers: optional,
    }
    Info { call: required, request: required, options: required }
    Request { request: required, method: required, target: required, options: optional }
    Trace { live: required }
}
