//! The shell around the core in the browser, for wasm32 alone: it owns what the core may
//! not know, the WebSockets (RFC 7118, RFC 6455), one timer, the clock and the border to
//! JavaScript. It decides nothing about SIP. It uses no `window`, so that it runs in a
//! Worker and in a SharedWorker as on a page.

mod alarm;
mod clock;
mod convert;
mod frame;
mod memory;
mod network;
mod reader;
mod scope;
mod shell;
mod socket;

use crate::agent::UserAgent;
use crate::protocol::{Answer, Command, Token};
use alloc::rc::Rc;
use clock::Clock;
use convert::Arguments;
use js_sys::{Array, Function, JsString};
pub use reader::Reader;
use shell::Shell;
use socket::Early;
use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

/// A user agent with its connections: the one class that the wasm exports.
///
/// Application code never runs while a Rust frame is on the stack: `notify` is called from
/// a microtask of its own, and the events are fetched by [`Engine::take`].
///
/// A trap ends the engine for good. The call that ran into it throws a `RuntimeError`, every
/// later one an `Error`; mistakes of the caller are `TypeError`s, and the only ones that are.
#[wasm_bindgen]
pub struct Engine {
    shell: Rc<Shell>,
    arguments: Arguments,
}

#[wasm_bindgen]
impl Engine {
    /// A user agent that is not connected yet. `notify` is called when there may be
    /// something to [`take`](Engine::take); a call that is already on its way is not stopped by `free`.
    /// `early` is a WebSocket to the only server, of subprotocol `sip`, that was opened before
    /// there was an engine: the first connection is this one, unless it has failed by then.
    ///
    /// # Errors
    /// A `TypeError` when the configuration is malformed or refused.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "Config")] config: JsValue,
        #[wasm_bindgen(unchecked_param_type = "() => void")] notify: Function,
        early: Option<WebSocket>,
    ) -> Result<Engine, JsValue> {
        #[cfg(debug_assertions)]
        console_error_panic_hook::set_once();
        let early = Early::new(early);
        let (arguments, mut clock) = (Arguments::new(), Clock::start());
        let agent = UserAgent::new(arguments.read(&config)?, scope::entropy()?, clock.now())
            .map_err(|refusal| convert::type_error(refusal.message))?;
        Ok(Self { shell: Shell::new(agent, clock, notify, early), arguments })
    }

    /// Carries out a command. A refusal is returned: nothing was sent then.
    ///
    /// # Errors
    /// A `TypeError` when the command is malformed, an `Error` when the engine has failed.
    #[wasm_bindgen(unchecked_return_type = "Refusal | undefined")]
    pub fn command(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Command")] command: JsValue,
    ) -> Result<JsValue, JsValue> {
        self.carry_out(self.arguments.read(&command)?)
    }

    /// The command `description` with a session description, which is long: it crosses as it is.
    ///
    /// # Errors
    /// A `TypeError` when it is no text, an `Error` when the engine has failed.
    #[wasm_bindgen(unchecked_return_type = "Refusal | undefined")]
    pub fn describe(&self, token: u32, sdp: &JsString) -> Result<JsValue, JsValue> {
        let answer = self.arguments.text(sdp, |sdp| Answer::Sdp(sdp.into()))?;
        self.carry_out(Command::Description { token: Token(token), answer })
    }

    /// What has happened since the last time, in order: the JSON of an `Event[]`, and behind it the
    /// texts that belong where it says `null`. Often nothing at all.
    ///
    /// # Errors
    /// An `Error` when the engine has failed.
    #[wasm_bindgen(unchecked_return_type = "string[]")]
    pub fn take(&self) -> Result<Array, JsValue> {
        self.shell.take(convert::texts).ok_or_else(convert::failed)
    }

    /// The messages last sent and received, oldest first, credentials replaced: a `TraceEntry[]`
    /// in the same way.
    ///
    /// # Errors
    /// An `Error` when the engine has failed.
    #[wasm_bindgen(unchecked_return_type = "string[]")]
    pub fn trace(&self) -> Result<Array, JsValue> {
        self.shell.inspect(|agent| convert::trace(agent.trace())).ok_or_else(convert::failed)
    }

    /// Closes the connections and stops the timer of an engine that has failed, which
    /// cannot be freed. On any other it does the same; no SIP message is sent.
    pub fn abandon(&self) {
        self.shell.abandon();
    }

    fn carry_out(&self, command: Command) -> Result<JsValue, JsValue> {
        match self.shell.command(command).ok_or_else(convert::failed)? {
            Ok(()) => Ok(JsValue::UNDEFINED),
            Err(refusal) => convert::refusal(refusal),
        }
    }
}

#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
