/** SIP.js. */

import { Inviter, Registerer, RegistererState, SIPExtension, SessionState, UserAgent } from "sip.js";
import type { Invitation, Session, URI } from "sip.js";
import { LoggerFactory, Parser } from "sip.js/lib/core/index.js";
import type { World } from "../world/world.js";
import { CALLEE, CALLER } from "./client.js";
import type { Client, Incoming, Outgoing } from "./client.js";

const OPTIONS = { sessionDescriptionHandlerOptions: { constraints: { audio: true, video: false } } };
const LOGGER = new LoggerFactory().getLogger("bench");

export class SipJs implements Client {
  readonly name = "SIP.js";
  readonly isReliable = true;
  incoming: Incoming | undefined;
  readonly #ua: UserAgent;
  readonly #registerer: Registerer;

  constructor(readonly world: World) {
    this.#ua = new UserAgent({
      uri: addressOf(CALLER),
      contactName: "alice",
      transportOptions: { server: world.url },
      logBuiltinEnabled: false,
      sipExtension100rel: SIPExtension.Supported,
      delegate: { onInvite: (invitation) => { this.#onInvite(invitation); } },
    });
    this.#registerer = new Registerer(this.#ua);
    this.#registerer.stateChange.addListener((state) => {
      if (state === RegistererState.Registered) world.heard("registered");
    });
  }

  readonly parse = (message: string): object | undefined => Parser.parseMessage(message, LOGGER);

  connect(): Promise<void> {
    return this.#ua.start();
  }

  register(): void {
    void this.#registerer.register();
  }

  unregister(): void {
    void this.#registerer.unregister();
  }

  call(): Outgoing {
    const { world } = this;
    const inviter = new Inviter(this.#ua, addressOf(CALLEE), { ...OPTIONS, earlyMedia: true });
    this.#watch(inviter);
    void inviter.invite({
      requestDelegate: {
        onProgress: ({ message }) => { world.heard(message.statusCode === 180 ? "ringing" : "progress"); },
        onAccept: () => { world.heard("answered"); },
      },
    });
    return { hangUp: () => void inviter.bye() };
  }

  #onInvite(invitation: Invitation): void {
    const { world } = this;
    this.#watch(invitation);
    invitation.delegate = {
      onAck: () => { world.heard("confirmed"); },
      onInfo: (info) => { void info.accept(); world.heard("info"); },
    };
    this.incoming = {
      progress: () => void invitation.progress({ ...OPTIONS, statusCode: 183, rel100: true }).then(() => { world.heard("prack"); }),
      accept: () => void invitation.accept(OPTIONS),
    };
    world.heard("invite");
  }

  #watch(session: Session): void {
    session.stateChange.addListener((state) => {
      if (state === SessionState.Terminated) this.world.heard("ended");
    });
  }
}

function addressOf(text: string): URI {
  const uri = UserAgent.makeURI(text);
  if (uri === undefined) throw new Error(`not a URI: ${text}`);
  return uri;
}
