/**
 * Random interleavings of everything that can happen to a model line, by seed, over the real code of the control plane (registry, gates, rollouts, automatic rollback,
 * outbox, publication) and of the edge (the model line with its checks); only KV, R2, the clock and onnxruntime are simulated. After every act the invariants hold.
 *
 * EDGEWISE_SIM_SEED=17 npx vitest run test/release-simulator.test.ts          replays one seed, act by act
 * EDGEWISE_SIM_SEED=1-5000 npx vitest run test/release-simulator.test.ts      runs these seeds
 */
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { count } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { seededRandom } from "../control-plane/inspection/seeded-random.ts";
import { openRegistry, type Queries, type Registry } from "../control-plane/registry/database.ts";
import { auditLog } from "../control-plane/registry/schema.ts";
import { releaseKeyOfBase64, type ReleaseKey } from "../control-plane/releases/release-key.ts";
import { scaled } from "./harness/scale.ts";
import { ACTS } from "./simulator/acts.ts";
import { Crash, makeChaos } from "./simulator/chaos.ts";
import { checkAtRest, checkInvariants } from "./simulator/invariants.ts";
import { makeWorld, type IsolateLine, type MakeLine, type World } from "./simulator/world.ts";

/** A session that gives the golden answer: what a model computes is tried elsewhere. */
vi.mock("../edge/runtime/model-session.ts", () => ({
  ModelSession: {
    ofManifest: async () => ({
      isRetired: false,
      run: () => [{ name: "y", datatype: "FP32", shape: [1, 1], data: new Float32Array([1]) }],
      retire() {},
    }),
  },
}));

const INTERLEAVINGS = scaled({ full: 10_000, quick: 30 });
const ACTS_EACH = 30;
const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(process.env["EDGEWISE_SIM_SEED"] ?? "") ?? [];
/** Tells every act. */
const isReplay = from !== undefined && to === undefined;
const first = Number(from ?? 1);
const seeds = Array.from({ length: from === undefined ? INTERLEAVINGS : Number(to ?? from) - first + 1 }, (_, at) => first + at);
const drawn = Object.entries(ACTS).flatMap(([name, { weight }]) => Array.from({ length: weight }, () => name));

let directory: string;
let registry: Registry;
let key: ReleaseKey;
let makeLine: MakeLine;

beforeAll(async () => {
  // In memory where that is a place in the file system: nothing here is about disks.
  directory = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "edgewise-simulator-"));
  registry = await openRegistry({ url: `file:${join(directory, "registry.db")}` });
  const { privateKey } = generateKeyPairSync("ed25519");
  key = releaseKeyOfBase64(privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"));
  makeLine = await lineMaker(key.publicKey);
});

afterAll(async () => {
  await registry?.close();
  if (directory) rmSync(directory, { recursive: true, force: true });
});

/** The edge is compiled with the Workers' types, this with Node's: hence the paths as values. */
async function lineMaker(publicKey: string): Promise<MakeLine> {
  const [linePath, verifyPath] = ["../edge/release/model-line.ts", "../edge/release/verify.ts"];
  const { ModelLine } = (await import(linePath)) as { ModelLine: new (options: object) => IsolateLine };
  const { importPublicKeys } = (await import(verifyPath)) as { importPublicKeys: (keys: string[]) => Promise<unknown> };
  const keys = await importPublicKeys([publicKey]);
  return (store, model) =>
    new ModelLine({
      model,
      store,
      publicKeys: async () => keys,
      artifactBytesMax: 1024 * 1024,
      refreshIntervalMs: 1000,
      onLoad() {},
      onRefusal: (_: string, refusal: object) => isReplay && console.log(`    refused: ${JSON.stringify(refusal)}`),
    });
}

/** The first four come up in a quick run too. */
const EXPECTED = [
  "promote by person",
  "rollout_started by person",
  "rollout_advanced by rollout controller",
  "rollout_aborted by person",
  "promote by rollout controller",
  "rollback by person",
  "rollback by automatic rollback",
  "rollout_aborted by rollout controller",
  "rollout_paused by rollout controller",
];

async function audited(db: Queries): Promise<Record<string, number>> {
  const rows = await db
    .select({ act: auditLog.act, by: auditLog.actorName, times: count() })
    .from(auditLog)
    .groupBy(auditLog.act, auditLog.actorName);
  return Object.fromEntries(rows.map(({ act, by, times }) => [`${act} by ${by}`, times]));
}

const seen = { acts: 0, crashes: 0 };

async function simulate(seed: number): Promise<void> {
  const chaos = makeChaos(seededRandom(seed));
  const world: World = makeWorld({ model: `s${seed}`, chaos, registry, key, makeLine, directory });
  chaos.setBetween(() => perform(world, chaos.pick(drawn), "  in between: "));
  for (const name of ["register", "register", "register", "promote", "publish", "policy"]) await perform(world, name, "");
  for (let act = 0; act < ACTS_EACH; act++) {
    await perform(world, chaos.pick(drawn), "");
    await checkInvariants(world);
  }
  await checkAtRest(world);
}

async function perform(world: World, name: string, indent: string): Promise<void> {
  if (isReplay) console.log(`${indent}${new Date(world.clock()).toISOString()} ${name}`);
  seen.acts++;
  try {
    await ACTS[name]?.act(world);
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    seen.crashes++;
    if (isReplay) console.log(`${indent}  crash ${error.message}`);
  }
}

it(`${seeds.length} random interleavings keep the invariants`, { timeout: 6 * 3_600_000 }, async () => {
  const failures: string[] = [];
  for (const seed of seeds) {
    await simulate(seed).catch((error: unknown) => failures.push(`EDGEWISE_SIM_SEED=${seed}: ${(error as Error).stack}`));
    if (failures.length >= 3) break;
  }
  const done = await registry.read(audited);
  console.log(`${seeds.length} interleavings, ${seen.acts} acts, ${seen.crashes} crashes; in the audit logs:`, done);
  expect(failures).toEqual([]);
  // A simulation in which hardly anything happens proves nothing.
  const expected = isReplay ? [] : EXPECTED.slice(0, seeds.length >= 500 ? undefined : 4);
  for (const act of expected) expect([act, (done[act] ?? 0) > 0]).toEqual([act, true]);
});
