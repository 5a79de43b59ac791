// Descriptions for cases that are not about media. A fingerprint marks the ones of a browser: to
// the registrar, and so rtpengine stays out of calls whose two ends both seem to be of one kind.
const description = (version, lines) => ["v=0", `o=- 1 ${version} IN IP4 127.0.0.1`, "s=-", "c=IN IP4 127.0.0.1", "t=0 0", ...lines, ""].join("\r\n");

/** What a phone on plain RTP says. */
export const plain = (port = 9, version = 1) => description(version, [`m=audio ${port} RTP/AVP 0`, "a=rtpmap:0 PCMU/8000", "a=sendrecv"]);

/** What a browser would say, as far as a proxy looks. */
export const webrtc = (version = 1) => description(version, [
  "m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:0", "a=ice-ufrag:abcd", "a=ice-pwd:abcdefghijklmnopqrstuvwx",
  `a=fingerprint:sha-256 ${Array(32).fill("AB").join(":")}`, "a=setup:actpass", "a=rtcp-mux", "a=rtpmap:0 PCMU/8000", "a=sendrecv",
]);
