//! The configuration of a user agent.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::Deserialize;

/// How a user agent is set up.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct Config {
    /// The address of record: a `sip:` or `sips:` URI with a user part.
    pub uri: String,
    /// The display name in From.
    #[serde(default)]
    pub display_name: Option<String>,
    /// The servers to connect to, one at a time.
    pub servers: Vec<Server>,
    /// Username and password (or HA1) for Digest authentication.
    #[serde(default)]
    pub credentials: Option<Credentials>,
    /// Ask the application for credentials by [`Event::Challenge`](super::Event::Challenge)
    /// when `credentials` is absent.
    #[serde(default)]
    pub ask_credentials: bool,
    /// The policy for reliable provisional responses; `supported` when absent.
    #[serde(default)]
    pub rel100: Rel100,
    /// Which provisional responses `reliable: "auto"` makes reliable; `always` when absent.
    #[serde(default)]
    pub reliable_progress: ReliableProgress,
    /// Who sends the PRACKs of outgoing calls; `auto` when absent.
    #[serde(default)]
    pub prack: PrackMode,
    /// How long a PRACK may wait for the application or for a session description, in ms from
    /// the response that it acknowledges: 1000..30000; 20000 when absent. Then it leaves without.
    #[serde(default)]
    pub prack_deadline: Option<u32>,
    /// Take an answer that differs from the description of an earlier unreliable response in
    /// its place (RFC 3261 section 13.2.1 has the first one count); false when absent.
    #[serde(default)]
    pub accept_changed_answer: bool,
    /// Who decides about re-INVITEs of the peer; `auto` when absent.
    #[serde(default)]
    pub reinvites: Reinvites,
    /// The first RSeq of every INVITE, for tests of what happens at the end of the numbers;
    /// when absent a random one in 1..2^31-1, as RFC 3262 section 3 demands.
    #[serde(default)]
    pub first_rseq: Option<u32>,
    /// How many incoming calls may wait for their answer at once, the next one is refused
    /// with 486; 64 when absent.
    #[serde(default)]
    pub max_ringing: Option<u32>,
    /// Option tags that the application understands beside the user agent's own, `precondition`
    /// (RFC 3312) for instance: they are added to Supported, and understood in Require. An offer
    /// with mandatory preconditions requires them of the peer.
    #[serde(default)]
    pub extensions: Vec<String>,
    /// What becomes of a second callee that answers; `hangUp` when absent.
    #[serde(default)]
    pub on_fork: OnFork,
    /// The session interval to ask for, in seconds, at least 90 (RFC 4028): a call whose session
    /// is not refreshed within that time is over. None is asked for when absent; what the peer
    /// asks for is honoured all the same.
    #[serde(default)]
    pub session_timer: Option<u32>,
    /// The instance id (RFC 5626 section 4.1), `urn:uuid:...`; a random one when absent.
    #[serde(default)]
    pub instance_id: Option<String>,
    /// The lifetime asked for when registering, in seconds; 600 when absent.
    #[serde(default)]
    pub register_expires: Option<u32>,
    /// The registrar's URI; the domain of `uri` when absent.
    #[serde(default)]
    pub registrar: Option<String>,
    /// The User-Agent and Server field; `Prackle/<version>` when absent.
    #[serde(default)]
    pub user_agent: Option<String>,
    /// How many messages the trace keeps, as long as they are not more than 96 KiB together;
    /// 200 when absent.
    #[serde(default)]
    pub trace_length: Option<u32>,
    /// Timer T1 in ms, at least 500 (RFC 3261 section 17.1.1.1); 500 when absent.
    #[serde(default)]
    pub t1: Option<u32>,
}

impl Config {
    /// A configuration with nothing but an address of record and a server.
    pub fn new(uri: &str, server: &str) -> Self {
        Self {
            uri: uri.to_owned(),
            display_name: None,
            servers: [Server::new(server)].into(),
            credentials: None,
            ask_credentials: false,
            rel100: Rel100::default(),
            reliable_progress: ReliableProgress::default(),
            prack: PrackMode::default(),
            prack_deadline: None,
            accept_changed_answer: false,
            reinvites: Reinvites::default(),
            first_rseq: None,
            max_ringing: None,
            extensions: Vec::new(),
            on_fork: OnFork::default(),
            session_timer: None,
            instance_id: None,
            register_expires: None,
            registrar: None,
            user_agent: None,
            trace_length: None,
            t1: None,
        }
    }
}

/// A server to connect to (RFC 7118). Which one is tried next follows RFC 2782.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct Server {
    /// Its WebSocket address, `ws:` or `wss:`.
    pub url: String,
    /// Those with a lower one are tried first; the place in the list when absent.
    #[serde(default)]
    pub priority: Option<u16>,
    /// The share of connections among servers of the same priority; 1 when absent. One of 0
    /// is tried when no other of its priority is left.
    #[serde(default)]
    pub weight: Option<u16>,
}

impl Server {
    /// The server at this address.
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), priority: None, weight: None }
    }
}

/// Username and secret for Digest authentication (RFC 7616).
#[derive(Clone, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// The username, without quoting.
    pub username: String,
    /// The password; not needed when `ha1` is given.
    #[serde(default)]
    pub password: Option<String>,
    /// `H(username:realm:password)` in hexadecimal: 32 digits for MD5, 64 for SHA-256 and SHA-512-256.
    #[serde(default)]
    pub ha1: Option<String>,
    /// The realm that `ha1` was computed for, or the only one that the password is for; any when absent.
    #[serde(default)]
    pub realm: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

/// The policy for reliable provisional responses (RFC 3262).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "lowercase")]
pub enum Rel100 {
    /// `100rel` is neither offered nor understood.
    None,
    /// `100rel` is offered, and used where both sides have it.
    #[default]
    Supported,
    /// No call without `100rel`.
    Required,
}

/// What becomes of a further callee that answers a call which was forked by a proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub enum OnFork {
    /// It is hung up: ACK and BYE (RFC 3261 section 13.2.2.4).
    #[default]
    HangUp,
    /// It becomes a call of its own, by [`Event::Fork`](super::Event::Fork).
    Keep,
}

/// Which provisional responses are reliable when the application leaves it open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "lowercase")]
pub enum ReliableProgress {
    /// Every one, when the caller has `100rel`.
    #[default]
    Always,
    /// Those that carry a session description.
    Sdp,
    /// None, unless the caller requires it.
    Never,
}

/// Who sends the PRACKs that acknowledge the provisional responses to an initial INVITE
/// (RFC 3262 section 4). Those of a re-INVITE, and those after CANCEL, leave by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "lowercase")]
pub enum PrackMode {
    /// The user agent, at once or as soon as the answer that it has to carry is there.
    #[default]
    Auto,
    /// The application, by [`Command::Prack`](super::Command::Prack); the user agent when the
    /// deadline has passed.
    Manual,
}

/// Who decides about re-INVITEs of the peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify))]
#[serde(rename_all = "lowercase")]
pub enum Reinvites {
    /// The media layer: it is asked for a description, and the 200 follows.
    #[default]
    Auto,
    /// The application: it is told by [`Event::Reinvite`](super::Event::Reinvite).
    Manual,
}
