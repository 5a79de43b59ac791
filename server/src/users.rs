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

    /// The first user that is neither registered nor was given out just now: a tab needs
    /// some seconds from asking until it is registered.
    pub fn lease(&mut self, now: Instant, is_registered: impl Fn(&str) -> bool) -> Option<User> {
        self.leases.retain(|_, until| *until > now);
        let free = |user: &&User| !self.leases.contains_key(&user.name) && !is_registered(&user.name);
        let user = self.users.iter().find(free)?.clone();
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
        assert_eq!(name(roster.lease(start, |_| false)).as_deref(), Some("alice"));
        assert_eq!(name(roster.lease(start, |_| false)).as_deref(), Some("bob"));
        // bob registered, alice's tab was closed before it did.
        let later = start + Duration::from_secs(11);
        assert_eq!(name(roster.lease(later, |name| name == "bob")).as_deref(), Some("alice"));
        assert_eq!(name(roster.lease(later, |name| name == "bob")).as_deref(), Some("carol"));
        assert_eq!(roster.lease(later, |_| true), None);
    }
}
