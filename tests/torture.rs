//! The 49 torture messages of RFC 4475, one test each: the columns of `rfc4475.tsv` that the
//! parser decides, and every fact of `rfc4475-asserts.tsv`.

mod corpus;

use corpus::{Row, read, table};
use prackle::message::{Contact, Fault, Message, Name, NameAddr, ParseError, SipUri, Uri, Via};

macro_rules! torture {
    ($($test:ident $file:literal)+) => {
        $(#[test] fn $test() { check($file); })+

        const FILES: &[&str] = &[$($file),+];
    };
}

torture! {
    torture_wsinv "wsinv.dat"
    torture_intmeth "intmeth.dat"
    torture_esc01 "esc01.dat"
    torture_escnull "escnull.dat"
    torture_esc02 "esc02.dat"
    torture_lwsdisp "lwsdisp.dat"
    torture_longreq "longreq.dat"
    torture_dblreq "dblreq.dat"
    torture_semiuri "semiuri.dat"
    torture_transports "transports.dat"
    torture_mpart01 "mpart01.dat"
    torture_unreason "unreason.dat"
    torture_noreason "noreason.dat"
    torture_badinv01 "badinv01.dat"
    torture_clerr "clerr.dat"
    torture_ncl "ncl.dat"
    torture_scalar02 "scalar02.dat"
    torture_scalarlg "scalarlg.dat"
    torture_quotbal "quotbal.dat"
    torture_ltgtruri "ltgtruri.dat"
    torture_lwsruri "lwsruri.dat"
    torture_lwsstart "lwsstart.dat"
    torture_trws "trws.dat"
    torture_escruri "escruri.dat"
    torture_baddate "baddate.dat"
    torture_regbadct "regbadct.dat"
    torture_badaspec "badaspec.dat"
    torture_baddn "baddn.dat"
    torture_badvers "badvers.dat"
    torture_mismatch01 "mismatch01.dat"
    torture_mismatch02 "mismatch02.dat"
    torture_bigcode "bigcode.dat"
    torture_badbranch "badbranch.dat"
    torture_insuf "insuf.dat"
    torture_unkscm "unkscm.dat"
    torture_novelsc "novelsc.dat"
    torture_unksm2 "unksm2.dat"
    torture_bext01 "bext01.dat"
    torture_invut "invut.dat"
    torture_regaut01 "regaut01.dat"
    torture_multi01 "multi01.dat"
    torture_mcl01 "mcl01.dat"
    torture_bcast "bcast.dat"
    torture_zeromf "zeromf.dat"
    torture_cparam01 "cparam01.dat"
    torture_cparam02 "cparam02.dat"
    torture_regescrt "regescrt.dat"
    torture_sdp01 "sdp01.dat"
    torture_inv2543 "inv2543.dat"
}

#[test]
fn every_message_of_the_index_has_a_test() {
    let rows = table("torture/rfc4475.tsv");
    assert_eq!(rows.iter().map(|row| row.get("file")).collect::<Vec<_>>(), FILES);
    let facts = table("torture/rfc4475-asserts.tsv");
    assert_eq!(facts.len(), 118);
    assert!(facts.iter().all(|fact| FILES.contains(&fact.get("file"))));
}

#[test]
fn the_file_that_only_the_archive_has_is_survived() {
    // It has no version, and so nobody who would understand an answer.
    let error = Message::parse(&read("torture/archive-extra/test.dat")).unwrap_err();
    assert_eq!(error.fault(), Fault::StartLine);
    assert_eq!(error.refusal("totag"), None);
}

fn check(file: &str) {
    let rows = table("torture/rfc4475.tsv");
    let row = rows.iter().find(|row| row.get("file") == file).expect("a row of the index");
    let frame = read(&format!("torture/rfc4475/{file}"));
    assert_eq!(frame.len().to_string(), row.get("octets"));
    match Message::parse(&frame) {
        Ok(message) => check_accepted(row, &frame, &message),
        Err(error) => check_refused(row, &frame, &error),
    }
}

fn check_accepted(row: &Row, frame: &[u8], message: &Message) {
    assert_ne!(row.get("parser"), "reject");
    assert_eq!(message.is_request(), row.get("kind") == "request");
    let code = message.status().map_or_else(|| message.method().as_str().to_owned(), |status| status.to_string());
    assert_eq!(code, row.get("method_or_status"));
    let behind_header = frame.len() - row.get("body_octets").parse::<usize>().expect("a number");
    assert_eq!(message.octets().len() - message.body().len(), behind_header);
    assert_eq!(str::from_utf8(frame).is_ok(), row.get("utf8") == "yes");
    if row.get("file") == "dblreq.dat" {
        // RFC 7118 section 5 knows no second message in a frame: the rest is gone.
        assert_eq!((message.body().len(), message.octets().len()), (0, behind_header));
    } else {
        assert_eq!(message.body().len().to_string(), row.get("body_octets"));
    }
    for fact in table("torture/rfc4475-asserts.tsv").iter().filter(|fact| fact.get("file") == row.get("file")) {
        let field = fact.get("field");
        assert_eq!(actual(message, field), octets_of(fact.get("value")), "{field}");
    }
}

fn check_refused(row: &Row, frame: &[u8], error: &ParseError) {
    let file = row.get("file");
    // RFC 4475 section 3.3.1 calls insuf.dat well formed; a `Message` always has those fields.
    assert!(row.get("parser") != "accept" || file == "insuf.dat", "{:?}", error.fault());
    let Some(refusal) = error.refusal("totag") else {
        assert_eq!(row.get("ua"), "discard");
        assert_eq!(row.get("kind"), "response");
        return;
    };
    let refusal = String::from_utf8(refusal).expect("the refusal is text");
    let status = refusal.get(8..11).expect("a status code");
    assert_eq!(status, row.get("ua").split(';').next().expect("an outcome"), "{:?}", error.fault());
    assert_eq!(refusal.lines().next(), Some(format!("SIP/2.0 {status} {}", error.fault().as_str()).as_str()));
    assert!(refusal.ends_with("Content-Length: 0\r\n\r\n"));
    let echoes = echoes(frame);
    assert_eq!(echoes.len(), if file == "insuf.dat" { 2 } else { 5 });
    for line in echoes {
        assert!(refusal.contains(&format!("\r\n{line}\r\n")), "{line}\n{refusal}");
    }
    let is_sound =
        !["badinv01.dat", "scalar02.dat", "quotbal.dat", "badaspec.dat", "badvers.dat", "insuf.dat", "baddn.dat"]
            .contains(&file);
    assert_eq!(Message::parse(refusal.as_bytes()).is_ok(), is_sound, "{refusal}");
}

/// What of the refused request must come back: each Via, the first of the other fields. The
/// refused files of the corpus fold none of these and write all names in full.
fn echoes(frame: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(frame);
    let fields = || text.lines().skip(1).take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(':'));
    let named = |name| fields().filter(move |(label, _)| *label == name).map(|(_, value)| value.trim());
    let mut echoes: Vec<String> = named("Via").map(|value| format!("Via: {value}")).collect();
    echoes
        .extend(["From", "Call-ID", "CSeq"].iter().filter_map(|name| Some(format!("{name}: {}", named(name).next()?))));
    echoes.extend(named("To").take(1).map(|value| match value.contains(";tag=") {
        true => format!("To: {value}"),
        false => format!("To: {value};tag=totag"),
    }));
    echoes
}

