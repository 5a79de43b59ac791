//! Requests outside any dialog that make none: OPTIONS, MESSAGE and the like
//! (RFC 3261 sections 8.1 and 11, RFC 3428).

use crate::message::{Message, Name};
use crate::protocol::{Cause, Event, Failure, Refusal, RequestNumber, RequestOptions};
use crate::transaction::ServerId;
use crate::usage::{
    Challenge, Context, Owner, Request, body, check_content_type, check_fields, check_target, content_type, failure,
    headers, party, response as outcome,
};
use alloc::string::String;

impl Context {
    /// Sends a request of the application.
    ///
    /// # Errors
    /// Target, header fields or content type are malformed, or there is no connection.
    pub fn send_alone(
        &mut self,
        number: RequestNumber,
        method: String,
        target: &str,
        options: RequestOptions,
    ) -> Result<Request, Refusal> {
        check_target(target)?;
        check_fields(&options.headers)?;
        check_content_type(options.content_type.as_deref())?;
        self.check_connected()?;
        let to = ["<", target, ">"].concat();
        let mut draft = self.draft(method, target, &to);
        (draft.body, draft.extra) = options.into_content();
        Ok(self.send(draft, Owner::Request(number)))
    }

    /// Takes its response; gives the request back while it is still open.
    pub fn request_response(
        &mut self,
        number: RequestNumber,
        mut request: Request,
        response: &Message,
    ) -> Option<Request> {
        match response.status().unwrap_or_default() {
            ..200 => return Some(request),
            401 | 407 => match self.challenge(&mut request, response) {
                Challenge::Retry => return Some(self.again(request)),
                Challenge::Asked(_) => return Some(request),
                Challenge::Failed => self.settle(number, Err(failure(response))),
            },
            200..300 => self.settle(number, Ok(Some(outcome(response)))),
            _ => self.settle(number, Err(failure(response))),
        }
        None
    }

    /// The application answered its challenge; gives the request back when it was sent again.
    pub fn request_credentials(&mut self, number: RequestNumber, request: Request, known: bool) -> Option<Request> {
        if known {
            return Some(self.again(request));
        }
        let failure = Failure { cause: Cause::Unauthorized, status: Some(401), reason: None, retry_after: None };
        self.settle(number, Err(failure));
        None
    }

    /// Answers OPTIONS: what we can (RFC 3261 section 11.2).
    pub fn options(&mut self, server: ServerId, request: &Message, tag: Option<&str>) {
        let mut writer = self.reply(request, 200, None, tag);
        self.contact(&mut writer);
        self.capabilities(&mut writer);
        let frame = writer.field(Name::Accept, "application/sdp").field(Name::AcceptEncoding, "identity").finish();
        self.respond(server, 200, frame);
    }

    /// Takes a MESSAGE (RFC 3428 section 7).
    pub fn message(&mut self, server: ServerId, request: &Message, tag: Option<&str>) {
        self.answer(server, request, 200, tag);
        self.emit(Event::Message {
            from: party(&request.from()),
            body: body(request).unwrap_or_default(),
            content_type: content_type(request),
            headers: headers(request),
        });
    }

    fn again(&mut self, mut request: Request) -> Request {
        let cseq = request.draft.cseq + 1;
        self.resend(&mut request, cseq);
        request
    }
}
