/** What the core tells of a call and changes nothing in its state: the application's events for it. */

import { NoAckEvent } from "./call-events.js";
import type { CallEventMap } from "./call-events.js";
import { failureError } from "./errors.js";
import { CancelEvent, InfoEvent, ReinviteEvent, RenegotiatedEvent, UpdateEvent } from "./inside-events.js";
import type { Responses } from "./inside-events.js";
import {
  NoPrackEvent, OfferRejectedEvent, PrackAutoEvent, PrackFailedEvent, PrackResponseEvent,
} from "./progress-events.js";
import type { CoreEvent } from "./protocol.js";
import { tell } from "./target.js";

type News = Extract<CoreEvent, {
  type: "prackResponse" | "prackFailed" | "prackAuto" | "offerRejected" | "noPrack" | "noAck" | "cancel" | "update" | "reinvite" | "updated" | "info";
}>;

/** What the application knows them by. */
const NAMES: Readonly<Record<News["type"], keyof CallEventMap>> = {
  prackResponse: "prackresponse",
  prackFailed: "prackfailed",
  prackAuto: "prackauto",
  offerRejected: "offerrejected",
  noPrack: "noprack",
  noAck: "noack",
  cancel: "cancel",
  update: "update",
  reinvite: "reinvite",
  updated: "renegotiated",
  info: "info",
};

/** Tells the application; `call` answers what the peer asks for. */
export function tellNews(event: News, call: EventTarget & Responses): void {
  tell(call, NAMES[event.type], () => made(event, call));
}

function made(event: News, call: Responses): Event {
  switch (event.type) {
    case "prackResponse":
      return new PrackResponseEvent(event.dialog, event.rseq, event.status);
    case "prackFailed":
      return new PrackFailedEvent(event.dialog, event.rseq, failureError(event.failure));
    case "prackAuto":
      return new PrackAutoEvent(event.dialog, event.rseq);
    case "offerRejected":
      return new OfferRejectedEvent(event.dialog, event.rseq, event.status);
    case "noPrack":
      return new NoPrackEvent(event, (options) => { call.reject(options); });
    case "noAck":
      return new NoAckEvent();
    case "cancel":
      return new CancelEvent(event.headers);
    case "update":
      return new UpdateEvent(event.dialog, event.offer, event.headers);
    case "reinvite":
      return new ReinviteEvent(event, call);
    case "updated":
      return new RenegotiatedEvent(event.byPeer, event.heldByPeer);
    case "info":
      return new InfoEvent(event.body, event.contentType, event.headers);
  }
}
