/**
 * Releases through the whole running system: promote, roll back, and swaps under constant load. The clients' own ledger is the oracle:
 * every answer must be exact for the version that its header names.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readGolden } from "./harness/pm25.ts";
import { startSystem, type RunningSystem } from "./harness/running-system.ts";
import { scaled } from "./harness/scale.ts";

const model = "pm25_predictor";
const golden = readGolden();
const rows = golden?.rows.slice(0, 50) ?? [];
const SWAPS = scaled({ full: 100, quick: 14 });
let system: RunningSystem;
/** What each version answers for `rows`, to the bit. */
let exact: Record<string, number[]>;

async function predict(instances: readonly unknown[]): Promise<{ version: string; generation: number; predictions: number[] }> {
  const response = await fetch(`${system.edgeUrl}/predict`, { method: "POST", body: JSON.stringify({ model, instances }) });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  const { version, predictions } = (await response.json()) as { version: string; predictions: number[] };
  expect(response.headers.get("x-model-version")).toBe(version);
  return { version, predictions, generation: Number(response.headers.get("x-release-generation")) };
}

async function msUntilServed(version: string): Promise<number> {
  const since = performance.now();
  while ((await predict(rows.slice(0, 1))).version !== version) {
    if (performance.now() - since > 30_000) throw new Error(`${version} is not served after 30 s`);
    await sleep(20);
  }
  return performance.now() - since;
}

beforeAll(async () => {
  if (!golden) return;
  system = await startSystem();
  exact = { v2: (await predict(rows)).predictions };
});

afterAll(() => system?.stop());

describe.skipIf(!golden)("releases (skipped without ../shared)", () => {
  it("serve a promoted version, and the one before it after a rollback, within 2 s of the command's return", async () => {
    await system.edgewise("promote", model, "v1", "--reason", "measured");
    const promoteMs = await msUntilServed("v1");
    exact["v1"] = (await predict(rows)).predictions;
    await system.edgewise("rollback", model, "--reason", "measured");
    const rollbackMs = await msUntilServed("v2");
    console.log(`served ${promoteMs.toFixed(0)} ms after promote returned, ${rollbackMs.toFixed(0)} ms after rollback returned`);
    expect(promoteMs).toBeLessThan(2000);
    expect(rollbackMs).toBeLessThan(2000);
    for (const [version, predictions] of Object.entries(exact)) {
      const expected = golden?.expected[version as "v1" | "v2"] ?? [];
      predictions.forEach((value, row) =>
        expect(Math.abs(value - (expected[row] as number))).toBeLessThan(1e-4 * Math.max(1, Math.abs(value))),
      );
    }
  });

  it("swap many times under constant load: no failed request, every answer exact, generations rise, WASM memory flat", async () => {
    const swapping = { isOver: false };
    const served = new Map<string, number>();
    const generations = new Set<number>();
    const failures: string[] = [];

    async function client(seed: number): Promise<void> {
      let highest = 0;
      for (let turn = seed; !swapping.isOver; turn++) {
        const row = turn % rows.length;
        try {
          const answer = await predict([rows[row]]);
          if (answer.predictions[0] !== exact[answer.version]?.[row])
            failures.push(`row ${row} of ${answer.version}: ${answer.predictions[0]}`);
          if (answer.generation < highest) failures.push(`generation fell from ${highest} to ${answer.generation}`);
          highest = answer.generation;
          generations.add(answer.generation);
          served.set(answer.version, (served.get(answer.version) ?? 0) + 1);
        } catch (error) {
          failures.push(String(error));
        }
        await sleep(5);
      }
    }

    const clients = Promise.all(Array.from({ length: 8 }, (_, seed) => client(seed)));
    const memory: number[] = [];
    for (let swap = 0; swap < SWAPS; swap++) {
      const moved =
        swap % 4 === 3
          ? await system.api("POST", `/api/models/${model}/rollback`, { reason: `swap ${swap}` })
          : await system.api("POST", `/api/models/${model}/versions/${swap % 2 === 0 ? "v1" : "v2"}/promote`, {
              stage: "production",
              reason: `swap ${swap}`,
            });
      expect([swap, moved.status, (moved.json as { published: boolean }).published]).toEqual([swap, 200, true]);
      await msUntilServed((moved.json as { version: string }).version);
      const health = (await (await fetch(`${system.edgeUrl}/health`)).json()) as { wasm_memory_bytes: number };
      memory.push(health.wasm_memory_bytes);
    }
    swapping.isOver = true;
    await clients;
    console.log(
      `${SWAPS} swaps: ${[...served].map(([version, count]) => `${count} answers of ${version}`).join(", ")}; ${generations.size} generations seen; WASM memory ${memory[1]} bytes after the second swap, ${memory.at(-1)} after the last`,
    );
    expect(failures.slice(0, 5)).toEqual([]);
    expect(generations.size).toBeGreaterThanOrEqual(SWAPS);
    expect(memory.at(-1)).toBe(memory[1]);
  }, 600_000);

  it("leave a history that says what was production at any time, and who moved it", async () => {
    const { json } = await system.api("GET", `/api/models/${model}/history?at=${new Date().toISOString()}`);
    const { productionAt } = json as { productionAt: { version: string; move: { actor: { name: string } } } };
    expect(productionAt.version).toBe((await predict(rows.slice(0, 1))).version);
    expect(productionAt.move.actor.name).not.toBe("");
  });
});
