// The brackets beside the wire: what belongs to one reliable response, joined.

import { svg } from "../dom.js";
import type { Handshake } from "./handshakes.js";

/** From the bottom of a row up to its arrow. */
const ARROW = 12;
/** Between two brackets side by side. */
const LANE = 9;
/** How many there can be. */
const LANES = 3;

/**
 * Draws them all.
 *
 * @param bottomOf - where a row ends, if it is shown
 * @param selected - the response whose message is open
 */
export function drawBrackets(into: SVGSVGElement, all: readonly Handshake[], bottomOf: (row: number) => number | undefined, selected: number | undefined, height: number): void {
  into.setAttribute("height", String(height));
  const busyUntil: number[] = [];
  const drawn = all.flatMap((handshake) => {
    const places = handshake.rows.map(bottomOf).filter((bottom) => bottom !== undefined).map((bottom) => bottom - ARROW);
    if (places.length === 0) return [];
    const lane = laneFor(busyUntil, places);
    return one(handshake, places, 6 + lane * LANE, handshake.id === selected);
  });
  into.replaceChildren(...drawn);
}

/** The first lane that is free again. */
function laneFor(busyUntil: number[], places: number[]): number {
  const [first, last] = [Math.min(...places), Math.max(...places)];
  const free = busyUntil.findIndex((until) => until < first);
  const lane = Math.min(free < 0 ? busyUntil.length : free, LANES - 1);
  busyUntil[lane] = last;
  return lane;
}

function one({ acknowledgedAt, closedAt }: Handshake, places: number[], x: number, isSelected: boolean): SVGElement[] {
  const isOpen = acknowledgedAt === undefined;
  const kind = ["bracket", isOpen && "open", closedAt !== undefined && isOpen && "closed", isSelected && "selected"].filter(Boolean).join(" ");
  const [top, bottom] = [Math.min(...places), Math.max(...places)];
  const line = svg("path", { class: kind, d: `M${x} ${top} V${bottom}` });
  return [line, ...places.map((y) => svg("circle", { class: kind, cx: x, cy: y, r: 3.5 }))];
}
