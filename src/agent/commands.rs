//! What the application wants done.

use super::{UserAgent, keyed};
use crate::call::Call;
use crate::message::{Method, is_token};
use crate::protocol::{
    CallId, CallOptions, Cause, Command, Failure, Refusal, RefusalCode, RequestNumber, RequestOptions, Token,
};
use crate::time::Instant;
use crate::usage::{Context, Owner};
use alloc::string::String;

impl UserAgent {
    /// Carries out a command.
    ///
    /// # Errors
    /// The caller's mistakes: a wrong argument, or a command that is not possible now.
    /// Nothing has been sent then.
    pub fn command(&mut self, now: Instant, command: Command) -> Result<(), Refusal> {
        self.at(now);
        let result = self.carry_out(command);
        self.keep_connection();
        result
    }

    fn carry_out(&mut self, command: Command) -> Result<(), Refusal> {
        let ctx = &mut self.context;
        match command {
            Command::Connect => self.connection.connect(ctx.now, &mut ctx.random),
            Command::Disconnect => self.disconnect(),
            Command::Register { request, expires, headers } => {
                return self.registration.register(ctx, request, expires, headers);
            }
            Command::Unregister { request, all } => return self.registration.unregister(ctx, request, all),
            Command::Credentials { token, credentials } => return self.credentials(token, credentials.as_ref()),
            Command::Call { call, target, options } => return self.call(call, &target, options),
            Command::Description { token, answer } => {
                if let Some(Owner::Call(call)) = ctx.answered(token) {
                    self.with_call(call, |call, ctx| call.description(ctx, token, answer));
                }
            }
            Command::Prack { call, dialog, rseq, request, body, content_type, offer, headers } => {
                let options = RequestOptions { body, content_type, headers };
                return self.try_call(call, |call, ctx| call.prack(ctx, dialog, rseq, request, offer, options));
            }
            Command::Progress { call, request, progress } => {
                return self.try_call(call, |call, ctx| call.progress(ctx, request, progress));
            }
            Command::Accept { call, request, headers } => {
                return self.try_call(call, |call, ctx| call.accept(ctx, request, headers));
            }
            Command::Reject { call, status, reason, headers } => {
                let status = status.unwrap_or(480);
                return self.try_call(call, |call, ctx| call.reject(ctx, status, reason.as_deref(), &headers));
            }
            Command::Hangup { call, headers } => {
                return self.try_call(call, |call, ctx| call.hangup(ctx, &headers));
            }
            Command::Renegotiate { call, request } => {
                return self.try_call(call, |call, ctx| call.renegotiate(ctx, request));
            }
            Command::Update { call, dialog, request, offer, queue, headers } => {
                return self.try_call(call, |call, ctx| call.update(ctx, dialog, request, offer, queue, headers));
            }
            Command::Info { call, request, options } => {
                return self.try_call(call, |call, ctx| call.info(ctx, request, options));
            }
            Command::Request { request, method, target, options } => {
                return self.send_request(request, method, &target, options);
            }
            Command::Trace { live } => ctx.outbox.trace_live(live),
        }
        Ok(())
    }

    /// Ends every call, drops the registration and closes the connection.
    fn disconnect(&mut self) {
        for call in self.calls.keys() {
            self.with_call(call, Call::close);
        }
        self.settle_requests(Cause::Closed);
        self.registration.close(&mut self.context);
        self.connection.disconnect();
    }

    /// Nothing comes of the requests outside dialogs that are on their way.
    pub(super) fn settle_requests(&mut self, cause: Cause) {
        for number in self.requests.keys() {
            let Some(request) = self.requests.remove(number) else { continue };
            self.context.abandon(request.id);
            let failure = Failure { cause, status: None, reason: None, retry_after: None };
            self.context.settle(number, Err(failure));
        }
    }

    fn credentials(&mut self, token: Token, given: Option<&crate::protocol::Credentials>) -> Result<(), Refusal> {
        let credentials = given.map(keyed).transpose()?;
        let known = self.context.supply(token, credentials);
        match self.context.answered(token) {
            None | Some(Owner::Connection) => {}
            Some(Owner::Registration) => self.registration.credentials(&mut self.context, token, known),
            Some(Owner::Call(call)) => self.with_call(call, |call, ctx| call.credentials(ctx, token, known)),
            Some(Owner::Request(number)) => {
                if let Some(request) = self.requests.remove(number)
                    && let Some(request) = self.context.request_credentials(number, request, known)
                {
                    self.requests.insert(number, request);
                }
            }
        }
        Ok(())
    }

    fn call(&mut self, id: CallId, target: &str, options: CallOptions) -> Result<(), Refusal> {
        if id.0 >= CallId::FIRST_INCOMING || self.calls.contains(id) {
            return Err(Refusal::new(
                RefusalCode::UnknownCall,
                "the number of the call is taken, or not for outgoing calls",
            ));
        }
        let call = Call::outgoing(&mut self.context, id, target, options)?;
        self.admit(id, call);
        Ok(())
    }

    fn try_call(
        &mut self,
        id: CallId,
        act: impl FnOnce(&mut Call, &mut Context) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let mut result = Err(Refusal::new(RefusalCode::UnknownCall, "there is no such call (any more)"));
        self.with_call(id, |call, ctx| result = act(call, ctx));
        result
    }

    fn send_request(
        &mut self,
        number: RequestNumber,
        method: String,
        target: &str,
        options: RequestOptions,
    ) -> Result<(), Refusal> {
        let own = matches!(
            Method::new(&method),
            Method::Invite
                | Method::Ack
                | Method::Cancel
                | Method::Bye
                | Method::Prack
                | Method::Update
                | Method::Register
                | Method::Subscribe
                | Method::Refer
        );
        if own || !is_token(&method) {
            return Err(Refusal::new(RefusalCode::InvalidMethod, "not a method that can be sent outside of a dialog"));
        }
        if self.requests.contains(number) {
            return Err(Refusal::new(RefusalCode::InvalidArgument, "the number of the request is taken"));
        }
        let request = self.context.send_alone(number, method, target, options)?;
        self.requests.insert(number, request);
        Ok(())
    }
}
