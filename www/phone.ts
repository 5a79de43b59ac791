// The phone: account, dial pad, quick dial, and the call screen while there is a call.

import type { Demo } from "./account.js";
import { audio } from "./audio.js";
import { paint, person } from "./avatar.js";
import { CallScreen } from "./call-screen.js";
import { dialPad, isDigit } from "./dial-pad.js";
import { byId, el, say } from "./dom.js";
import type { Line, Standing } from "./line.js";
import { shortUri } from "./sip-text.js";

/** What the pill in the head says. */
const STANDINGS: Record<Standing, [state: string, text: string]> = {
  offline: ["offline", "Offline"],
  connecting: ["busy", "Connecting..."],
  registering: ["busy", "Registering..."],
  registered: ["online", "Registered"],
  waiting: ["failed", "Not connected"],
  failed: ["failed", "Not registered"],
};

/** How many demo users are one click away: one line of them. */
const PEOPLE = 4;

/** The phone in `#phone`. */
export class Phone {
  readonly screen: CallScreen;
  #line: () => Line;
  #target = byId("target", HTMLInputElement);
  #countdown: number | undefined;

  constructor(line: () => Line) {
    this.#line = line;
    this.screen = new CallScreen(line);
    dialPad(byId("pad"), (digit) => this.#type(digit));
    byId("erase").onclick = () => this.#erase();
    byId("register").onclick = () => this.#toggleRegistration();
    byId("dial").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#call(this.#target.value);
    });
    byId("outcome-close").onclick = () => this.#line().dismiss();
    byId("outcome-again").onclick = () => this.#call(this.#line().outcome?.again ?? "");
    document.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Fills in whom one can call. */
  offer(demo: Demo | undefined): void {
    byId("people-box").hidden = byId("numbers-box").hidden = demo === undefined;
    if (!demo) return;
    const self = this.#line().account.uri;
    const others = demo.users.filter((user) => user.uri !== self).slice(0, PEOPLE);
    byId("people").replaceChildren(...others.map((user) => person(user.username, () => this.#call(user.username))));
    byId("numbers").replaceChildren(...demo.numbers.map((number) => this.#number(number)));
  }

  /** Shows what the line is at. */
  render(): void {
    const { talk, account, outcome } = this.#line();
    const screen = talk ? talk.phase : "idle";
    if (screen !== byId("phone").dataset["screen"]) byId("idle").scrollTop = 0;
    byId("phone").dataset["screen"] = screen;
    say(byId("account-name"), account.displayName || shortUri(account.uri) || "No account");
    say(byId("account-uri"), account.uri.replace(/^sips?:/, "") || "Open the settings to begin");
    paint(byId("account-avatar"), account.displayName || shortUri(account.uri));
    this.#renderStanding();
    byId("outcome").hidden = !outcome || talk !== undefined;
    if (outcome) this.#renderOutcome(outcome);
    this.screen.render();
    document.title = this.#title();
  }

  #renderStanding(): void {
    const { standing, account } = this.#line();
    const [state, text] = STANDINGS[standing];
    const pill = byId("connection");
    pill.dataset["state"] = state;
    say(pill, text);
    const register = byId("register", HTMLButtonElement);
    const isOn = standing === "registered" || standing === "waiting";
    register.disabled = account.uri === "" || account.server === "" || standing === "connecting" || standing === "registering";
    register.className = isOn ? "quiet" : "primary";
    say(register, isOn ? "Sign out" : "Register");
    this.#renderTrouble();
  }

  /** The trouble, with the seconds until the next attempt running down. */
  #renderTrouble(): void {
    const { trouble, retryAt } = this.#line();
    const left = retryAt === undefined ? 0 : Math.ceil((retryAt - Date.now()) / 1000);
    byId("trouble").hidden = trouble === "";
    say(byId("trouble-why"), trouble);
    say(byId("trouble-again"), left > 0 ? `Trying again in ${left} s.` : "");
    window.clearTimeout(this.#countdown);
    if (left > 0) this.#countdown = window.setTimeout(() => this.#renderTrouble(), 500);
  }

  #renderOutcome({ title, detail, tone, again }: NonNullable<Line["outcome"]>): void {
    byId("outcome").className = `notice ${tone}`;
    say(byId("outcome-title"), title);
    say(byId("outcome-detail"), detail);
    byId("outcome-again").hidden = again === "";
  }

  #number({ number, description }: Demo["numbers"][number]): HTMLElement {
    const made = el("button", { onclick: () => this.#call(number) }, el("b", { text: number }), el("span", { text: description }));
    made.type = "button";
    made.dataset["number"] = number;
    return el("li", {}, made);
  }

  #call(target: string): void {
    audio(); // within the click, so that the browser lets it sound
    this.#target.value = "";
    void this.#line().call(target);
  }

  #toggleRegistration(): void {
    audio();
    const line = this.#line();
    const isOn = line.standing === "registered" || line.standing === "waiting";
    void (isOn ? line.unregister() : line.register());
  }

  #type(digit: string): void {
    this.#target.value += digit;
    this.screen.tones.key(digit);
  }

  #erase(): void {
    this.#target.value = this.#target.value.slice(0, -1);
    this.#target.focus();
  }

  /** Keys work wherever the focus is, unless it is on something that needs them itself. */
  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const { talk } = this.#line();
    const free = event.target === document.body || (event.target as HTMLElement).closest("#phone") !== null;
    if (event.key === "Escape" && talk) this.screen.leave();
    else if (!free) return;
    else if (talk) this.#keyInCall(event);
    else if (event.key.length === 1 && event.key !== " " && event.target !== this.#target) this.#target.focus();
    else if (event.key === "Enter" && event.target === document.body) this.#call(this.#target.value);
  }

  #keyInCall(event: KeyboardEvent): void {
    const { talk } = this.#line();
    if (event.key === "Enter" && talk?.phase === "incoming" && !(event.target instanceof HTMLButtonElement)) this.screen.answer();
    else if (isDigit(event.key) && talk?.phase === "talking") this.screen.press(event.key);
  }

  #title(): string {
    const { talk, account } = this.#line();
    if (talk?.phase === "incoming") return `${talk.peer} is calling`;
    if (talk) return `${talk.peer} - Prackle`;
    return account.uri === "" ? "Prackle softphone" : `${shortUri(account.uri)} - Prackle softphone`;
  }
}
