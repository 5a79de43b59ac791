//! The whole server over real sockets on loopback: HTTP, WebSocket, and clients that
//! misbehave.

mod common;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use clap::Parser;
use common::{ANSWER, OFFER, authorization, contact_uri, in_dialog, invite, response, with_body};
use futures_util::{SinkExt, StreamExt};
use prackle::auth::Credentials;
use prackle::message::Message;
use prackle_server::cli::Options;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message as Frame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Far longer than anything takes: a test that hangs fails with a name.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server on a free port, with the crate's own folder as its page.
async fn server() -> SocketAddr {
    let options = Options::parse_from(["prackle-server", "--www", env!("CARGO_MANIFEST_DIR")]);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (router, _) = prackle_server::start(&options, address).expect("a server");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn connect(address: SocketAddr, path: &str, protocols: &str) -> Result<Socket, Error> {
    let mut request = format!("ws://{address}{path}").into_client_request()?;
    if !protocols.is_empty() {
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocols.parse().expect("a header"));
    }
    connect_async(request).await.map(|(socket, _)| socket)
}

async fn phone(address: SocketAddr) -> Socket {
    connect(address, "/ws", "sip").await.expect("a connection")
}

async fn send(socket: &mut Socket, text: &str) {
    socket.send(Frame::text(text)).await.expect("sent");
}

async fn take(socket: &mut Socket) -> Message {
    loop {
        let frame =
            tokio::time::timeout(PATIENCE, socket.next()).await.expect("in time").expect("open").expect("a frame");
        match frame {
            Frame::Text(text) => return Message::parse(text.as_bytes()).expect("well-formed"),
            Frame::Binary(octets) => return Message::parse(&octets).expect("well-formed"),
            _ => {}
        }
    }
}

async fn expect(socket: &mut Socket, status: u16) -> Message {
    let message = take(socket).await;
    assert_eq!(message.status(), Some(status), "{}", common::text(&message));
    message
}

async fn register(socket: &mut Socket, flow: u32, user: &str) {
    let frame = |cseq: u32, more: &str| {
        with_body(
            &format!(
                "REGISTER sip:localhost SIP/2.0\r\nVia: SIP/2.0/WS f{flow}.invalid;branch=z9hG4bKreg{flow}{cseq}\r\n\
                 Max-Forwards: 70\r\nFrom: <sip:{user}@localhost>;tag=r{flow}\r\nTo: <sip:{user}@localhost>\r\n\
                 Call-ID: reg{flow}\r\nCSeq: {cseq} REGISTER\r\nContact: <{}>\r\n{more}",
                contact_uri(flow, user)
            ),
            "",
        )
    };
    send(socket, &frame(1, "")).await;
    let challenge = expect(socket, 401).await;
    let credentials = Credentials::password(user, &format!("{user}-demo"));
    let value = authorization(&challenge, &credentials, "REGISTER", "sip:localhost");
    send(socket, &frame(2, &format!("Authorization: {value}\r\n"))).await;
    expect(socket, 200).await;
}