/// What the parser says of a field, in the notation of the table.
fn actual(message: &Message, field: &str) -> Vec<u8> {
    if let Some(rest) = field.strip_prefix("via") {
        return via_fact(message, rest);
    }
    if let Some(rest) = field.strip_prefix("contact") {
        return contact_fact(message, rest);
    }
    if let Some(rest) = field.strip_prefix("request_uri") {
        return match rest {
            "" => message.uri().into(),
            rest => sip_fact(sip(message.uri()), rest.trim_start_matches('.')),
        };
    }
    if let Some(rest) = field.strip_prefix("to.") {
        return address_fact(message.to(), rest);
    }
    if let Some(rest) = field.strip_prefix("from.") {
        return address_fact(message.from(), rest);
    }
    simple_fact(message, field)
}

fn simple_fact(message: &Message, field: &str) -> Vec<u8> {
    let number = |value: Option<u32>| value.expect("a number").to_string().into_bytes();
    let part = |index| message.parts().expect("multipart").nth(index).expect("a part");
    match field {
        "method" | "cseq.method" => message.cseq().method.as_str().into(),
        "status" => number(message.status().map(u32::from)),
        "reason" => message.reason().into(),
        "call_id" => message.call_id().into(),
        "cseq.number" => number(Some(message.cseq().number)),
        "max_forwards" => number(message.max_forwards().map(u32::from)),
        "content_length" => number(message.number(Name::ContentLength)),
        "content_type" => {
            let media = message.content_type().expect("a type");
            format!("{}/{}", media.kind, media.subtype).into_bytes()
        }
        "content_type.boundary" => {
            let media = message.content_type().expect("a type");
            media.params.unquoted("boundary").expect("a boundary").as_bytes().to_vec()
        }
        "body.octets" => message.body().len().to_string().into_bytes(),
        "body.parts" => message.parts().expect("multipart").count().to_string().into_bytes(),
        "body.part[0].content_type" => part(0).header(Name::ContentType).expect("a type").into(),
        "body.part[1].content_type" => part(1).header(Name::ContentType).expect("a type").into(),
        "body.part[0].text" => part(0).body.to_vec(),
        "authorization.scheme" => message.challenges(Name::Authorization).next().expect("credentials").scheme.into(),
        "route.count" => message.addresses(Name::Route).count().to_string().into_bytes(),
        "route[0].uri" => first_address(message, Name::Route).uri.into(),
        "record_route[0].uri" => first_address(message, Name::RecordRoute).uri.into(),
        "header[Accept].count" => message.values(Name::Accept).count().to_string().into_bytes(),
        field => match between(field, "header[", "]") {
            // The table squeezes the white space of folds, RFC 3261 section 7.3.1 allows it.
            Some(name) => squeezed(message.header_named(name).expect("the field")).into_bytes(),
            None => panic!("unknown fact {field}"),
        },
    }
}

