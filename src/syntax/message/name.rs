//! Header field names: known ones by number, compact forms, any case (RFC 3261 section 7.3).

macro_rules! names {
    ($($length:literal: $($variant:ident $text:literal),+;)+) => {
        /// The name of a header field that this crate knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Name {
            $($(#[doc = concat!("`", $text, "`.")] $variant,)+)+
            /// Any other name: see [`Message::header_named`](super::Message::header_named).
            Other,
        }

        impl Name {
            /// The long form with its usual capitals; empty for [`Name::Other`].
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($(Self::$variant => $text,)+)+
                    Self::Other => "",
                }
            }

            /// The names of one length, so that a look-up compares few candidates.
            const fn of_length(length: usize) -> &'static [Self] {
                match length {
                    $($length => &[$(Self::$variant),+],)+
                    _ => &[],
                }
            }

            #[cfg(test)]
            const ALL: &'static [Self] = &[$($(Self::$variant,)+)+];
        }
    };
}

// Grouped by the length of the name.
names! {
    2: To "To";
    3: Via "Via";
    4: CSeq "CSeq", Date "Date", From "From", RSeq "RSeq", RAck "RAck", Join "Join", Path "Path";
    5: Allow "Allow", Route "Route", Event "Event";
    6: Accept "Accept", Server "Server", Reason "Reason", MinSe "Min-SE";
    7: CallId "Call-ID", Contact "Contact", Expires "Expires", Require "Require", Subject "Subject", Warning "Warning", Privacy "Privacy";
    8: Priority "Priority", ReplyTo "Reply-To", ReferTo "Refer-To", Replaces "Replaces", SipEtag "SIP-ETag", Identity "Identity";
    9: CallInfo "Call-Info", Supported "Supported", Timestamp "Timestamp", ReferSub "Refer-Sub", RecvInfo "Recv-Info", Diversion "Diversion";
    10: AlertInfo "Alert-Info", ErrorInfo "Error-Info", UserAgent "User-Agent", FlowTimer "Flow-Timer", SessionId "Session-ID", ContentId "Content-ID";
    11: InReplyTo "In-Reply-To", MinExpires "Min-Expires", RetryAfter "Retry-After", Unsupported "Unsupported", ReferredBy "Referred-By", Geolocation "Geolocation", MaxBreadth "Max-Breadth", AnswerMode "Answer-Mode";
    12: ContentType "Content-Type", MaxForwards "Max-Forwards", MimeVersion "MIME-Version", Organization "Organization", RecordRoute "Record-Route", AllowEvents "Allow-Events", SipIfMatch "SIP-If-Match", HistoryInfo "History-Info", InfoPackage "Info-Package";
    13: Authorization "Authorization", ProxyRequire "Proxy-Require", ServiceRoute "Service-Route", PEarlyMedia "P-Early-Media", IdentityInfo "Identity-Info", TargetDialog "Target-Dialog";
    14: ContentLength "Content-Length", AcceptContact "Accept-Contact", RejectContact "Reject-Contact";
    15: AcceptEncoding "Accept-Encoding", AcceptLanguage "Accept-Language", SessionExpires "Session-Expires";
    16: ContentEncoding "Content-Encoding", ContentLanguage "Content-Language", WwwAuthenticate "WWW-Authenticate", PAssociatedUri "P-Associated-URI";
    17: SuppressIfMatch "Suppress-If-Match", GeolocationError "Geolocation-Error";
    18: ProxyAuthenticate "Proxy-Authenticate", SubscriptionState "Subscription-State";
    19: AuthenticationInfo "Authentication-Info", ContentDisposition "Content-Disposition", ProxyAuthorization "Proxy-Authorization", PAssertedIdentity "P-Asserted-Identity", RequestDisposition "Request-Disposition", GeolocationRouting "Geolocation-Routing";
    20: PPreferredIdentity "P-Preferred-Identity";
    25: ProxyAuthenticationInfo "Proxy-Authentication-Info";
}

impl Name {
    /// The name that `text` spells, in any case, long or compact; [`Name::Other`] when unknown.
    pub fn from_bytes(text: &[u8]) -> Self {
        if let [letter] = text {
            return Self::compact(letter.to_ascii_lowercase());
        }
        let mut known = Self::of_length(text.len()).iter().copied();
        // Nearly all are written with the usual capitals.
        let usual = known.clone().find(|name| name.as_str().as_bytes() == text);
        usual.or_else(|| known.find(|name| name.as_str().as_bytes().eq_ignore_ascii_case(text))).unwrap_or(Self::Other)
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
