/**
 * Gathering of ICE candidates before a description leaves (no trickle: RFC 8840 is not spoken by
 * most SIP peers), within a budget of time: a dead STUN server must not hold a call up.
 */

/** Resolves when enough candidates of the local description are there, or the time is used up. */
export function gathered(connection: RTCPeerConnection, budgetMs: number): Promise<void> {
  if (isComplete(connection)) return Promise.resolve();
  return new Promise((resolve) => {
    const missing = wantedTypes(connection.getConfiguration());
    const done = (): void => {
      clearTimeout(timer);
      connection.removeEventListener("icecandidate", onCandidate);
      connection.removeEventListener("icegatheringstatechange", onState);
      resolve();
    };
    const onCandidate = ({ candidate }: RTCPeerConnectionIceEvent): void => {
      if (candidate === null) done();
      else if (candidate.type !== null && missing.delete(candidate.type) && missing.size === 0) done();
    };
    const onState = (): void => {
      if (connection.iceGatheringState === "complete") done();
    };
    const timer = setTimeout(done, budgetMs);
    connection.addEventListener("icecandidate", onCandidate);
    connection.addEventListener("icegatheringstatechange", onState);
  });
}

// After an ICE restart (RFC 8445 section 9) browsers call the former gathering complete for a while:
// the new description has no candidates then.
function isComplete({ iceGatheringState, localDescription }: RTCPeerConnection): boolean {
  return iceGatheringState === "complete" && localDescription?.sdp.includes("\na=candidate:") === true;
}

/**
 * One candidate of each of these types is enough. Without servers the set stays unfulfilled on
 * purpose: host candidates alone are complete at once, and there may be several interfaces.
 */
function wantedTypes({ iceServers = [], iceTransportPolicy }: RTCConfiguration): Set<RTCIceCandidateType> {
  const urls = iceServers.flatMap((server) => server.urls);
  const wanted = new Set<RTCIceCandidateType>();
  if (urls.some((url) => /^turns?:/i.test(url))) wanted.add("relay");
  else if (urls.some((url) => /^stuns?:/i.test(url))) wanted.add("srflx");
  if (wanted.size > 0 && iceTransportPolicy !== "relay") wanted.add("host");
  return wanted;
}
