// In the page: user agents and their calls, at the command of the test, which is told every event.
import * as prackle from "./index.js";

const calls = new Map();
let ua;

/** Everything that an event says, as far as it can be written down. */
function fieldsOf(event) {
  const fields = {};
  const take = (from, names) => {
    for (const name of names) {
      const value = from[name];
      if (typeof value === "function" || value instanceof MediaStream) continue;
      fields[name] = value instanceof Error ? faultOf(value) : value instanceof prackle.UserAgent ? undefined : value;
    }
  };
  take(event, Object.keys(event).filter((name) => name !== "isTrusted" && name !== "call"));
  for (let proto = Object.getPrototypeOf(event); proto !== Event.prototype; proto = Object.getPrototypeOf(proto)) {
    take(event, Object.entries(Object.getOwnPropertyDescriptors(proto)).filter(([, one]) => one.get !== undefined).map(([name]) => name));
  }
  return JSON.parse(JSON.stringify(fields));
}

const faultOf = ({ name, code, status, message }) => ({ name, code, status, message });

const CALL_EVENTS = [
  "statechange", "progress", "prackresponse", "prackfailed", "prackauto", "offerrejected", "prack", "noprack", "noack", "dialogended",
  "accepted", "confirmed", "media", "update", "reinvite", "info", "cancel", "failed", "ended",
];

/** The provisional responses that the application may acknowledge, by call and RSeq. */
const provisional = new Map();

function watch(call) {
  calls.set(call.id, call);
  call.addEventListener("progress", (event) => provisional.set(`${call.id} ${event.rseq}`, event));
  for (const type of CALL_EVENTS) {
    call.addEventListener(type, (event) => {
      if (type === "media") play(call, event.stream);
      void window.tell(call.id, type, fieldsOf(event));
    });
  }
  return call.id;
}

/** Media that is only written down: a description that never leads anywhere. */
function cannedMedia(description, log) {
  return () => ({
    createOffer: async () => (log.push("offer"), description),
    createAnswer: async () => (log.push("answer"), description),
    setRemote: async ({ kind, commit }) => void log.push(commit ? `${kind}, for good` : kind),
    rollback: async () => void log.push("rollback"),
    endDialog() {},
    commit: async () => void log.push("commit"),
    hold() {},
    close() {},
  });
}

/** A tone for a voice, so that it can be told from any other. */
function voice(frequency) {
  const context = new AudioContext();
  const destination = context.createMediaStreamDestination();
  const oscillator = new OscillatorNode(context, { frequency });
  oscillator.connect(destination);
  oscillator.start();
  return destination.stream;
}

const ears = new Map();

/** Chromium decodes only what some element plays. */
function play(call, stream) {
  const player = new Audio();
  player.muted = true;
  player.srcObject = stream;
  const context = new AudioContext();
  const ear = new AnalyserNode(context, { fftSize: 2048, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(stream).connect(ear);
  ears.set(call.id, { player, context, ear });
}

window.lab = {
  mediaLog: [],

  async start({ description, tone, iceServers, iceTransportPolicy, ...options }) {
    const media = description === undefined
      ? { iceServers, iceTransportPolicy, stream: voice(tone ?? 440) }
      : { handler: cannedMedia(description, this.mediaLog) };
    ua = new prackle.UserAgent({ ...options, media, trace: true });
    for (const type of ["connection", "registration", "message", "trace", "diagnostic", "error"]) {
      ua.addEventListener(type, (event) => void window.tell(null, type, fieldsOf(event)));
    }
    ua.addEventListener("invite", (event) => {
      const id = watch(event.call);
      const { from, to, headers, peerRel100 } = event.call;
      void window.tell(null, "invite", { id, from, to, headers, peerRel100 });
    });
    await ua.connect();
  },

  /** Calls a method of the user agent; gives its outcome, good or bad. */
  async agent(method, args) {
    return outcome(() => ua[method](...args));
  },

  /** Begins a call; gives its number. */
  call(target, options) {
    return watch(ua.call(target, options));
  },

  async of(id, method, args) {
    return outcome(() => calls.get(id)[method](...args));
  },

  /** Acknowledges a provisional response by hand. */
  async prack(id, rseq, options) {
    return outcome(() => provisional.get(`${id} ${rseq}`).prack(options));
  },

  /** Waits for the promise of a call. */
  async promise(id, name) {
    return outcome(() => calls.get(id)[name]);
  },

  state: (id) => calls.get(id).state,

  /** How loud a tone arrives, in dB; nothing at all is -Infinity. */
  loudness(id, frequency) {
    const heard = ears.get(id);
    if (heard === undefined) return -1000;
    const bins = new Float32Array(heard.ear.frequencyBinCount);
    heard.ear.getFloatFrequencyData(bins);
    return Math.max(bins[Math.round(frequency / (heard.context.sampleRate / heard.ear.fftSize))], -1000);
  },
};

async function outcome(work) {
  try {
    return { value: JSON.parse(JSON.stringify((await work()) ?? null)) };
  } catch (error) {
    return { error: faultOf(error) };
  }
}
window.ready = true;
