// npm run bench -- --profile [calls] [--chromium]: where Prackle's time goes while it takes the eight
// messages, or in whole calls. The wasm is the one that travels, with its names; the profile stays for
// those who want more of it.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureBrowser } from "../../scripts/browser.mjs";
import { target } from "../../scripts/project.mjs";
import { crateOf, roomOf } from "../../scripts/wasm-sizes.mjs";
import { inNode } from "./node.mjs";
import { startPages } from "./page.mjs";
import { table } from "./text.mjs";

const folder = join(target, "bench", "profile");
/** Rooms of the border between JavaScript and the core. */
const BORDER = ["src/browser", "src/protocol", "src/json"];
/** A sample each so many µs. */
const INTERVAL = 150;

/** Measures with a profiler, and shows by whom the time was taken. */
export async function profile(bundle, wasm, { inChromium, measure, options }) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const file = await (inChromium ? profileInPage : profileInNode)(bundle, wasm, [measure, ["Prackle"], options]);
  const times = byPlace(JSON.parse(readFileSync(file, "utf8")), placesIn(readFileSync(bundle, "utf8")));
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  const rows = [...times].sort(([, a], [, b]) => b - a).map(([place, time]) => [place, `${(100 * time / total).toFixed(1)} %`]);
  console.log(`\n${table({ title: "Where the time goes, of all but the harness", columns: ["place", "share"], rows })}\n${file}`);
}

async function profileInNode(bundle, wasm, request) {
  const flags = ["--cpu-prof", `--cpu-prof-interval=${INTERVAL}`, `--cpu-prof-dir=${folder}`];
  await inNode(bundle, ...request, { flags, wasm });
  return join(folder, readdirSync(folder)[0]);
}

async function profileInPage(bundle, wasm, request) {
  const pages = await startPages((await ensureBrowser()).browser, bundle, wasm);
  try {
    const file = join(folder, "Chromium.cpuprofile");
    writeFileSync(file, JSON.stringify(await pages.profile(INTERVAL, ...request)));
    return file;
  } finally {
    await pages.close();
  }
}

function byPlace({ nodes, samples, timeDeltas }, placeOfLine) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map();
  samples.forEach((id, index) => {
    const place = placeOf(frames.get(id), placeOfLine);
    if (place !== undefined) times.set(place, (times.get(place) ?? 0) + timeDeltas[index]);
  });
  return times;
}

function placeOf({ functionName: name, url, lineNumber }, placeOfLine) {
  if (url.includes("wasm")) return wasmPlace(name);
  if (url.endsWith("inside.mjs")) return placeOfLine(lineNumber);
  if (name === "(garbage collector)") return "collecting garbage";
  if (name === "(program)") return "outside of functions: the event loop, mostly";
  // The UTF-8 of strings on their way, and the events of the face. Those of a page stand in no file.
  if (/encod|decode|TextDecoder/i.test(name + url)) return "the border: UTF-8";
  if (name === "queueMicrotask" || name === "enqueueMicrotask") return "the border: microtasks";
  return /event|abort/i.test(url === "" ? name : url) ? "EventTarget" : undefined;
}

function wasmPlace(name) {
  const room = roomOf(name);
  if (BORDER.includes(room) || /^<?(serde|js_sys|wasm_bindgen|web_sys)|wasm-to-js|js-to-wasm|externref/.test(name)) return "the border: wasm";
  if (room !== undefined) return `the core: ${room}`;
  return ["dlmalloc", "alloc", "__rustc"].includes(crateOf(name)) || /rust_alloc|rust_dealloc|rust_realloc/.test(name) ? "the core: memory and strings" : "the core: of the standard library";
}

// esbuild names each file in a comment before its code.
function placesIn(bundle) {
  const lines = bundle.split("\n");
  // What the wasm imports stands in one object of scripts/glue.mjs, each under a name with a dollar sign.
  const glue = new Set([...bundle.matchAll(/(?<=\$\w+: )\w+/g)].map(([name]) => name));
  const marks = lines.flatMap((line, at) => (/^\s*\/\/ (dist|benches|node_modules)\//.test(line) ? [{ at, ours: line.includes("dist/") }] : []));
  return (line) => {
    if (marks.findLast(({ at }) => at <= line)?.ours !== true) return undefined;
    // It is such a function, or stands in the first line of one.
    const named = lines.slice(Math.max(line - 1, 0), line + 1).join().match(/(?<=function )\w+/g) ?? [];
    return named.some((name) => glue.has(name)) ? "the border: glue, JSON" : "the face, and helpers of the glue";
  };
}
