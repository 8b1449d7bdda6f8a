/** What the edge is asked for live quality: its ledgers, and the receipts it issued as its counters tell. Reads only; never throws. */
import { edgeQualityAnswer, type LedgerAnswer } from "../../contract/quality-ledger.ts";
import { parseSeriesText } from "../../contract/series-text.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { EdgeView } from "../metrics/edge-counts.ts";
import type { LedgerCursor } from "./collect-quality.ts";
import type { EstimatedTotal, IssuedTotal } from "./quality-records.ts";

const TIMEOUT_MS = 10_000;

export function edgeLedgers(edgeUrl: string, edgeToken: string) {
  return async function readLedgers(cursors: readonly LedgerCursor[]): Promise<Result<LedgerAnswer[], string>> {
    const since = cursors.map(({ ledger, epoch, revision }) => `${ledger}:${epoch}:${revision}`).join(",");
    try {
      const response = await fetch(`${edgeUrl}/internal/quality${since === "" ? "" : `?since=${since}`}`, {
        headers: { authorization: `Bearer ${edgeToken}` },
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      if (!response.ok) return fail(`it answered ${response.status}`);
      const answer = edgeQualityAnswer.safeParse(JSON.parse(text));
      if (!answer.success) return fail(`the answer is not of a known schema: ${answer.error.issues[0]?.path.join(".")}`);
      return succeed(answer.data.ledgers);
    } catch (error) {
      return fail(error instanceof Error ? error.message : String(error));
    }
  };
}

const NAMES = /^receipts_(issued|favourable)_total\{/;

/** Undefined while a shard was never seen: its share would look like receipts issued later. */
export function countedTotals({
  totals,
}: Pick<EdgeView, "totals">): { issued: IssuedTotal[]; estimated: EstimatedTotal[] } | undefined {
  if (totals.state === "incomplete") return undefined;
  return { issued: issuedTotals(totals.counters), estimated: estimatedTotals(totals.counters) };
}

// --- Not exported ---

type Counters = Extract<EdgeView["totals"], { state: "complete" }>["counters"];

function issuedTotals(counters: Counters): IssuedTotal[] {
  const byKey = new Map<string, IssuedTotal>();
  for (const [text, value] of counters) {
    const series = NAMES.test(text) ? parseSeriesText(text) : undefined;
    const { model, version, group } = series?.labels ?? {};
    // Folded into `other` where an isolate had too many series: of no version that one could name.
    if (!series || model === undefined || group === undefined || !/^v[1-9]\d*$/.test(version ?? "")) continue;
    const key = `${model} ${version} ${group}`;
    const total = byKey.get(key) ?? {
      model,
      version: version as string,
      group: group === "none" ? "" : group,
      issued: 0,
      favourable: 0,
    };
    byKey.set(key, total);
    total[series.name === "receipts_issued_total" ? "issued" : "favourable"] += value;
  }
  return [...byKey.values()];
}

function estimatedTotals(counters: Counters): EstimatedTotal[] {
  const byKey = new Map<string, EstimatedTotal>();
  for (const [text, value] of counters) {
    const series = text.startsWith("rmse_estimate_") ? parseSeriesText(text) : undefined;
    const { model, version, outcome = "estimated" } = series?.labels ?? {};
    if (!series || model === undefined || outcome !== "estimated" || !/^v[1-9]\d*$/.test(version ?? "")) continue;
    const key = `${model} ${version}`;
    const total = byKey.get(key) ?? { model, version: version as string, rows: 0, squaredError: 0 };
    byKey.set(key, total);
    total[series.name === "rmse_estimate_rows_total" ? "rows" : "squaredError"] += value;
  }
  return [...byKey.values()];
}
