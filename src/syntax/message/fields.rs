//! Typed readers of single header fields, each on demand.

use super::challenge::{Challenge, Challenges};
use super::fault::Fault;
use super::lex::{Cursor, number};
use super::media_type::MediaType;
use super::method::Method;
use super::name::Name;
use super::name_addr::{Addresses, NameAddr};
use super::parameterized::{DialogReference, Parameterized, Reason, SessionExpires};
use super::parse::Message;

/// The response that a PRACK acknowledges (RFC 3262 section 7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RAck<'a> {
    /// The `RSeq` of the response.
    pub rseq: u32,
    /// The `CSeq` number of the response.
    pub cseq: u32,
    /// The `CSeq` method of the response.
    pub method: Method<'a>,
}

impl<'a> RAck<'a> {
    /// Reads a value.
    ///
    /// # Errors
    /// [`Fault::RAck`].
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let mut cursor = Cursor::new(text);
        let rseq = number_and_space(&mut cursor).ok_or(Fault::RAck)?;
        let cseq = number_and_space(&mut cursor).ok_or(Fault::RAck)?;
        let method = cursor.token().filter(|_| cursor.is_at_end()).ok_or(Fault::RAck)?;
        Ok(Self { rseq, cseq, method: Method::new(method) })
    }
}

/// One value of Contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact<'a> {
    /// `*`: all bindings (RFC 3261 section 10.2.2).
    Star,
    /// An address.
    Address(NameAddr<'a>),
}

impl<'a> Contact<'a> {
    /// The address that it is.
    pub fn address(self) -> Option<NameAddr<'a>> {
        match self {
            Self::Address(address) => Some(address),
            Self::Star => None,
        }
    }
}

impl Message {
    /// `RSeq`: 1 to 2^32-1. `Ok(None)` when there is none.
    ///
    /// # Errors
    /// [`Fault::RSeq`] when it is malformed, or when two fields differ.
    pub fn rseq(&self) -> Result<Option<u32>, Fault> {
        let mut found = None;
        for value in self.fields(Name::RSeq) {
            let value = rseq(value).ok_or(Fault::RSeq)?;
            if found.is_some_and(|first| first != value) {
                return Err(Fault::RSeq);
            }
            found = Some(value);
        }
        Ok(found)
    }

