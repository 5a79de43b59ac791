// The few lines that a page without a framework needs to build elements.

/** What {@link el} may set: properties of the element, `data-*` and `aria-*` attributes, classes. */
export interface Attributes {
  class?: string;
  text?: string;
  title?: string;
  [name: `data-${string}` | `aria-${string}`]: string;
  attributes?: Record<string, string>;
  onclick?: (event: MouseEvent) => void;
}

/** The element of the page with this id; its absence is a mistake in index.html. */
export function byId(id: string): HTMLElement;
export function byId<T extends Element>(id: string, type: new () => T): T;
export function byId(id: string, type: new () => Element = HTMLElement): Element {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`index.html has no ${type.name} #${id}`);
}

/** A new element. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(made, name, value);
  made.append(...children);
  return made;
}

/** A new element of an SVG. */
export function svg(tag: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

/** One of the symbols that index.html defines. */
export function icon(name: string): SVGElement {
  const made = svg("svg", { class: "icon", "aria-hidden": "true" });
  made.append(svg("use", { href: `#i-${name}` }));
  return made;
}

/** Sets text only when it differs, so that screen readers are not told the same twice. */
export function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Offers a text as a file to save. */
export function save(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = el("a", { attributes: { href: address, download: name } });
  link.click();
  URL.revokeObjectURL(address);
}

function set(element: HTMLElement, name: string, value: unknown): void {
  if (name === "class") element.className = String(value);
  else if (name === "text") element.textContent = String(value);
  else if (name === "onclick") element.onclick = value as (event: MouseEvent) => void;
  else if (name === "attributes") {
    for (const [key, given] of Object.entries(value as Record<string, string>)) element.setAttribute(key, given);
  } else element.setAttribute(name, String(value));
}
