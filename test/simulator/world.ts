/**
 * One simulated model line: the real registry, release code and outbox of the control plane, and isolates with the real model line of the edge, over simulated
 * storage and a clock that jumps. One thread of acts, so that a seed is one history.
 */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { releaseKey } from "../../contract/names.ts";
import type { Release } from "../../contract/release.ts";
import { fail, type Result } from "../../contract/result.ts";
import { tensorToRecord } from "../../contract/tensor-bytes.ts";
import type { Inspection } from "../../control-plane/inspection/inspection.ts";
import { insertVersion } from "../../control-plane/registration/insert-version.ts";
import type { ActContext } from "../../control-plane/registry/audit.ts";
import type { Registry } from "../../control-plane/registry/database.ts";
import { findVersionRow } from "../../control-plane/registry/versions.ts";
import { findOutboxRow, markPublished, pendingRows } from "../../control-plane/releases/outbox.ts";
import { publishRow } from "../../control-plane/releases/publish-row.ts";
import type { ReleaseKey } from "../../control-plane/releases/release-key.ts";
import { crashingRegistry, type Chaos } from "./chaos.ts";
import { simulatedStorage, type SimulatedStorage } from "./edge-storage.ts";

/** What the simulation needs of edge/release/model-line.ts, which is compiled for another runtime. */
export interface IsolateLine {
  readonly serving: { release: Release } | undefined;
  refresh(clock: () => number): Promise<void>;
  unload(): unknown;
}
export type MakeLine = (store: unknown, model: string) => IsolateLine;

export interface World {
  model: string;
  chaos: Chaos;
  /** With crashes and others' acts. */
  registry: Registry;
  /** As it is. */
  plain: Registry;
  key: ReleaseKey;
  store: SimulatedStorage;
  isolates: { line: IsolateLine; highest: number }[];
  /** The edge's counters; undefined while it is not to be read. */
  counters: Map<string, number> | undefined;
  clock: () => number;
  context: (name: string) => ActContext;
  register: (isFit: boolean) => Promise<void>;
  /** Tries the oldest pending row of the line; false when there is none. */
  publishOnce: () => Promise<boolean>;
  newIsolate: () => IsolateLine;
  moveClock: (ms: number) => void;
  /** Whether the registry may have changed since it was last looked at, and what was seen of it then. */
  isChanged: boolean;
  seen: readonly Release[];
}

const ISOLATES = 3;

export interface WorldOptions {
  model: string;
  chaos: Chaos;
  registry: Registry;
  key: ReleaseKey;
  makeLine: MakeLine;
  /** Where the control plane keeps its artifacts. */
  directory: string;
}

export function makeWorld({ model, chaos, registry, key, makeLine, directory }: WorldOptions): World {
  let nowMs = Date.parse("2026-11-25T00:00:00Z");
  let artifactNumber = 0;
  const artifacts = new Map<string, Buffer>();
  const store = simulatedStorage(chaos, artifacts);
  const newIsolate = (): IsolateLine => makeLine(edgeStore(store), model);
  const world: World = {
    model,
    chaos,
    registry: crashingRegistry(registry, chaos, () => void (world.isChanged = true)),
    plain: registry,
    key,
    store,
    isolates: Array.from({ length: ISOLATES }, () => ({ line: newIsolate(), highest: 0 })),
    counters: new Map(),
    isChanged: true,
    seen: [],
    clock: () => nowMs,
    context: (name) => ({ actor: { tokenId: name, name }, requestId: "simulated", now: new Date(nowMs) }),
    moveClock: (ms) => void (nowMs += ms),
    newIsolate,
    async register(isFit) {
      const bytes = Buffer.from(`${model} artifact ${artifactNumber++}`);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const path = join(directory, sha256);
      writeFileSync(path, bytes);
      artifacts.set(path, bytes);
      const upload = { path, sha256, bytes: bytes.byteLength, metadata: { stage: "staging" as const } };
      const inspection = inspectionOf(sha256, bytes.byteLength, isFit);
      await world.registry.write((db) => insertVersion(db, key, world.context("trainer"), { model, upload, inspection }));
    },
    async publishOnce() {
      const [row] = await registry.read((db) => pendingRows(db)).then((rows) => rows.filter((one) => one.model === model));
      if (!row) return false;
      const published = await publishRow(row, {
        storage: store.storage,
        key,
        artifactPath: (sha256) => join(directory, sha256),
        async manifestJson(of, version) {
          const found = await registry.read((db) => findVersionRow(db, of, version));
          if (!found.ok) throw new Error(found.failure.reason);
          return found.value.manifestJson;
        },
        async mayWrite({ id }) {
          await chaos.between();
          return (await registry.read((db) => findOutboxRow(db, id)))?.state === "pending";
        },
        wrote: () => {},
        pause: async () => false,
      });
      if (!published.ok) return true;
      await world.registry.write(async (db) => ({ ok: true, value: await markPublished(db, row.id, new Date(nowMs)) }));
      return true;
    },
  };
  return world;
}

/** What the edge reads, in the form of its ReleaseStore. */
function edgeStore({ edgeReads }: SimulatedStorage): unknown {
  const object = async (key: string): Promise<Result<ArrayBuffer, object>> => {
    const read = edgeReads.object(key);
    return read.ok ? read : fail({ reason: "object_unreadable", key, detail: read.failure });
  };
  return {
    release: async (model: string) => ({ ok: true, value: edgeReads.value(releaseKey(model)) }),
    staged: async () => ({ ok: true, value: null }),
    models: async () => ({ ok: true, value: [] }),
    artifact: object,
    manifest: object,
  };
}

const MEBIBYTE = 1024 * 1024;
const tensor = (name: string) => tensorToRecord({ name, datatype: "FP32", shape: [1, 1], data: new Float32Array([1]) });

/** A version that does not fit uses more memory beside production than an isolate has: the gate "fit" refuses it. */
function inspectionOf(sha256: string, bytes: number, isFit: boolean): Inspection {
  return {
    served: { path: sha256, sha256, bytes },
    rewrites: [],
    irVersion: 8,
    producer: "simulation",
    opsets: { "ai.onnx": 15 },
    operators: { "ai.onnx:Identity": 1 },
    engine: { name: "onnxruntime", why: "its operator is ai.onnx:Identity" },
    inputs: [{ name: "x", datatype: "FP32", shape: [-1, 1], missing: "refused" }],
    outputs: [{ name: "y", datatype: "FP32", shape: [-1, 1] }],
    golden: { inputs: [tensor("x")], outputs: [tensor("y")], tolerance: { absolute: 0, relative: 0 } },
    sessionCreateMs: 1,
    limitRunMs: 1,
    wasmMemoryBytes: { loaded: 20 * MEBIBYTE, atLimits: (isFit ? 20 : 2000) * MEBIBYTE },
  };
}
