/** The little that must be read of a session description (RFC 8866), and what is written into it. */

/** Its origin, and in that its version. */
const ORIGIN = /^o=.*/m;

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

/**
 * A description with the BUNDLE group (RFC 9143) that its only media section is in anyway. Gateways
 * leave it out; a browser that knows the group, from another fork or from the session that there is,
 * cannot do without it.
 */
export function bundled(description: string): string {
  if (isBundled(description)) return description;
  const sections = description.match(/^m=.*/gm) ?? [];
  const mid = /^a=mid:(\S+)\s*$/m.exec(description)?.[1];
  if (sections.length !== 1 || mid === undefined || rejectsAll(description)) return description;
  return description.replace(/^(?=m=)/m, `a=group:BUNDLE ${mid}\r\n`);
}

/** Whether a description names a BUNDLE group. */
export function isBundled(description: string): boolean {
  return /^a=group:BUNDLE/m.test(description);
}

/** A description without its BUNDLE group. */
export function unbundled(description: string): string {
  return description.replace(/^a=group:BUNDLE.*\r\n/m, "");
}

/**
 * An offer under the version of the former description, when that says the same: it tells the peer that
 * nothing has changed (RFC 3264 section 8), as a refresh of the session must (RFC 4028 section 7.4).
 * Browsers count whatever they describe.
 */
export function renumbered(offer: string, former: string): string {
  const origin = ORIGIN.exec(former)?.[0];
  return origin !== undefined && offer.replace(ORIGIN, () => origin) === former ? former : offer;
}

/** A description of another connection than the former, under the origin of the same session (RFC 3264 section 8). */
export function succeeding(description: string, former: string): string {
  const [, origin, version] = /^(o=\S+ \S+) (\d+)/m.exec(former) ?? [];
  if (origin === undefined) return description;
  return description.replace(/^o=\S+ \S+ (\d+)/m, (_, own: string) => `${origin} ${Number(version) + 1 + Number(own)}`);
}

/** Whether two descriptions lead to the same end: an ICE user fragment is made for one (RFC 8445 section 5.3). */
export function sameTransport(one: string, other: string): boolean {
  const [first, second] = [one, other].map((description) => /^a=ice-ufrag:\S+/m.exec(description)?.[0]);
  return first === second;
}

function directionIn(part: string): string | undefined {
  return /^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m.exec(part)?.[1];
}
