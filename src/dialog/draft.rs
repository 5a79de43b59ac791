//! A request before it has a transaction: everything but Via and credentials.

use super::{Parties, route_set};
use crate::message::{Decimal, Name, NameAddr, Uri, Writer};
use crate::protocol::Field;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// What a request says, apart from what each sending of it makes anew: branch and
/// credentials. A challenged request is sent again from its draft.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The method.
    pub method: Cow<'static, str>,
    /// The Request-URI.
    pub uri: Arc<str>,
    /// The values of Route, in order, a line each.
    pub route: Arc<str>,
    /// From, To and Call-ID.
    pub parties: Parties,
    /// The number of `CSeq`.
    pub cseq: u32,
    /// The fields that the core sets.
    pub fields: Vec<(Name, String)>,
    /// The fields that the application sets.
    pub extra: Vec<Field>,
    /// Content type and body.
    pub body: Option<(String, String)>,
}

impl Draft {
    /// Writes the request up to where credentials and body follow. `via` is the whole value
    /// of the topmost Via.
    pub fn write(&self, via: &[&str]) -> Writer {
        let mut writer = self.begin(&self.method, via);
        writer.lines(self.parties.lines());
        self.number(&mut writer, &self.method);
        for (name, value) in &self.fields {
            writer.field(*name, value);
        }
        for Field(name, value) in &self.extra {
            writer.field_named(name, value);
        }
        writer
    }

    /// Writes the ACK of a response other than 2xx (RFC 3261 section 17.1.1.3), but for its To, which
    /// is that of the response.
    pub fn write_ack(&self, via: &[&str]) -> Writer {
        let mut writer = self.begin("ACK", via);
        for line in self.parties.lines_but_to() {
            writer.lines(line);
        }
        self.number(&mut writer, "ACK");
        writer
    }

    fn begin(&self, method: &str, via: &[&str]) -> Writer {
        let mut writer = Writer::request(method, &self.uri);
        writer.field_parts(Name::Via, via);
        for route in self.route.lines() {
            writer.field(Name::Route, route);
        }
        writer.field(Name::MaxForwards, "70");
        writer
    }

    fn number(&self, writer: &mut Writer, method: &str) {
        writer.field_parts(Name::CSeq, &[Decimal::new(self.cseq.into()).as_str(), " ", method]);
    }

    /// Ends what `write` began.
    pub fn finish(&self, mut writer: Writer) -> Vec<u8> {
        match &self.body {
            Some((content_type, body)) => writer.body(content_type, body.as_bytes()),
            None => writer.finish(),
        }
    }

    /// The octets of the body.
    pub fn octets(&self) -> &[u8] {
        self.body.as_ref().map_or(&[], |(_, body)| body.as_bytes())
    }

    /// Gives the draft a session description.
    pub fn describe(&mut self, sdp: String) {
        self.body = Some(("application/sdp".into(), sdp));
    }

    /// A first route without `lr` is a strict router: it wants to be the Request-URI, and
    /// the target goes last (RFC 3261 section 12.2.1.1).
    pub(super) fn route_strictly(&mut self) {
        let mut route: Vec<&str> = self.route.lines().collect();
        let Some(first) = route.first().and_then(|route| NameAddr::parse(route).ok()) else { return };
        let loose = match Uri::parse(first.uri) {
            Ok(Uri::Sip(uri)) => uri.params.has("lr"),
            Ok(Uri::Tel(_) | Uri::Other { .. }) | Err(_) => true,
        };
        if loose {
            return;
        }
        let router = Arc::from(first.uri);
        let last = ["<", &self.uri, ">"].concat();
        route.remove(0);
        route.push(&last);
        self.route = route_set(&route);
        self.uri = router;
    }
}
