// The screen of a call: who, what is happening, for how long, how loud; and its buttons.

import { audio } from "./audio.js";
import { paint } from "./avatar.js";
import { dialPad } from "./dial-pad.js";
import { byId, say } from "./dom.js";
import type { Line } from "./line.js";
import { Meter } from "./meters.js";
import type { Phase, Talk } from "./talk.js";
import { type Tone, Tones } from "./tones.js";
import { duration } from "./words.js";

const STATES: Record<Phase, string> = {
  incoming: "Incoming call",
  answering: "Answering...",
  calling: "Calling...",
  ringing: "Ringing...",
  early: "Early media",
  talking: "In call",
  reconnecting: "Connection lost, reconnecting...",
  ending: "Ending...",
};

const HINTS: Partial<Record<Phase, string>> = {
  early: "You hear the far end before it has answered.",
  reconnecting: "The audio may go on meanwhile.",
};

const TONES: Partial<Record<Phase, Tone>> = { incoming: "ring", ringing: "ringback" };

/** The call screen of `#phone`. */
export class CallScreen {
  readonly tones = new Tones();
  #line: () => Line;
  #shown: Talk | undefined;
  #microphone = new Meter(byId("level-in"));
  #farEnd = new Meter(byId("level-out"));
  #speaker = byId("remote", HTMLAudioElement);
  #timer: number | undefined;

  constructor(line: () => Line) {
    this.#line = line;
    byId("answer").onclick = () => this.answer();
    byId("reject").onclick = () => this.leave();
    byId("hangup").onclick = () => this.leave();
    byId("mute").onclick = () => this.#toggleMute();
    byId("keypad").onclick = () => this.#showPad(byId("talk-pad").hasAttribute("hidden"));
    dialPad(byId("talk-pad"), (digit) => this.press(digit));
  }

  /** Shows the line's call, or none. */
  render(): void {
    const { talk, outcome } = this.#line();
    if (talk !== this.#shown) this.#change(talk, outcome);
    if (talk) this.#show(talk);
  }

  /** Takes the call that rings. */
  answer(): void {
    audio();
    this.#line().talk?.answer();
    this.render();
  }

  /** Rejects, cancels or hangs up, whatever fits. */
  leave(): void {
    const { talk } = this.#line();
    if (talk?.phase === "incoming") talk.reject();
    else talk?.hangup();
    this.render();
  }

  /** A key of the pad: DTMF. */
  press(digit: string): void {
    this.#line().talk?.digit(digit);
    this.tones.key(digit);
  }

  #change(talk: Talk | undefined, outcome: Line["outcome"]): void {
    this.#shown = talk;
    this.#showPad(false);
    window.clearInterval(this.#timer);
    if (talk) {
      paint(byId("peer-avatar"), talk.peer);
      say(byId("peer-name"), talk.peer);
      say(byId("peer-uri"), talk.uri);
      this.#timer = window.setInterval(() => this.#clock(), 250);
      return;
    }
    this.tones.play(outcome?.isBusy ? "busy" : undefined);
    this.#microphone.attach(undefined);
    this.#farEnd.attach(undefined);
    this.#speaker.srcObject = null;
  }

  #show(talk: Talk): void {
    const { phase } = talk;
    byId("phone").dataset["muted"] = String(talk.muted);
    byId("mute").setAttribute("aria-pressed", String(talk.muted));
    byId("mute", HTMLButtonElement).disabled = talk.local === undefined;
    byId("keypad", HTMLButtonElement).disabled = phase !== "talking";
    say(byId("hangup-label"), talk.answeredAt === undefined ? "Cancel" : "Hang up");
    say(byId("call-hint"), talk.note || (HINTS[phase] ?? ""));
    this.#clock();
    this.tones.play(TONES[phase]);
    this.#microphone.attach(talk.local);
    this.#farEnd.attach(talk.remote);
    if (this.#speaker.srcObject !== (talk.remote ?? null)) this.#speaker.srcObject = talk.remote ?? null;
  }

  #clock(): void {
    const talk = this.#shown;
    if (!talk) return;
    say(byId("call-state"), STATES[talk.phase]);
    say(byId("call-timer"), talk.answeredAt === undefined ? "" : duration(Date.now() - talk.answeredAt));
  }

  #toggleMute(): void {
    this.#line().talk?.toggleMute();
    this.render();
  }

  #showPad(shown: boolean): void {
    byId("talk-pad").hidden = !shown;
    byId("keypad").setAttribute("aria-pressed", String(shown));
  }
}
