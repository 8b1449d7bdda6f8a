/** Drift's answers as lines for a person. Pure: answers in, lines out. */
import type {
  DriftReportAnswer,
  DriftReportsAnswer,
  DriftReportSummary,
  DriftVerdict,
  LiveReferenceAnswer,
} from "../api/drift-schemas.ts";
import { terminalView } from "../../drift-job/report/terminal-view.ts";
import { formatTime } from "./format.ts";
import { fieldLines, tableLines, type Column } from "./table.ts";
import type { Style } from "./terminal.ts";
import type { Paint } from "./views.ts";

const VERDICT_STYLES: Record<DriftVerdict, Style> = {
  drift: "red",
  some_features: "yellow",
  no_drift: "green",
  not_enough_data: "yellow",
};
const VERDICT_WORDS: Record<DriftVerdict, string> = {
  drift: "drift",
  some_features: "some features drifted",
  no_drift: "no drift",
  not_enough_data: "not enough data",
};

const paintVerdict = (verdict: DriftVerdict, paint: Paint): string => paint(VERDICT_STYLES[verdict], VERDICT_WORDS[verdict]);
const title =
  (paint: Paint) =>
  (text: string): string =>
    paint("bold", text);

export function driftReportsView({ reports }: DriftReportsAnswer, paint: Paint): string[] {
  if (reports.length === 0) return ["no drift reports yet: `edgewise drift live --model <name>` makes one now"];
  const columns: Column<DriftReportSummary>[] = [
    { title: "ID", cell: ({ id }) => String(id), align: "right" },
    { title: "MODEL", cell: ({ model }) => model },
    { title: "VERSION", cell: ({ version }) => version ?? "-" },
    { title: "VERDICT", cell: ({ verdict }) => paintVerdict(verdict, paint) },
    { title: "ORIGIN", cell: ({ origin }) => origin },
    { title: "FROM", cell: ({ windowFrom }) => formatTime(windowFrom) },
    { title: "TO", cell: ({ windowTo }) => formatTime(windowTo) },
    { title: "REGION", cell: ({ region }) => region ?? "all" },
    { title: "ROWS", cell: ({ currentRows }) => String(currentRows), align: "right" },
    { title: "MADE", cell: ({ createdAt }) => formatTime(createdAt) },
  ];
  return tableLines(columns, reports, title(paint));
}

export function driftReportView(answer: DriftReportAnswer, paint: Paint): string[] {
  const { id, model, version, verdict, report } = answer;
  return [
    `drift report ${id} of ${model}${version === null ? "" : ` ${version}`}: ${paintVerdict(verdict, paint)}${spanText(answer)}`,
    ...terminalView(report, paint),
  ];
}

export function referenceView(answer: LiveReferenceAnswer, paint: Paint): string[] {
  const { model, version, source, rows, windowFrom, windowTo, region, reason, createdAt, createdBy } = answer;
  const live: [string, string][] = [
    ["window", `${formatTime(windowFrom)} to ${formatTime(windowTo)}`],
    ["region", region ?? "all"],
    ["reason", reason ?? "-"],
    ["made", `${formatTime(createdAt)} by ${createdBy ?? "-"}`],
  ];
  return fieldLines(
    [
      ["model", `${model} ${version}`],
      ["reference", source === "live" ? "a window of live traffic" : "as registered, from the manifest"],
      ["rows", String(rows)],
      ...(source === "live" ? live : []),
    ],
    (text) => paint("dim", text),
  );
}

// --- Not exported ---

const spanText = ({ windowFrom, windowTo, region }: DriftReportSummary): string =>
  windowFrom === null ? "" : `, ${formatTime(windowFrom)} to ${formatTime(windowTo)}, ${region ?? "all regions"}`;
