//! One WebSocket that speaks SIP (RFC 7118): opened with the subprotocol `sip`, silent once
//! it is dropped.

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

/// RFC 7118 section 4.1.
const SUBPROTOCOL: &str = "sip";
/// RFC 6455 section 7.4.1: the purpose is fulfilled.
const NORMAL: u16 = 1000;

/// What a WebSocket tells.
pub(super) enum Signal {
    /// It is open.
    Opened,
    /// A frame has arrived: a string or an `ArrayBuffer`.
    Frame(JsValue),
    /// It is closed, or could not be opened.
    Closed {
        /// RFC 6455 section 7.4.
        code: u16,
    },
}

/// A connection that JavaScript began to open while the wasm was on its way, so that the handshakes
/// of TCP, TLS and WebSocket take no time of their own. Closed unless somebody takes it over.
#[derive(Default)]
pub(super) struct Early(Option<WebSocket>);

impl Early {
    pub(super) fn new(socket: Option<WebSocket>) -> Self {
        Self(socket)
    }

    /// The connection; nothing when there is none, or it has failed.
    pub(super) fn take(&mut self) -> Option<WebSocket> {
        self.0.take().filter(|socket| socket.ready_state() <= WebSocket::OPEN)
    }
}

impl Drop for Early {
    fn drop(&mut self) {
        if let Some(socket) = self.take() {
            let _ = socket.close_with_code(NORMAL);
        }
    }
}

pub(super) struct Socket {
    socket: WebSocket,
    _opened: Closure<dyn FnMut()>,
    _frame: Closure<dyn FnMut(MessageEvent)>,
    _closed: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Starts to open a connection; `tell` hears of it from then on, never before this returns.
    pub(super) fn open(url: &str, tell: impl Fn(Signal) + Clone + 'static) -> Result<Self, JsValue> {
        let socket = WebSocket::new_with_str(url, SUBPROTOCOL)?;
        // What the page's policy forbids is closed from the beginning in Chromium, and never tells so.
        if socket.ready_state() == WebSocket::CLOSED {
            return Err(JsValue::UNDEFINED);
        }
        Ok(Self::watch(socket, tell))
    }

    /// Takes over a connection that is open already, or on its way to that.
    pub(super) fn watch(socket: WebSocket, tell: impl Fn(Signal) + Clone + 'static) -> Self {
        socket.set_binary_type(BinaryType::Arraybuffer);
        let (opened, frame, closed) = (tell.clone(), tell.clone(), tell);
        let opened = Closure::new(move || opened(Signal::Opened));
        let frame = Closure::new(move |event: MessageEvent| frame(Signal::Frame(event.data())));
        let closed = Closure::new(move |event: CloseEvent| closed(Signal::Closed { code: event.code() }));
        socket.set_onopen(Some(function(&opened)));
        socket.set_onmessage(Some(function(&frame)));
        socket.set_onclose(Some(function(&closed)));
        Self { socket, _opened: opened, _frame: frame, _closed: closed }
    }

    /// Whether it was open before anybody listened.
    pub(super) fn is_open(&self) -> bool {
        self.socket.ready_state() == WebSocket::OPEN
    }

    /// Sends one frame, as text when it is UTF-8 (RFC 7118 section 4.2). A connection that
    /// cannot take it will tell by closing.
    pub(super) fn send(&self, frame: &[u8]) {
        let _ = match core::str::from_utf8(frame) {
            Ok(text) => self.socket.send_with_str(text),
            Err(_) => self.socket.send_with_u8_array(frame),
        };
    }

    /// Closes the connection, after what has been sent; nothing more is heard of it.
    pub(super) fn close(self, code: u16) {
        // Scripts may use no code of RFC 6455 but 1000 and the private ones.
        let _ = self.socket.close_with_code(if code < 3000 { NORMAL } else { code });
    }
}

impl Drop for Socket {
    // A closure that is called after it was dropped throws: they are taken off first.
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close_with_code(NORMAL);
    }
}

fn function<T: ?Sized>(closure: &Closure<T>) -> &Function {
    closure.as_ref().unchecked_ref()
}
