//! One WebSocket connection: frames in, frames out, and an end to whatever misbehaves.
//!
//! A connection can harm only itself: it waits its turn to hand a frame over, its queue of
//! frames to send is bounded, and one that does not read is dropped.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval_at, timeout};

use crate::shell::{Opened, Port};

/// The longest SIP message accepted; a longer one closes the connection with 1009.
pub const MAX_FRAME: usize = 64 * 1024;

/// What is read at most to be able to refuse it politely; beyond it the connection breaks.
const READ_LIMIT: usize = 16 * MAX_FRAME;

/// A connection whose client has not even answered a ping for this long is dead.
const PING_INTERVAL: Duration = Duration::from_secs(30);

/// How long one frame may take to leave, and a closing handshake to finish.
const PATIENCE: Duration = Duration::from_secs(5);

/// Accepts the upgrade; the connection is then a task of its own.
pub fn accept(upgrade: WebSocketUpgrade, port: Port) -> Response {
    upgrade.max_message_size(READ_LIMIT).max_frame_size(READ_LIMIT).on_upgrade(move |socket| async move {
        let Some(opened) = port.open().await else { return };
        let flow = opened.flow;
        serve(socket, &port, opened).await;
        port.closed(flow).await;
    })
}

async fn serve(mut socket: WebSocket, port: &Port, Opened { flow, mut frames }: Opened) {
    let mut ping = interval_at(Instant::now() + PING_INTERVAL, PING_INTERVAL);
    let mut silent = false;
    loop {
        tokio::select! {
            message = socket.recv() => {
                silent = false;
                let octets = match message {
                    Some(Ok(Message::Text(text))) => text.as_bytes().to_vec(),
                    Some(Ok(Message::Binary(octets))) => octets.to_vec(),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                };
                if octets.len() > MAX_FRAME {
                    return close(socket, close_code::SIZE, "message too long").await;
                }
                port.frame(flow, octets).await;
            }
            frame = frames.recv() => match frame {
                Some(frame) => {
                    if !send(&mut socket, encode(frame)).await {
                        return;
                    }
                }
                None => return close(socket, close_code::POLICY, "too slow, or sent garbage").await,
            },
            _ = ping.tick() => {
                if silent || !send(&mut socket, Message::Ping(Vec::new().into())).await {
                    return;
                }
                silent = true;
            }
        }
    }
}

/// RFC 7118 section 4.2: what is not UTF-8 as a whole must go as a binary message.
fn encode(frame: Vec<u8>) -> Message {
    match String::from_utf8(frame) {
        Ok(text) => Message::Text(text.into()),
        Err(error) => Message::Binary(error.into_bytes().into()),
    }
}

async fn send(socket: &mut WebSocket, message: Message) -> bool {
    matches!(timeout(PATIENCE, socket.send(message)).await, Ok(Ok(())))
}

/// Closes and waits for the other side's close frame: a TCP connection closed with unread
/// data would be reset, and the client would never see the reason.
async fn close(mut socket: WebSocket, code: u16, reason: &'static str) {
    let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
    if send(&mut socket, Message::Close(Some(frame))).await {
        let ended = async { while let Some(Ok(_)) = socket.recv().await {} };
        // Whether it ended in time makes no difference: the socket is dropped.
        drop(timeout(PATIENCE, ended).await);
    }
}

/// The sending end of a connection's queue, and how long that queue is.
pub fn queue() -> (mpsc::Sender<Vec<u8>>, mpsc::Receiver<Vec<u8>>) {
    mpsc::channel(QUEUE)
}

/// Frames waiting for one client: some seconds of the busiest call.
const QUEUE: usize = 256;
