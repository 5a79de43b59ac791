// What a person types, as an address to call.

/** What was typed, as a URI: a name or a number is one of the account's domain. */
export function addressOf(typed: string, domain: string): string {
  const target = typed.trim();
  if (/^(sips?|tel):/i.test(target)) return target;
  if (target.includes("@")) return `sip:${target}`;
  const bare = /^\+?[\d\s()./-]+$/.test(target) ? target.replace(/[\s()./-]/g, "") : target;
  return `sip:${encodeURIComponent(bare).replaceAll("%2B", "+")}@${domain}`;
}
