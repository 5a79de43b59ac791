//! What the configuration says of INVITEs that we receive.

use crate::protocol::{Config, Refusal, RefusalCode, Reinvites, ReliableProgress};

/// How INVITEs are answered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answering {
    /// Which provisional responses are reliable when the application leaves it open.
    pub reliable_progress: ReliableProgress,
    /// Who decides about re-INVITEs.
    pub reinvites: Reinvites,
    /// The first RSeq of every INVITE, instead of a random one.
    pub first_rseq: Option<u32>,
}

impl Answering {
    /// What `config` says of it.
    ///
    /// # Errors
    /// RSeq 0, which RFC 3262 section 7.1 does not know.
    pub fn new(config: &Config) -> Result<Self, Refusal> {
        if config.first_rseq == Some(0) {
            return Err(Refusal::new(RefusalCode::InvalidArgument, "firstRseq must be at least 1"));
        }
        let Config { reliable_progress, reinvites, first_rseq, .. } = *config;
        Ok(Self { reliable_progress, reinvites, first_rseq })
    }
}
