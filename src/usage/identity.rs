//! Who we are on the wire.

use super::checks::check_target;
use super::extensions::{checked, supported};
use crate::message::{Uri, append_quoted};
use crate::protocol::{Config, Refusal, RefusalCode, Rel100};
use crate::random::Random;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// The names that every message of this user agent carries.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The address of record.
    pub uri: String,
    /// From, without a tag.
    pub from: String,
    /// The URI that REGISTER goes to (RFC 3261 section 10.2).
    pub registrar: String,
    /// The host in Via: it stays the same over reconnects (RFC 7118 section 5).
    pub sent_by: String,
    /// The URI at which we are reached over our connection.
    pub contact: String,
    /// The address of record's part that is ours alone, when the registrar gave us one
    /// (RFC 5627): it outlives the connection, so that the peers of our dialogs go on to find us.
    pub gruu: Option<String>,
    /// The instance id (RFC 5626 section 4.1).
    pub instance: String,
    /// The route that the registrar wants requests outside dialogs to take, a line for
    /// each value (RFC 3608).
    pub service_route: Arc<str>,
    /// User-Agent and Server.
    pub software: String,
    /// The policy for reliable provisional responses.
    pub rel100: Rel100,
    /// The option tags that the application understands beside the core's.
    pub extensions: Vec<String>,
    /// The value of Supported under our own policy.
    pub supported: String,
}

impl Identity {
    /// The identity that a configuration asks for.
    ///
    /// # Errors
    /// The address of record, the registrar or a name in the configuration is malformed.
    pub fn new(config: &Config, random: &mut Random) -> Result<Self, Refusal> {
        let Ok(Uri::Sip(uri)) = Uri::parse(&config.uri) else {
            return Err(Refusal::new(RefusalCode::InvalidUri, "uri must be a sip: or sips: URI"));
        };
        check_target(&config.uri)?;
        let Some(user) = uri.user.filter(|user| !user.is_empty()) else {
            return Err(Refusal::new(RefusalCode::InvalidUri, "uri must have a user part"));
        };
        let scheme = if uri.secure { "sips:" } else { "sip:" };
        let registrar = match &config.registrar {
            Some(registrar) if matches!(Uri::parse(registrar), Ok(Uri::Sip(_))) => {
                check_target(registrar)?;
                registrar.clone()
            }
            Some(_) => return Err(Refusal::new(RefusalCode::InvalidUri, "registrar must be a sip: or sips: URI")),
            None => {
                let address = config.uri.split(['?', ';']).next().unwrap_or_default();
                let host = address.rsplit('@').next().unwrap_or_default();
                [scheme, host].concat()
            }
        };
        let sent_by = [&random.token(12), ".invalid"].concat();
        let extensions = checked(&config.extensions)?;
        Ok(Self {
            contact: [scheme, user, "@", &sent_by, ";transport=ws;ob"].concat(),
            from: from(config)?,
            uri: config.uri.clone(),
            registrar,
            gruu: None,
            service_route: Arc::default(),
            sent_by,
            instance: instance(config, random)?,
            software: software(config)?,
            rel100: config.rel100,
            supported: supported(config.rel100, &[], &extensions),
            extensions,
        })
    }

    /// The value of Contact in a dialog (RFC 5627 section 4.4).
    pub fn dialog_contact(&self) -> String {
        self.contact_parts().concat()
    }

    pub(super) fn contact_parts(&self) -> [&str; 3] {
        ["<", self.gruu.as_ref().unwrap_or(&self.contact), ">"]
    }
}

/// The value of Allow under a policy (RFC 3262 section 4: PRACK only where it is understood).
pub fn allow(rel100: Rel100) -> &'static str {
    match rel100 {
        Rel100::None => "INVITE, ACK, CANCEL, BYE, UPDATE, INFO, OPTIONS, MESSAGE",
        Rel100::Supported | Rel100::Required => "INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, INFO, OPTIONS, MESSAGE",
    }
}

fn from(config: &Config) -> Result<String, Refusal> {
    let mut from = String::new();
    if let Some(name) = &config.display_name {
        if name.bytes().any(|octet| octet < b' ' || octet == 0x7f) {
            return Err(Refusal::new(RefusalCode::InvalidArgument, "displayName must not hold control characters"));
        }
        append_quoted(&mut from, name);
        from.push(' ');
    }
    from.push('<');
    from.push_str(&config.uri);
    from.push('>');
    Ok(from)
}

fn instance(config: &Config, random: &mut Random) -> Result<String, Refusal> {
    match &config.instance_id {
        None => Ok(["urn:uuid:", &random.uuid()].concat()),
        Some(id) if is_urn(id) => Ok(id.clone()),
        Some(_) => Err(Refusal::new(RefusalCode::InvalidArgument, "instanceId must be a URN")),
    }
}

/// Whether it is a URN that can stand between `"<` and `>"`.
fn is_urn(id: &str) -> bool {
    let fits = |octet: u8| octet.is_ascii_graphic() && !matches!(octet, b'"' | b'<' | b'>' | b'\\');
    let (namespace, name) = id.strip_prefix("urn:").and_then(|rest| rest.split_once(':')).unwrap_or_default();
    !namespace.is_empty() && !name.is_empty() && id.bytes().all(fits)
}

fn software(config: &Config) -> Result<String, Refusal> {
    match &config.user_agent {
        None => Ok(concat!("Prackle/", env!("CARGO_PKG_VERSION")).to_owned()),
        Some(name) if crate::message::valid_header_value(name) => Ok(name.clone()),
        Some(_) => Err(Refusal::new(RefusalCode::InvalidHeader, "userAgent must be a header field's value")),
    }
}
