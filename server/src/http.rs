//! The HTTP side of the one port: the demo page's files, what the page asks the server
//! about, and the upgrade to the SIP WebSocket.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use axum::Router;
use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde::Serialize;

use crate::shell::Port;
use crate::socket;
use crate::users::{End, User};

/// What the HTTP side knows.
pub struct Site {
    /// The folder of the page.
    pub www: PathBuf,
    /// The domain of the users.
    pub domain: String,
    /// The users whose passwords the page may know.
    pub demo_users: Vec<User>,
    /// The way to the SIP part.
    pub port: Port,
}

/// The routes of the one port.
pub fn router(site: Site) -> Router {
    Router::new()
        .route("/demo-users", get(users))
        .route("/demo-user", get(lease))
        .route("/ws", any(upgrade))
        .fallback(any(root_or_file))
        .with_state(Arc::new(site))
}

/// A demo user, ready to be put into a user agent's configuration.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DemoUser {
    username: String,
    password: String,
    uri: String,
    display_name: String,
}

#[derive(Serialize)]
struct Number {
    number: &'static str,
    uri: String,
    description: &'static str,
}

#[derive(Serialize)]
struct Demo {
    domain: String,
    /// The path of the SIP WebSocket on this host and port.
    path: &'static str,
    users: Vec<DemoUser>,
    numbers: Vec<Number>,
}

async fn users(State(site): State<Arc<Site>>) -> Response {
    let number =
        |&(number, description): &(_, _)| Number { number, uri: format!("sip:{number}@{}", site.domain), description };
    json(
        StatusCode::OK,
        &Demo {
            domain: site.domain.clone(),
            path: "/ws",
            users: site.demo_users.iter().map(|user| demo_user(user, &site.domain)).collect(),
            numbers: crate::endpoint::NUMBERS.iter().map(number).collect(),
        },
    )
}

async fn lease(State(site): State<Arc<Site>>, uri: Uri) -> Response {
    let end = if uri.query() == Some("last") { End::Last } else { End::First };
    match site.port.lease(end).await {
        Some(user) => json(StatusCode::OK, &demo_user(&user, &site.domain)),
        None => (StatusCode::CONFLICT, NO_STORE, "All demo users are taken.\n").into_response(),
    }
}

fn demo_user(user: &User, domain: &str) -> DemoUser {
    let mut display_name = user.name.clone();
    if let Some(first) = display_name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    DemoUser {
        username: user.name.clone(),
        password: user.password.clone(),
        uri: format!("sip:{}@{domain}", user.name),
        display_name,
    }
}

fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_string(value) {
        Ok(text) => (status, [(header::CONTENT_TYPE, "application/json")], NO_STORE, text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

const NO_STORE: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// RFC 7118 section 4.1: the client must offer "sip" and the answer must name it.
async fn upgrade(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let offered = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let offers_sip = offered.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    match upgrade {
        Ok(_) if !offers_sip.map(str::trim).any(|protocol| protocol == "sip") => {
            (StatusCode::BAD_REQUEST, "This WebSocket speaks the subprotocol \"sip\" (RFC 7118) only.\n")
                .into_response()
        }
        Ok(upgrade) => socket::accept(upgrade.protocols(["sip"]), site.port.clone()),
        Err(rejection) => rejection.into_response(),
    }
}

async fn root_or_file(
    state: State<Arc<Site>>,
    headers: HeaderMap,
    upgraded: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    request: Request,
) -> Response {
    if request.uri().path() == "/" && headers.contains_key(header::UPGRADE) {
        return upgrade(state, headers, upgraded).await;
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    file(&state.www, request.uri(), &headers).await
}

/// A file of the page. Nothing is cached without asking again: a rebuilt page shows at the
/// next reload.
async fn file(www: &Path, uri: &Uri, headers: &HeaderMap) -> Response {
    let Some(path) = inside(www, uri.path()) else { return not_found(www).await };
    let path = if path.is_dir() { path.join("index.html") } else { path };
    let (Ok(octets), Some(tag)) = (tokio::fs::read(&path).await, entity_tag(&path)) else {
        return not_found(www).await;
    };
    let fields = [(header::CACHE_CONTROL, "no-cache".to_owned()), (header::ETAG, tag.clone())];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, fields).into_response();
    }
    let body = Body::from(octets);
    (fields, [(header::CONTENT_TYPE, media_type(&path)), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")], body)
        .into_response()
}

async fn not_found(www: &Path) -> Response {
    let text = if www.join("index.html").is_file() {
        "Not found.\n".to_owned()
    } else {
        format!("The demo page is not built: there is no {}.\nRun: npm start\n", www.join("index.html").display())
    };
    (StatusCode::NOT_FOUND, NO_STORE, text).into_response()
}

/// The path below `www` that a request names; nothing for one that would leave it.
fn inside(www: &Path, path: &str) -> Option<PathBuf> {
    let decoded = percent_decode(path)?;
    let relative = Path::new(decoded.trim_start_matches('/'));
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && !decoded.contains(['\\', '\0'])).then(|| www.join(relative))
}

fn percent_decode(path: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(octets).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn entity_tag(path: &Path) -> Option<String> {
    let metadata = std::fs::metadata(path).ok()?;
    let changed = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("\"{:x}-{:x}\"", metadata.len(), changed.as_nanos()))
}

fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wav" => "audio/wav",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "txt" | "md" | "ts" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_the_folder() {
        let www = Path::new("w");
        assert_eq!(inside(www, "/a/b%20c.js"), Some(PathBuf::from("w/a/b c.js")));
        assert_eq!(inside(www, "/"), Some(PathBuf::from("w")));
        for path in ["/../x", "/a/../../x", "/%2e%2e/x", "/a%00", "/..%5cx", "/%zz", "/%ff"] {
            assert_eq!(inside(www, path), None, "{path}");
        }
        assert_eq!(inside(www, "//etc/passwd"), Some(PathBuf::from("w/etc/passwd")));
    }

    #[test]
    fn wasm_has_the_type_that_streaming_compilation_wants() {
        assert_eq!(media_type(Path::new("x/prackle_bg.wasm")), "application/wasm");
    }
}
