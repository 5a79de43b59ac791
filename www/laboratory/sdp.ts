// Session descriptions for calls without media: the laboratory asks for no microphone. No DOM.

/** An offer, or an answer to one: audio that nobody sends. */
export function cannedSdp(version: number): string {
  const lines = [
    "v=0", `o=laboratory 1 ${version} IN IP4 127.0.0.1`, "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
    "m=audio 9 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=sendrecv",
  ];
  return `${lines.join("\r\n")}\r\n`;
}
