/**
 * Retraining shown on the real data, hour by hour: a model trained before 2014-03 serves the beginning of 2016, its live RMSE rises, the
 * performance trigger fires, the pipeline makes a better version, a person signs it off, the gates let it through. Everything over the real
 * edge and the API; the data's clock is played fast, the system's is the real one.
 */
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Result } from "../../contract/result.ts";
import { controlPlaneClient, type ControlPlaneClient } from "../../control-plane/cli/control-plane-client.ts";
import { describeFailure, type CliFailure } from "../../control-plane/cli/failure.ts";
import { whyView } from "../../control-plane/cli/why-view.ts";
import type { RunAnswer } from "../../control-plane/api/retrain-schemas.ts";
import { isOver } from "../../control-plane/retraining/run-state.ts";
import { trainFirstModel } from "./first-model.ts";
import { CSV_HEADER, csvLines, FEATURES, LABEL, readHours, type Hour } from "./prsa-hours.ts";
import { emptyLedger, rmseOf, streamHour, type Ledger, type StreamTarget } from "./stream-line.ts";

export interface DemonstrationOptions {
  edgeUrl: string;
  controlPlaneUrl: string;
  adminToken: string;
  /** A directory that the control plane reads training data from. */
  dataDirectory: string;
  /** The folder with the data set's CSV files. */
  prsaDirectory: string;
  from: Date;
  /** Hours are played until this at the latest before the trigger fires … */
  to: Date;
  /** … and this many with the new version. */
  hoursAfter: number;
  feedbackMin: number;
  rounds: number;
  /** After how many hours of data the control plane is waited for. */
  syncEveryHours: number;
  report: (line: string) => void;
}

export interface Demonstration {
  baselineRmse: number;
  /** When in the data the run was seen. */
  firedAt: Date;
  run: RunAnswer;
  version: string;
  /** Runs of the line in all. */
  runs: number;
  ledger: Ledger;
  /** Of the version that the run made. */
  estimate: { rmse: number; rows: number };
  why: string[];
}

const MODEL = "pm25_of_2013";
const HISTORY_DAYS = 400;
const DAY_MS = 86_400_000;
const POLL_MS = 500;
const WAIT_MS_MAX = 300_000;

export async function demonstrate(options: DemonstrationOptions): Promise<Demonstration> {
  const { prsaDirectory, dataDirectory, from, to, report } = options;
  const admin = controlPlaneClient(options.controlPlaneUrl, options.adminToken);
  const target: StreamTarget = { edgeUrl: options.edgeUrl, model: MODEL, dataFile: join(dataDirectory, "truth.csv") };
  const baselineRmse = await registerFirst(admin, options);
  mkdirSync(dataDirectory, { recursive: true });
  const history = await readHours(prsaDirectory, new Date(from.getTime() - HISTORY_DAYS * DAY_MS), from);
  writeFileSync(target.dataFile, CSV_HEADER + csvLines(history));
  await must(admin.configureRetraining(MODEL, { config: configuration(options), reason: "retrain when it decays" }));

  const ledger = emptyLedger();
  const hours = await readHours(prsaDirectory, from, new Date(to.getTime() + options.hoursAfter * 3_600_000));
  const fired = await playUntilFired(admin, options, target, hours, ledger);
  report(`${iso(fired.hour)}  run ${fired.run.id} began by itself: ${fired.run.reason}`);
  const run = await untilOver(admin, fired.run.id);
  report(`run ${run.id}: ${run.state}; ${run.compared?.sentence ?? run.outcome}`);
  if (run.version === null) throw new Error(`the run made no version: ${run.outcome}`);

  await signOffAndPromote(admin, options, run.version);
  await untilServed(target, hours[fired.next] as Hour, run.version);
  for (const hour of hours.slice(fired.next, fired.next + options.hoursAfter)) await streamHour(target, hour, ledger);
  for (const [version, sums] of ledger.versions)
    report(`live RMSE of ${version}: ${rmseOf(sums).toFixed(2)} over ${sums.rows} rows`);
  const estimate = await untilEstimated(admin, run.version);
  report(`RMSE of ${run.version} estimated without truth: ${estimate.rmse.toFixed(2)} over ${estimate.rows} rows`);
  const why = whyView(await must(admin.why(MODEL, run.version)), (_, text) => text);
  const { runs } = await must(admin.retrains({ model: MODEL }));
  return { baselineRmse, firedAt: fired.hour.at, run, version: run.version, runs: runs.length, ledger, estimate, why };
}

// --- Not exported ---

async function registerFirst(admin: ControlPlaneClient, options: DemonstrationOptions): Promise<number> {
  const { report, dataDirectory, prsaDirectory, rounds } = options;
  const parameters = { num_boost_round: rounds, max_depth: 6, eta: 0.1 };
  const first = await trainFirstModel(prsaDirectory, join(dataDirectory, "../first-model"), MODEL, parameters);
  const registered = await must(
    admin.register({
      model: MODEL,
      artifactPath: first.artifactPath,
      artifactBytes: statSync(first.artifactPath).size,
      metadata: {
        description: "Trained on the hours from 2013-03 until before 2014-03, every fifth day set aside",
        metrics: first.metrics,
        inputs: [{ name: "features", features: [...FEATURES], missing: "nan" }],
        examples: first.examples,
        stage: "staging",
      },
    }),
  );
  const reason = "the first version of the line";
  await must(admin.promote(MODEL, registered.version, { stage: "production", reason }));
  const baseline = registered.metrics["rmse"];
  if (baseline === undefined) throw new Error("the trainer measured no rmse");
  report(`${registered.version}: fitted on ${first.rows} rows before 2014-03, baseline RMSE ${baseline.toFixed(2)}`);
  return baseline;
}

