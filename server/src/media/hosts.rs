//! Which addresses are offered as ICE host candidates.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

/// Loopback, the address of the default route, and the one listened on, each once.
///
/// A browser with network permission gathers no loopback candidate and may refuse to pair
/// with one, so that the machine's own address is needed although nothing leaves the
/// machine; with no network at all only loopback is left.
pub(super) fn addresses(listen: IpAddr) -> Vec<IpAddr> {
    let mut addresses = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
    for address in [Some(listen), outbound()].into_iter().flatten() {
        if !address.is_unspecified() && !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
}

/// The source address of the default route. Connecting a datagram socket sends nothing;
/// the destination is of the block for documentation (RFC 5737).
fn outbound() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_comes_first_and_once() {
        let addresses = addresses(IpAddr::V4(Ipv4Addr::LOCALHOST));
        assert_eq!(addresses.iter().filter(|address| address.is_loopback()).count(), 1);
        assert_eq!(addresses.first(), Some(&IpAddr::V4(Ipv4Addr::LOCALHOST)));
        assert!(!addresses.iter().any(IpAddr::is_unspecified));
    }
}
