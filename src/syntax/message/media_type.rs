//! Media types (RFC 3261 section 20.15).

use super::fault::Fault;
use super::lex::Cursor;
use super::params::Params;

/// A media type with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaType<'a> {
    /// `application` in `application/sdp`; compares without case.
    pub kind: &'a str,
    /// `sdp` in `application/sdp`; compares without case.
    pub subtype: &'a str,
    /// The parameters.
    pub params: Params<'a>,
}

impl<'a> MediaType<'a> {
    /// Reads a media type; white space may stand round the slash.
    ///
    /// # Errors
    /// [`Fault::MediaType`].
    pub fn parse(text: &'a str) -> Result<Self, Fault> {
        Self::read(text).ok_or(Fault::MediaType)
    }

    /// Whether it is this type, whatever its parameters.
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype)
    }

    fn read(text: &'a str) -> Option<Self> {
        let mut cursor = Cursor::new(text);
        cursor.skip_space();
        let kind = cursor.token()?;
        let subtype = if cursor.eat_spaced(b'/') { cursor.token()? } else { return None };
        let params = Params::parse(cursor.rest()).ok()?;
        Some(Self { kind, subtype, params })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_types_and_parameters() {
        let media = MediaType::parse("Multipart / Mixed ;boundary=\"a b\"").unwrap();
        assert!(media.is("multipart", "mixed"));
        assert_eq!(media.params.unquoted("boundary").as_deref(), Some("a b"));
    }

    #[test]
    fn refuses_what_is_none() {
        for text in ["", "text", "text/", "/plain", "text plain", "text/plain/x", "text/plain;=1"] {
            assert_eq!(MediaType::parse(text), Err(Fault::MediaType), "{text}");
        }
    }
}
