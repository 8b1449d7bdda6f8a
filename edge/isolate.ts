/** What one isolate keeps between requests: configuration, fleet, recorder. Made on the first request, because global scope may do no I/O. */
import type { ReceiptKey } from "../contract/receipt-key.ts";
import { DriftWindows } from "./drift/drift-windows.ts";
import { readConfig, type EdgeConfig, type Env } from "./env.ts";
import { ErrorEstimates } from "./error-model/error-estimates.ts";
import { KnownModels } from "./feedback/known-models.ts";
import { ReceiptIssuer } from "./feedback/receipt-issuer.ts";
import { IdleQueue } from "./idle/idle-queue.ts";
import { RequestLog } from "./log/request-log.ts";
import { AfterAnswers, pause } from "./metrics/after-answers.ts";
import { flushSender } from "./metrics/flush-to-shard.ts";
import { Recorder, type FlushSender } from "./metrics/recorder.ts";
import { Fleet } from "./release/fleet.ts";
import { refusalReason } from "./release/refusal.ts";
import { releaseStore } from "./release/release-store.ts";
import { importPublicKeys } from "./release/verify.ts";
import { wasmMemoryBytes } from "./runtime/wasm-memory.ts";
import { ShadowQueue } from "./shadow/shadow-queue.ts";

export interface Isolate {
  id: string;
  config: EdgeConfig;
  fleet: Fleet;
  /** Undefined where METRICS_SHARDS is 0: nothing is recorded then. */
  recorder: Recorder | undefined;
  /** Undefined where nothing is recorded: a shadow is scored for its counts only. */
  shadows: ShadowQueue | undefined;
  /** Undefined where nothing is recorded. */
  errorEstimates: ErrorEstimates | undefined;
  /** Undefined where RECEIPT_HOURS is 0. */
  receipts: ReceiptIssuer | undefined;
  knownModels: KnownModels;
  /** Undefined where nothing is recorded. */
  windows: DriftWindows | undefined;
  afterAnswers: AfterAnswers;
  requestLog: RequestLog;
  clock: () => number;
  /** The data centre, once a request has named it. */
  colo: string | undefined;
}

const clock = (): number => Date.now();

export function makeIsolate(env: Env, id: string): Isolate {
  const config = readConfig(env);
  const windows = config.metricsShards === 0 ? undefined : new DriftWindows(() => isolate.colo ?? "other");
  const recorder =
    windows &&
    new Recorder(
      id,
      () => [["edge_wasm_memory_bytes", wasmMemoryBytes()]],
      () => windows.drain(),
    );
  const { keys, validHours } = config.receipts;
  const receipts =
    validHours === 0
      ? undefined
      : new ReceiptIssuer({
          key: keys[0] as ReceiptKey,
          prefix: crypto.getRandomValues(new Uint8Array(8)),
          validHours,
          recorder,
        });
  const requestLog = new RequestLog({
    ...config.log,
    random: Math.random,
    write: (level, line) => console[level](line),
  });
  let publicKeys: CryptoKey[] | undefined;
  const fleet = new Fleet({
    store: releaseStore(env.RELEASES, env.MODELS, config.kvCacheTtlSeconds),
    publicKeys: async () => (publicKeys ??= await importPublicKeys(config.releasePublicKeys)),
    artifactBytesMax: config.artifactBytesMax,
    refreshIntervalMs: config.refreshIntervalMs,
    defaultModel: config.defaultModel,
    clock,
    onLoad(model, version, loadMs) {
      recorder?.add("model_loads_total", { model, version });
      recorder?.observe("model_load_duration_seconds", { model }, loadMs / 1000);
    },
    onRefusal(model, refusal) {
      recorder?.add("model_refusals_total", { model, reason: refusalReason(refusal) });
      console.warn(JSON.stringify({ level: "warn", event: "release_refused", model, ...refusal }));
    },
  });
  const sendFlush = flushSender(env, config, id);
  const send = async (): Promise<void> => (recorder ? sendWhenDue(recorder, sendFlush) : undefined);
  const afterAnswers = new AfterAnswers({ clock, send });
  const idle = new IdleQueue(clock, send);
  const shadows = recorder && new ShadowQueue(recorder, idle);
  const errorEstimates = recorder && new ErrorEstimates(recorder, idle);
  const knownModels = new KnownModels(fleet);
  const isolate: Isolate = {
    id,
    config,
    fleet,
    recorder,
    shadows,
    errorEstimates,
    receipts,
    knownModels,
    windows,
    afterAnswers,
    requestLog,
    clock,
    colo: undefined,
  };
  return isolate;
}

/** The last request of a burst must not keep its counts for itself: when it is too early to send, one request waits for all. */
async function sendWhenDue(recorder: Recorder, sendFlush: FlushSender): Promise<void> {
  const nowMs = clock();
  if (recorder.isFlushDue(nowMs)) return recorder.flush(nowMs, sendFlush);
  const waitMs = recorder.claimTail(nowMs);
  if (waitMs === undefined) return;
  await pause(waitMs);
  await recorder.flush(clock(), sendFlush);
}
