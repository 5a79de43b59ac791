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

/** The names that somebody has listened to, on whatever target: an application treats all its calls alike. */
const listened = new Set<string>();

class ListenedTarget extends EventTarget {
  override addEventListener(
    type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions,
  ): void {
    listened.add(type);
    super.addEventListener(type, listener, options);
  }
}

/** The platform's own EventTarget under a typed name, which notes what is listened to. */
export const TypedEventTarget = ListenedTarget as TypedEventTargetConstructor;

/** @internal Dispatches an event, which is not even made when nobody has ever listened to its name. */
export function tell(target: EventTarget, type: string, make: () => Event): void {
  if (listened.has(type)) target.dispatchEvent(make());
}
