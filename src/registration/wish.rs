//! What the application asks of the registration, and which of its commands wait for the outcome.

use crate::message::Message;
use crate::protocol::{Failure, Field, RequestNumber};
use crate::usage::{Context, response as outcome};
use alloc::vec::Vec;

/// The lifetime and the header fields to ask for, and the commands that the present request,
/// or the next one, settles.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) expires: u32,
    pub(super) headers: Vec<Field>,
    settles: Vec<RequestNumber>,
    /// What was asked for while a request for something else was on its way.
    later: Option<Later>,
}

#[derive(Debug)]
struct Later {
    expires: u32,
    headers: Vec<Field>,
    settles: Vec<RequestNumber>,
}

impl Wish {
    pub(super) fn new(expires: u32) -> Self {
        Self { expires, headers: Vec::new(), settles: Vec::new(), later: None }
    }

    /// Joins the request that is on its way, when it asks for the same.
    pub(super) fn join(&mut self, request: RequestNumber, expires: Option<u32>, headers: Vec<Field>) {
        let former = self.later.take();
        let expires = expires.unwrap_or(former.as_ref().map_or(self.expires, |former| former.expires));
        if former.is_none() && expires == self.expires && headers == self.headers {
            return self.wait(request);
        }
        let mut settles = former.map_or_else(Vec::new, |former| former.settles);
        settles.push(request);
        self.later = Some(Later { expires, headers, settles });
    }

    /// A command that the present request settles.
    pub(super) fn wait(&mut self, request: RequestNumber) {
        self.settles.push(request);
    }

    /// Whether something else has been asked for meanwhile.
    pub(super) fn has_changed(&self) -> bool {
        self.later.is_some()
    }

    /// What was asked for meanwhile counts from now on.
    pub(super) fn adopt(&mut self) {
        if let Some(later) = self.later.take() {
            (self.expires, self.headers) = (later.expires, later.headers);
            self.settles.extend(later.settles);
        }
    }

    /// The present request has come to this.
    pub(super) fn grant(&mut self, ctx: &mut Context, response: &Message) {
        for request in core::mem::take(&mut self.settles) {
            ctx.settle(request, Ok(Some(outcome(response))));
        }
    }

    /// Nothing comes of what is asked for, now or later.
    pub(super) fn fail(&mut self, ctx: &mut Context, failure: &Failure) {
        self.adopt();
        for request in core::mem::take(&mut self.settles) {
            ctx.settle(request, Err(failure.clone()));
        }
    }
}
