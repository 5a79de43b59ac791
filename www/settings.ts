// The drawer in which the account is edited.

import { type Account, type Demo, demoAccount } from "./account.js";
import { person } from "./avatar.js";
import { byId } from "./dom.js";

/** The drawer in `#settings`. */
export class Settings {
  #dialog = byId("settings", HTMLDialogElement);
  #form = byId("settings-form", HTMLFormElement);
  #save: (account: Account) => void;

  constructor(current: () => Account, save: (account: Account) => void) {
    this.#save = save;
    byId("open-settings").onclick = () => this.open(current());
    this.#dialog.addEventListener("close", () => {
      if (this.#dialog.returnValue === "save") this.#save(this.#read());
    });
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close("cancel");
    });
  }

  /** Makes the demo users one click away. */
  offer(demo: Demo | undefined): void {
    byId("settings-demo").hidden = demo === undefined;
    if (!demo) return;
    const chips = demo.users.map((user) => person(user.username, () => this.#fill(demoAccount(user, demo))));
    byId("settings-people").replaceChildren(...chips);
  }

  /** Opens the drawer with this account. */
  open(account: Account): void {
    this.#fill(account);
    this.#dialog.returnValue = "cancel";
    this.#dialog.showModal();
  }

  #fill(account: Account): void {
    for (const [name, value] of Object.entries(account) as [string, string][]) {
      const field = this.#form.elements.namedItem(name);
      if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = value;
    }
  }

  #read(): Account {
    const data = new FormData(this.#form);
    const text = (name: keyof Account): string => {
      const value = data.get(name);
      return typeof value === "string" ? value.trim() : "";
    };
    const uri = text("uri");
    return {
      uri: /^sips?:/i.test(uri) ? uri : `sip:${uri}`,
      displayName: text("displayName"),
      username: text("username"),
      password: text("password"),
      server: text("server"),
      rel100: text("rel100") as Account["rel100"],
      ice: text("ice"),
      patience: text("patience"),
    };
  }
}
