// Where the laboratory is: the development server that served the page, and the demo user that it
// may call there.

import { type Demo, type DemoUser, claim, demoAccount, nextFree } from "../account.js";
import type { BenchPlace } from "./bench.js";

/** The callee of this tab, over a reload. */
const KEY = "prackle-laboratory";

/** The place for a bench, or why there is none. */
export async function findPlace(demo: Demo | undefined): Promise<BenchPlace | string> {
  const caller = demo?.users[0];
  if (!demo || !caller) return "The laboratory needs the development server and its demo users: npm start.";
  const callee = await findCallee(demo);
  if (!callee) return "All demo users are taken: close another tab, then reload this one.";
  return { server: demoAccount(callee, demo).server, domain: demo.domain, callee, caller };
}

/** From the end of the list, so that the first tab of the softphone is still alice. */
async function findCallee(demo: Demo): Promise<DemoUser | undefined> {
  const kept = demo.users.find(({ username }) => username === sessionStorage.getItem(KEY));
  if (kept && (await claim(kept.uri))) return kept;
  const user = await nextFree(demo, "last");
  if (user) sessionStorage.setItem(KEY, user.username);
  return user;
}
