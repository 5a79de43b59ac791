//! The command line, and what it amounts to.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Parser;

use crate::sip::{Algorithm, Early};
use crate::users::{User, demo_users};

const NUMBERS: &str = "\
Numbers to call, at the server's domain:
  echo    answers and sends back what it hears
  early   a tone in a reliable 183 (early media), answered after 4 s, then like echo
  busy    486 Busy Here
  silent  a reliable 180, then nothing: rings until it is cancelled
  queue   the proxy's own reliable 182 Queued, while the call goes on to bob, or to
          another user: sip:queue@localhost;to=carol
  flaky   a callee with faults: its reliable 180 comes twice, and once more after its
          PRACK; the next response is overtaken by the one after it, which leaves a gap
          in RSeq until it is repeated; one with RSeq 0 is not reliable although it says
          so. Then it answers. A client that follows RFC 3262 plays no false note.
          sip:flaky@localhost;to=bob;prack=withhold calls bob, and loses a PRACK on the
          way: what can be ordered is in docs/development-server.md

Not for deployment: use Kamailio, OpenSIPS, Asterisk or FreeSWITCH there.";

/// Prackle's development server: demo page, registrar, forking proxy and numbers to call.
#[derive(Debug, Parser)]
#[command(name = "prackle-server", version, after_help = NUMBERS)]
pub struct Options {
    /// Address and port of the page and of the SIP WebSocket; port 0 takes any free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Folder with the built demo page [default: dist/www]
    #[arg(long, value_name = "DIR")]
    www: Option<PathBuf>,

    /// Domain of the users, and realm of their passwords
    #[arg(long, value_name = "NAME", default_value = "localhost")]
    pub domain: String,

    /// A further user; may be given several times
    #[arg(long = "user", value_name = "NAME:PASSWORD", value_parser = user)]
    users: Vec<User>,

    /// File with further users, one NAME:PASSWORD a line; # starts a comment
    #[arg(long, value_name = "FILE")]
    users_file: Option<PathBuf>,

    /// Leave the demo users out
    #[arg(long)]
    no_demo_users: bool,

    /// Digest algorithms to challenge with, best first: sha-256, sha-512-256, md5
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "sha-256,md5", value_parser = digest)]
    pub digest: Vec<Algorithm>,

    /// Seconds after which a nonce is stale
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub nonce_lifetime: u32,

    /// Shortest registration that is accepted, in seconds (423 below it)
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub min_expires: u32,

    /// Send a reliable provisional of the server's own to every call, e.g. "183 Session Progress"
    #[arg(long, value_name = "CODE REASON", value_parser = early)]
    pub early: Option<Early>,

    /// Print the first line of every SIP message
    #[arg(long, short)]
    pub verbose: bool,

    /// Challenge each PRACK once with 407, to test clients
    #[arg(long)]
    pub challenge_prack: bool,
}

impl Options {
    /// The demo users.
    pub fn demo_users(&self) -> Vec<User> {
        if self.no_demo_users { Vec::new() } else { demo_users() }
    }

    /// The users given by flags and file.
    ///
    /// # Errors
    /// One line that says which file or which line of it cannot be used.
    pub fn own_users(&self) -> Result<Vec<User>, String> {
        let mut users = self.users.clone();
        if let Some(path) = &self.users_file {
            let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
            for (number, line) in text.lines().enumerate() {
                let line = line.trim();
                if !line.is_empty() && !line.starts_with('#') {
                    users.push(user(line).map_err(|error| format!("{}:{}: {error}", path.display(), number + 1))?);
                }
            }
        }
        Ok(users)
    }

    /// The folder of the page: the given one, else `dist/www` here or beside `target`.
    pub fn www(&self) -> PathBuf {
        let beside_target = || std::env::current_exe().ok()?.ancestors().nth(3).map(|root| root.join("dist/www"));
        match &self.www {
            Some(given) => given.clone(),
            None if Path::new("dist/www").is_dir() => PathBuf::from("dist/www"),
            None => beside_target().filter(|path| path.is_dir()).unwrap_or_else(|| PathBuf::from("dist/www")),
        }
    }
}

fn user(text: &str) -> Result<User, String> {
    let (name, password) = text.split_once(':').ok_or("expected NAME:PASSWORD")?;
    // What RFC 3261 calls unreserved needs no escape in a SIP URI.
    let unreserved = |c: char| c.is_ascii_alphanumeric() || "-_.!~*'()".contains(c);
    if name.is_empty() || !name.chars().all(unreserved) {
        return Err(format!("\"{name}\" cannot be the user part of a SIP URI"));
    }
    Ok(User { name: name.to_owned(), password: password.to_owned() })
}

fn digest(text: &str) -> Result<Algorithm, String> {
    Algorithm::from_token(text)
        .ok_or_else(|| "expected sha-256, sha-512-256 or md5, or one of them with -sess".to_owned())
}

fn early(text: &str) -> Result<Early, String> {
    let (code, reason) = text.split_once(' ').unwrap_or((text, ""));
    match code.parse() {
        Ok(code @ 101..=199) => Ok(Early { code, reason: reason.trim().to_owned() }),
        _ => Err("expected a status from 101 to 199".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory;
        Options::command().debug_assert();
    }

    #[test]
    fn defaults_are_loopback_and_demo_users() {
        let options = Options::parse_from(["prackle-server"]);
        assert!(options.listen.ip().is_loopback());
        assert_eq!(options.digest, [Algorithm::Sha256, Algorithm::Md5]);
        assert_eq!(options.demo_users().first().map(|user| user.name.as_str()), Some("alice"));
    }

    #[test]
    fn users_and_codes_are_checked() {
        assert!(user("zoe:a:b").is_ok_and(|user| user.password == "a:b"));
        assert!(user("zoe").is_err() && user(":x").is_err() && user("z oe:x").is_err());
        assert!(early("183 Session Progress").is_ok_and(|early| early.reason == "Session Progress"));
        assert!(early("200").is_err() && early("100").is_err() && early("x").is_err());
    }
}
