//! The connection to the server as a machine: which server, when to try again, whether the
//! one in use is still alive (RFC 7118, RFC 5626 sections 3.5.1, 4.4.1 and 4.5). Decides on
//! time and randomness alone; it must not know what the messages are that pass.

mod connection;
mod keep_alive;
mod servers;

pub use connection::Connection;
pub use servers::{Place, Server};

use crate::time::Duration;
use alloc::string::String;

/// Names one attempt at a connection, and the connection that comes of it. Numbers are not
/// used again, so an event of a former connection is told from one of the present.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(pub u32);

crate::table::keys!(FlowId(u32));

/// What the machine wants done; taken by [`Connection::poll`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a WebSocket to `url` (subprotocol `sip`), and call it `flow`.
    Open {
        /// Its name from now on.
        flow: FlowId,
        /// The server's address.
        url: String,
    },
    /// Close it, or give up opening it. What it still says is ignored.
    Close {
        /// Which one.
        flow: FlowId,
        /// The close code of RFC 6455 section 7.4: 1000, or 4000 for a connection that failed.
        code: u16,
    },
    /// Send these octets, a keep-alive, as a frame.
    Send {
        /// On which connection.
        flow: FlowId,
        /// [`PING`] or [`PONG`].
        frame: &'static [u8],
    },
    /// Send OPTIONS to the server, and say by [`Connection::answered`] when there is a response:
    /// a keep-alive for servers that send no pongs.
    Probe {
        /// On which connection.
        flow: FlowId,
    },
    /// Tell that the state has changed.
    Changed(Change),
}

/// A change of the connection's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A server is being tried.
    Connecting {
        /// Its address.
        server: String,
    },
    /// Messages can be sent.
    Connected {
        /// On this connection.
        flow: FlowId,
        /// The server's address.
        server: String,
        /// Its place in the list.
        place: Place,
    },
    /// The connection, or the attempt at one, is gone.
    Disconnected {
        /// Which one; `None` when there was none.
        flow: Option<FlowId>,
        /// The time until the next attempt, zero when the next server is tried at once;
        /// `None`: there will be none.
        retry_in: Option<Duration>,
        /// Why.
        cause: Cause,
    },
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It was no longer wanted.
    Unwanted,
    /// It could not be opened; the close code, 1006 in a browser.
    Refused(u16),
    /// It did not open in time.
    Unanswered,
    /// It was open and has been closed by the server or the network; the close code.
    Lost(u16),
    /// The server has stopped to answer keep-alives.
    Silent,
    /// It was of no use to the layers above: see [`Connection::abandon`].
    Abandoned,
}

/// What a received frame was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// A keep-alive or nothing: dealt with.
    KeepAlive,
    /// Anything else: a SIP message, or what should be one.
    Message,
    /// It came from a connection that is not the present one: to be ignored.
    Stale,
}

/// The keep-alive of the client: a double CRLF (RFC 5626 section 3.5.1).
pub const PING: &[u8] = b"\r\n\r\n";

/// The answer to it: one CRLF.
pub const PONG: &[u8] = b"\r\n";
