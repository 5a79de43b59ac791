// The guided tour: what each experiment says, does, and lets one see. No DOM.

import type { ProgressOptions } from "prackle";
import type { Handshake } from "./handshakes.js";
import type { LabSettings } from "./settings.js";
import type { MessageRow, WireModel } from "./wire-model.js";

/** What an experiment may do; each step ends at once when another experiment begins. */
export interface Hands {
  /** Calls, with further settings, and waits until the callee's phone knows. */
  readonly call: (settings?: Partial<LabSettings>) => Promise<void>;
  /** Calls, and waits until the call is refused. */
  readonly callInVain: (settings?: Partial<LabSettings>) => Promise<void>;
  readonly progress: (options: ProgressOptions) => void;
  readonly accept: () => void;
  readonly pause: (ms: number) => Promise<void>;
  /** Waits until something was seen. */
  readonly until: (seen: (wire: WireModel) => boolean) => Promise<void>;
}

/** Something to look at. */
export interface Look {
  text: string;
  /** Whether it has been there to see. */
  seen(wire: WireModel): boolean;
}

/** One experiment of the tour. */
export interface Experiment {
  id: string;
  title: string;
  /** A sentence before. */
  before: string;
  /** The label of its button. */
  button: string;
  settings: Partial<LabSettings>;
  looks: Look[];
  /** What it teaches. */
  lesson: string;
  /** Where that is written. */
  rfc: string;
  run(hands: Hands): Promise<void>;
}

/** How long a person is given to see one thing before the next one, in ms. */
const A_LOOK = 1200;

const late = (ms: number): Partial<LabSettings> => ({ faults: { prack: `delay:${ms}`, response: "", answer: "" } });

