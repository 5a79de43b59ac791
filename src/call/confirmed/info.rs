//! The INFO requests that we send (RFC 6086, or the older use for DTMF).

use super::{Confirmed, disconnected, timed_out, unauthorized};
use crate::call::life::Life;
use crate::message::Message;
use crate::protocol::{RequestNumber, RequestOptions, Token};
use crate::transaction::ClientId;
use crate::usage::{Challenge, Context, Owner, failure, response as outcome};

impl Confirmed {
    pub(in crate::call) fn info(&mut self, ctx: &mut Context, request: RequestNumber, options: RequestOptions) {
        let mut draft = self.dialog.request("INFO");
        (draft.body, draft.extra) = options.into_content();
        let info = ctx.send(draft, Owner::Call(self.call));
        self.infos.push((request, info));
    }

    /// Whether the response was to one of them.
    pub(super) fn info_response(
        &mut self,
        ctx: &mut Context,
        life: &mut Life,
        id: ClientId,
        response: &Message,
    ) -> bool {
        let Some((index, info)) = self.infos.iter_mut().enumerate().find(|(_, (_, info))| info.id == id) else {
            return false;
        };
        let status = response.status().unwrap_or_default();
        let challenge = match status {
            ..200 => return true,
            401 | 407 => ctx.challenge(&mut info.1, response),
            _ => Challenge::Failed,
        };
        match challenge {
            Challenge::Retry => ctx.resend(&mut info.1, self.dialog.next_cseq()),
            Challenge::Asked(_) => {}
            Challenge::Failed => {
                let (request, _) = self.infos.swap_remove(index);
                let result = if status < 300 { Ok(Some(outcome(response))) } else { Err(failure(response)) };
                ctx.settle(request, result);
            }
        }
        // RFC 3261 section 12.2.1.2: 481 and 408 say that the dialog is gone at the peer.
        if matches!(status, 408 | 481) {
            self.gone(ctx, life);
        }
        true
    }

    /// Whether it was one of them that nobody answered.
    pub(super) fn info_timeout(&mut self, ctx: &mut Context, life: &mut Life, id: ClientId) -> bool {
        let Some(index) = self.infos.iter().position(|(_, info)| info.id == id) else { return false };
        let (request, _) = self.infos.swap_remove(index);
        ctx.settle(request, Err(timed_out()));
        self.gone(ctx, life);
        true
    }

    /// The connection is gone: whether they have arrived is not known.
    pub(super) fn lose_infos(&mut self, ctx: &mut Context) {
        for (request, info) in self.infos.drain(..) {
            ctx.abandon(info.id);
            ctx.settle(request, Err(disconnected()));
        }
    }

    /// The application answered a challenge: whether it was that of one of them.
    pub(super) fn info_credentials(&mut self, ctx: &mut Context, token: Token, known: bool) -> bool {
        let Some(index) = self.infos.iter().position(|(_, info)| info.asked == Some(token)) else { return false };
        if !known {
            let (request, _) = self.infos.swap_remove(index);
            ctx.settle(request, Err(unauthorized()));
        } else if let Some((_, info)) = self.infos.get_mut(index) {
            ctx.resend(info, self.dialog.next_cseq());
        }
        true
    }
}
