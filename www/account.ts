// Who this tab is: the account that it registers, and the demo server's proposal for it.

import type { Rel100 } from "prackle";

/** What is typed into the settings. */
export interface Account {
  /** `sip:alice@example.com` */
  uri: string;
  displayName: string;
  /** For authentication; the user part of `uri` when empty. */
  username: string;
  password: string;
  /** The address of the WebSocket. */
  server: string;
  rel100: Rel100;
  /** The URL of a STUN server, or empty. */
  ice: string;
  /** After how many seconds of ringing a call is given up; empty: never. */
  patience: string;
}

/** What the development server knows, as its `/demo-users` tells it. */
export interface Demo {
  domain: string;
  /** The path of the SIP WebSocket on the page's own host. */
  path: string;
  users: DemoUser[];
  numbers: { number: string; uri: string; description: string }[];
}

/** A user whose password is public. */
export interface DemoUser {
  username: string;
  password: string;
  uri: string;
  displayName: string;
}

const KEY = "prackle-account";
const EMPTY: Account = { uri: "", displayName: "", username: "", password: "", server: "", rel100: "supported", ice: "", patience: "60" };

/** The demo users and numbers; nothing when the page is served by something else. */
export async function loadDemo(): Promise<Demo | undefined> {
  const answer = await fetch("demo-users").catch(() => undefined);
  if (!answer?.ok || !answer.headers.get("content-type")?.includes("json")) return undefined;
  return (await answer.json()) as Demo;
}

/** The account of this tab: the one it had before a reload, or the next free demo user. */
export async function initialAccount(demo: Demo | undefined): Promise<Account> {
  const kept = sessionStorage.getItem(KEY);
  const before = kept === null ? undefined : ({ ...EMPTY, ...(JSON.parse(kept) as Partial<Account>) });
  // A duplicated tab has a copy of the storage: the lock tells the two apart.
  if (before && (await claim(before.uri))) return before;
  const user = demo && ((await nextFree(demo)) ?? demo.users[0]);
  return user ? demoAccount(user, demo) : (before ?? EMPTY);
}

/** The account of a demo user. */
export function demoAccount({ uri, username, password, displayName }: DemoUser, { path }: Demo): Account {
  const server = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
  return { ...EMPTY, uri, username, password, displayName, server };
}

/** Keeps the account until the tab is closed. */
export function keepAccount(account: Account): void {
  sessionStorage.setItem(KEY, JSON.stringify(account));
}

/** The domain of the account's address, with its port. */
export function domainOf({ uri }: Account): string {
  return /@([^;?>]+)/.exec(uri)?.[1] ?? "";
}

/**
 * The next demo user that nobody is, or with `last` the last one, which is nobody for longest. The server
 * gives out each user once in a while; the lock is for tabs that wait for long before they register.
 */
export async function nextFree(demo: Demo, which: "first" | "last" = "first"): Promise<DemoUser | undefined> {
  for (let tries = demo.users.length; tries > 0; tries--) {
    const answer = await fetch(which === "last" ? "demo-user?last" : "demo-user").catch(() => undefined);
    if (!answer?.ok) break;
    const user = (await answer.json()) as DemoUser;
    if (await claim(user.uri)) return user;
  }
  return undefined;
}

/** Holds a lock of this name for the life of the tab, if no other tab of this browser holds it. */
export async function claim(uri: string): Promise<boolean> {
  if (!isSecureContext) return true; // there are no locks
  return new Promise((resolve) => {
    void navigator.locks.request(`prackle ${uri}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise(() => undefined);
    });
  });
}
