//! Prackle's development server: demo page, registrar, forking proxy and numbers to call,
//! in one process on one port of the loopback interface.
//!
//! The SIP part is a value without clock, socket or randomness of its own: [`sip::Sip`].
//! The tasks around it own the connections ([`socket`]), the media ([`media`]) and the
//! clock ([`shell`]). It is for development, demonstrations and tests.

mod answer;
pub mod cli;
mod date;
pub mod endpoint;
mod flows;
pub mod http;
mod location;
pub mod media;
mod proxy;
mod realm;
pub mod registrar;
mod seal;
pub mod shell;
pub mod sip;
pub mod socket;
pub mod users;

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use prackle::time::Duration;
use tokio::task::JoinHandle;

use cli::Options;
use http::Site;
use media::Legs;
use registrar::Registrar;
use shell::Shell;
use sip::{Config, Place, Sip};
use users::Roster;

/// Starts the SIP part on the current tokio runtime: the routes to serve at `address`, which
/// is listened on already, and the task without which they are of no use.
///
/// # Errors
/// One line for the user: a file of users cannot be read, or the system gives no entropy.
pub fn start(options: &Options, address: SocketAddr) -> Result<(Router, JoinHandle<()>), String> {
    let mut entropy = [0; 32];
    getrandom::fill(&mut entropy).map_err(|error| format!("no entropy: {error}"))?;
    let sip = Sip::new(config(options, address)?, entropy);
    let demo_users = options.demo_users();
    let origin = tokio::time::Instant::now();
    let roster = Roster::new(demo_users.clone());
    let (shell, port) = Shell::new(sip, roster, origin, options.verbose, |heard| Legs::new(address.ip(), heard));
    let router = http::router(Site { www: options.www(), domain: options.domain.clone(), demo_users, port });
    Ok((router, tokio::spawn(shell.run())))
}

fn config(options: &Options, address: SocketAddr) -> Result<Config, String> {
    let mut users = options.demo_users();
    users.extend(options.own_users()?);
    let hosts = vec![host(address), "localhost".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned()];
    let unix_origin = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Ok(Config {
        place: Place {
            domain: options.domain.clone(),
            hosts,
            port: address.port(),
            early: options.early.clone(),
            challenge_prack: options.challenge_prack,
        },
        users,
        algorithms: options.digest.clone(),
        nonce_lifetime: Duration::from_secs(u64::from(options.nonce_lifetime)),
        registrar: Registrar { min_expires: options.min_expires, unix_origin },
    })
}

/// The address as the host of a URI: IPv6 stands in brackets.
fn host(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    }
}