async fn http(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let request = format!("{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("answered");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn only_the_subprotocol_sip_is_served() {
    let address = server().await;
    for (path, protocols) in [("/ws", ""), ("/ws", "sipx"), ("/ws", "xmpp, SIP"), ("/", "chat")] {
        match connect(address, path, protocols).await {
            Err(Error::Http(answer)) => assert_eq!(answer.status(), 400, "{path} {protocols}"),
            other => panic!("{path} {protocols}: {:?}", other.map(|_| ())),
        }
    }
    for (path, protocols) in [("/ws", "sip"), ("/", "chat, sip")] {
        let socket = connect(address, path, protocols).await;
        assert!(socket.is_ok(), "{path} {protocols}");
    }
    assert!(http(address, "GET /ws").await.starts_with("HTTP/1.1 4"));
}

#[tokio::test]
async fn two_users_call_each_other() {
    let address = server().await;
    let (mut alice, mut bob) = (phone(address).await, phone(address).await);
    register(&mut bob, 2, "bob").await;
    send(&mut alice, &invite(1, "k", "sip:bob@localhost", "", OFFER)).await;
    expect(&mut alice, 100).await;
    let ringing = take(&mut bob).await;
    let contact = format!("Contact: <{}>\r\n", contact_uri(2, "bob"));
    // Binary frames are as good as text (RFC 7118 section 4.2).
    let accepted = response(&ringing, 200, "b", &contact, ANSWER);
    bob.send(Frame::binary(accepted.into_bytes())).await.expect("sent");
    let accepted = expect(&mut alice, 200).await;
    send(&mut alice, &in_dialog(1, "ACK", 1, &accepted, "")).await;
    assert_eq!(take(&mut bob).await.method().as_str(), "ACK");
    send(&mut alice, &in_dialog(1, "BYE", 2, &accepted, "")).await;
    let bye = take(&mut bob).await;
    send(&mut bob, &response(&bye, 200, "", "", "")).await;
    expect(&mut alice, 200).await;
}

#[tokio::test]
async fn an_oversized_message_closes_its_connection_only() {
    let address = server().await;
    let (mut bad, mut good) = (phone(address).await, phone(address).await);
    let long = invite(1, "k", "sip:bob@localhost", &format!("X: {}\r\n", "x".repeat(64 * 1024)), "");
    send(&mut bad, &long).await;
    let closed = tokio::time::timeout(PATIENCE, bad.next()).await.expect("in time");
    match closed {
        Some(Ok(Frame::Close(Some(close)))) => assert_eq!(close.code, CloseCode::Size),
        other => panic!("{other:?}"),
    }
    register(&mut good, 2, "bob").await;
}

#[tokio::test]
async fn garbage_harms_nobody() {
    let address = server().await;
    let (mut bad, mut good) = (phone(address).await, phone(address).await);
    for garbage in ["", "x", "\r\n", "INVITE sip:a SIP/2.0\r\n\r\n", "SIP/2.0 999999 X\r\n\r\n"] {
        send(&mut bad, garbage).await;
    }
    bad.send(Frame::binary(vec![0xff; 1000])).await.expect("sent");
    // One that is bad but readable gets its 400, and the connection lives.
    let twice = invite(1, "k", "sip:bob@localhost", "Max-Forwards: 70\r\n", "");
    send(&mut bad, &twice).await;
    while take(&mut bad).await.call_id() != "k" {}
    send(&mut bad, "\r\n\r\n").await;
    let pong = tokio::time::timeout(PATIENCE, bad.next()).await.expect("in time");
    assert!(matches!(pong, Some(Ok(Frame::Text(text))) if text.as_str() == "\r\n"));
    drop(bad);
    register(&mut good, 2, "bob").await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_dropped_and_the_caller_goes_on() {
    let address = server().await;
    let (mut alice, mut bob) = (phone(address).await, phone(address).await);
    register(&mut bob, 2, "bob").await;
    // bob's socket is full when his system has no room left for what he does not read.
    let body = "x".repeat(50_000);
    let mut sent = 0;
    loop {
        let message = invite(1, &format!("m{sent}"), "sip:bob@localhost", "", &body).replace("INVITE", "MESSAGE");
        send(&mut alice, &message).await;
        sent += 1;
        assert!(sent < 20_000, "bob is never dropped");
        if sent % 100 == 0 {
            send(&mut alice, &invite(1, &format!("o{sent}"), "sip:localhost", "", "").replace("INVITE", "OPTIONS"))
                .await;
            let is_answer = |message: &Message| message.call_id() == format!("o{sent}");
            let mut refused = false;
            loop {
                let message = take(&mut alice).await;
                refused |= matches!(message.status(), Some(430 | 480));
                if is_answer(&message) {
                    break;
                }
            }
            if refused {
                break;
            }
        }
    }
}

#[tokio::test]
async fn the_page_and_its_users_are_served() {
    let address = server().await;
    let source = http(address, "GET /src/main.rs").await;
    assert!(source.starts_with("HTTP/1.1 200") && source.contains("no-cache"), "{source}");
    let tag = source.lines().find_map(|line| line.strip_prefix("etag: ")).expect("an entity tag");
    let unchanged = http(address, &format!("GET /src/main.rs HTTP/1.1\r\nIf-None-Match: {tag}\r\nX: ")).await;
    assert!(unchanged.starts_with("HTTP/1.1 304"), "{unchanged}");
    for path in ["/../Cargo.toml", "/%2e%2e/Cargo.toml", "/nowhere", "/src"] {
        assert!(http(address, &format!("GET {path}")).await.starts_with("HTTP/1.1 404"), "{path}");
    }
    assert!(http(address, "POST /src/main.rs").await.starts_with("HTTP/1.1 405"));
    // The folder has no page: the answer says how to get one.
    assert!(http(address, "GET /").await.contains("npm start"));
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/main.rs").is_file());

    let demo: serde_json::Value = json(&http(address, "GET /demo-users").await);
    assert_eq!(demo["domain"], "localhost");
    assert_eq!(demo["users"][1]["uri"], "sip:bob@localhost");
    assert_eq!(demo["numbers"][0]["number"], "echo");
    let lease = async || json(&http(address, "GET /demo-user").await)["username"].clone();
    assert_eq!((lease().await, lease().await), ("alice".into(), "bob".into()));
    let mut carol = phone(address).await;
    register(&mut carol, 3, "carol").await;
    assert_eq!(lease().await, "dave", "carol is registered");
}

fn json(answer: &str) -> serde_json::Value {
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).expect("JSON")
}

#[tokio::test]
async fn a_port_that_is_taken_gets_a_clear_line() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_prackle-server"));
    let output = command.args(["--listen", &address]).output().expect("it runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && error.contains("is taken") && error.lines().count() == 1, "{error}");
}
