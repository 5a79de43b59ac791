/** The examples of docs/prack.md and of the README. */

import { before } from "node:test";
import { loadEngine } from "../real-engine.js";
import { guideExamples } from "./extract.js";
import { play } from "./play.js";
import * as callee from "./guide-callee.js";
import * as caller from "./guide-caller.js";

before(loadEngine);

play([...guideExamples("docs/prack.md"), ...guideExamples("README.md")], { ...caller.scenarios, ...callee.scenarios });
