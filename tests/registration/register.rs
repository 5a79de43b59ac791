//! What a REGISTER says, and what the registrar's answer means
//! (RFC 3261 section 10.2, RFC 5626 section 4.2).

use crate::client::{Client, INSTANCE, field};
use prackle::message::{Message, Method, Name, Uri};
use prackle::protocol::{Command, RegistrationState};

#[test]
fn the_request_is_what_a_registrar_expects() {
    let mut client = Client::new();
    client.register();
    assert_eq!(client.take(), ["REGISTER", "<registering>"]);
    let register = client.last();
    assert_eq!(register.method(), Method::Register);
    assert_eq!(register.uri(), "sip:example.com", "RFC 3261 section 10.2: no user part");
    assert_eq!(register.to().uri, "sip:alice@example.com");
    assert_eq!(register.from().uri, "sip:alice@example.com");
    assert!(register.from_tag().is_some() && register.to_tag().is_none());
    assert_eq!(register.cseq().number, 1);
    assert_eq!(register.header(Name::MaxForwards), Some("70"));
    assert_eq!(register.expires(), Some(600));
    for option in ["path", "outbound", "gruu"] {
        assert!(register.has_token(Name::Supported, option), "{option}");
    }
    assert!(register.header(Name::Via).is_some_and(|via| via.starts_with("SIP/2.0/WSS ")));
    assert!(register.header(Name::Authorization).is_none());
    assert_eq!(register.body(), b"");
}

#[test]
fn the_contact_names_instance_and_flow() {
    let mut client = Client::new();
    client.register();
    let register = client.last();
    assert_eq!(register.contacts().count(), 1);
    let contact = register.contact().expect("an address");
    assert_eq!(contact.params.value("reg-id"), Some("1"));
    assert_eq!(contact.params.unquoted("+sip.instance").as_deref(), Some(format!("<{INSTANCE}>").as_str()));
    assert_eq!(contact.params.value("expires"), Some("600"));
    let Ok(Uri::Sip(uri)) = Uri::parse(contact.uri) else { panic!("a SIP URI: {}", contact.uri) };
    assert_eq!(uri.user, Some("alice"));
    assert_eq!(uri.params.value("transport"), Some("ws"), "RFC 7118 section 5");
    assert!(uri.params.has("ob"), "RFC 5626 section 4.3: calls are to come over this flow");
    assert!(uri.host.ends_with(".invalid"), "RFC 7118 section 5: {}", uri.host);
    assert_eq!(uri.host, register.via().host);
}

#[test]
fn refreshes_share_call_id_and_tag_and_count_on() {
    let mut client = Client::registered();
    let first = client.last();
    for number in 2..6 {
        client.pass_until_sent(600_000);
        let register = client.last();
        assert_eq!(register.call_id(), first.call_id());
        assert_eq!(register.from_tag(), first.from_tag());
        assert_eq!(register.cseq().number, number);
        assert_eq!(register.header(Name::Contact), first.header(Name::Contact));
        assert_ne!(register.via().branch(), first.via().branch());
        client.grant(600, "");
    }
}

#[test]
fn another_user_agent_has_names_of_its_own() {
    let [one, other] = [1, 2].map(|seed| {
        let mut client = Client::offline(seed, |config| config.instance_id = None);
        client.command(Command::Connect);
        client.register();
        client.last()
    });
    assert_ne!(one.call_id(), other.call_id());
    assert_ne!(one.from_tag(), other.from_tag());
    assert_ne!(one.header(Name::Contact), other.header(Name::Contact));
    let instance = |register: &Message| {
        let contact = register.contact().expect("an address");
        contact.params.unquoted("+sip.instance").expect("an instance").into_owned()
    };
    assert!(instance(&one).starts_with("<urn:uuid:"), "RFC 5626 section 4.1");
    assert_ne!(instance(&one), instance(&other));
}

#[test]
fn registrar_lifetime_and_fields_are_the_applications_choice() {
    let mut client = Client::with(|config| {
        config.registrar = Some("sip:registrar.example.net".to_owned());
        config.register_expires = Some(120);
        config.display_name = Some("Alice \"A\"".to_owned());
    });
    let request = client.next_request();
    client.command(Command::Register { request, expires: None, headers: vec![field("X-Device", "desk")] });
    let register = client.last();
    assert_eq!(register.uri(), "sip:registrar.example.net");
    assert_eq!(register.to().uri, "sip:alice@example.com");
    assert_eq!(register.expires(), Some(120));
    assert_eq!(register.header_named("X-Device"), Some("desk"));
    assert_eq!(register.from().display_name(), "Alice \"A\"");
    client.grant(120, "");
    client.pass_until_sent(120_000);
    assert_eq!(client.last().header_named("X-Device"), Some("desk"), "a refresh says the same");
}

#[test]
fn a_command_may_ask_for_another_lifetime() {
    let mut client = Client::new();
    client.register_for(90);
    assert_eq!(client.last().expires(), Some(90));
    client.grant(90, "");
    client.pass_until_sent(90_000);
    assert_eq!(client.last().expires(), Some(90), "and refreshes ask for the same");
}

