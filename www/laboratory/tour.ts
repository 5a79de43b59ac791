// Runs the experiments: one at a time, to be interrupted at any moment. No DOM.

import type { ProgressOptions } from "prackle";
import type { Experiment, Hands } from "./experiments.js";
import { type LabSettings, PLAIN } from "./settings.js";
import type { WireModel } from "./wire-model.js";

/** The part of the bench that an experiment needs. */
export interface Apparatus {
  settings: LabSettings;
  readonly wire: WireModel;
  /** Whether the callee's phone knows of the call. */
  readonly isCalled: boolean;
  clear(): Promise<void>;
  dial(): Promise<void>;
  progress(options: ProgressOptions): void;
  accept(): void;
}

/** How far an experiment has come. */
export type Stage = "new" | "running" | "done" | "failed";

/** The tour and where it stands. */
export class Tour {
  /** Which one was begun last. */
  current: Experiment | undefined;
  readonly stages = new Map<string, Stage>();
  /** The indices of what was seen, by experiment. */
  readonly seen = new Map<string, Set<number>>();
  #apparatus: Apparatus;
  #changed: () => void;
  #interrupt = new AbortController();
  #waiting: (() => void)[] = [];

  constructor(apparatus: Apparatus, changed: () => void) {
    this.#apparatus = apparatus;
    this.#changed = changed;
  }

  stageOf({ id }: Experiment): Stage {
    return this.stages.get(id) ?? "new";
  }

  /** Whether an experiment goes on. */
  get isRunning(): boolean {
    return this.current !== undefined && this.stageOf(this.current) === "running";
  }

  /** Runs an experiment to its end; one that is still going on is stopped. */
  async run(experiment: Experiment): Promise<void> {
    this.stop();
    const { signal } = (this.#interrupt = new AbortController());
    this.current = experiment;
    this.seen.set(experiment.id, new Set());
    this.#enter(experiment, "running");
    try {
      await this.#apparatus.clear();
      signal.throwIfAborted();
      this.#apparatus.settings = { ...PLAIN, ...experiment.settings };
      await experiment.run(this.#hands(experiment, signal));
      this.#enter(experiment, "done");
    } catch (error) {
      if (signal.aborted) return;
      this.#enter(experiment, "failed");
      throw error;
    }
  }

  /** The last experiment is of no interest any more: something else is done. */
  leave(): void {
    this.stop();
    this.current = undefined;
  }

  /** Stops what is going on. */
  stop(): void {
    this.#interrupt.abort();
    if (this.current && this.isRunning) this.#enter(this.current, "new");
    this.#waiting.length = 0;
  }

  /** To be told whenever something has happened: notes what can be seen now. */
  look(): void {
    const { current } = this;
    if (!current || !this.isRunning) return;
    const seen = this.seen.get(current.id);
    current.looks.forEach((look, at) => look.seen(this.#apparatus.wire) && seen?.add(at));
    for (const check of [...this.#waiting]) check();
  }

  #enter({ id }: Experiment, stage: Stage): void {
    if (stage === "done") this.look();
    this.stages.set(id, stage);
    this.#changed();
  }

  #hands(experiment: Experiment, signal: AbortSignal): Hands {
    const apparatus = this.#apparatus;
    const when = (condition: () => boolean): Promise<void> => this.#when(condition, signal);
    const dial = async (settings: Partial<LabSettings> = {}): Promise<void> => {
      apparatus.settings = { ...PLAIN, ...experiment.settings, ...settings };
      await apparatus.dial();
      signal.throwIfAborted();
    };
    return {
      call: async (settings) => {
        await dial(settings);
        await when(() => apparatus.isCalled);
      },
      callInVain: async (settings) => {
        await dial(settings);
        await when(() => apparatus.wire.messages.some(({ glance, to }) => glance.method === "INVITE" && (glance.status ?? 0) >= 300 && to === "caller"));
      },
      progress: (options) => apparatus.progress(options),
      accept: () => apparatus.accept(),
      pause: (ms) => pause(ms, signal),
      until: (seen) => when(() => seen(apparatus.wire)),
    };
  }

  /** Resolves when the condition holds; it is asked whenever something has happened. */
  #when(condition: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (signal.aborted || !condition()) return;
        this.#waiting = this.#waiting.filter((other) => other !== check);
        resolve();
      };
      this.#waiting.push(check);
      check();
    });
  }
}

/** Resolves after this time; never when it was interrupted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  });
}
