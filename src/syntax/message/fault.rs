//! Every reason for which a message, or a part of one, is refused: one name each.

/// Why something is not a well-formed SIP message, header field or URI.
///
/// The names are the peer's mistakes; [`Fault::status`] is the one table that maps them to
/// status codes, [`Fault::as_str`] serves as reason phrase and as line of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Fault {
    /// The frame holds no start line.
    Empty,
    /// The frame is longer than the index can address.
    TooLarge,
    /// The first line is neither a Request-Line nor a Status-Line (RFC 3261 section 7).
    StartLine,
    /// The Request-Line has extra or missing spaces (RFC 3261 section 7.1).
    RequestLine,
    /// The Request-URI is no URI.
    RequestUri,
    /// The Request-URI carries header fields (RFC 3261 section 19.1.1, table 1).
    RequestUriHeaders,
    /// The protocol version is not SIP/2.0.
    Version,
    /// The status code is not of 100 to 699.
    StatusCode,
    /// The header does not end with an empty line.
    HeaderEnd,
    /// A line of the header is no header field.
    HeaderLine,
    /// A carriage return without a line feed.
    BareCarriageReturn,
    /// The header is not UTF-8 (RFC 3261 section 7).
    Encoding,
    /// More header fields than any honest message has.
    TooManyFields,
    /// No Via.
    MissingVia,
    /// No From.
    MissingFrom,
    /// No To.
    MissingTo,
    /// No Call-ID.
    MissingCallId,
    /// No `CSeq`.
    MissingCSeq,
    /// Two From fields.
    RepeatedFrom,
    /// Two To fields.
    RepeatedTo,
    /// Two Call-ID fields.
    RepeatedCallId,
    /// Two `CSeq` fields.
    RepeatedCSeq,
    /// Two Max-Forwards fields.
    RepeatedMaxForwards,
    /// Two Content-Type fields.
    RepeatedContentType,
    /// Content-Length fields that contradict each other.
    RepeatedContentLength,
    /// The topmost Via is malformed.
    Via,
    /// From is malformed.
    From,
    /// To is malformed.
    To,
    /// Call-ID is malformed.
    CallId,
    /// `CSeq` is malformed, or its number is beyond 32 bits.
    CSeq,
    /// `CSeq` names another method than the Request-Line.
    CSeqMethod,
    /// `CSeq` names another method than the Request-Line, whose method nobody knows.
    UnknownMethod,
    /// Content-Length is no number.
    ContentLength,
    /// Content-Length is more than what arrived.
    BodyTooShort,
    /// `RSeq` is no number of 1 to 2^32-1 (RFC 3262 section 7.1).
    RSeq,
    /// `RAck` is missing, repeated or malformed (RFC 3262 section 7.2).
    RAck,
    /// A Contact is malformed.
    Contact,
    /// A name-addr or addr-spec is malformed.
    NameAddr,
    /// A URI with `?` stands outside of angle brackets (RFC 3261 section 20).
    UriNeedsBrackets,
    /// A URI is malformed.
    Uri,
    /// Parameters are malformed.
    Parameters,
    /// A number is no number, or beyond 32 bits.
    Number,
    /// A media type is malformed.
    MediaType,
    /// A multipart body has no usable boundary.
    Multipart,
    /// A value with parameters is malformed or missing.
    Value,
    /// Not the name of a header field.
    HeaderName,
    /// A header field value that holds CR, LF, NUL or another control character.
    HeaderValue,
}

impl Fault {
    /// The status code that answers a request with this fault.
    pub const fn status(self) -> u16 {
        if matches!(self, Self::Version) {
            505
        } else if matches!(self, Self::UnknownMethod) {
            501
        } else {
            400
        }
    }

    /// A short English phrase, fit for a reason phrase and for the trace.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "Empty message",
            Self::TooLarge => "Message too large",
            Self::StartLine => "Malformed start line",
            Self::RequestLine => "Malformed Request-Line",
            Self::RequestUri => "Malformed Request-URI",
            Self::RequestUriHeaders => "Header fields in Request-URI",
            Self::Version => "Version Not Supported",
            Self::StatusCode => "Malformed status code",
            Self::HeaderEnd => "No empty line after the header",
            Self::HeaderLine => "Malformed header line",
            Self::BareCarriageReturn => "CR without LF in the header",
            Self::Encoding => "Header is not UTF-8",
            Self::TooManyFields => "Too many header fields",
            Self::MissingVia => "Missing Via",
            Self::MissingFrom => "Missing From",
            Self::MissingTo => "Missing To",
            Self::MissingCallId => "Missing Call-ID",
            Self::MissingCSeq => "Missing CSeq",
            Self::RepeatedFrom => "Repeated From",
            Self::RepeatedTo => "Repeated To",
            Self::RepeatedCallId => "Repeated Call-ID",
            Self::RepeatedCSeq => "Repeated CSeq",
            Self::RepeatedMaxForwards => "Repeated Max-Forwards",
            Self::RepeatedContentType => "Repeated Content-Type",
            Self::RepeatedContentLength => "Contradictory Content-Length",
            Self::Via => "Malformed Via",
            Self::From => "Malformed From",
            Self::To => "Malformed To",
            Self::CallId => "Malformed Call-ID",
            Self::CSeq => "Malformed CSeq",
            Self::CSeqMethod => "CSeq method does not match",
            Self::UnknownMethod => "Not Implemented",
            Self::ContentLength => "Malformed Content-Length",
            Self::BodyTooShort => "Content-Length exceeds the message",
            Self::RSeq => "Malformed RSeq",
            Self::RAck => "Missing or malformed RAck",
            Self::Contact => "Malformed Contact",
            Self::NameAddr => "Malformed address",
            Self::UriNeedsBrackets => "URI needs angle brackets",
            Self::Uri => "Malformed URI",
            Self::Parameters => "Malformed parameters",
            Self::Number => "Malformed number",
            Self::MediaType => "Malformed media type",
            Self::Multipart => "Malformed multipart body",
            Self::Value => "Malformed header field",
            Self::HeaderName => "Malformed header field name",
            Self::HeaderValue => "Control character in header field value",
        }
    }
}
