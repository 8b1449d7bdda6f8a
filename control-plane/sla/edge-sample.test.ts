import { describe, expect, it } from "vitest";
import { seriesText } from "../../contract/series-text.ts";
import type { EdgeView } from "../metrics/edge-counts.ts";
import { edgeSample } from "./edge-sample.ts";

const answered: EdgeView["look"] = { atMs: 1000, durationMs: 1, state: "answered", readings: [] };
const silent = (reason: "token_not_set" | "unreachable" | "timeout" | "refused" | "unreadable") =>
  ({ atMs: 1000, durationMs: 1, state: "silent", reason, detail: "" }) as const;
const incomplete: EdgeView["totals"] = { state: "incomplete", unseen: [0] };

function complete(...series: [name: string, labels: Record<string, string>, value: number][]): EdgeView["totals"] {
  const counters = new Map(series.map(([name, labels, value]) => [seriesText(name, labels), value]));
  return { state: "complete", counters, gauges: new Map(), isolates: 1, createdAtMs: 0 };
}

describe("edgeSample", () => {
  it("adds requests over all labels, those with a 5xx status as errors, and the latency buckets", () => {
    const totals = complete(
      ["http_requests_total", { method: "POST", endpoint: "/predict", status: "200" }, 90],
      ["http_requests_total", { method: "POST", endpoint: "/predict", status: "503" }, 4],
      ["http_requests_total", { method: "GET", endpoint: "/health", status: "500" }, 1],
      ["http_requests_total", { method: "POST", endpoint: "/predict", status: "415" }, 5],
      ["request_latency_seconds_bucket", { le: "0.1" }, 80],
      ["request_latency_seconds_bucket", { le: "+Inf" }, 94],
      ["request_latency_seconds_count", {}, 94],
      ["http_request_duration_seconds_bucket", { method: "GET", endpoint: "/health", le: "0.1" }, 1],
      ["predictions_total", { model: "m", version: "v1" }, 900],
    );
    const sample = edgeSample({ look: answered, totals });
    expect(sample).toMatchObject({ atMs: 1000, edgeUp: true, requestsTotal: 100, errorsTotal: 5 });
    expect(sample?.latencyBuckets).toContainEqual([0.1, 80]);
    expect(sample?.latencyBuckets.at(-1)).toEqual([Number.POSITIVE_INFINITY, 94]);
  });

  it("takes an edge that does not answer for down", () => {
    for (const reason of ["unreachable", "timeout"] as const) {
      expect(edgeSample({ look: silent(reason), totals: complete() })).toMatchObject({ edgeUp: false });
    }
  });

  it("says nothing where nothing is known", () => {
    for (const reason of ["token_not_set", "refused", "unreadable"] as const) {
      expect(edgeSample({ look: silent(reason), totals: complete() })).toBeUndefined();
    }
    expect(edgeSample({ look: answered, totals: incomplete })).toBeUndefined();
  });
});
