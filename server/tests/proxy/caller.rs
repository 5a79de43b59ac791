//! The caller on flow 1, and bob on the flows that a test gives him.

use crate::common::{ANSWER, Bench, OFFER, config, in_dialog, invite, reliable, response};
use prackle::message::Message;
use prackle_server::sip::Early;

pub(crate) const BOB: &str = "sip:bob@example.test";
pub(crate) const REL: &str = "Supported: 100rel\r\n";

pub(crate) fn bench(flows: &[u32]) -> Bench {
    let mut bench = Bench::new();
    register(&mut bench, flows);
    bench
}

/// A server that answers every call with a reliable provisional of its own.
pub(crate) fn early_bench(flows: &[u32]) -> Bench {
    let mut config = config();
    config.place.early = Some(Early { code: 183, reason: String::new() });
    let mut bench = Bench::with(config);
    register(&mut bench, flows);
    bench
}

pub(crate) fn register(bench: &mut Bench, flows: &[u32]) {
    bench.open(1);
    for flow in flows {
        bench.register(*flow, "bob", "");
    }
}

/// Calls bob; the INVITEs that arrive, in the order of `flows`.
pub(crate) fn call(bench: &mut Bench, more: &str, flows: &[u32]) -> Vec<Message> {
    bench.send(1, &invite(1, "k", BOB, more, OFFER));
    bench.status(1, 100);
    flows.iter().map(|flow| bench.request(*flow, "INVITE")).collect()
}

/// The phone on `flow` rings with a reliable 183; what the caller gets.
pub(crate) fn ring(bench: &mut Bench, flow: u32, invite: &Message, rseq: u32) -> Message {
    bench.send(flow, &response(invite, 183, &format!("b{flow}"), &reliable(flow, "bob", rseq), ANSWER));
    bench.status(1, 183)
}

pub(crate) fn prack(cseq: u32, early: &Message, rseq: u32) -> String {
    in_dialog(1, "PRACK", cseq, early, &format!("RAck: {rseq} 1 INVITE\r\n"))
}
