/**
 * Carries queued runs through their steps, one run at a time. All that it knows is in the registry and in the run's directory, so it may be
 * killed anywhere: the next start ends what is left of the trainer and begins the interrupted step anew. What a step does is in steps/, which
 * move is legal in run-state.ts.
 */
import type { Logger } from "pino";
import { succeed, type Result } from "../../contract/result.ts";
import type { ActContext } from "../registry/audit.ts";
import { Signal } from "../releases/signal.ts";
import { killMarked } from "./confined/process-table.ts";
import { configOfRevision } from "./records/config-records.ts";
import { appendLog } from "./records/log-records.ts";
import { readResults } from "./records/run-answer.ts";
import { activeRuns, findRun, moveRunRow, noteResume, type MoveDetails, type RunRow } from "./records/run-records.ts";
import { runDirectory, type RunDirectory } from "./run-directory.ts";
import { commandRunner } from "./run-command.ts";
import { collectLog, type RunLog } from "./run-log.ts";
import { isActive, isStep, type RunStep } from "./run-state.ts";
import type { Runner } from "./runner-control.ts";
import { checkPolicy } from "./server-policy.ts";
import { stepFailureSentence, type StepFailure } from "./step-failure.ts";
import { compare } from "./steps/compare.ts";
import { evaluate } from "./steps/evaluate.ts";
import { fetchData } from "./steps/fetch.ts";
import { preprocess } from "./steps/preprocess.ts";
import { register } from "./steps/register.ts";
import type { Step, StepOutcome, StepTools } from "./steps/step.ts";
import { train } from "./steps/train.ts";

export interface RunnerOptions {
  tools: StepTools;
  /** Where the runs' directories are. */
  root: string;
  /** A version was registered, and has something to be published. */
  onRegistered: () => void;
  log: Logger;
}

const STEPS: Record<RunStep, Step> = {
  fetching: fetchData,
  preprocessing: preprocess,
  training: train,
  evaluating: evaluate,
  comparing: compare,
  registering: register,
};
const RESUMES_MAX = 3;
const LOG_EVERY_MS = 500;
/** Looks for runs without being woken, should one have been added by a request that was cut off before it could wake us. */
const IDLE_MS_MAX = 5_000;
const ACTOR = { tokenId: "retrain", name: "retraining" };

