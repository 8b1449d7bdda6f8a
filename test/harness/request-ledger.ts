/**
 * A client's ledger of a running edge: a request of one of many kinds, and what its answer says must have been counted, by series; and what is exposed
 * in the same terms. Knows the example line (harness/pm25.ts) and nothing of how counts travel.
 */
import type { Golden } from "./pm25.ts";

const model = "pm25_predictor";

const add = (ledger: Map<string, number>, series: string, amount = 1): void =>
  void ledger.set(series, (ledger.get(series) ?? 0) + amount);

/** Sends a request and enters in the ledger what the answer says: status, version and generation from the answer, never from us. */
export async function send(golden: Golden, ledger: Map<string, number>, kind: number, origin: string): Promise<void> {
  const rows = golden.rows.slice(0, 1 + (kind % 3));
  const isBad = kind % 10 === 0;
  const isUnknown = kind % 25 === 1;
  const infer = kind % 4 === 2;
  const endpoint = infer ? "/v2/models/:model/infer" : "/predict";
  const named = isUnknown ? "no_such_model" : model;
  const version = kind % 2 === 0 ? "v1" : "v2";
  const flat = rows.flat().map((value) => value ?? 0);
  const body = isBad
    ? "{"
    : infer
      ? JSON.stringify({ inputs: [{ name: "features", shape: [rows.length, 12], datatype: "FP32", data: flat }] })
      : JSON.stringify({ model: named, version, instances: rows });
  const response = await fetch(origin + (infer ? `/v2/models/${named}/infer` : "/predict"), { method: "POST", body });
  const answer = (await response.json()) as { code?: string };
  const served = response.headers.get("x-model-version");
  add(ledger, `api_requests_total{endpoint="${endpoint}",method="POST"}`);
  add(ledger, `http_requests_total{endpoint="${endpoint}",method="POST",status="${response.status}"}`);
  add(ledger, `http_request_duration_seconds_count{endpoint="${endpoint}",method="POST"}`);
  add(ledger, "request_latency_seconds_count");
  const servedModel = served === null ? "other" : model;
  if (answer.code) add(ledger, `prediction_errors_total{model="${servedModel}",reason="${answer.code}"}`);
  if (response.status === 200) add(ledger, `predictions_total{model="${model}",version="${served}"}`, rows.length);
  if (served !== null) {
    const generation = response.headers.get("x-release-generation");
    const key = `generation="${generation}",model="${model}",version="${served}"}`;
    add(ledger, key);
    add(ledger, `version_latency_seconds_count{model="${model}",version="${served}"}`);
    if (answer.code) add(ledger, `version_errors_total{model="${model}",reason="${answer.code}",version="${served}"}`);
  }
}

/** What is exposed, in the ledger's terms: release_requests_total without its data centre, which no answer tells. */
export function exposedFor(ledger: ReadonlyMap<string, number>, exposed: ReadonlyMap<string, number>): Map<string, number> {
  const found = new Map<string, number>();
  for (const key of ledger.keys()) {
    const matching = key.startsWith("generation=")
      ? [...exposed].filter(([text]) => text.startsWith("release_requests_total{") && text.endsWith(key))
      : [...exposed].filter(([text]) => text === key);
    found.set(
      key,
      matching.reduce((sum, [, value]) => sum + value, 0),
    );
  }
  return found;
}
