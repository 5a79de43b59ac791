// The controls for both sides and for the server: what can be done by hand.

import type { CallProgressEvent, PrackMode, ProgressOptions, Rel100 } from "prackle";
import { byId, el, say } from "../dom.js";
import type { Bench } from "./bench.js";
import { FAULTY, FAULT_CHOICES, type LabSettings, targetOf } from "./settings.js";

/** The form in `#hand`. */
export class Controls {
  #form = byId("hand", HTMLFormElement);
  #bench: Bench;

  /** @param call - calls with the settings of the form */
  constructor(bench: Bench, call: (settings: LabSettings) => void) {
    this.#bench = bench;
    for (const kind of FAULTY) this.#list(kind).replaceChildren(...FAULT_CHOICES[kind].map(({ script, text }) => option(script, text)));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      call(this.read());
    });
    this.#form.addEventListener("input", () => this.#renderTarget());
    this.#form.addEventListener("change", (event) => this.#suggest(event.target));
    button("hangup").onclick = () => bench.hangup();
    button("send-prack").onclick = () => bench.prack(this.#tick("offer").checked);
    button("send").onclick = () => bench.progress(this.#progress());
    button("accept").onclick = () => bench.accept();
    button("reject").onclick = () => bench.reject(486);
    this.show(bench.settings);
  }

  /** The settings as they are chosen. */
  read(): LabSettings {
    return {
      caller: this.#radio("caller") as Rel100,
      prack: this.#radio("mode") as PrackMode,
      offerless: this.#tick("offerless").checked,
      fallback: this.#tick("fallback").checked,
      callee: this.#radio("callee") as Rel100,
      faults: { prack: this.#list("prack").value, response: this.#list("response").value, answer: this.#list("answer").value },
      queue: this.#tick("queue").checked,
    };
  }

  /** Chooses these settings: an experiment has set them. */
  show({ caller, prack, offerless, fallback, callee, faults, queue }: LabSettings): void {
    for (const [name, value] of [["caller", caller], ["callee", callee], ["mode", prack]] as const) {
      const group = this.#form.elements.namedItem(name);
      if (group instanceof RadioNodeList) group.value = value;
    }
    this.#tick("offerless").checked = offerless;
    this.#tick("fallback").checked = fallback;
    this.#tick("queue").checked = queue;
    for (const kind of FAULTY) this.#choose(this.#list(kind), faults[kind]);
    this.#renderTarget();
  }

  /** Shows what can be done now. */
  render(ready: boolean): void {
    const { caller, callee } = this.#bench;
    const call = caller?.call;
    const isCalling = call !== undefined && call.state !== "ended";
    const isAnswered = call?.state === "answered" || call?.state === "confirmed";
    const incoming = callee?.call.state;
    const isOpen = incoming === "trying" || incoming === "ringing" || incoming === "early";
    button("dial").disabled = !ready;
    say(button("dial"), isCalling ? "Call again" : "Call");
    button("hangup").disabled = !isCalling;
    say(button("hangup"), isAnswered ? "Hang up" : "Cancel");
    button("send").disabled = incoming === undefined || incoming === "ended";
    button("accept").disabled = button("reject").disabled = !isOpen || callee?.isAnswering === true;
    this.#renderPrack(caller?.waiting ?? []);
  }

  /** The button is there for the one who has to press it. */
  #renderPrack([next]: readonly CallProgressEvent[]): void {
    byId("by-hand").hidden = this.#radio("mode") === "auto";
    button("send-prack").disabled = next === undefined;
    say(button("send-prack"), next ? `Send PRACK for the ${next.status}` : "Send PRACK");
  }

  #progress(): ProgressOptions {
    const reliable = this.#radio("reliable");
    return {
      code: Number(this.#radio("code")),
      reliable: reliable === "auto" ? "auto" : reliable === "yes",
      sdp: this.#tick("sdp").checked,
      queue: this.#tick("wait").checked,
    };
  }

  /** 183 is for early media: as the API does by default, it has a description. */
  #suggest(changed: EventTarget | null): void {
    if (changed instanceof HTMLInputElement && changed.name === "code") this.#tick("sdp").checked = changed.value === "183";
  }

  #renderTarget(): void {
    const { queue } = this.read();
    this.#renderPrack(this.#bench.caller?.waiting ?? []);
    for (const kind of FAULTY) this.#list(kind).disabled = queue;
    const { callee, domain } = this.#bench.place;
    say(byId("dials"), targetOf(callee.username, domain, this.read()));
  }

  /** A script that the list does not have is added to it. */
  #choose(list: HTMLSelectElement, script: string): void {
    list.value = script;
    if (list.value === script) return;
    list.append(option(script, script));
    list.value = script;
  }

  #radio(name: string): string {
    const group = this.#form.elements.namedItem(name);
    return group instanceof RadioNodeList ? group.value : "";
  }

  #tick(name: string): HTMLInputElement {
    return this.#field(name, HTMLInputElement);
  }

  #list(name: string): HTMLSelectElement {
    return this.#field(name, HTMLSelectElement);
  }

  #field<T extends Element>(name: string, type: new () => T): T {
    const found = this.#form.elements.namedItem(name);
    if (found instanceof type) return found;
    throw new Error(`laboratory.html has no field ${name}`);
  }
}

function button(id: string): HTMLButtonElement {
  return byId(id, HTMLButtonElement);
}

function option(value: string, text: string): HTMLOptionElement {
  return el("option", { text, attributes: { value } });
}
