//! What comes in: to the call whose dialog it is of, or to be answered outside dialogs.

use super::UserAgent;
use crate::call::Call;
use crate::dialog::Dialog;
use crate::message::{Message, Method, Name};
use crate::transaction::ServerId;

impl UserAgent {
    /// A new request, in a transaction of its own.
    pub(super) fn requested(&mut self, server: ServerId, request: Message) {
        if let Some(objection) = self.context.objection(&request) {
            let tag = self.context.random.token(12);
            return self.context.object(server, &request, &objection, Some(&tag));
        }
        if request.to_tag().is_none() {
            return self.out_of_dialog(server, request);
        }
        match self.call_of(&request) {
            Some(call) => self.with_call(call, |call, context| call.request(context, server, request)),
            None => self.context.answer(server, &request, 481, None),
        }
    }

    fn out_of_dialog(&mut self, server: ServerId, request: Message) {
        let tag = self.context.random.token(12);
        match request.method() {
            Method::Invite => self.invited(server, request, &tag),
            Method::Options => self.context.options(server, &request, Some(&tag)),
            Method::Message => self.context.message(server, &request, Some(&tag)),
            // The others are for dialogs only.
            Method::Bye
            | Method::Prack
            | Method::Update
            | Method::Info
            | Method::Ack
            | Method::Cancel
            | Method::Register
            | Method::Subscribe
            | Method::Notify
            | Method::Refer
            | Method::Publish
            | Method::Other(_) => self.context.answer(server, &request, 481, Some(&tag)),
        }
    }

    fn invited(&mut self, server: ServerId, invite: Message, tag: &str) {
        let Some(dialog) = Dialog::from_request(&invite, tag) else {
            let reason = Some("Missing or Malformed Contact");
            let frame = self.context.reply(&invite, 400, reason, Some(tag)).finish();
            return self.context.respond(server, 400, frame);
        };
        if self.ringing >= self.max_ringing {
            // RFC 3261 sections 20.33 and 21.4.24: who calls so many times at once is no friend.
            let frame = self.context.reply(&invite, 486, None, Some(tag)).field_number(Name::RetryAfter, 60).finish();
            return self.context.respond(server, 486, frame);
        }
        let id = self.context.number_call();
        let call = Call::incoming(&mut self.context, id, server, invite, dialog);
        self.admit(id, call);
    }
}
