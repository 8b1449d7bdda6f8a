/** Load on one URL, by autocannon in a process of its own (its work must not share a thread with what it measures), and paired medians. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const AUTOCANNON = join(import.meta.dirname, "../../node_modules/autocannon/autocannon.js");

export interface Load {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
}

/** POSTs `body` from `connections` keep-alive connections for `seconds`, as fast as answers come or at `rate` a second. Throws when any answer was not 200: a fast error is no result. */
export async function load(url: string, body: string, connections: number, seconds: number, rate?: number): Promise<Load> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      AUTOCANNON,
      "--json",
      "-m",
      "POST",
      "-H",
      "content-type: application/json",
      "-b",
      body,
      "-c",
      String(connections),
      "-d",
      String(seconds),
      ...(rate === undefined ? [] : ["-R", String(rate)]),
      url,
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  const result = JSON.parse(stdout) as {
    requests: { average: number };
    latency: { p50: number; p99: number };
    non2xx: number;
    errors: number;
  };
  if (result.non2xx + result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} answers were not 200, ${result.errors} errors`);
  return { requestsPerSecond: result.requests.average, p50Ms: result.latency.p50, p99Ms: result.latency.p99 };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Median of a/b over the pairs of the same round, so that a machine whose speed drifts does not move it. */
export function pairedRatio(a: readonly Load[], b: readonly Load[]): { median: number; min: number; max: number } {
  const ratios = a.map(({ requestsPerSecond }, round) => requestsPerSecond / (b[round] as Load).requestsPerSecond);
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}
