/** The SLA report as lines for a person. Pure: the answer in, lines out. */
import type { Objective, SlaAnswer } from "../api/sla-schemas.ts";
import { formatTime } from "./format.ts";
import { tableLines, type Column } from "./table.ts";
import type { Style } from "./terminal.ts";
import type { Paint } from "./views.ts";

const COMPLIANCES: Record<Objective["compliance"], { text: string; style: Style }> = {
  met: { text: "met", style: "green" },
  missed: { text: "missed", style: "red" },
  not_enough_data: { text: "not enough data", style: "yellow" },
  no_data: { text: "no data", style: "dim" },
};
const NAMES: Record<Objective["objective"], string> = {
  uptime: "uptime",
  latency_p95: "P95 latency",
  error_rate: "error rate",
  model_rmse: "RMSE",
  drift_checked: "drift checked",
};
const COMPARISONS: Record<Objective["comparison"], string> = { at_least: "≥ ", at_most: "≤ ", below: "< " };

export function slaView(answer: SlaAnswer, paint: Paint): string[] {
  const columns: Column<Objective>[] = [
    {
      title: "OBJECTIVE",
      cell: ({ objective, model }) => (model === null ? NAMES[objective] : `${NAMES[objective]} of ${model}`),
    },
    { title: "TARGET", cell: (row) => COMPARISONS[row.comparison] + valueText(row, row.target), align: "right" },
    { title: "CURRENT", cell: currentText, align: "right" },
    { title: "COMPLIANCE", cell: ({ compliance }) => paint(COMPLIANCES[compliance].style, COMPLIANCES[compliance].text) },
    { title: "BUDGET LEFT", cell: ({ budgetLeft }) => (budgetLeft === null ? "-" : percent(budgetLeft, 1)), align: "right" },
  ];
  return [
    `${formatTime(answer.from)} to ${formatTime(answer.to)}: ${coverageText(answer)}`,
    `down ${secondsText(answer.downSeconds)}, unknown ${secondsText(answer.unknownSeconds)}, ${answer.requests} requests, ${answer.errors} errors`,
    "",
    ...tableLines(columns, answer.objectives, (text) => paint("bold", text)),
  ];
}

function coverageText({ coverage, coverageMin, dataFrom }: SlaAnswer): string {
  if (dataFrom === null) return "nothing is known of this span";
  const needed = coverage < coverageMin ? ` of ${percent(coverageMin, 0)} needed, data from ${formatTime(dataFrom)}` : "";
  return `${percent(coverage, 2)} known${needed}`;
}

const currentText = (row: Objective): string =>
  row.current === null ? "-" : `${row.isAtLeast ? "over " : ""}${valueText(row, row.current)}`;

function valueText({ objective }: Objective, value: number): string {
  switch (objective) {
    case "uptime":
      return percent(value, 3);
    case "error_rate":
      return percent(value, 3, Math.ceil);
    case "latency_p95":
      return `${(value * 1000).toFixed(1)} ms`;
    case "model_rmse":
      return String(Number(value.toPrecision(5)));
    case "drift_checked":
      return `${(Math.ceil(value * 10) / 10).toFixed(1)} h`;
  }
}

/** Never to the better side: 99.4996 % is not shown as the 99.5 % that it does not reach. */
const percent = (ratio: number, digits: number, toWorse: (value: number) => number = Math.floor): string => {
  const scale = 10 ** digits;
  // What is a whole number but for the error of the division must not lose a digit.
  const scaled = Number((ratio * 100 * scale).toPrecision(12));
  return `${(toWorse(scaled) / scale).toFixed(digits)} %`;
};

const secondsText = (seconds: number): string => `${Number(seconds.toFixed(1))} s`;
