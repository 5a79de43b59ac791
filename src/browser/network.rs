//! Whether the machine has a network, as far as the browser knows: the events `online` and
//! `offline`, in windows and in Workers. Where there are none (Node), nothing is heard.

use super::scope;
use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::Event;

const ONLINE: &str = "online";
const OFFLINE: &str = "offline";

/// Listens until it is dropped.
pub(super) struct Network {
    changed: Closure<dyn FnMut(Event)>,
}

impl Network {
    /// `tell` hears whether there is a network, each time that this changes.
    pub(super) fn listen(tell: impl Fn(bool) + 'static) -> Self {
        let network = Self { changed: Closure::new(move |event: Event| tell(event.type_() == ONLINE)) };
        for name in [ONLINE, OFFLINE] {
            // A scope without such events throws: it has none to tell.
            let _ = scope::add_event_listener(name, network.function());
        }
        network
    }

    fn function(&self) -> &Function {
        self.changed.as_ref().unchecked_ref()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for name in [ONLINE, OFFLINE] {
            let _ = scope::remove_event_listener(name, self.function());
        }
    }
}
