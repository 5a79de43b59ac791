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

function directionIn(part: string): string | undefined {
  return /^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m.exec(part)?.[1];
}
