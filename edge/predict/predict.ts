/**
 * POST /predict: body → JSON → version → tensors → run → predictions. The steps of one request in order; each leaf is elsewhere.
 */
import { predictionTexts } from "../../contract/predictions.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { rowGroups } from "../feedback/row-groups.ts";
import { readText } from "../http/body.ts";
import { parseJson } from "../http/json.ts";
import type { Problem } from "../http/problem.ts";
import type { Isolate } from "../isolate.ts";
import type { Picked, WaitUntil } from "../release/fleet.ts";
import { pickVersion } from "../release/pick-version.ts";
import { runModel } from "./run-model.ts";

export interface Predicted {
  picked: Picked;
  rows: number;
  json: string;
}

/** `picked` rides along with a failure that a version made, so that the answer can name it. */
export type PredictFailure = { problem: Problem; picked?: Picked };

export async function predict(
  request: Request,
  isolate: Isolate,
  waitUntil: WaitUntil,
): Promise<Result<Predicted, PredictFailure>> {
  const body = await readText(request);
  if (!body.ok) return fail({ problem: body.failure });
  const json = parseJson(body.value);
  if (!json.ok) return fail({ problem: json.failure });
  const call = readCall(json.value);
  if (!call.ok) return fail({ problem: call.failure });
  const { model, version, instances, wantsReceipts } = call.value;
  const pick = await pickVersion(request, isolate, waitUntil, model, version);
  if (!pick.ok) return fail({ problem: pick.failure });
  // No await from here to the run: a version that was just picked must not be retired in between.
  const picked = pick.value();
  if (!picked.ok) return fail({ problem: picked.failure });
  const { loaded, model: name } = picked.value;
  const rows = loaded.hasWideInteger ? exactInstances(body.value) : instances;
  const inputs = loaded.encodeInstances(rows);
  if (!inputs.ok) return fail({ problem: inputs.failure, picked: picked.value });
  const groups = rowGroups(call.value.groups, loaded.manifest.groups, instances.length);
  if (!groups.ok) return fail({ problem: groups.failure, picked: picked.value });
  const outputs = runModel(loaded.session, inputs.value);
  if (!outputs.ok) return fail({ problem: outputs.failure, picked: picked.value });
  const predictions = predictionTexts(outputs.value, instances.length, loaded.manifest.outputs);
  if (!predictions.ok) return fail({ problem: predictions.failure, picked: picked.value });
  const receipts = wantsReceipts
    ? isolate.receipts?.issue(picked.value, outputs.value, instances.length, groups.value, isolate.clock())
    : undefined;
  const ids = receipts ? `,"prediction_ids":["${receipts.join('","')}"]` : "";
  if (picked.value.shadow) {
    isolate.shadows?.add(picked.value, { inputs: inputs.value, outputs: outputs.value, instances: rows }, waitUntil);
  }
  if (picked.value.isLive) {
    isolate.errorEstimates?.add(picked.value, inputs.value, outputs.value, waitUntil);
    isolate.windows?.count(picked.value, inputs.value, outputs.value, instances.length, isolate.clock());
  }
  return succeed({
    picked: picked.value,
    rows: instances.length,
    json: `{"model":"${name}","version":"${loaded.version}","predictions":[${predictions.value.join(",")}]${ids}}`,
  });
}

/** The rows again with 64-bit integers exact: only a model that takes such integers pays for it, and which model it is the body had to say. */
function exactInstances(body: string): readonly unknown[] {
  const json = parseJson(body, { exactIntegers: true });
  return json.ok ? (json.value as { instances: readonly unknown[] }).instances : [];
}

interface Call {
  model: string | undefined;
  version: string | undefined;
  instances: readonly unknown[];
  /** One a row, for fairness; undefined: none given. */
  groups: unknown;
  wantsReceipts: boolean;
}

const CALL_KEYS = new Set(["model", "version", "instances", "groups", "prediction_ids"]);

function readCall(json: unknown): Result<Call, Problem> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return fail({ reason: "body_invalid", detail: 'a JSON object with "instances" is needed' });
  }
  const { model, version, instances, groups, prediction_ids: receipts } = json as Record<string, unknown>;
  if (!Array.isArray(instances)) return fail({ reason: "body_invalid", detail: '"instances" takes an array of rows' });
  if (model !== undefined && typeof model !== "string") return fail({ reason: "body_invalid", detail: '"model" takes a name' });
  if (version !== undefined && typeof version !== "string") {
    return fail({ reason: "body_invalid", detail: '"version" takes a version such as "v2"' });
  }
  if (receipts !== undefined && typeof receipts !== "boolean") {
    return fail({ reason: "body_invalid", detail: '"prediction_ids" takes false for an answer without them' });
  }
  for (const key in json) {
    if (CALL_KEYS.has(key)) continue;
    return fail({
      reason: "body_invalid",
      detail: `${JSON.stringify(key.slice(0, 60))} is not known here; known: ${[...CALL_KEYS].join(", ")}`,
    });
  }
  return succeed({ model, version, instances, groups, wantsReceipts: receipts !== false });
}