fn via_fact(message: &Message, rest: &str) -> Vec<u8> {
    if rest == ".count" {
        assert_eq!(message.via_count(), message.values(Name::Via).count());
        return message.via_count().to_string().into_bytes();
    }
    let (index, field) = indexed(rest);
    let via = Via::parse(message.values(Name::Via).nth(index).expect("a Via")).expect("well formed");
    if index == 0 {
        assert_eq!(via, message.via());
    }
    match field {
        "transport" => via.transport.into(),
        "host" => via.host.into(),
        "branch" => via.branch().unwrap_or("<absent>").into(),
        "received" => via.received().unwrap_or("<absent>").into(),
        field => parameter(via.params.get(between(field, "param[", "]").expect("a parameter"))),
    }
}

fn contact_fact(message: &Message, rest: &str) -> Vec<u8> {
    if rest == ".count" {
        return message.contacts().count().to_string().into_bytes();
    }
    let (index, field) = indexed(rest);
    match message.contacts().nth(index) {
        Some(Ok(Contact::Address(address))) => address_fact(address, field),
        other => panic!("{other:?}"),
    }
}

fn address_fact(address: NameAddr<'_>, field: &str) -> Vec<u8> {
    match field {
        "display" => address.display_name().as_bytes().to_vec(),
        "uri" => address.uri.into(),
        "tag" => address.tag().unwrap_or("<absent>").into(),
        "q" => address.params.value("q").unwrap_or("<absent>").into(),
        "param.count" => address.params.iter().count().to_string().into_bytes(),
        field if field.starts_with("uri (") => {
            assert_eq!(address.params.value("user"), Some("phone"));
            address.uri.into()
        }
        field => match between(field, "param[", "]") {
            Some(name) if field.starts_with("param[") => parameter(address.params.get(name)),
            _ => sip_fact(sip(address.uri), field),
        },
    }
}

fn sip_fact(uri: SipUri<'_>, field: &str) -> Vec<u8> {
    let unescaped = |value: &str| prackle::message::unescape(value).into_owned();
    match field {
        "user" => uri.user.expect("a user").into(),
        "user (unescaped)" => uri.user_octets().expect("a user").into_owned(),
        "password" => uri.password.expect("a password").into(),
        "host" => uri.host.into(),
        "port" => uri.port.expect("a port").to_string().into_bytes(),
        "param.count" => uri.params.iter().count().to_string().into_bytes(),
        "uri_header[Route] (unescaped)" => {
            unescaped(uri.headers().find(|(name, _)| *name == "Route").expect("the header").1)
        }
        "uri_param[name] (unescaped once)" => unescaped(uri.params.value("name").expect("the parameter")),
        field => parameter(uri.params.get(between(field, "uri_param[", "]").expect("a parameter"))),
    }
}

fn first_address(message: &Message, name: Name) -> NameAddr<'_> {
    message.addresses(name).next().expect("an address").expect("well formed")
}

fn sip(text: &str) -> SipUri<'_> {
    Uri::parse(text).expect("a URI").sip().expect("a SIP URI")
}

fn parameter(value: Option<Option<&str>>) -> Vec<u8> {
    value.map_or("<absent>", |value| value.unwrap_or("<present, no value>")).into()
}

/// `[2].branch` is 2 and `branch`.
fn indexed(rest: &str) -> (usize, &str) {
    let (index, field) = rest.strip_prefix('[').and_then(|rest| rest.split_once("].")).expect("an index");
    (index.parse().expect("a number"), field)
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    Some(text.split_once(start)?.1.rsplit_once(end)?.0)
}

fn squeezed(text: &str) -> String {
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// A value of the table: `\x00` stands for an octet.
fn octets_of(text: &str) -> Vec<u8> {
    let mut parts = text.split("\\x");
    let mut out = parts.next().unwrap_or("").as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        out.push(u8::from_str_radix(digits, 16).expect("two hexadecimal digits"));
        out.extend_from_slice(rest.as_bytes());
    }
    out
}
