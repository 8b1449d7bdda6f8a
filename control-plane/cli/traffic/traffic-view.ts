/** The live view of `edgewise traffic`: a block of lines for a terminal, one line for a pipe. Pure. */
import { formatMs, formatRecord } from "../format.ts";
import { fieldLines, tableLines } from "../table.ts";
import type { Paint } from "../views.ts";
import type { Percentiles, TrafficSummary } from "./tally.ts";
import type { TruthSummary } from "./truth.ts";

export function trafficBlock(model: string, summary: TrafficSummary, paint: Paint, truth?: TruthSummary): string[] {
  const { recent, latency } = summary;
  const dim = (text: string): string => paint("dim", text);
  const errors = formatRecord(summary.byError);
  const rows = [
    { over: `last ${Math.round(recent.seconds)} s`, percentiles: recent as Percentiles },
    { over: "in all", percentiles: latency },
  ];
  return [
    paint("bold", `${model}  ${(summary.elapsedMs / 1000).toFixed(0)} s`),
    ...fieldLines(
      [
        ["rate", `${summary.askedPerSecond}/s asked, ${recent.perSecond}/s got, ${summary.inFlight} in flight`],
        ["requests", `${summary.requests} sent, ${summary.succeeded} answered, ${summary.failed} failed`],
        ["status", formatRecord(summary.byStatus)],
        ["version", formatRecord(summary.byVersion)],
        ["generation", formatRecord(summary.byGeneration)],
        ["errors", errors === "-" ? "none" : paint("red", errors)],
        ...(truth ? [["truth", truthText(truth)] as const] : []),
      ],
      dim,
    ),
    ...tableLines(
      [
        { title: "latency", cell: ({ over }) => over },
        { title: "p50", cell: ({ percentiles }) => formatMs(percentiles.p50Ms), align: "right" },
        { title: "p95", cell: ({ percentiles }) => formatMs(percentiles.p95Ms), align: "right" },
        { title: "p99", cell: ({ percentiles }) => formatMs(percentiles.p99Ms), align: "right" },
        { title: "max", cell: ({ percentiles }) => formatMs(percentiles.maxMs), align: "right" },
      ],
      rows,
      dim,
    ),
  ];
}

function truthText({ sent, waiting, withoutTruth, byOutcome, rmse }: TruthSummary): string {
  const unknown = withoutTruth === 0 ? "" : `, ${withoutTruth} without`;
  const error = rmse === null ? "" : `; RMSE of what was sent ${rmse.toFixed(4)}`;
  return `${sent} sent, ${waiting} to come${unknown}; ${formatRecord(byOutcome)}${error}`;
}

export function trafficLine(summary: TrafficSummary): string {
  const { recent } = summary;
  const errors = summary.failed === 0 ? "" : `  errors ${formatRecord(summary.byError)}`;
  return (
    `${(summary.elapsedMs / 1000).toFixed(0)} s  ${recent.perSecond}/s of ${summary.askedPerSecond}/s` +
    `  p50 ${formatMs(recent.p50Ms)}  p95 ${formatMs(recent.p95Ms)}  p99 ${formatMs(recent.p99Ms)}` +
    `  sent ${summary.requests}  status ${formatRecord(summary.byStatus)}  version ${formatRecord(summary.byVersion)}` +
    `  generation ${formatRecord(summary.byGeneration)}${errors}`
  );
}