#[test]
fn a_sips_user_registers_at_sips() {
    let mut client = Client::with(|config| config.uri = "sips:alice@example.com".to_owned());
    client.register();
    let register = client.last();
    assert_eq!(register.uri(), "sips:example.com");
    assert!(register.contact().expect("an address").uri.starts_with("sips:alice@"));
}

#[test]
fn provisional_responses_change_nothing() {
    let mut client = Client::new();
    client.register();
    client.take();
    client.answer(100, "");
    assert_eq!(client.take(), [""; 0]);
    client.grant(600, "");
    assert_eq!(client.take(), ["<registered 600>", "<settled 1 200>"]);
}

#[test]
fn the_outcome_carries_the_whole_response() {
    let mut client = Client::new();
    client.register();
    client.grant(300, "X-Greeting: hello\r\n");
    let settled = client.events().iter().find_map(|event| match event {
        prackle::protocol::Event::Settled { response, .. } => response.clone(),
        _ => None,
    });
    let headers = settled.expect("a response").headers;
    assert!(headers.iter().any(|told| told == ("X-Greeting", "hello")), "{headers:?}");
}

#[test]
fn ours_is_found_among_many_by_its_instance() {
    let mut client = Client::new();
    client.register();
    let others = "Contact: <sip:alice@192.0.2.7>;expires=3000, \
                  <sip:alice@192.0.2.8>;+sip.instance=\"<urn:uuid:other>\";reg-id=1;expires=20\r\n";
    // The registrar may write our address its own way, and the instance in any case.
    let ours = format!(
        "Contact: \"Alice\" <sip:alice@198.51.100.1:4711;transport=ws>;EXPIRES=90;+SIP.instance=\"<{}>\";reg-id=1\r\n",
        INSTANCE.to_uppercase().replace("URN:UUID", "urn:uuid")
    );
    client.answer(200, &format!("{others}{ours}Expires: 1000\r\n"));
    assert_eq!(client.take(), ["REGISTER", "<registering>", "<registered 90>", "<settled 1 200>"]);
}

#[test]
fn ours_is_found_by_its_address_when_instances_are_dropped() {
    let mut client = Client::new();
    client.register();
    let address = client.last().contact().expect("an address").uri.to_owned();
    let fields = format!("Contact: <sip:alice@192.0.2.7>;expires=3000, <{address}>;expires=77\r\n");
    client.answer(200, &fields);
    assert_eq!(client.registration(), (RegistrationState::Registered, Some(77), None, None));
}

#[test]
fn a_former_binding_of_the_same_instance_is_not_taken_for_ours() {
    // A registrar without RFC 5626 keeps the address of the page as it was before a reload.
    let mut client = Client::new();
    client.register();
    let contact = client.last().header(Name::Contact).expect("a Contact").to_owned();
    let former = format!("<sip:alice@former.invalid;transport=ws;ob>;reg-id=1;+sip.instance=\"<{INSTANCE}>\"");
    let ours = contact.rsplit_once(";expires=").expect("a lifetime").0;
    client.answer(200, &format!("Contact: {former};expires=3000\r\nContact: {ours};expires=60\r\n"));
    assert_eq!(client.registration(), (RegistrationState::Registered, Some(60), None, None));
}

#[test]
fn bindings_without_ours_are_a_failure() {
    for contacts in [
        "<sip:alice@192.0.2.7>;expires=3000",
        "<sip:alice@192.0.2.8>;+sip.instance=\"<urn:uuid:other>\";reg-id=1;expires=300",
    ] {
        let mut client = Client::new();
        client.register();
        client.answer(200, &format!("Contact: {contacts}\r\n"));
        let expected =
            ["REGISTER", "<registering>", "<unregistered ProtocolError 200>", "<failed 1 ProtocolError 200>"];
        assert_eq!(client.take(), expected, "{contacts}");
    }
}

#[test]
fn a_binding_that_is_over_is_a_failure() {
    for (contact, expires) in [(true, "Expires: 600\r\n"), (false, "Expires: 0\r\n")] {
        let mut client = Client::new();
        client.register();
        let address = client.last().contact().expect("an address").uri.to_owned();
        let contact = if contact { format!("Contact: <{address}>;expires=0\r\n") } else { String::new() };
        client.answer(200, &format!("{contact}{expires}"));
        client.pass(100_000);
        let expected =
            ["REGISTER", "<registering>", "<unregistered ProtocolError 200>", "<failed 1 ProtocolError 200>"];
        assert_eq!(client.take(), expected, "{expires}");
    }
}

#[test]
fn the_lifetime_is_what_contact_or_expires_or_we_ourselves_said() {
    for (contact, expires, granted) in [
        (Some(";expires=45"), "Expires: 90\r\n", 45),
        (Some(""), "Expires: 90\r\n", 90),
        (Some(""), "", 600),
        (Some(";expires=soon"), "Expires: 90\r\n", 90),
        (None, "Expires: 90\r\n", 90),
        (None, "", 600),
    ] {
        let mut client = Client::new();
        client.register();
        let address = client.last().contact().expect("an address").uri.to_owned();
        let contact = contact.map_or(String::new(), |params| format!("Contact: <{address}>{params}\r\n"));
        client.answer(200, &format!("{contact}{expires}"));
        assert_eq!(client.registration().1, Some(granted), "{contact}{expires}");
    }
}
