/** The gate "latency": the 95th percentile of the staged candidate as a caller sees it. Pure. */
import type { LatencyEvidence } from "./evidence.ts";
import { gapSentence } from "./gap-sentence.ts";
import type { Measured } from "./measured.ts";
import type { GatePolicy } from "./policy.ts";
import { failed, inconclusive, pass, type Finding } from "./verdict.ts";

export function judgeLatency(evidence: Measured<LatencyEvidence>, policy: GatePolicy["latency"]): Finding {
  if (evidence.state === "missing") return inconclusive(evidence.gap.reason, gapSentence(evidence.gap));
  const { requests, failed: failures, firstFailure, coldMs, p95Ms, p99Ms } = evidence.value;
  const numbers = { requests, failed: failures, coldMs, p50Ms: evidence.value.p50Ms, p95Ms, p99Ms, p95MsMax: policy.p95MsMax };
  if (failures > 0) {
    return failed(
      "requests_failed",
      `${failures} of ${requests} requests failed, the first with ${firstFailure ?? "no answer"}`,
      numbers,
    );
  }
  if (!(requests >= policy.requests)) {
    return inconclusive("requests_too_few", `${requests} requests were measured, and ${policy.requests} are needed`, numbers);
  }
  const shown = `P95 ${p95Ms.toFixed(1)} ms over ${requests} requests, cold start ${coldMs.toFixed(0)} ms`;
  return p95Ms < policy.p95MsMax
    ? pass("fast_enough", `${shown}; the limit is ${policy.p95MsMax} ms`, numbers)
    : failed("p95_over_limit", `${shown}; the limit is ${policy.p95MsMax} ms`, numbers);
}