/** The tour, in order. */
export const EXPERIMENTS: readonly Experiment[] = [
  {
    id: "reliably",
    title: "Ring reliably",
    before: "The caller says that it understands reliable responses. The callee rings, and wants to be sure that the caller knows.",
    button: "Ring",
    settings: {},
    looks: [
      { text: "The 180 has a number: RSeq.", seen: (wire) => messages(wire, 180).some(({ glance }) => glance.rseq !== undefined) },
      { text: "The caller answers it with a request, PRACK. Its RAck repeats that RSeq, and the CSeq of the INVITE.", seen: (wire) => requests(wire, "PRACK").some(isThrough) },
      { text: "The callee says 200 to the PRACK: now both know. Then the call is answered.", seen: (wire) => acknowledged(wire).length > 0 && isAnswered(wire) },
    ],
    lesson: "A reliable response is a small exchange of its own: response, PRACK, 200. RSeq says which response this is, RAck says which one has arrived.",
    rfc: "RFC 3262 section 3",
    async run({ call, progress, accept, pause, until }) {
      await call();
      await pause(A_LOOK);
      progress({ code: 180 });
      await until((wire) => acknowledged(wire).length > 0);
      await pause(A_LOOK);
      accept();
      await until(isAnswered);
    },
  },
  {
    id: "lost",
    title: "The PRACK gets lost",
    before: "The server keeps the PRACK for four seconds, as if the network had lost its first copies.",
    button: "Ring, and lose the PRACK",
    settings: late(4000),
    looks: [
      { text: "The 180 is sent again after 0.5, 1.5 and 3.5\u00a0s: each pause is twice as long as the one before.", seen: (wire) => copies(wire) >= 4 },
      { text: "The caller hears the copies and keeps silent: it has acknowledged this number.", seen: (wire) => copies(wire) >= 2 && requests(wire, "PRACK").filter(({ from }) => from === "caller").length === 1 },
      { text: "The PRACK arrives at last, and the copies stop.", seen: (wire) => acknowledged(wire).length > 0 },
    ],
    lesson: "The sender repeats a reliable response until it is acknowledged, over every transport: only the far end can know that it has arrived.",
    rfc: "RFC 3262 section 3",
    async run({ call, progress, accept, pause, until }) {
      await call();
      progress({ code: 180 });
      await until((wire) => acknowledged(wire).length > 0);
      await pause(A_LOOK);
      accept();
      await until(isAnswered);
    },
  },
  {
    id: "queue",
    title: "Two at once: the queue",
    before: "The callee has two things to say, 183 and then 180, and does not wait in between. The PRACK for the first one takes two seconds.",
    button: "Say both",
    settings: late(2000),
    looks: [
      { text: "The 183 is on its way; the 180 waits in the callee's queue.", seen: (wire) => notes(wire, /waits in the queue/) },
      { text: "With the PRACK for the 183 the 180 leaves.", seen: (wire) => messages(wire, 180).length > 0 },
      { text: "Its RSeq is one higher. Its own PRACK follows.", seen: (wire) => inSequence(wire) && acknowledged(wire).length === 2 },
    ],
    lesson: "Only one reliable response may be unacknowledged at a time. So the caller gets them all, and in order.",
    rfc: "RFC 3262 section 3",
    async run({ call, progress, pause, until, accept }) {
      await call();
      await pause(A_LOOK);
      progress({ code: 183 });
      progress({ code: 180 });
      await until((wire) => acknowledged(wire).length === 2);
      await pause(A_LOOK);
      accept();
      await until(isAnswered);
    },
  },
  {
    id: "held",
    title: "Answer while a description waits",
    before: "The 183 says how media will flow: it carries a session description. The callee picks up while the PRACK is still three seconds away.",
    button: "Pick up too early",
    settings: late(3000),
    looks: [
      { text: "The callee has picked up, but no 200 leaves.", seen: (wire) => notes(wire, /200 has to wait/) },
      { text: "The PRACK arrives: first the 200 to it leaves, then the 200 to the INVITE.", seen: (wire) => isAnswered(wire) && acknowledged(wire).length > 0 },
      { text: "That 200 has no description: the 183 had it.", seen: (wire) => messages(wire, 200, "INVITE").some(({ glance }) => !glance.sdp) },
    ],
    lesson: "A 200 may not overtake a description that nobody has acknowledged, or the caller would be in a call without knowing its media. Behind a 180 without description it need not wait.",
    rfc: "RFC 3262 section 3",
    async run({ call, progress, pause, until, accept }) {
      await call();
      progress({ code: 183, sdp: true });
      await until((wire) => copies(wire) > 0);
      await pause(A_LOOK / 2);
      accept();
      await until(isAnswered);
    },
  },
  {
    id: "forged",
    title: "A forged RAck",
    before: "The server falsifies the PRACK on its way: its RAck now names a response that was never sent.",
    button: "Ring, and forge the RAck",
    settings: { faults: { prack: "rseq", response: "", answer: "" } },
    looks: [
      { text: "RAck is one number at the caller, and another at the callee.", seen: (wire) => requests(wire, "PRACK").some(({ changes }) => changes.length > 0) },
      { text: "The callee says 481, and goes on repeating.", seen: (wire) => messages(wire, 481, "PRACK").length > 0 && copies(wire) >= 2 },
      { text: "The call is not harmed: when it is answered, the copies stop.", seen: isAnswered },
    ],
    lesson: "Only a PRACK whose dialog, RSeq, CSeq and method are all right acknowledges. And RSeq begins at a random number, so that a stranger cannot guess it.",
    rfc: "RFC 3262 section 9",
    async run({ call, progress, pause, until, accept }) {
      await call();
      progress({ code: 180 });
      await until((wire) => copies(wire) >= 3);
      await pause(A_LOOK);
      accept();
      await until(isAnswered);
    },
  },
  {
    id: "cannot",
    title: "The other side cannot",
    before: "The caller requires reliable responses, and the callee has them switched off. Then once more, with leave to do without.",
    button: "Require it",
    settings: { caller: "required", callee: "none" },
    looks: [
      { text: "420 Bad Extension: the callee must not ring, for it does not do what is required.", seen: (wire) => messages(wire, 420).length > 0 },
      { text: "With leave to fall back, the same call goes out again without the requirement.", seen: (wire) => notes(wire, /once more/) },
      { text: "Now the 180 is an ordinary one: no RSeq, no PRACK. The callee cannot send it otherwise.", seen: (wire) => notes(wire, /sends nothing reliably/) && messages(wire, 180).some(({ glance }) => glance.rseq === undefined) },
    ],
    lesson: "Require means: rather no call than one without. Supported means: if both can. A phone that wants to reach everybody says Supported.",
    rfc: "RFC 3262 section 3",
    async run({ call, callInVain, progress, pause, accept, until }) {
      await callInVain();
      await pause(A_LOOK);
      await call({ fallback: true });
      await pause(A_LOOK);
      progress({ code: 180, reliable: true });
      await pause(A_LOOK / 2);
      progress({ code: 180 });
      await pause(A_LOOK);
      accept();
      await until(isAnswered);
    },
  },
  {
    id: "nobody",
    title: "Nobody acknowledges",
    before: "Every copy of the 180 is lost between server and caller. This takes 32 seconds: watch the callee's clock.",
    button: "Ring in vain",
    settings: { faults: { prack: "", response: "withhold*", answer: "" } },
    looks: [
      { text: "Seven copies leave, the last one after 31.5 s.", seen: (wire) => copies(wire) >= 7 },
      { text: "After 64 times T1, 32 s, the callee gives up: 504.", seen: (wire) => messages(wire, 504).length > 0 },
      { text: "The caller has heard nothing of it all, but that the call has failed.", seen: (wire) => messages(wire, 504).some(isThrough) },
    ],
    lesson: "An unreliable 180 would have been lost as well, and the callee would ring on for nothing. The reliable one notices.",
    rfc: "RFC 3262 section 3",
    async run({ call, progress, until }) {
      await call();
      progress({ code: 180 });
      await until((wire) => messages(wire, 504).some(isThrough));
    },
  },
  {
    id: "proxy",
    title: "The proxy's own 182",
    before: "The server has a queue: it tells the caller so, reliably, before the callee rings.",
    button: "Call through the queue",
    settings: { queue: true },
    looks: [
      { text: "A 182 with an RSeq begins at the server, not at the callee.", seen: (wire) => messages(wire, 182).some(({ from }) => from === "server") },
      { text: "Its PRACK ends at the server: who numbers a response is who waits for the PRACK.", seen: (wire) => wire.handshakes.all.some(({ by, acknowledgedAt }) => by === "server" && acknowledgedAt !== undefined) },
      { text: "The callee's 180 has a number of its own: another To tag, another dialog, another count.", seen: (wire) => acknowledged(wire).length === 2 },
    ],
    lesson: "A proxy never makes somebody else's response reliable. If it has something to say itself, it does so as a user agent beside the callee, with a To tag of its own.",
    rfc: "RFC 3262 section 3",
    async run({ call, progress, pause, until, accept }) {
      await call();
      await pause(A_LOOK);
      progress({ code: 180 });
      await until((wire) => acknowledged(wire).length === 2);
      await pause(A_LOOK);
      accept();
      await until(isAnswered);
    },
  },
];

function messages(wire: WireModel, status: number, method = "INVITE"): MessageRow[] {
  return wire.messages.filter(({ glance }) => glance.status === status && glance.method === method);
}

function requests(wire: WireModel, method: string): MessageRow[] {
  return wire.messages.filter(({ glance }) => glance.status === undefined && glance.method === method);
}

function acknowledged(wire: WireModel): Handshake[] {
  return wire.handshakes.all.filter(({ acknowledgedAt }) => acknowledgedAt !== undefined);
}

/** How often the callee has sent the reliable response that it has sent most often. */
function copies(wire: WireModel): number {
  return Math.max(0, ...wire.handshakes.all.map((one) => one.copies));
}

function inSequence(wire: WireModel): boolean {
  const [first, second] = wire.handshakes.all;
  return first !== undefined && Number(second?.rseq) === Number(first.rseq) + 1;
}

function isAnswered(wire: WireModel): boolean {
  return messages(wire, 200).some(isThrough);
}

function isThrough({ fate }: MessageRow): boolean {
  return fate === "through" || fate === "released";
}

function notes(wire: WireModel, pattern: RegExp): boolean {
  return wire.rows.some((row) => row.kind === "note" && pattern.test(row.text));
}