    /// `RAck`, which every PRACK must have once.
    ///
    /// # Errors
    /// [`Fault::RAck`] when it is missing, repeated or malformed.
    pub fn rack(&self) -> Result<RAck<'_>, Fault> {
        let mut fields = self.fields(Name::RAck);
        match (fields.next(), fields.next()) {
            (Some(value), None) => RAck::parse(value),
            _ => Err(Fault::RAck),
        }
    }

    /// The values of Contact, in order.
    pub fn contacts(&self) -> impl Iterator<Item = Result<Contact<'_>, Fault>> {
        self.values(Name::Contact).map(|value| match value {
            "*" => Ok(Contact::Star),
            address => NameAddr::parse(address).map(Contact::Address).map_err(|_| Fault::Contact),
        })
    }

    /// The first address in Contact.
    ///
    /// # Errors
    /// [`Fault::Contact`] when it is missing, `*`, or malformed.
    pub fn contact(&self) -> Result<NameAddr<'_>, Fault> {
        match self.contacts().next() {
            Some(Ok(Contact::Address(address))) => Ok(address),
            _ => Err(Fault::Contact),
        }
    }

    /// The addresses of a list: Route, Record-Route, Path, Service-Route, P-Asserted-Identity ...
    pub fn addresses(&self, name: Name) -> impl Iterator<Item = Result<NameAddr<'_>, Fault>> {
        self.fields(name).flat_map(Addresses::new).map(|found| found.map(|(address, _)| address))
    }

    /// The address of a field that has one: Refer-To, Referred-By, Reply-To ...
    ///
    /// # Errors
    /// [`Fault::Value`] when it is missing, or those of [`NameAddr::parse`].
    pub fn address(&self, name: Name) -> Result<NameAddr<'_>, Fault> {
        self.header(name).ok_or(Fault::Value).and_then(NameAddr::parse)
    }

    /// The number that the first field of this name is; `None` when it is missing, malformed or
    /// beyond 32 bits (RFC 4475 section 3.1.2.4: as if it were missing).
    pub fn number(&self, name: Name) -> Option<u32> {
        self.header(name).and_then(number)
    }

    /// Max-Forwards, 0 to 255.
    pub fn max_forwards(&self) -> Option<u8> {
        self.number(Name::MaxForwards).and_then(|hops| u8::try_from(hops).ok())
    }

    /// Expires, in seconds.
    pub fn expires(&self) -> Option<u32> {
        self.leading_number(Name::Expires)
    }

    /// Min-Expires, in seconds.
    pub fn min_expires(&self) -> Option<u32> {
        self.leading_number(Name::MinExpires)
    }

    /// Min-SE, in seconds (RFC 4028 section 5).
    pub fn min_se(&self) -> Option<u32> {
        self.leading_number(Name::MinSe)
    }

    /// Retry-After, in seconds; comment and parameters are left out.
    pub fn retry_after(&self) -> Option<u32> {
        self.leading_number(Name::RetryAfter)
    }

    /// Flow-Timer, in seconds (RFC 5626 section 3.5).
    pub fn flow_timer(&self) -> Option<u32> {
        self.leading_number(Name::FlowTimer)
    }

    /// The first field of this name as a value with parameters; `None` when malformed.
    pub fn parameterized(&self, name: Name) -> Option<Parameterized<'_>> {
        self.header(name).and_then(|value| Parameterized::parse(value).ok())
    }

    /// Event: package and parameters.
    pub fn event(&self) -> Option<Parameterized<'_>> {
        self.parameterized(Name::Event)
    }

    /// Subscription-State.
    pub fn subscription_state(&self) -> Option<Parameterized<'_>> {
        self.parameterized(Name::SubscriptionState)
    }

    /// Session-Expires.
    pub fn session_expires(&self) -> Option<SessionExpires<'_>> {
        let Parameterized { value, params } = self.parameterized(Name::SessionExpires)?;
        Some(SessionExpires { seconds: number(value)?, refresher: params.value("refresher") })
    }

    /// The values of Reason; malformed ones are left out.
    pub fn reasons(&self) -> impl Iterator<Item = Reason<'_>> {
        self.values(Name::Reason).filter_map(|value| Reason::parse(value).ok())
    }

    /// Replaces; `None` when there is none.
    ///
    /// # Errors
    /// [`Fault::Value`] when it is malformed or there are two (RFC 3891 section 3).
    pub fn replaces(&self) -> Result<Option<DialogReference<'_>>, Fault> {
        let mut fields = self.fields(Name::Replaces);
        match (fields.next(), fields.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => DialogReference::parse(value).map(Some).map_err(|_| Fault::Value),
            (Some(_), Some(_)) => Err(Fault::Value),
        }
    }

    /// The challenges in WWW-Authenticate or Proxy-Authenticate, over all fields. Also reads the
    /// credentials in Authorization and Proxy-Authorization, whose form is the same.
    pub fn challenges(&self, name: Name) -> impl Iterator<Item = Challenge<'_>> {
        self.fields(name).flat_map(Challenges::new)
    }

    /// Content-Type; `None` when missing or malformed.
    pub fn content_type(&self) -> Option<MediaType<'_>> {
        self.header(Name::ContentType).and_then(|value| MediaType::parse(value).ok())
    }

    // Values like `3600;duration=10` and `120 (in a meeting)`: what counts is the number.
    fn leading_number(&self, name: Name) -> Option<u32> {
        let mut cursor = Cursor::new(self.header(name)?);
        let value = number(cursor.take_while(|octet| octet.is_ascii_digit()))?;
        cursor.skip_space();
        matches!(cursor.peek(), None | Some(b';' | b'(')).then_some(value)
    }
}

/// At most 20 digits, leading zeros included; zero is no `RSeq` (RFC 3262 section 3).
fn rseq(value: &str) -> Option<u32> {
    number(value).filter(|number| *number != 0 && value.len() <= 20)
}

fn number_and_space(cursor: &mut Cursor<'_>) -> Option<u32> {
    let value = number(cursor.take_while(|octet| octet.is_ascii_digit()))?;
    cursor.skip_space().then_some(value)
}
