//! Registration, on a virtual clock (RFC 3261 section 10.3, RFC 5626 section 6).

mod common;

use common::{Bench, contact_uri, text};
use prackle::message::Name;

const INSTANCE: &str = ";+sip.instance=\"<urn:uuid:1>\";reg-id=1";

#[test]
fn a_user_registers_is_found_and_unregisters() {
    let mut bench = Bench::new();
    bench.open(1);
    assert!(!bench.sip.is_reachable("alice"));
    let accepted = bench.register_again(1, "alice", ";expires=600");
    assert_eq!(accepted.status(), Some(200), "{}", text(&accepted));
    let contact = accepted.contact().expect("the binding");
    assert_eq!((contact.uri, contact.params.value("expires")), (contact_uri(1, "alice").as_str(), Some("600")));
    assert_eq!(accepted.header(Name::Date), Some("Sun, 06 Nov 1994 09:06:17 GMT"));
    assert_eq!(accepted.header(Name::Require), None, "no reg-id, no outbound");
    assert!(bench.sip.is_reachable("alice"));
    let gone = bench.register_again(1, "alice", ";expires=0");
    assert_eq!((gone.status(), gone.values(Name::Contact).count()), (Some(200), 0));
    assert!(!bench.sip.is_reachable("alice"));
}

#[test]
fn a_query_lists_all_contacts_and_changes_nothing() {
    let mut bench = Bench::new();
    bench.register(1, "alice", ";q=0.5");
    bench.register(2, "alice", "");
    let listed = bench.authenticated(1, "alice", "REGISTER", "sip:example.test", "alice", "", "");
    let values: Vec<&str> = listed.values(Name::Contact).collect();
    assert_eq!(values.len(), 2);
    assert!(values.iter().any(|value| value.contains(";q=0.5")), "{values:?}");
}

#[test]
fn a_star_removes_everything_and_nothing_else_does() {
    let mut bench = Bench::new();
    bench.register(1, "alice", "");
    let mut star =
        |more: &str| bench.authenticated(1, "alice", "REGISTER", "sip:example.test", "alice", more, "").status();
    assert_eq!(star("Contact: *\r\n"), Some(400));
    assert_eq!(star("Contact: *\r\nExpires: 60\r\n"), Some(400));
    assert_eq!(star("Contact: *, <sip:a@b>\r\nExpires: 0\r\n"), Some(400));
    assert_eq!(star("Contact: *\r\nExpires: 0\r\n"), Some(200));
    assert!(!bench.sip.is_reachable("alice"));
}

#[test]
fn too_short_a_registration_gets_423() {
    let mut bench = Bench::new();
    bench.open(1);
    let refused = bench.register_again(1, "alice", ";expires=59");
    assert_eq!((refused.status(), refused.min_expires()), (Some(423), Some(60)));
    assert_eq!(bench.register_again(1, "alice", ";expires=60").status(), Some(200));
}

#[test]
fn a_binding_lapses() {
    let mut bench = Bench::new();
    bench.register(1, "alice", ";expires=60");
    bench.advance(59_999);
    assert!(bench.sip.is_reachable("alice"));
    bench.advance(1);
    assert!(!bench.sip.is_reachable("alice"));
}

#[test]
fn the_same_device_replaces_its_binding() {
    let mut bench = Bench::new();
    bench.register(1, "alice", INSTANCE);
    bench.open(2);
    let again = bench.register_again(2, "alice", INSTANCE);
    assert_eq!(again.values(Name::Contact).count(), 1);
    assert!(again.has_token(Name::Require, "outbound"), "RFC 5626 section 6");
    bench.close(1);
    bench.advance(60_000);
    assert!(bench.sip.is_reachable("alice"));
}

#[test]
fn a_closed_connection_takes_its_binding_along_after_a_while() {
    let mut bench = Bench::new();
    bench.register(1, "alice", INSTANCE);
    bench.close(1);
    assert!(!bench.sip.is_reachable("alice"), "nobody can be called on it");
    bench.advance(20_000);
    bench.open(2);
    let listed = bench.authenticated(2, "alice", "REGISTER", "sip:example.test", "alice", "", "");
    assert_eq!(listed.values(Name::Contact).count(), 0);
}

#[test]
fn strangers_and_wrong_passwords_stay_outside() {
    let mut bench = Bench::new();
    bench.open(1);
    // Nobody knows a password of zoe: the credentials are wrong whatever they are.
    assert_eq!(bench.register_again(1, "zoe", "").status(), Some(401));
    // bob is proven, but may not speak for alice.
    let foreign = bench.authenticated(1, "bob", "REGISTER", "sip:example.test", "alice", "Contact: <sip:x@y>\r\n", "");
    assert_eq!(foreign.status(), Some(403));
    let elsewhere = bench.authenticated(1, "bob", "REGISTER", "sip:elsewhere.test", "bob", "", "");
    assert_eq!(elsewhere.status(), Some(404));
    let demanding = bench.authenticated(1, "bob", "REGISTER", "sip:example.test", "bob", "Require: foo\r\n", "");
    assert_eq!((demanding.status(), demanding.header(Name::Unsupported)), (Some(420), Some("foo")));
}

#[test]
fn several_flows_at_once_are_refused() {
    let mut bench = Bench::new();
    bench.open(1);
    let more = format!("{INSTANCE}, <sip:b@c>");
    assert_eq!(bench.register_again(1, "alice", &more).status(), Some(400));
}
