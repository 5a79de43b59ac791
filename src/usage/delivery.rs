//! How responses get to where they belong, over connections that come and go.

use super::context::Context;
use crate::message::Message;
use crate::transaction::ServerId;
use alloc::borrow::ToOwned;
use alloc::vec::Vec;

impl Context {
    /// Sends a response in its transaction, and keeps it for retransmissions of the request.
    pub fn respond(&mut self, server: ServerId, status: u16, frame: Vec<u8>) {
        if self.transactions.respond(self.now, server, status, &frame).is_ok() {
            if self.flow().is_none() && status >= 200 {
                self.unsent.push(server);
            }
            self.transmit(frame);
        }
    }

    /// Sends a plain response.
    pub fn answer(&mut self, server: ServerId, request: &Message, status: u16, tag: Option<&str>) {
        let frame = self.reply(request, status, None, tag).finish();
        self.respond(server, status, frame);
    }

    /// The connection is back: what was decided meanwhile goes, and a refusal of an INVITE goes
    /// again unless its ACK has come. Over a reliable transport nobody else repeats it, and it
    /// may have left in the very moment of the loss. A 2xx to an INVITE is its user's to repeat.
    pub fn redeliver(&mut self) {
        let mut servers = self.transactions.unacknowledged();
        for server in core::mem::take(&mut self.unsent) {
            if !servers.contains(&server) {
                servers.push(server);
            }
        }
        for server in servers {
            if let Some(frame) = self.transactions.last_response(server) {
                self.transmit(frame.to_owned());
            }
        }
    }
}
