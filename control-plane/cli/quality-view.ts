/** Live quality as lines for a person: one table of versions, and of each version's groups where there are some. Pure: the answer in, lines out. */
import type { QualityAnswer, VersionQuality } from "../api/quality-schemas.ts";
import { formatTime } from "./format.ts";
import { tableLines, type Column } from "./table.ts";
import type { Paint } from "./views.ts";

export function qualityView(answer: QualityAnswer, paint: Paint): string[] {
  const { model, from, to, versions } = answer;
  const title = (text: string): string => paint("bold", text);
  const lines = [`${model}, predictions of ${formatTime(from)} to ${formatTime(to)}`, ""];
  if (versions.length === 0) return [...lines, "no receipt was issued and no truth has come"];
  lines.push(...tableLines(columnsOf(versions, paint), versions, title));
  for (const { version, groups } of versions) {
    if (groups.every(({ group }) => group === null)) continue;
    const columns: Column<VersionQuality["groups"][number]>[] = [
      { title: `${version} GROUP`, cell: ({ group }) => group ?? "(none)" },
      ...figuresFor(groups),
      { title: "DISPARATE IMPACT", cell: (row) => number(row.disparateImpact), align: "right" },
    ];
    lines.push("", ...tableLines(columns, groups, title));
  }
  return lines;
}

type Figures = Pick<
  VersionQuality,
  "count" | "coverage" | "rmse" | "mae" | "bias" | "r2" | "absoluteErrorP95" | "accuracy" | "logLoss"
>;

function columnsOf(versions: readonly VersionQuality[], paint: Paint): Column<VersionQuality>[] {
  const hasBaseline = versions.some(({ baseline }) => baseline.rmse !== null);
  return [
    { title: "VERSION", cell: ({ version }) => version },
    ...figuresFor(versions),
    ...(hasBaseline
      ? [{ title: "BASELINE", cell: (row: VersionQuality) => baselineText(row, paint), align: "right" } as const]
      : []),
    // Made without truth, and said to be so: never to be taken for the RMSE beside it.
    ...(versions.some(({ estimate }) => estimate !== null)
      ? [{ title: "RMSE ESTIMATE", cell: (row: VersionQuality) => estimateText(row), align: "right" } as const]
      : []),
    { title: "TRUTH AFTER", cell: ({ delay }) => (delay === null ? "-" : duration(delay.p50Seconds)), align: "right" },
  ];
}

const countColumns: Column<Figures>[] = [
  { title: "TRUTHS", cell: ({ count }) => String(count), align: "right" },
  { title: "COVERAGE", cell: ({ coverage }) => (coverage === null ? "-" : `${(coverage * 100).toFixed(1)} %`), align: "right" },
];

const valueColumns: Column<Figures>[] = [
  { title: "RMSE", cell: ({ rmse }) => number(rmse), align: "right" },
  { title: "MAE", cell: ({ mae }) => number(mae), align: "right" },
  { title: "BIAS", cell: ({ bias }) => number(bias), align: "right" },
  { title: "R²", cell: ({ r2 }) => number(r2), align: "right" },
  { title: "P95 ERROR", cell: ({ absoluteErrorP95 }) => number(absoluteErrorP95), align: "right" },
];

const classifierColumns: Column<Figures>[] = [
  { title: "ACCURACY", cell: ({ accuracy }) => number(accuracy), align: "right" },
  { title: "LOG LOSS", cell: ({ logLoss }) => number(logLoss), align: "right" },
];

/** A line is of one kind as a rule; where it is of both, all columns are shown. */
function figuresFor(rows: readonly Figures[]): Column<Figures>[] {
  const hasClasses = rows.some(({ accuracy }) => accuracy !== null);
  const hasValues = rows.some(({ rmse }) => rmse !== null);
  return [...countColumns, ...(hasValues || !hasClasses ? valueColumns : []), ...(hasClasses ? classifierColumns : [])];
}

/** Over its baseline by more than a tenth is what the performance trigger looks for. */
function baselineText({ rmse, baseline }: VersionQuality, paint: Paint): string {
  if (baseline.rmse === null) return "-";
  if (rmse === null || !(baseline.rmse > 0)) return number(baseline.rmse);
  const percent = (rmse / baseline.rmse - 1) * 100;
  const text = `${number(baseline.rmse)} (${percent >= 0 ? "+" : ""}${percent.toFixed(1)} %)`;
  return paint(percent > 10 ? "red" : "green", text);
}

const estimateText = ({ estimate }: VersionQuality): string =>
  estimate === null ? "-" : `~${number(estimate.rmse)} (${estimate.rows} rows)`;

const number = (value: number | null): string => (value === null ? "-" : String(Number(value.toPrecision(5))));

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3600) return `${(seconds / 60).toFixed(1)} min`;
  return seconds < 86_400 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} d`;
}
