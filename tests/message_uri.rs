//! URI comparison: the examples of RFC 3261 section 19.1.4, RFC 3966 section 4, IPv6 and escapes.

use prackle::message::{NameAddr, Uri, unescape, valid_uri};

fn equivalent(a: &str, b: &str) -> bool {
    let [a, b] = [a, b].map(|text| Uri::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}")));
    assert_eq!(a.equivalent(&b), b.equivalent(&a), "comparison is symmetric");
    assert!(a.equivalent(&a) && b.equivalent(&b), "comparison is reflexive");
    a.equivalent(&b)
}

#[test]
fn rfc_3261_examples_of_equivalent_uris() {
    for (a, b) in [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        // Not transitive, says the RFC: see the last pair of the other table.
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=off"),
    ] {
        assert!(equivalent(a, b), "{a} {b}");
    }
}

#[test]
fn rfc_3261_examples_of_different_uris() {
    for (a, b) in [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
    ] {
        assert!(!equivalent(a, b), "{a} {b}");
    }
}

#[test]
fn rfc_3261_rules_without_example() {
    for (a, b, same) in [
        ("sip:a@b", "sips:a@b", false),
        ("sip:a@b", "sip:b", false),
        ("sip:a:pw@b", "sip:a@b", false),
        ("sip:a:pw@b", "sip:a:PW@b", false),
        ("sip:a@b;user=ip", "sip:a@b", false),
        ("sip:a@b;ttl=1", "sip:a@b", false),
        ("sip:a@b;method=INVITE", "sip:a@b", false),
        ("sip:a@b;maddr=1.2.3.4", "sip:a@b", false),
        ("sip:a@b;maddr=1.2.3.4", "sip:a@b;MADDR=1.2.3.4", true),
        ("sip:a@b;lr", "sip:a@b", true),
        ("sip:a@b;x=1;y=2", "sip:a@b;y=2;X=1", true),
        ("sip:a@b;%78=%31", "sip:a@b;x=1", true),
        ("sip:a%3bb@c", "sip:a;b@c", false),
        ("sip:a%2db@c", "sip:a-b@c", true),
        ("sip:a@b?x=1&y=2", "sip:a@b?x=1", false),
        ("sip:a@b?x=1&x=2", "sip:a@b?x=2&x=1", true),
        ("sip:a@b?x=1&x=1", "sip:a@b?x=1&x=2", false),
    ] {
        assert_eq!(equivalent(a, b), same, "{a} {b}");
    }
}

#[test]
fn ipv6_hosts_compare_as_addresses() {
    assert!(equivalent("sip:bob@[2001:DB8::0:10]:5070", "sip:bob@[2001:db8:0::10]:5070"));
    assert!(!equivalent("sip:bob@[2001:db8::10]", "sip:bob@[2001:db8::11]"));
    assert!(!equivalent("sip:bob@[::ffff:192.0.2.1]", "sip:bob@192.0.2.1"));
}

#[test]
fn telephone_numbers_compare_by_their_digits() {
    for (a, b, same) in [
        ("tel:+1-201-555-0123", "tel:+1(201)555.0123", true),
        ("tel:+12015550123", "TEL:+12015550123", true),
        ("tel:+12015550123", "tel:12015550123;phone-context=example.com", false),
        ("tel:7042;phone-context=example.com", "tel:70-42;phone-context=EXAMPLE.com", true),
        ("tel:863-1234;phone-context=+1-914-555", "tel:8631234;phone-context=+1914555", true),
        ("tel:863-1234;phone-context=+1-914-555", "tel:8631234;phone-context=+1914556", false),
        ("tel:1AF*#;phone-context=x.y", "tel:1af*#;phone-context=x.y", true),
        ("tel:+1201;ext=1-2;isub=5", "tel:+1201;isub=5;ext=12", true),
        ("tel:+1201;ext=12", "tel:+1201", false),
        ("tel:+1201;ext=12", "tel:+1201;ext=13", false),
        ("tel:+1201;x", "tel:+1201;x=1", false),
        ("tel:+12015550123", "sip:+12015550123@example.com;user=phone", false),
    ] {
        assert_eq!(equivalent(a, b), same, "{a} {b}");
    }
}

#[test]
fn other_schemes_are_opaque() {
    assert!(equivalent("urn:service:sos", "URN:service:sos"));
    assert!(!equivalent("urn:service:sos", "urn:service:SOS"));
    assert!(!equivalent("im:a@b", "pres:a@b"));
    assert_eq!(Uri::parse("soap.beep://192.0.2.103:3002").unwrap().scheme(), "soap.beep");
}

#[test]
fn long_lists_of_parameters_compare_in_linear_time() {
    let list = |count: usize| (0..count).map(|n| format!(";p{n}=1")).collect::<String>();
    let (a, b) = (format!("sip:a@b{}", list(20_000)), format!("sip:a@b{};q=1", list(20_000)));
    assert!(equivalent(&a, &a) && !equivalent(&a, &b));
    let headers = |value: &str| format!("sip:a@b?{}", format!("x={value}&").repeat(20_000));
    assert!(!equivalent(&headers("1"), &headers("2")));
}

#[test]
fn every_uri_that_is_valid_to_write_can_be_read_back() {
    for text in ["sip:a%20b@example.com:5061;transport=ws?a=b", "tel:+358-555-1234567;ext=1", "sips:[::1]"] {
        assert!(valid_uri(text), "{text}");
        let value = format!("\"x\" <{text}>;tag=1");
        assert_eq!(NameAddr::parse(&value).map(|address| address.uri), Ok(text));
    }
}

#[test]
fn escapes_of_escapes_are_unescaped_once() {
    assert_eq!(*unescape("%2500"), *b"%00");
    assert_eq!(*unescape("%00%FF"), *b"\0\xff");
}
