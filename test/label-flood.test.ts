/** What label values cost an isolate: on real workerd, by the memory of its process, with 10^5 values that never come twice. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { describe, expect, it } from "vitest";
import { METRIC_SERIES_PER_ISOLATE_MAX } from "../contract/limits.ts";
import { scaled } from "./harness/scale.ts";

const VALUES = 100_000;
const FLOODS = scaled({ full: 20, quick: 4 });
/** What a flood may leave behind, garbage that was not collected yet included. docs/decisions/0007-edge-counters.md states it. */
const GROWTH_BYTES_MAX = 96 * 1024 ** 2;

describe.skipIf(process.platform !== "linux")("label values without end (reads /proc: Linux only)", () => {
  it(`leave ${METRIC_SERIES_PER_ISOLATE_MAX} series and no more memory than the stated bound`, async () => {
    const bundle = await build({
      entryPoints: [join(import.meta.dirname, "harness/label-flood.worker.ts")],
      bundle: true,
      write: false,
      format: "esm",
    });
    const known = new Set(workerds());
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        telemetry: { enabled: false },
        name: "flood",
        modules: [{ type: "ESModule", path: "flood.js", contents: bundle.outputFiles[0]?.text ?? "" }],
        modulesRoot: ".",
        compatibilityDate: "2026-10-01",
      }),
    );
    try {
      await miniflare.ready;
      const [processId, ...others] = workerds().filter((id) => !known.has(id));
      expect([processId, others]).toEqual([expect.any(Number), []]);
      const flood = async (values: number) => {
        const answer = await miniflare.dispatchFetch(`http://flood/?values=${values}`);
        const { series, counted } = (await answer.json()) as { series: number; counted: number };
        return { values, series, counted, rssMiB: Math.round(rssBytes(processId as number) / 1024 ** 2) };
      };
      const before = await flood(METRIC_SERIES_PER_ISOLATE_MAX);
      const after = [];
      for (let index = 0; index < FLOODS; index++) after.push(await flood(VALUES));
      console.log(`after each flood of ${VALUES} label values:`);
      console.log([before, ...after].map((row) => JSON.stringify(row)).join("\n"));
      for (const { series, counted, rssMiB } of after) {
        // The series that all values beyond the limit are folded into, and those that say so and that a flush was sent.
        expect(series).toBeLessThanOrEqual(METRIC_SERIES_PER_ISOLATE_MAX + 30);
        expect(counted).toBe(VALUES);
        expect((rssMiB - before.rssMiB) * 1024 ** 2).toBeLessThanOrEqual(GROWTH_BYTES_MAX);
      }
    } finally {
      await miniflare.dispose();
    }
  });
});

/** Process ids of the workerds that this process started. */
function workerds(): number[] {
  return readdirSync("/proc").flatMap((id) => {
    if (!/^\d+$/.test(id)) return [];
    try {
      const text = readFileSync(`/proc/${id}/stat`, "utf8");
      const [, parent] = text.slice(text.lastIndexOf(")") + 2).split(" ");
      return text.includes("(workerd)") && Number(parent) === process.pid ? [Number(id)] : [];
    } catch {
      return [];
    }
  });
}

function rssBytes(processId: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${processId}/status`, "utf8"))?.[1]) * 1024;
}
