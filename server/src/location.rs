//! Where users can be reached: the bindings that the registrar writes and the proxy reads
//! (RFC 3261 section 10.3; RFC 5626 section 6 for instances and flows).

use std::collections::BTreeMap;

use prackle::message::Uri;
use prackle::time::Instant;
use prackle::transaction::FlowId;

/// One contact of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The contact's URI, as registered.
    pub uri: String,
    /// The connection that leads to it.
    pub flow: FlowId,
    /// `+sip.instance`, as registered (quoted), and `reg-id`: which device and which of its flows.
    pub instance: Option<(String, Option<u32>)>,
    /// Preference in thousandths (RFC 3261 section 20.10).
    pub q: u16,
    /// The parameters of the contact that are given back as they came, each with its `;`.
    pub params: String,
    /// When it lapses.
    pub expires: Instant,
    /// What ordered the last change: its Call-ID and CSeq number.
    pub order: (String, u32),
}

/// The bindings of all users.
#[derive(Default)]
pub struct Location {
    users: BTreeMap<String, Vec<Binding>>,
}

impl Location {
    /// Adds a binding, in place of the one for the same device or the same URI, which is
    /// given back.
    pub fn bind(&mut self, user: &str, binding: Binding) -> Option<Binding> {
        let bindings = self.users.entry(user.to_owned()).or_default();
        let replaced = bindings.iter().position(|old| old.is_same_as(&binding.uri, binding.instance.as_ref()));
        let replaced = replaced.map(|index| bindings.remove(index));
        bindings.push(binding);
        replaced
    }

    /// Removes the bindings of `user` that `unwanted` names.
    pub fn unbind(&mut self, user: &str, unwanted: impl Fn(&Binding) -> bool) {
        if let Some(bindings) = self.users.get_mut(user) {
            bindings.retain(|binding| !unwanted(binding));
        }
        self.users.retain(|_, bindings| !bindings.is_empty());
    }

    /// The flow is gone for good, and its bindings with it.
    pub fn flow_lost(&mut self, flow: FlowId) {
        self.retain(|binding| binding.flow != flow);
    }

    /// Forgets what has lapsed.
    pub fn expire(&mut self, now: Instant) {
        self.retain(|binding| binding.expires > now);
    }

    /// When `expire` has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        self.users.values().flatten().map(|binding| binding.expires).min()
    }

    /// All bindings of `user`, oldest first.
    pub fn bindings(&self, user: &str) -> &[Binding] {
        self.users.get(user).map_or(&[], Vec::as_slice)
    }

    /// The binding of `user` for this device or, without one, for this URI.
    pub fn find(&self, user: &str, uri: &str, instance: Option<&(String, Option<u32>)>) -> Option<&Binding> {
        self.bindings(user).iter().find(|binding| binding.is_same_as(uri, instance))
    }

    /// The binding whose contact is `uri`, whoever's it is: where a request goes that names
    /// the contact itself.
    pub fn contact(&self, uri: &str) -> Option<&Binding> {
        self.users.values().flatten().rev().find(|binding| same_uri(&binding.uri, uri))
    }

    fn retain(&mut self, wanted: impl Fn(&Binding) -> bool) {
        for bindings in self.users.values_mut() {
            bindings.retain(&wanted);
        }
        self.users.retain(|_, bindings| !bindings.is_empty());
    }
}

impl Binding {
    /// RFC 5626 section 6: with an instance, the device and its reg-id count, whatever the URI.
    fn is_same_as(&self, uri: &str, instance: Option<&(String, Option<u32>)>) -> bool {
        match (&self.instance, instance) {
            (Some(own), Some(other)) if own.1.is_some() || other.1.is_some() => own == other,
            (Some(own), Some(other)) if own.0 == other.0 => true,
            _ => same_uri(&self.uri, uri),
        }
    }
}

/// RFC 3261 section 19.1.4.
fn same_uri(a: &str, b: &str) -> bool {
    a == b || matches!((Uri::parse(a), Uri::parse(b)), (Ok(a), Ok(b)) if a.equivalent(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(uri: &str, flow: u32, instance: Option<(&str, Option<u32>)>) -> Binding {
        Binding {
            uri: uri.to_owned(),
            flow: FlowId(flow),
            instance: instance.map(|(id, reg)| (id.to_owned(), reg)),
            q: 1000,
            params: String::new(),
            expires: Instant::from_millis(1000),
            order: ("c".to_owned(), 1),
        }
    }

    #[test]
    fn a_device_replaces_its_own_binding_only() {
        let mut location = Location::default();
        assert_eq!(location.bind("bob", binding("sip:x@a.invalid", 1, Some(("\"<i1>\"", None)))), None);
        assert_eq!(location.bind("bob", binding("sip:y@a.invalid", 2, Some(("\"<i2>\"", None)))), None);
        let old = location.bind("bob", binding("sip:z@a.invalid", 3, Some(("\"<i1>\"", None))));
        assert_eq!(old.map(|binding| binding.flow), Some(FlowId(1)));
        assert_eq!(location.bindings("bob").len(), 2);
    }

    #[test]
    fn flows_of_one_device_are_told_apart_by_reg_id() {
        let mut location = Location::default();
        location.bind("bob", binding("sip:x@a.invalid", 1, Some(("\"<i1>\"", Some(1)))));
        location.bind("bob", binding("sip:x@a.invalid", 2, Some(("\"<i1>\"", Some(2)))));
        assert_eq!(location.bindings("bob").len(), 2);
        location.bind("bob", binding("sip:x@a.invalid", 3, Some(("\"<i1>\"", Some(2)))));
        assert_eq!(location.bindings("bob").iter().map(|binding| binding.flow.0).collect::<Vec<_>>(), [1, 3]);
    }

    #[test]
    fn without_an_instance_the_uri_decides() {
        let mut location = Location::default();
        location.bind("bob", binding("sip:x@A.invalid;transport=ws", 1, None));
        assert!(location.bind("bob", binding("sip:x@a.INVALID;transport=WS", 2, None)).is_some());
        assert_eq!(location.contact("sip:x@a.invalid;transport=ws").map(|binding| binding.flow), Some(FlowId(2)));
    }

    #[test]
    fn what_lapses_or_loses_its_flow_is_gone() {
        let mut location = Location::default();
        location.bind("bob", binding("sip:x@a.invalid", 1, None));
        location.bind("bob", binding("sip:y@a.invalid", 2, None));
        location.flow_lost(FlowId(1));
        assert_eq!(location.bindings("bob").len(), 1);
        assert_eq!(location.deadline(), Some(Instant::from_millis(1000)));
        location.expire(Instant::from_millis(1000));
        assert!(location.bindings("bob").is_empty() && location.deadline().is_none());
    }
}
