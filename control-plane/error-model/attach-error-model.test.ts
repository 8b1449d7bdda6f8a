/** An error model through the API: into the registry, into the release where the version is served, into storage; and what is refused. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { artifactKey } from "../../contract/names.ts";
import { inspectAnything, startTestControlPlane, type AnyJson, type TestControlPlane } from "../testing/test-control-plane.ts";

const shape = (width: number): number[] => [-1, width];
let plane: TestControlPlane;

/** Files that say so are error models, of a version with one feature, or of one with two. */
beforeAll(async () => {
  plane = await startTestControlPlane({}, async (path, options) => {
    const inspected = await inspectAnything(path, options);
    const text = readFileSync(path, "latin1");
    if (!inspected.ok || !text.includes("error model")) return inspected;
    const inputs = [
      { name: "features", datatype: "FP32" as const, shape: shape(text.includes("wide") ? 3 : 2), missing: "nan" as const },
    ];
    const outputs = [{ name: "prediction", datatype: "FP32" as const, shape: shape(1) }];
    return { ok: true, value: { ...inspected.value, inputs, outputs } };
  });
});
afterAll(() => plane.close());

const figures = { rows: 1000, fitRows: 800, measuredRows: 200, rmse: 3, rmseEstimated: 3.1, trees: 40 };
const sha256Of = (text: string): string => createHash("sha256").update(text).digest("hex");

async function attach(
  model: string,
  version: string,
  content: string,
  metadata: object,
): Promise<{ status: number; body: AnyJson }> {
  const form = new FormData();
  form.set("metadata", JSON.stringify(metadata));
  form.set("artifact", new Blob([content]), "error-model.onnx");
  const headers = { host: "localhost", authorization: `Bearer ${plane.adminToken}` };
  const path = `/api/models/${model}/versions/${version}/error-model`;
  const response = await plane.app.request(path, { method: "POST", headers, body: form });
  return { status: response.status, body: await response.json() };
}

const release = async (model: string): Promise<AnyJson> => (await plane.call("GET", `/api/models/${model}/release`)).body.release;

describe("an error model", () => {
  it("waits for a version that is not served, comes with its promotion, and is replaced by a release of its own", async () => {
    await plane.register("m", "the version", { stage: "staging" });
    const metadata = { source: "rows.csv", artifactSha256: sha256Of("the version"), figures };
    const first = await attach("m", "v1", "error model one", metadata);
    expect([first.status, first.body]).toMatchObject([201, { version: "v1", generation: null, figures }]);
    expect((await plane.call("POST", "/api/models/m/versions/v1/promote", { stage: "production", reason: "good" })).status).toBe(
      200,
    );
    const { errorModel } = (await release("m")).stable;
    const sha256 = sha256Of("error model one");
    expect(errorModel).toEqual({ key: artifactKey("m", sha256), sha256, bytes: 15 });
    expect(plane.double.objects.get(errorModel.key)?.toString()).toBe("error model one");

    const second = await attach("m", "v1", "error model two", metadata);
    expect(second.body).toMatchObject({ generation: 2 });
    expect(await release("m")).toMatchObject({ generation: 2, stable: { errorModel: { sha256: sha256Of("error model two") } } });
    const again = await attach("m", "v1", "error model two", metadata);
    expect([again.status, again.body.generation]).toEqual([201, null]);
    expect(await release("m")).toMatchObject({ generation: 2 });
  });

  it("is refused when it was fitted to other bytes, takes other columns, or is no model, and nothing is kept", async () => {
    await plane.register("refused", "another version", { stage: "staging" });
    const metadata = { source: "rows.csv", artifactSha256: sha256Of("another version"), figures };
    const other = await attach("refused", "v1", "error model", { ...metadata, artifactSha256: "0".repeat(64) });
    expect([other.status, other.body.code]).toEqual([422, "error_model_refused"]);
    const wide = await attach("refused", "v1", "a wide error model", metadata);
    expect([wide.status, wide.body.error]).toEqual([
      422,
      "v1 of refused cannot have this error model: it must take features FP32 [-1, 2] and give prediction FP32 [-1, 1]",
    ]);
    const broken = await attach("refused", "v1", "refuse", metadata);
    expect([broken.status, broken.body.code]).toEqual([422, "artifact_refused"]);
    expect((await attach("refused", "v2", "error model", metadata)).status).toBe(404);
    await plane.call("POST", "/api/models/refused/versions/v1/promote", { stage: "production", reason: "good" });
    expect((await release("refused")).stable).not.toHaveProperty("errorModel");
  });
});
