//! What the application does with a call, apart from its INVITE (`answer`).

use super::confirmed::Confirmed;
use super::life::End;
use super::pracks::Wish;
use super::update::Update;
use super::{Call, Setup};
use crate::protocol::{Cause, DialogNumber, Field, Refusal, RefusalCode, RequestNumber, RequestOptions};
use crate::usage::{Context, check_content_type, check_fields};
use alloc::vec::Vec;

impl Call {
    /// Acknowledges a provisional response, as soon as those before it have been.
    ///
    /// # Errors
    /// There is none with this `RSeq`, its PRACK has left, or must not carry what it is to.
    pub fn prack(
        &mut self,
        ctx: &mut Context,
        dialog: DialogNumber,
        rseq: u32,
        command: RequestNumber,
        offer: bool,
        options: RequestOptions,
    ) -> Result<(), Refusal> {
        check_fields(&options.headers)?;
        check_content_type(options.content_type.as_deref())?;
        let wish = Wish { command, offer, options };
        match (&mut self.confirmed, &mut self.setup) {
            _ if self.life.is_over() => Err(Refusal::new(RefusalCode::InvalidState, "the call is over")),
            (Some(confirmed), _) if confirmed.is_numbered(dialog) => confirmed.prack(ctx, rseq, wish),
            (_, Setup::Outgoing(outgoing)) => outgoing.prack(ctx, dialog, rseq, wish),
            (_, Setup::Incoming(_) | Setup::Answered { .. }) => {
                Err(Refusal::new(RefusalCode::InvalidState, "an incoming call has nothing to acknowledge"))
            }
            (_, Setup::Settled { .. } | Setup::Forked(_)) => {
                Err(Refusal::new(RefusalCode::NotReliable, "the call has no such dialog"))
            }
        }
    }

    /// Ends the call in whatever state it is; nothing, when it is over.
    ///
    /// # Errors
    /// A header field is not the application's to set.
    pub fn hangup(&mut self, ctx: &mut Context, headers: &[Field]) -> Result<(), Refusal> {
        check_fields(headers)?;
        if self.life.is_over() {
            return Ok(());
        }
        match (&mut self.confirmed, &mut self.setup) {
            (Some(confirmed), _) => confirmed.hangup(ctx, &mut self.life, headers),
            (None, Setup::Outgoing(outgoing)) => outgoing.hangup(ctx, &mut self.life, headers),
            (None, Setup::Incoming(incoming)) => {
                let (invitation, mut scope) = incoming.split();
                let outcome = invitation.decline(ctx, &mut scope, headers);
                self.conclude(ctx, outcome);
            }
            (None, Setup::Answered { .. } | Setup::Settled { .. } | Setup::Forked(_)) => {}
        }
        Ok(())
    }

    /// The user agent is switched off: hung up, and over, even where a CANCEL or its outcome
    /// would have to be waited for.
    pub fn close(&mut self, ctx: &mut Context) {
        let _ = self.hangup(ctx, &[]);
        if let Some(confirmed) = &mut self.confirmed {
            confirmed.close(ctx);
        }
        if let Setup::Outgoing(outgoing) = &mut self.setup
            && !outgoing.is_answered()
        {
            outgoing.give_up(ctx, &mut self.life, End::local(Cause::Cancelled));
        }
    }

    /// Offers the session anew.
    ///
    /// # Errors
    /// The call is not confirmed, an exchange is open, or there is no connection.
    pub fn renegotiate(&mut self, ctx: &mut Context, request: RequestNumber) -> Result<(), Refusal> {
        let confirmed = self.confirmed()?;
        ctx.check_connected()?;
        confirmed.renegotiate(request)
    }

    /// Sends UPDATE in one of its dialogs, as soon as that is allowed.
    ///
    /// # Errors
    /// The dialog is not there (any more), its peer does not take UPDATE, a header field is not
    /// the application's to set, there is no connection, or it must not wait and has to.
    pub fn update(
        &mut self,
        ctx: &mut Context,
        dialog: Option<DialogNumber>,
        request: RequestNumber,
        offer: bool,
        queue: bool,
        headers: Vec<Field>,
    ) -> Result<(), Refusal> {
        check_fields(&headers)?;
        let update = Update::new(request, offer, headers);
        if self.life.is_over() {
            return Err(Refusal::new(RefusalCode::InvalidState, "the call is over"));
        }
        ctx.check_connected()?;
        match (&mut self.confirmed, &mut self.setup) {
            (Some(confirmed), _) => confirmed.want_update(dialog, update, queue),
            (None, Setup::Outgoing(outgoing)) => outgoing.want_update(dialog, update, queue),
            (None, Setup::Incoming(incoming)) => incoming.want_update(ctx, dialog, update, queue),
            (None, Setup::Answered { .. } | Setup::Settled { .. } | Setup::Forked(_)) => {
                Err(Refusal::new(RefusalCode::InvalidState, "the call is over"))
            }
        }
    }

    /// Sends INFO.
    ///
    /// # Errors
    /// The call is not confirmed, or there is no connection.
    pub fn info(&mut self, ctx: &mut Context, request: RequestNumber, options: RequestOptions) -> Result<(), Refusal> {
        check_fields(&options.headers)?;
        check_content_type(options.content_type.as_deref())?;
        let confirmed = self.confirmed()?;
        ctx.check_connected()?;
        confirmed.info(ctx, request, options);
        Ok(())
    }

    fn confirmed(&mut self) -> Result<&mut Confirmed, Refusal> {
        match &mut self.confirmed {
            Some(confirmed) if !self.life.is_over() => Ok(confirmed),
            _ => Err(Refusal::new(RefusalCode::InvalidState, "the call is not confirmed")),
        }
    }
}
