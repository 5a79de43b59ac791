//! Header field names: known ones by number, compact forms, any case (RFC 3261 section 7.3).

macro_rules! names {
    ($($variant:ident $text:literal,)+) => {
        /// The name of a header field that this crate knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Name {
            $(#[doc = concat!("`", $text, "`.")] $variant,)+
            /// Any other name: see [`Message::header_named`](super::Message::header_named).
            Other,
        }

        impl Name {
            /// The long form with its usual capitals; empty for [`Name::Other`].
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other => "",
                }
            }

            const ALL: &'static [Self] = &[$(Self::$variant,)+];
        }
    };
}

names! {
    To "To",
    Via "Via",
    CSeq "CSeq", Date "Date", From "From", RSeq "RSeq", RAck "RAck", Join "Join", Path "Path",
    Allow "Allow", Route "Route", Event "Event",
    Accept "Accept", Server "Server", Reason "Reason", MinSe "Min-SE",
    CallId "Call-ID", Contact "Contact", Expires "Expires", Require "Require", Subject "Subject", Warning "Warning", Privacy "Privacy",
    Priority "Priority", ReplyTo "Reply-To", ReferTo "Refer-To", Replaces "Replaces", SipEtag "SIP-ETag", Identity "Identity",
    CallInfo "Call-Info", Supported "Supported", Timestamp "Timestamp", ReferSub "Refer-Sub", RecvInfo "Recv-Info", Diversion "Diversion",
    AlertInfo "Alert-Info", ErrorInfo "Error-Info", UserAgent "User-Agent", FlowTimer "Flow-Timer", SessionId "Session-ID", ContentId "Content-ID",
    InReplyTo "In-Reply-To", MinExpires "Min-Expires", RetryAfter "Retry-After", Unsupported "Unsupported", ReferredBy "Referred-By", Geolocation "Geolocation", MaxBreadth "Max-Breadth", AnswerMode "Answer-Mode",
    ContentType "Content-Type", MaxForwards "Max-Forwards", MimeVersion "MIME-Version", Organization "Organization", RecordRoute "Record-Route", AllowEvents "Allow-Events", SipIfMatch "SIP-If-Match", HistoryInfo "History-Info", InfoPackage "Info-Package",
    Authorization "Authorization", ProxyRequire "Proxy-Require", ServiceRoute "Service-Route", PEarlyMedia "P-Early-Media", IdentityInfo "Identity-Info", TargetDialog "Target-Dialog",
    ContentLength "Content-Length", AcceptContact "Accept-Contact", RejectContact "Reject-Contact",
    AcceptEncoding "Accept-Encoding", AcceptLanguage "Accept-Language", SessionExpires "Session-Expires",
    ContentEncoding "Content-Encoding", ContentLanguage "Content-Language", WwwAuthenticate "WWW-Authenticate", PAssociatedUri "P-Associated-URI",
    SuppressIfMatch "Suppress-If-Match", GeolocationError "Geolocation-Error",
    ProxyAuthenticate "Proxy-Authenticate", SubscriptionState "Subscription-State",
    AuthenticationInfo "Authentication-Info", ContentDisposition "Content-Disposition", ProxyAuthorization "Proxy-Authorization", PAssertedIdentity "P-Asserted-Identity", RequestDisposition "Request-Disposition", GeolocationRouting "Geolocation-Routing",
    PPreferredIdentity "P-Preferred-Identity",
    ProxyAuthenticationInfo "Proxy-Authentication-Info",
}

impl Name {
    /// The name that `text` spells, in any case, long or compact; [`Name::Other`] when unknown.
    pub fn from_bytes(text: &[u8]) -> Self {
        if let [letter] = text {
            return Self::compact(letter.to_ascii_lowercase());
        }
        let name = SLOTS.get(usize::from(slot(text))).copied().unwrap_or(Self::Other);
        let usual = name.as_str().as_bytes();
        // Nearly all are written with the usual capitals.
        if usual == text || usual.eq_ignore_ascii_case(text) { name } else { Self::Other }
    }

    // RFC 3261 section 7.3.3, and the IANA registry for the extensions.
    const fn compact(letter: u8) -> Self {
        match letter {
            b'a' => Self::AcceptContact,
            b'b' => Self::ReferredBy,
            b'c' => Self::ContentType,
            b'd' => Self::RequestDisposition,
            b'e' => Self::ContentEncoding,
            b'f' => Self::From,
            b'i' => Self::CallId,
            b'j' => Self::RejectContact,
            b'k' => Self::Supported,
            b'l' => Self::ContentLength,
            b'm' => Self::Contact,
            b'n' => Self::IdentityInfo,
            b'o' => Self::Event,
            b'r' => Self::ReferTo,
            b's' => Self::Subject,
            b't' => Self::To,
            b'u' => Self::AllowEvents,
            b'v' => Self::Via,
            b'x' => Self::SessionExpires,
            b'y' => Self::Identity,
            _ => Self::Other,
        }
    }
}

/// The known names, each in its slot, so that a look-up compares one.
static SLOTS: [Name; 256] = slots();

/// The slot of a name in any case. The factors were found by trying: with them no two of the
/// known names have one slot, which the compiler sees to.
const fn slot(text: &[u8]) -> u8 {
    let (_, half) = text.split_at(text.len() / 2);
    let ([first, .., last], [middle, ..]) = (text, half) else {
        return 0;
    };
    let length = (text.len() as u8).wrapping_mul(167);
    let (first, last) = ((*first | 0x20).wrapping_mul(62), (*last | 0x20).wrapping_mul(101));
    length.wrapping_add(first).wrapping_add(last).wrapping_add(*middle | 0x20)
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, the indices are within")]
const fn slots() -> [Name; 256] {
    let mut table = [Name::Other; 256];
    let mut number = 0;
    while number < Name::ALL.len() {
        let name = Name::ALL[number];
        let slot = slot(name.as_str().as_bytes()) as usize;
        assert!(matches!(table[slot], Name::Other), "two names have one slot: other factors are needed");
        table[slot] = name;
        number += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_any_case() {
        for name in Name::ALL {
            let text = name.as_str();
            assert_eq!(Name::from_bytes(text.as_bytes()), *name, "{text}");
            assert_eq!(Name::from_bytes(text.to_ascii_uppercase().as_bytes()), *name, "{text}");
            assert_eq!(Name::from_bytes(text.to_ascii_lowercase().as_bytes()), *name, "{text}");
        }
    }

    #[test]
    fn compact_forms_are_known() {
        for (letter, name) in [("v", Name::Via), ("F", Name::From), ("t", Name::To), ("I", Name::CallId)] {
            assert_eq!(Name::from_bytes(letter.as_bytes()), name);
        }
        assert_eq!(Name::from_bytes(b"z"), Name::Other);
    }

    #[test]
    fn other_names_are_other() {
        for text in ["", "Vias", "C%6Fntact", "X-Via", "Rseqx", "Call_ID"] {
            assert_eq!(Name::from_bytes(text.as_bytes()), Name::Other, "{text}");
        }
    }
}
