//! The many fields of the form `value *(SEMI param)`, and what some of them mean.

use super::fault::Fault;
use super::lex::{Cursor, number, trim};
use super::params::Params;
use alloc::borrow::Cow;

/// A value with parameters: Event, Reason, Session-Expires, Content-Disposition and others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameterized<'a> {
    /// What stands before the parameters.
    pub value: &'a str,
    /// The parameters.
    pub params: Params<'a>,
}

impl<'a> Parameterized<'a> {
    /// Reads a value and its parameters.
    ///
    /// # Errors
    /// [`Fault::Value`] when there is no value, [`Fault::Parameters`].
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let mut cursor = Cursor::new(text);
        let value = trim(cursor.take_while(|octet| octet != b';'));
        if value.is_empty() {
            return Err(Fault::Value);
        }
        Ok(Self { value, params: Params::parse(cursor.rest())? })
    }

    /// Whether the value is `token`, compared without case.
    pub fn is(&self, token: &str) -> bool {
        self.value.eq_ignore_ascii_case(token)
    }
}

/// Why a request was sent (RFC 3326).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    /// `SIP`, `Q.850` or another protocol.
    pub protocol: &'a str,
    /// The protocol's code, if it is a number.
    pub cause: Option<u32>,
    /// A text for people.
    pub text: Option<Cow<'a, str>>,
}

impl<'a> Reason<'a> {
    /// Reads one value.
    ///
    /// # Errors
    /// Those of [`Parameterized::parse`].
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let Parameterized { value: protocol, params } = Parameterized::parse(text)?;
        Ok(Self { protocol, cause: params.value("cause").and_then(number), text: params.unquoted("text") })
    }
}

/// Session-Expires (RFC 4028 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionExpires<'a> {
    /// The interval, in seconds.
    pub seconds: u32,
    /// Who refreshes: `uac` or `uas`.
    pub refresher: Option<&'a str>,
}

/// The dialog that Replaces (RFC 3891), Join (RFC 3911) or Target-Dialog (RFC 4538) names, from
/// the point of view of the element that it is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialogReference<'a> {
    /// Call-ID.
    pub call_id: &'a str,
    /// The tag of the receiver: `to-tag`, or `local-tag` in Target-Dialog.
    pub to_tag: &'a str,
    /// The tag of the receiver's peer: `from-tag`, or `remote-tag` in Target-Dialog.
    pub from_tag: &'a str,
    /// Whether only an early dialog is meant (`early-only`).
    pub early_only: bool,
}

impl<'a> DialogReference<'a> {
    /// Reads the value of Replaces, Join or Target-Dialog.
    ///
    /// # Errors
    /// [`Fault::Value`] when Call-ID or a tag is missing.
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        let Parameterized { value: call_id, params } = Parameterized::parse(text)?;
        let tag = |name, other| params.value(name).or_else(|| params.value(other)).ok_or(Fault::Value);
        Ok(Self {
            call_id,
            to_tag: tag("to-tag", "local-tag")?,
            from_tag: tag("from-tag", "remote-tag")?,
            early_only: params.has("early-only"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons() {
        let reason = Reason::parse("Q.850 ;cause=16;text=\"Terminated; \\\"bye\\\"\"").unwrap();
        assert_eq!((reason.protocol, reason.cause), ("Q.850", Some(16)));
        assert_eq!(reason.text.as_deref(), Some("Terminated; \"bye\""));
        assert_eq!(Reason::parse("SIP").unwrap().cause, None);
        assert_eq!(Reason::parse(";cause=1").err(), Some(Fault::Value));
    }

    #[test]
    fn dialog_references() {
        let reference =
            DialogReference::parse("425928@bobster.example.org;to-tag=7743;from-tag=6472;early-only").unwrap();
        assert_eq!((reference.to_tag, reference.from_tag, reference.early_only), ("7743", "6472", true));
        assert_eq!(DialogReference::parse("a@b;to-tag=1").err(), Some(Fault::Value));
        assert_eq!(DialogReference::parse("a@b;local-tag=1;remote-tag=2").unwrap().from_tag, "2");
    }
}
