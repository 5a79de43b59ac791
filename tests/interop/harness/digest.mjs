// A client's answer to a Digest challenge (RFC 7616), for the peers; what Prackle does is tested, this is not.
import { createHash } from "node:crypto";

/** The Authorization field for a challenge with qop=auth. */
export function answerChallenge(challenge, { method, uri, username, password }) {
  const said = Object.fromEntries([...challenge.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)].map(([, name, quoted, bare]) => [name, quoted ?? bare]));
  const { realm, nonce, algorithm = "MD5" } = said;
  const hash = (...parts) => createHash(algorithm === "MD5" ? "md5" : "sha256").update(parts.join(":")).digest("hex");
  const [nc, cnonce] = ["00000001", "c0ffee"];
  const response = hash(hash(username, realm, password), nonce, nc, cnonce, "auth", hash(method, uri));
  const quoted = { username, realm, nonce, uri, cnonce, response };
  const fields = Object.entries(quoted).map(([name, value]) => `${name}="${value}"`);
  return ["Authorization", `Digest ${[...fields, `algorithm=${algorithm}`, "qop=auth", `nc=${nc}`].join(", ")}`];
}