function configuration({ feedbackMin, rounds }: DemonstrationOptions): object {
  return {
    source: { kind: "files", files: ["truth.csv"] },
    time: { column: "time" },
    split: { windowDays: 330, validationDays: 14, holdoutDays: 21 },
    features: FEATURES,
    label: LABEL,
    trainer: { kind: "builtin", parameters: { num_boost_round: rounds, max_depth: 6, eta: 0.1 } },
    triggers: { performance: { mode: "run", feedbackMin, windowHours: 24 } },
  };
}

async function playUntilFired(
  admin: ControlPlaneClient,
  { to, syncEveryHours, report }: DemonstrationOptions,
  target: StreamTarget,
  hours: readonly Hour[],
  ledger: Ledger,
): Promise<{ run: { id: number; reason: string }; hour: Hour; next: number }> {
  for (const [at, hour] of hours.entries()) {
    if (hour.at >= to) break;
    if (at === 0) await untilServed(target, hour, "v1");
    await streamHour(target, hour, ledger);
    if ((at + 1) % syncEveryHours > 0) continue;
    const run = await untilLearned(admin, ledger.rows);
    report(`${iso(hour)}  ${ledger.rows} rows, live RMSE ${rmseOf(ledger).toFixed(2)}`);
    if (run) return { run, hour, next: at + 1 };
  }
  throw new Error(`no trigger fired until ${to.toISOString()}: live RMSE ${rmseOf(ledger).toFixed(2)}`);
}

/** Waits until the control plane has learned of every truth that was sent, or has begun a run. */
async function untilLearned(admin: ControlPlaneClient, rows: number): Promise<{ id: number; reason: string } | undefined> {
  return within(async () => {
    const [run] = (await must(admin.retrains({ model: MODEL, limit: 1 }))).runs;
    if (run) return { done: run };
    const performance = (await must(admin.retrainTriggers(MODEL))).triggers.find(({ trigger }) => trigger === "performance");
    // It fires with the loop's next look.
    if (performance?.state === "fires") return undefined;
    return performance?.because?.["feedback"] === rows ? { done: undefined } : undefined;
  }, `the control plane did not learn of ${rows} rows`);
}

const untilOver = (admin: ControlPlaneClient, id: number): Promise<RunAnswer> =>
  within(async () => {
    const run = await must(admin.retrainRun(id));
    return isOver(run.state) ? { done: run } : undefined;
  }, `run ${id} is not over`);

/** What the edge expects of its errors, by the error model that the run gave it. */
const untilEstimated = (admin: ControlPlaneClient, version: string): Promise<{ rmse: number; rows: number }> =>
  within(async () => {
    const { versions } = await must(admin.quality(MODEL, { version }));
    const estimate = versions[0]?.estimate;
    return estimate ? { done: estimate } : undefined;
  }, `no RMSE of ${version} is estimated`);

/** The gates measure it on rows that nobody trained on, a person who did not register it signs it off, and only then is it promoted. */
async function signOffAndPromote(
  admin: ControlPlaneClient,
  { controlPlaneUrl, report }: DemonstrationOptions,
  version: string,
): Promise<void> {
  const policy = { signOff: { level: "block" } };
  await must(admin.setGatePolicy(MODEL, { policy, reason: "a person looks at every version" }));
  const early = await admin.promote(MODEL, version, { stage: "production", reason: "too early" });
  report(
    early.ok ? "promoted without a sign-off, which must not be" : `before sign-off: ${describeFailure(early.failure).sentence}`,
  );
  if (early.ok) throw new Error("the gates let a version through that nobody signed off");
  const { token } = await must(admin.createToken({ name: "Reviewer of the demonstration", role: "approver" }));
  const reviewer = controlPlaneClient(controlPlaneUrl, token);
  await must(admin.runGates(MODEL, version));
  const { evidenceSha256 } = await must(reviewer.gates(MODEL, version));
  await must(reviewer.signOff(MODEL, version, { evidenceSha256, note: "better on the holdout, the cause is understood" }));
  const moved = await must(admin.promote(MODEL, version, { stage: "production", reason: "retrained, signed off" }));
  report(`after sign-off: ${version} is in production, generation ${moved.generation}`);
}

const untilServed = (target: StreamTarget, hour: Hour, version: string): Promise<true> =>
  within(async () => {
    const body = JSON.stringify({ model: target.model, instances: [hour.readings[0]?.instance] });
    const response = await fetch(`${target.edgeUrl}/predict`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    await response.arrayBuffer();
    return response.headers.get("x-model-version") === version ? { done: true as const } : undefined;
  }, `the edge does not serve ${version}`);

async function within<Value>(look: () => Promise<{ done: Value } | undefined>, otherwise: string): Promise<Value> {
  const deadlineMs = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const seen = await look();
    if (seen) return seen.done;
    if (performance.now() > deadlineMs) throw new Error(`${otherwise} within ${WAIT_MS_MAX / 1000} s`);
    await sleep(POLL_MS);
  }
}

async function must<Value>(answer: Promise<Result<Value, CliFailure>>): Promise<Value> {
  const result = await answer;
  if (result.ok) return result.value;
  throw new Error(describeFailure(result.failure).sentence);
}

const iso = ({ at }: Hour): string => at.toISOString().slice(0, 16).replace("T", " ");
