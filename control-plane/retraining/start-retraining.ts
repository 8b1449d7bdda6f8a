/** Puts retraining together from the control plane's parts: the runner and the trigger loop. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Logger } from "pino";
import type { DataStorage } from "../cloudflare/edge-storage.ts";
import type { Config } from "../config.ts";
import { runFit } from "../error-model/run-fit.ts";
import { evaluateInChild } from "../evaluation/run-evaluation.ts";
import type { RegistrationTools } from "../registration/register.ts";
import type { SerialQueue } from "../serial-queue.ts";
import type { Runner } from "./runner-control.ts";
import { startRunner } from "./runner.ts";
import { startTriggerLoop } from "./triggers/trigger-loop.ts";

export interface RetrainingParts {
  config: Pick<Config, "retraining" | "directory">;
  registration: RegistrationTools;
  storage: DataStorage;
  evaluations: SerialQueue;
  onRegistered: () => void;
  now: () => Date;
  log: Logger;
}

export interface Retraining {
  runner: Runner;
  stop(): Promise<void>;
}

export function startRetraining({
  config,
  registration,
  storage,
  evaluations,
  onRegistered,
  now,
  log,
}: RetrainingParts): Retraining {
  const { registry } = registration;
  const { policy, triggerEverySeconds } = config.retraining;
  // Absolute: commands run in directories of their own.
  const root = resolve(join(config.directory, "retrain"));
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const tools = {
    registry,
    registration,
    storage,
    evaluate: (job: Parameters<typeof evaluateInChild>[1]) => evaluateInChild(evaluations, job),
    // One at a time with evaluations: each holds a model and a file.
    fitErrorModel: (job: Parameters<typeof runFit>[0]) => evaluations.run(() => runFit(job)),
    policy,
    now,
  };
  const runner = startRunner({ tools, root, onRegistered, log });
  const triggers = startTriggerLoop({ registry, everyMs: triggerEverySeconds * 1000, onQueued: () => runner.wake(), now, log });
  return {
    runner,
    async stop() {
      await triggers.stop();
      await runner.stop();
    },
  };
}
