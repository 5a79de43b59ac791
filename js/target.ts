/** An EventTarget that knows the types of its events. */

/** What {@link TypedEventTarget.addEventListener} takes. */
export type TypedListener<E extends Event> = ((event: E) => unknown) | { handleEvent(event: E): unknown } | null;

/**
 * An `EventTarget` whose event names and types are known: `{ once }` and `{ signal }` work as
 * everywhere in the DOM. An exception in a listener is reported to the console (or to
 * `window.onerror`) and changes nothing here.
 *
 * @typeParam Events - maps each event's name to its class
 */
export interface TypedEventTarget<Events extends { [Name in keyof Events]: Event }> extends EventTarget {
  /** Calls `listener` for each event named `type`. */
  addEventListener<Name extends keyof Events & string>(
    type: Name, listener: TypedListener<Events[Name]>, options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions,
  ): void;
  /** Ends what {@link TypedEventTarget.addEventListener} began. */
  removeEventListener<Name extends keyof Events & string>(
    type: Name, listener: TypedListener<Events[Name]>, options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions,
  ): void;
}

type TypedEventTargetConstructor = new <Events extends { [Name in keyof Events]: Event }>() => TypedEventTarget<Events>;

/** The platform's own EventTarget under a typed name: nothing is added at run time. */
export const TypedEventTarget = EventTarget as TypedEventTargetConstructor;
