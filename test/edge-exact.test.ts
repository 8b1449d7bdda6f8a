/** The edge's answers against XGBoost's own, over every way of asking: /predict with objects and arrays, V2 JSON, V2 binary. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildWorker, startDirectEdge, type DirectEdge } from "../ops/direct-edge/direct-edge.ts";
import { makeKeys, putRelease, putVersion, signRelease } from "./harness/publish.ts";
import { pm25Manifest, readArtifact, readGolden } from "./harness/pm25.ts";

const model = "pm25_predictor";
const golden = readGolden();
let edge: DirectEdge;

beforeAll(async () => {
  if (!golden) return;
  const keys = makeKeys();
  edge = await startDirectEdge(await buildWorker(), { publicKeys: [keys.publicKey], edgeToken: "edge-token-of-the-tests" });
  const stable = await putVersion(edge, readArtifact("v1"), pm25Manifest(model, "v1", golden));
  const canary = await putVersion(edge, readArtifact("v2"), pm25Manifest(model, "v2", golden));
  const issuedAt = new Date().toISOString();
  // Both versions in one release, so that each can be asked for by name.
  const release = {
    schema: 1,
    model,
    generation: 1,
    issuedAt,
    stable,
    canary: { ...canary, percent: 0, rollout: 1 },
    shadow: null,
  } as const;
  await putRelease(edge, signRelease(release, keys));
});

afterAll(() => edge?.stop());

/**
 * 1e-4 of the prediction's own size. XGBoost adds its trees up in float32 in another order than onnxruntime does, which moves a sum of
 * several hundred by a few float32 steps (3e-5 each at 500); onnxruntime-node differs from XGBoost by the same amount.
 */
function expectXgboost(predictions: ArrayLike<number>, version: "v1" | "v2"): void {
  const expected = golden?.expected[version] ?? [];
  expect(predictions).toHaveLength(expected.length);
  const worst = Math.max(
    ...expected.map((value, row) => Math.abs((predictions[row] as number) - value) / Math.max(1, Math.abs(value))),
  );
  expect(worst).toBeLessThan(1e-4);
}

async function post(path: string, body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
  const response = await fetch(edge.origins[0] + path, { method: "POST", body: body as never, headers });
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response;
}

describe.skipIf(!golden)("500 rows of golden.json, missing values included (skipped without ../shared)", () => {
  const rows = golden?.rows ?? [];
  const flat = new Float32Array(rows.flat().map((value) => value ?? NaN));

  for (const version of ["v1", "v2"] as const) {
    it(`${version} through /predict with arrays`, async () => {
      const response = await post("/predict", JSON.stringify({ model, version, instances: rows }));
      expect(response.headers.get("x-model-version")).toBe(version);
      expect(response.headers.get("x-release-generation")).toBe("1");
      expectXgboost(((await response.json()) as { predictions: number[] }).predictions, version);
    });

    it(`${version} through /predict with objects`, async () => {
      const instances = rows.map((row) =>
        Object.fromEntries((golden?.features ?? []).map((name, column) => [name, row[column]])),
      );
      const response = await post("/predict", JSON.stringify({ model, version, instances }));
      expectXgboost(((await response.json()) as { predictions: number[] }).predictions, version);
    });

    it(`${version} through V2 JSON, without a Content-Type, missing values as bare NaN`, async () => {
      const data = `[${[...flat].map((value) => (Number.isNaN(value) ? "NaN" : value)).join(",")}]`;
      const body = new TextEncoder().encode(
        `{"id":"g","inputs":[{"name":"features","shape":[500,12],"datatype":"FP32","data":${data}}]}`,
      );
      const response = await post(`/v2/models/${model}/versions/${version}/infer`, body);
      const answer = (await response.json()) as { id: string; outputs: { shape: number[]; datatype: string; data: number[] }[] };
      expect(answer).toMatchObject({ id: "g", outputs: [{ shape: [500, 1], datatype: "FP32" }] });
      expectXgboost(answer.outputs[0]?.data ?? [], version);
    });

    it(`${version} through V2 binary, both directions`, async () => {
      const input = { name: "features", shape: [500, 12], datatype: "FP32", parameters: { binary_data_size: flat.byteLength } };
      const head = Buffer.from(JSON.stringify({ inputs: [input], parameters: { binary_data_output: true } }));
      const response = await post(
        `/v2/models/${model}/versions/${version}/infer`,
        Buffer.concat([head, Buffer.from(flat.buffer)]),
        {
          "inference-header-content-length": String(head.length),
          "content-type": "application/octet-stream",
        },
      );
      const bytes = Buffer.from(await response.arrayBuffer());
      const headBytes = Number(response.headers.get("inference-header-content-length"));
      const answer = JSON.parse(bytes.subarray(0, headBytes).toString()) as {
        outputs: { parameters: { binary_data_size: number } }[];
      };
      expect(answer.outputs[0]?.parameters.binary_data_size).toBe(500 * 4);
      const tail = bytes.subarray(headBytes);
      expectXgboost(new Float32Array(tail.buffer.slice(tail.byteOffset, tail.byteOffset + tail.length)), version);
    });

    it(`${version} through a raw binary request, gzipped`, async () => {
      const packed = await new Response(new Blob([flat]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
      const response = await post(`/v2/models/${model}/versions/${version}/infer`, new Uint8Array(packed), {
        "inference-header-content-length": "0",
        "content-encoding": "gzip",
      });
      const bytes = await response.arrayBuffer();
      expectXgboost(new Float32Array(bytes.slice(Number(response.headers.get("inference-header-content-length")))), version);
    });
  }
});