export function startRunner({ tools, root, onRegistered, log }: RunnerOptions): Runner {
  const { registry, now } = tools;
  const changed = new Signal();
  const stopping = new AbortController();
  let current: { id: number; cancelling: AbortController; runLog: RunLog | undefined } | undefined;
  let isFirstLook = true;

  const context = (id: number): ActContext => ({ actor: ACTOR, requestId: `retrain-${id}`, now: now() });

  async function move(id: number, details: MoveDetails): Promise<void> {
    const moved = await registry.write((db) => moveRunRow(db, context(id), id, details));
    if (!moved.ok) throw new Error(`run ${id} could not be moved: ${JSON.stringify(moved.failure)}`);
    log.info({ run: id, model: moved.value.model, state: moved.value.state }, details.text);
  }

  async function carryOn(id: number): Promise<void> {
    const cancelling = new AbortController();
    current = { id, cancelling, runLog: undefined };
    const directory = runDirectory(root, id);
    try {
      for (;;) {
        const found = await registry.read((db) => findRun(db, id));
        if (!found.ok || !isActive(found.value.state)) break;
        if (stopping.signal.aborted) return;
        await moveOn(found.value, directory, cancelling);
      }
      directory.remove();
    } finally {
      current = undefined;
    }
  }

  /** One move: the step of the run's state, and what came of it. */
  async function moveOn(run: RunRow, directory: RunDirectory, cancelling: AbortController): Promise<void> {
    const { id, state } = run;
    if (run.isCancelling) return move(id, { move: "cancel", text: "cancelled" });
    if (!isStep(state)) {
      directory.empty(directory.path);
      return move(id, { move: "advance", text: "begins" });
    }
    const outcome = await perform(run, state, directory, cancelling.signal).catch((error: unknown) => {
      log.error(
        { run: id, step: state, error: String(error), stack: (error as Error).stack },
        "a step of a run failed unexpectedly",
      );
      const detail = String(error).slice(0, 500);
      return { ok: false as const, failure: { reason: "unexpected" as const, detail } };
    });
    // Not the run's doing: it is taken up again.
    if (stopping.signal.aborted && !(outcome.ok && state === "registering")) return;
    if (outcome.ok) {
      await move(id, outcome.value);
      if (state === "registering") onRegistered();
      return;
    }
    if (cancelling.signal.aborted) return move(id, { move: "cancel", text: "cancelled" });
    await move(id, { move: "fail", text: stepFailureSentence(outcome.failure), details: { ...outcome.failure } });
  }

  async function perform(
    run: RunRow,
    step: RunStep,
    directory: RunDirectory,
    cancelled: AbortSignal,
  ): Promise<Result<StepOutcome, StepFailure>> {
    const config = await registry.read((db) => configOfRevision(db, run.model, run.configRevision));
    const policy = checkPolicy(config, tools.policy);
    if (!policy.ok) return { ok: false, failure: { reason: "not_allowed", detail: JSON.stringify(policy.failure) } };
    const results = await registry.read((db) => readResults(db, run.id));
    const runLog = collectLog(step, now);
    if (current) current.runLog = runLog;
    const signal = AbortSignal.any([cancelled, stopping.signal]);
    const store = storingLog(run.id, runLog);
    try {
      const command = commandRunner({ config, directory, policy: tools.policy, runLog, signal });
      return await STEPS[step]({ run, config, results, directory, tools, signal, command });
    } finally {
      runLog.finish();
      await store.end();
    }
  }

  /** Stores the log as it comes. A line that cannot be stored is lost; the run is not. */
  function storingLog(id: number, runLog: RunLog): { end(): Promise<void> } {
    const store = async (): Promise<void> => {
      const lines = runLog.take();
      if (lines.length === 0) return;
      const stored = await registry.write(async (db) => succeed(await appendLog(db, id, lines)));
      if (!stored.ok) log.warn({ run: id, lines: lines.length, reason: stored.failure.reason }, "lines of a run's log were lost");
    };
    let storing = Promise.resolve();
    const next = (): void =>
      void (storing = storing
        .then(store)
        .catch((error: unknown) => log.warn({ run: id, error: String(error) }, "a run's log could not be stored")));
    const timer = setInterval(next, LOG_EVERY_MS);
    return {
      async end() {
        clearInterval(timer);
        next();
        await storing;
      },
    };
  }

  /** What the process before this one left: its trainer's processes, and a run in the middle of a step. */
  async function takeUp(run: RunRow): Promise<void> {
    await killMarked(runDirectory(root, run.id).mark);
    if (!isStep(run.state)) return;
    if (run.resumes >= RESUMES_MAX) {
      const failure: StepFailure = { reason: "resumed_too_often", resumes: run.resumes };
      return move(run.id, { move: "fail", text: stepFailureSentence(failure), details: failure });
    }
    const noted = await registry.write(async (db) => succeed(await noteResume(db, context(run.id), run)));
    if (!noted.ok) throw new Error(`run ${run.id} could not be taken up: ${noted.failure.reason}`);
  }

  async function lookForRuns(): Promise<boolean> {
    const runs = await registry.read((db) => activeRuns(db));
    if (isFirstLook) for (const run of runs) await takeUp(run);
    isFirstLook = false;
    const [next] = runs;
    if (!next) return false;
    await carryOn(next.id);
    return true;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const wasBusy = await lookForRuns().catch((error: unknown) => {
        log.error({ error: String(error) }, "retraining runs could not be carried on");
        return false;
      });
      if (!wasBusy && !stopping.signal.aborted) await changed.wait(IDLE_MS_MAX);
    }
  }
  const running = run();

  return {
    wake: () => changed.notify(),
    cancel(id) {
      if (current?.id === id) current.cancelling.abort();
    },
    progressOf: (id) => (current?.id === id ? (current.runLog?.progress() ?? null) : null),
    async stop() {
      stopping.abort();
      changed.notify();
      await running;
    },
  };
}
