//! Who may register, and which demo user the next browser tab should be.

use std::collections::BTreeMap;

use prackle::time::{Duration, Instant};

/// A user and its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The user part of its address.
    pub name: String,
    /// Its password; the realm is the server's domain.
    pub password: String,
}

/// The users that a newcomer finds. Their passwords are public: they protect nothing.
pub fn demo_users() -> Vec<User> {
    let named = |name: &str| User { name: name.to_owned(), password: format!("{name}-demo") };
    ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"].map(named).into()
}

/// From which end of the list a user is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A tab that is a telephone.
    First,
    /// One that needs somebody to call, and nobody's name.
    Last,
}

/// Gives the demo users out, one tab after the other.
pub struct Roster {
    users: Vec<User>,
    leases: BTreeMap<String, Instant>,
}

impl Roster {
    /// A roster of `users`, none given out yet.
    pub fn new(users: Vec<User>) -> Self {
        Self { users, leases: BTreeMap::new() }
    }

    /// The first or last user that is neither registered nor was given out just now: a tab
    /// needs some seconds from asking until it is registered.
    pub fn lease(&mut self, now: Instant, end: End, is_registered: impl Fn(&str) -> bool) -> Option<User> {
        self.leases.retain(|_, until| *until > now);
        let mut free =
            self.users.iter().filter(|user| !self.leases.contains_key(&user.name) && !is_registered(&user.name));
        let user = match end {
            End::First => free.next(),
            End::Last => free.next_back(),
        };
        let user = user?.clone();
        self.leases.insert(user.name.clone(), now + LEASE);
        Some(user)
    }
}

const LEASE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tab_gets_the_next_free_user() {
        let mut roster = Roster::new(demo_users());
        let name = |user: Option<User>| user.map(|user| user.name);
        let start = Instant::from_millis(0);
        assert_eq!(name(roster.lease(start, End::First, |_| false)).as_deref(), Some("alice"));
        assert_eq!(name(roster.lease(start, End::Last, |_| false)).as_deref(), Some("heidi"));
        assert_eq!(name(roster.lease(start, End::First, |_| false)).as_deref(), Some("bob"));
        // bob registered, alice's tab was closed before it did.
        let later = start + Duration::from_secs(11);
        assert_eq!(name(roster.lease(later, End::First, |name| name == "bob")).as_deref(), Some("alice"));
        assert_eq!(name(roster.lease(later, End::First, |name| name == "bob")).as_deref(), Some("carol"));
        assert_eq!(name(roster.lease(later, End::Last, |name| name == "heidi")).as_deref(), Some("grace"));
        assert_eq!(roster.lease(later, End::First, |_| true), None);
    }
}
