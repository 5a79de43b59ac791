//! IPv6 addresses as text (RFC 3261 section 25.1, RFC 4291 section 2.2). The reader of the standard
//! library reads sockets and prefixes as well, and would take four times as much of the wasm.

use super::lex::{cut, number};

/// The eight groups of an address; `None` when the text is none.
pub(super) fn address(text: &str) -> Option<[u16; 8]> {
    let mut groups = Groups { values: [0; 8], count: 0, gap: None };
    let mut rest = text;
    if let Some(after) = rest.strip_prefix("::") {
        groups.gap = Some(0);
        rest = after;
    }
    while !rest.is_empty() {
        rest = groups.take(rest)?;
    }
    groups.whole()
}

struct Groups {
    values: [u16; 8],
    count: usize,
    /// How many groups stand before `::`.
    gap: Option<usize>,
}

impl Groups {
    /// Takes one group with the colons behind it, or the IPv4 address at the end; what follows.
    fn take<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let length = text.bytes().take_while(u8::is_ascii_hexdigit).count();
        let (digits, rest) = text.split_at_checked(length)?;
        if rest.starts_with('.') {
            let [first, second, third, fourth] = ipv4(text)?;
            self.push(first << 8 | second)?;
            self.push(third << 8 | fourth)?;
            return Some("");
        }
        self.push(hexadecimal(digits)?)?;
        let Some(rest) = rest.strip_prefix(':') else {
            return rest.is_empty().then_some(rest);
        };
        match rest.strip_prefix(':') {
            Some(after) if self.gap.is_none() => {
                self.gap = Some(self.count);
                Some(after)
            }
            // A colon at the end, or a second gap.
            _ => (!rest.is_empty() && !rest.starts_with(':')).then_some(rest),
        }
    }

    fn push(&mut self, group: u16) -> Option<()> {
        *self.values.get_mut(self.count)? = group;
        self.count += 1;
        Some(())
    }

    /// All eight, with the zeros that `::` stands for: one at least.
    fn whole(mut self) -> Option<[u16; 8]> {
        let missing = self.values.len() - self.count;
        match self.gap {
            None => (missing == 0).then_some(self.values),
            Some(gap) => {
                self.values.get_mut(gap..)?.rotate_right(missing);
                (missing > 0).then_some(self.values)
            }
        }
    }
}

/// One to four digits.
fn hexadecimal(digits: &str) -> Option<u16> {
    let add = |value, octet| Some(value << 4 | u16::try_from(char::from(octet).to_digit(16)?).ok()?);
    matches!(digits.len(), 1..=4).then(|| digits.bytes().try_fold(0, add))?
}

/// The four numbers of an IPv4 address; none of them begins with a zero that means nothing.
fn ipv4(text: &str) -> Option<[u16; 4]> {
    let (first, rest) = cut(text, b'.')?;
    let (second, rest) = cut(rest, b'.')?;
    let (third, fourth) = cut(rest, b'.')?;
    Some([octet(first)?, octet(second)?, octet(third)?, octet(fourth)?])
}

fn octet(text: &str) -> Option<u16> {
    let value = number(text).filter(|value| *value < 256 && (text.len() == 1 || !text.starts_with('0')))?;
    u16::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use core::net::Ipv6Addr;

    #[test]
    fn what_the_standard_library_reads_is_read_alike() {
        let known = [
            "::",
            "::1",
            "1::",
            "2001:db8::9:1",
            "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "::ffff:192.0.2.10",
            "1:2:3:4:5:6:192.0.2.255",
            "FE80::0001",
            "",
            ":",
            ":::",
            "1",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1::2::3",
            "1:2:3:4::5:6:7:8",
            "12345::",
            "g::",
            "::1:",
            ":1::",
            "::192.0.2",
            "::192.0.2.256",
            "::192.0.2.01",
            "::192.0.2.0",
            "::1.2.3.4.5",
            "::1.2.3.4:5",
            "1:2:3:4:5:6:7:1.2.3.4",
            "::+1",
            "::fe80%1",
            "::a.2.3.4",
            "1.2.3.4",
            "::1.2.3.",
            "::.1.2.3",
            ":1",
            "1:",
        ];
        for text in known {
            assert_eq!(address(text), text.parse().ok().map(|known: Ipv6Addr| known.segments()), "{text}");
        }
    }

    #[test]
    fn so_is_what_chance_makes_of_their_characters() {
        let (mut state, letters) = (6_u64, b"::::::..0123af");
        let mut below = |bound: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % bound
        };
        let mut valid = 0;
        for _ in 0..200_000 {
            let length = below(24);
            let text: String = (0..length).map(|_| char::from(letters[below(14)])).collect();
            let expected = text.parse().ok().map(|known: Ipv6Addr| known.segments());
            assert_eq!(address(&text), expected, "{text}");
            valid += u32::from(expected.is_some());
        }
        assert!(valid > 100, "{valid} were addresses");
    }
}
