/**
 * For tests: a control plane in a temporary directory over a Cloudflare double, with an inspection that takes every file but those that
 * say otherwise, so that what is tested is not ONNX.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tensorToRecord } from "../../contract/tensor-bytes.ts";
import type { Api } from "../api/api-env.ts";
import type { Role, TokenCreatedAnswer, VersionAnswer } from "../api/schemas.ts";
import { readConfig } from "../config.ts";
import { startControlPlane, type ControlPlane } from "../control-plane.ts";
import type { Inspection } from "../inspection/inspection.ts";
import { createLog } from "../log.ts";
import type { InspectArtifact } from "../registration/register.ts";
import { startCloudflareDouble, type CloudflareDouble } from "./cloudflare-double.ts";

/** A test reads into an answer as it likes: its matchers, not the compiler, say what must be there. */
// oxlint-disable-next-line typescript/no-explicit-any -- see above
export type AnyJson = any;

export interface TestControlPlane {
  directory: string;
  registryUrl: string;
  double: CloudflareDouble;
  app: Api;
  controlPlane: ControlPlane;
  adminToken: string;
  /** A call with a token (the admin's by default) and a JSON body. */
  call(
    method: string,
    path: string,
    body?: unknown,
    token?: string,
  ): Promise<{ status: number; headers: Headers; body: AnyJson }>;
  token(role: Role): Promise<string>;
  register(model: string, content: string, metadata?: object): Promise<{ status: number; body: AnyJson }>;
  /** Registers `count` versions of a model, in staging, and answers their names. */
  stagedVersions(model: string, count: number): Promise<string[]>;
  /** Ends the control plane and starts it again on what it left; `app` and `controlPlane` stay those of the first. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startTestControlPlane(
  variables: Record<string, string> = {},
  inspect: InspectArtifact = inspectAnything,
): Promise<TestControlPlane> {
  const directory = mkdtempSync(join(tmpdir(), "edgewise-"));
  const double = await startCloudflareDouble();
  const registryUrl = `file:${join(directory, "registry.db")}`;
  const config = readConfig(
    {
      LIBSQL_URL: registryUrl,
      EDGEWISE_DIRECTORY: directory,
      CLOUDFLARE_API_BASE_URL: double.url,
      LOG_LEVEL: "silent",
      ...variables,
    },
    false,
  );
  if (!config.ok) throw new Error(config.failure.problems.join("; "));
  const start = () => startControlPlane(config.value, inspect, createLog(config.value.log, process.stderr));
  const controlPlane = await start();
  let running = controlPlane;
  const { app } = controlPlane;
  const adminToken = readFileSync(join(directory, "admin-token"), "utf8").trim();

  const call: TestControlPlane["call"] = async (method, path, body, token = adminToken) => {
    const headers = {
      host: "localhost",
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const response = await app.request(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
  };
  const register: TestControlPlane["register"] = async (model, content, metadata = {}) => {
    const form = new FormData();
    form.set("metadata", JSON.stringify(metadata));
    form.set("artifact", new Blob([content]), "model.onnx");
    const headers = { host: "localhost", authorization: `Bearer ${adminToken}` };
    const response = await app.request(`/api/models/${model}/versions`, { method: "POST", headers, body: form });
    return { status: response.status, body: await response.json() };
  };
  return {
    directory,
    registryUrl,
    double,
    app,
    controlPlane,
    adminToken,
    call,
    register,
    async token(role) {
      const created = await call("POST", "/api/tokens", { name: `a ${role}`, role });
      return (created.body as TokenCreatedAnswer).token;
    },
    async stagedVersions(model, count) {
      const names: string[] = [];
      for (let index = 0; index < count; index++) {
        const { body } = await register(model, `${model} artifact ${index}`, { stage: "staging" });
        names.push((body as VersionAnswer).version);
      }
      return names;
    },
    async restart() {
      await running.close();
      running = await start();
    },
    async close() {
      // First, so that no call that the double leaves hanging holds up the control plane.
      await double.close();
      await running.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Refuses a file that says `refuse`; else describes a model with one input and one output. */
export const inspectAnything: InspectArtifact = async (path) => {
  const bytes = readFileSync(path);
  if (bytes.includes("refuse")) return { ok: false, failure: { reason: "not_onnx", detail: "it says so" } };
  return { ok: true, value: inspectionOf(path, bytes) };
};

const tensor = (name: string) => tensorToRecord({ name, datatype: "FP32", shape: [1, 1], data: new Float32Array([1]) });

function inspectionOf(path: string, bytes: Buffer): Inspection {
  return {
    served: { path, sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.byteLength },
    rewrites: [],
    irVersion: 8,
    producer: "test",
    opsets: { "ai.onnx": 15 },
    operators: { "ai.onnx:Identity": 1 },
    engine: { name: "onnxruntime", why: "its operator is ai.onnx:Identity" },
    inputs: [{ name: "x", datatype: "FP32", shape: [-1, 1], missing: "refused" }],
    outputs: [{ name: "y", datatype: "FP32", shape: [-1, 1] }],
    golden: { inputs: [tensor("x")], outputs: [tensor("y")], tolerance: { absolute: 0, relative: 0 } },
    predictionReference: undefined,
    sessionCreateMs: 1,
    limitRunMs: 1,
    wasmMemoryBytes: { loaded: 1, atLimits: 1 },
  };
}
