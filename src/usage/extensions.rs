//! The extensions that we say to support, and those that the application understands beside
//! them (RFC 3261 section 19.2): preconditions, for instance (RFC 3312).

use super::identity::Identity;
use crate::message::{Name, Writer, is_token};
use crate::protocol::{Refusal, RefusalCode, Rel100};
use crate::sdp;
use alloc::string::String;
use alloc::vec::Vec;

/// The option tags that the core decides on.
const OWN: [&str; 5] = ["100rel", "199", "outbound", "path", "gruu"];

/// RFC 3312 section 11.
const PRECONDITION: &str = "precondition";

/// Checks the option tags of a configuration.
///
/// # Errors
/// One is no token, or the core's to decide on.
pub(super) fn checked(extensions: &[String]) -> Result<Vec<String>, Refusal> {
    let valid = |tag: &String| is_token(tag) && !OWN.iter().any(|own| own.eq_ignore_ascii_case(tag));
    if !extensions.iter().all(valid) {
        return Err(Refusal::new(
            RefusalCode::InvalidArgument,
            "extensions must be option tags that the user agent does not know itself",
        ));
    }
    Ok(extensions.to_vec())
}

impl Identity {
    /// Supported under a policy: `100rel`, what the core supports in this place, and what the
    /// application does; none when that is nothing.
    pub fn supported(&self, rel100: Rel100, own: &[&str]) -> Option<(Name, String)> {
        let reliable = (rel100 != Rel100::None).then_some("100rel");
        let tags = reliable.iter().chain(own).copied().chain(self.extensions.iter().map(String::as_str));
        let value = tags.collect::<Vec<_>>().join(", ");
        (!value.is_empty()).then_some((Name::Supported, value))
    }

    /// Writes it under our own policy.
    pub fn write_supported(&self, writer: &mut Writer) {
        if let Some((name, value)) = self.supported(self.rel100, &[]) {
            writer.field(name, &value);
        }
    }

    /// Whether a tag in Require is understood.
    pub fn understands(&self, tag: &str) -> bool {
        let own = tag.eq_ignore_ascii_case("100rel") && self.rel100 != Rel100::None;
        own || self.extensions.iter().any(|known| known.eq_ignore_ascii_case(tag))
    }

    /// The Require of an offer: that the peer understands mandatory preconditions (RFC 3312
    /// section 11), where the application knows of them.
    pub fn requirement(&self, offer: &str) -> Option<(Name, String)> {
        let known = self.extensions.iter().any(|known| known.eq_ignore_ascii_case(PRECONDITION));
        (known && sdp::has_mandatory_precondition(offer)).then(|| (Name::Require, String::from(PRECONDITION)))
    }
}
