// An order for the functions of a wasm file in which like stands beside like: brotli makes 1 % less of it than of
// the order of their names, in which those of one module are together at least.
import { Failure } from "./run.mjs";
import { bodiesOf, isNames, sectionsOf, withFunctionNames } from "./wasm-file.mjs";

/** So many octets in a row are looked at together. */
const PIECE = 5;
/** What stands in more functions than that says nothing about any. */
const COMMON = 200;

/** The file with numbers for the names of its functions, by whose order they are to be sorted. */
export function numberedByLikeness(wasm) {
  if (![...sectionsOf(wasm)].some(isNames)) throw new Failure("the wasm has no names to put numbers in place of");
  const places = new Map(byLikeness(bodiesOf(wasm)).map((index, place) => [index, place]));
  return withFunctionNames(wasm, (index) => String(places.get(index)).padStart(6, "0"));
}

/** The indexes of the bodies: the largest, and behind each the one of those left that it is most like. */
export function byLikeness(bodies) {
  const mostLike = likenessOf(bodies);
  const left = new Set([...bodies.keys()].sort((a, b) => bodies[b].length - bodies[a].length));
  const order = [];
  for (let next = 0; left.size > 0; order.push(next)) {
    next = (order.length > 0 ? mostLike(next, left) : undefined) ?? left.values().next().value;
    left.delete(next);
  }
  return order;
}

// The rarer what two have in common, and the less there is besides, the more alike they are.
function likenessOf(bodies) {
  const pieces = bodies.map(piecesOf);
  const owners = ownersOf(pieces);
  const weight = (piece) => Math.log(bodies.length / owners.get(piece).length);
  const wholes = pieces.map((own) => own.reduce((sum, piece) => sum + weight(piece), 1));
  return (one, left) => {
    const common = new Map();
    for (const piece of pieces[one].filter((own) => owners.get(own).length <= COMMON)) {
      for (const other of owners.get(piece)) common.set(other, (common.get(other) ?? 0) + weight(piece));
    }
    const alike = [...common].filter(([other]) => left.has(other)).map(([other, sum]) => [other, sum / Math.sqrt(wholes[other])]);
    return alike.reduce((best, found) => (found[1] > best[1] ? found : best), [undefined, 0])[0];
  };
}

/** Each piece with those that have it. Those of one body alone are taken out. */
function ownersOf(pieces) {
  const owners = new Map();
  pieces.forEach((own, index) => own.forEach((piece) => owners.set(piece, owners.get(piece) ?? []).get(piece).push(index)));
  pieces.forEach((own, index) => { pieces[index] = own.filter((piece) => owners.get(piece).length > 1); });
  return owners;
}

function piecesOf(body) {
  const text = Buffer.from(body).toString("latin1");
  return [...new Set(Array.from({ length: Math.max(text.length - PIECE + 1, 0) }, (_, at) => text.slice(at, at + PIECE)))];
}
