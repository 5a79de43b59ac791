//! The extensions that we say to support, and those that the application understands beside
//! them (RFC 3261 section 19.2): preconditions, for instance (RFC 3312).

use super::identity::Identity;
use crate::message::{Name, is_token};
use crate::protocol::{Refusal, RefusalCode, Rel100};
use crate::sdp;
use alloc::string::String;
use alloc::vec::Vec;

/// The option tags that the core decides on.
const OWN: [&str; 6] = ["100rel", "199", "outbound", "path", "gruu", TIMER];

/// The option tag of session timers (RFC 4028 section 12.3). They are understood under every
/// configuration, whether or not we ask for one ourselves.
pub const TIMER: &str = "timer";

/// The shortest session interval in seconds: of all (RFC 4028 section 4), and that we take.
pub const MIN_SE: u32 = 90;

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

/// The value of Supported.
pub(super) fn supported(rel100: Rel100, own: &[&str], extensions: &[String]) -> String {
    let reliable = (rel100 != Rel100::None).then_some("100rel");
    let tags = reliable.iter().chain(&[TIMER]).chain(own).copied();
    tags.chain(extensions.iter().map(String::as_str)).collect::<Vec<_>>().join(", ")
}

impl Identity {
    /// Supported under a policy: `100rel`, `timer`, what the core supports in this place, and
    /// what the application does.
    pub fn supported(&self, rel100: Rel100, own: &[&str]) -> (Name, String) {
        (Name::Supported, supported(rel100, own, &self.extensions))
    }

    /// Whether a tag in Require is understood.
    pub fn understands(&self, tag: &str) -> bool {
        let reliable = tag.eq_ignore_ascii_case("100rel") && self.rel100 != Rel100::None;
        reliable
            || tag.eq_ignore_ascii_case(TIMER)
            || self.extensions.iter().any(|known| known.eq_ignore_ascii_case(tag))
    }

    /// The Require of an offer: that the peer understands mandatory preconditions (RFC 3312
    /// section 11), where the application knows of them.
    pub fn requirement(&self, offer: &str) -> Option<(Name, String)> {
        let known = self.extensions.iter().any(|known| known.eq_ignore_ascii_case(PRECONDITION));
        (known && sdp::has_mandatory_precondition(offer)).then(|| (Name::Require, String::from(PRECONDITION)))
    }
}
