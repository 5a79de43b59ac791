//! Whether the machine has a network, as far as the browser knows: the events `online` and
//! `offline`, in windows and in Workers. Where there are none (Node), nothing is heard.

use super::scope;
use alloc::rc::Rc;
use js_sys::Function;
use wasm_bindgen::prelude::*;

type Listener = (&'static str, Closure<dyn FnMut()>);

/// Listens until it is dropped.
pub(super) struct Network {
    listeners: [Listener; 2],
}

impl Network {
    /// `tell` hears whether there is a network, each time that this changes.
    pub(super) fn listen(tell: impl Fn(bool) + 'static) -> Self {
        let tell = Rc::new(tell);
        // By their names, and not by the event's: it would have to be written into linear memory.
        let listeners = [("online", true), ("offline", false)].map(|(name, online)| {
            let tell = tell.clone();
            (name, Closure::new(move || tell(online)))
        });
        for listener in &listeners {
            // A scope without such events throws: it has none to tell.
            let _ = scope::add_event_listener(listener.0, function(listener));
        }
        Self { listeners }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for listener in &self.listeners {
            let _ = scope::remove_event_listener(listener.0, function(listener));
        }
    }
}

fn function((_, closure): &Listener) -> &Function {
    closure.as_ref().unchecked_ref()
}
