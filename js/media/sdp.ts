/** The little that must be read of a session description (RFC 8866) before devices are opened. */

/** Whether the sender of an offer wants to hear us: some audio of it is `sendrecv` or `recvonly`. */
export function wantsToHear(offer: string): boolean {
  const [session = "", ...media] = offer.split(/^m=/m);
  const inherited = directionIn(session) ?? "sendrecv";
  return media.some((section) => {
    if (!section.startsWith("audio ") || section.startsWith("audio 0 ")) return false;
    const direction = directionIn(section) ?? inherited;
    return direction === "sendrecv" || direction === "recvonly";
  });
}

/** Whether a description has no media left: every port is 0 (RFC 3264 section 6). */
export function rejectsAll(description: string): boolean {
  return !/^m=\S+ [1-9]/m.test(description);
}

function directionIn(part: string): string | undefined {
  return /^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m.exec(part)?.[1];
}
