/** POST …/infer: body → JSON and binary tail → version → tensors → run → V2 response. */
import { fail, succeed, type Result } from "../../contract/result.ts";
import { rowGroups } from "../feedback/row-groups.ts";
import { readBytes, readText } from "../http/body.ts";
import { parseJson } from "../http/json.ts";
import type { Problem } from "../http/problem.ts";
import type { Isolate } from "../isolate.ts";
import type { PredictFailure } from "../predict/predict.ts";
import { runModel } from "../predict/run-model.ts";
import type { Picked, WaitUntil } from "../release/fleet.ts";
import { pickVersion } from "../release/pick-version.ts";
import { decodeInferRequest, decodeRawRequest } from "./infer-request.ts";
import { encodeInferResponse, type InferResponse } from "./infer-response.ts";

export interface Inferred {
  picked: Picked;
  rows: number;
  response: InferResponse;
}

/** The output that holds receipts where they are asked for: texts, one a row. */
const RECEIPTS_OUTPUT = "prediction_ids";
const HEADER_LENGTH = "inference-header-content-length";

export async function infer(
  request: Request,
  isolate: Isolate,
  waitUntil: WaitUntil,
  model: string,
  version: string | undefined,
): Promise<Result<Inferred, PredictFailure>> {
  const read = await readInferBody(request);
  if (!read.ok) return fail({ problem: read.failure });
  const pick = await pickVersion(request, isolate, waitUntil, model, version);
  if (!pick.ok) return fail({ problem: pick.failure });
  const picked = pick.value();
  if (!picked.ok) return fail({ problem: picked.failure });
  const { loaded } = picked.value;
  const failed = (problem: PredictFailure["problem"]): { ok: false; failure: PredictFailure } =>
    fail({ problem, picked: picked.value });

  const { text, tail } = read.value;
  const json = text === undefined ? succeed(undefined) : parseJson(text, { exactIntegers: loaded.hasWideInteger });
  if (!json.ok) return failed(json.failure);
  const decoded =
    text === undefined ? decodeRawRequest(tail, loaded.manifest) : decodeInferRequest(json.value, tail, loaded.manifest);
  if (!decoded.ok) return failed(decoded.failure);
  const { id, inputs, outputs: requested, wantsReceipts } = decoded.value;
  const rows = inputs[0]?.shape[0] ?? 1;
  const groups = rowGroups(decoded.value.groups, loaded.manifest.groups, rows);
  if (!groups.ok) return failed(groups.failure);
  const names = requested.map(({ name }) => name);
  const scored = wantsReceipts && !names.includes(RECEIPTS_OUTPUT) ? isolate.receipts?.scoredOutput(picked.value) : undefined;
  // A receipt needs what is scored, whether or not the caller asked for it.
  if (scored !== undefined && !names.includes(scored)) names.push(scored);
  const outputs = runModel(loaded.session, inputs, names);
  if (!outputs.ok) return failed(outputs.failure);
  const own = outputs.value.slice(0, requested.length);
  const answered = [...own];
  if (scored !== undefined) {
    const receipts = isolate.receipts?.issue(picked.value, outputs.value, rows, groups.value, isolate.clock());
    if (receipts) {
      answered.push({ name: RECEIPTS_OUTPUT, datatype: "BYTES", shape: [rows], data: receipts });
      requested.push({ name: RECEIPTS_OUTPUT, isBinary: false });
    }
  }
  const response = encodeInferResponse({ model: picked.value.model, version: loaded.version, id }, answered, requested);
  if (!response.ok) return failed(response.failure);
  if (picked.value.shadow) {
    isolate.shadows?.add(picked.value, { inputs, outputs: own, instances: undefined }, waitUntil);
  }
  if (picked.value.isLive) {
    isolate.errorEstimates?.add(picked.value, inputs, outputs.value, waitUntil);
    isolate.windows?.count(picked.value, inputs, outputs.value, rows, isolate.clock());
  }
  return succeed({ picked: picked.value, rows, response: response.value });
}

/** `text` is the JSON, undefined in a raw request; `tail` the bytes after it. */
async function readInferBody(request: Request): Promise<Result<{ text: string | undefined; tail: Uint8Array }, Problem>> {
  const declared = request.headers.get(HEADER_LENGTH);
  if (declared === null) {
    const text = await readText(request);
    return text.ok ? succeed({ text: text.value, tail: new Uint8Array() }) : text;
  }
  const body = await readBytes(request);
  if (!body.ok) return body;
  const jsonBytes = Number(declared);
  if (!/^[0-9]+$/.test(declared) || !(jsonBytes <= body.value.byteLength)) {
    const detail = `Inference-Header-Content-Length ${JSON.stringify(declared.slice(0, 20))} does not fit a body of ${body.value.byteLength} bytes`;
    return fail({ reason: "tensor_invalid", tensor: "", detail });
  }
  const text = jsonBytes === 0 ? undefined : new TextDecoder().decode(body.value.subarray(0, jsonBytes));
  return succeed({ text, tail: body.value.subarray(jsonBytes) });
}

/** The body and its header length; a plain JSON answer when no output is binary. */
export function inferBody({ json, binary }: InferResponse): { body: string | Uint8Array; headers: Record<string, string> } {
  if (binary.length === 0) return { body: json, headers: {} };
  const head = new TextEncoder().encode(json);
  const body = new Uint8Array(binary.reduce((sum, part) => sum + part.byteLength, head.byteLength));
  body.set(head);
  let at = head.byteLength;
  for (const part of binary) {
    body.set(part, at);
    at += part.byteLength;
  }
  return { body, headers: { [HEADER_LENGTH]: String(head.byteLength), "content-type": "application/octet-stream" } };
}
