/** The answers about gates and evaluation sets as lines for a person. Pure: answers in, lines out. */
import type { EvaluationSetAnswer, GatePolicyAnswer, GatesAnswer, ReplayAnswer } from "../api/gate-schemas.ts";
import { GATES, type Verdict } from "../gates/verdict.ts";
import { formatBytes, formatTime } from "./format.ts";
import { fieldLines, tableLines, type Column } from "./table.ts";
import type { Style } from "./terminal.ts";
import type { Paint } from "./views.ts";

const OUTCOME_STYLES: Record<Verdict["outcome"], Style> = { pass: "green", fail: "red", inconclusive: "yellow" };
const DIGEST_CHARACTERS_SHOWN = 12;

/** Every gate, the ones that are off too: what is not asked is said. */
export function gatesView(answer: GatesAnswer, paint: Paint): string[] {
  const rows = GATES.map((gate) => ({
    gate,
    level: answer.levels[gate],
    verdict: answer.verdicts.find((one) => one.gate === gate),
  }));
  const columns: Column<(typeof rows)[number]>[] = [
    { title: "GATE", cell: ({ gate }) => gate },
    { title: "LEVEL", cell: ({ level }) => (level === "off" ? paint("dim", level) : level) },
    {
      title: "VERDICT",
      cell: ({ verdict }) => (verdict ? paint(OUTCOME_STYLES[verdict.outcome], verdict.outcome) : paint("dim", "-")),
    },
    { title: "WHY", cell: ({ verdict }) => verdict?.sentence ?? paint("dim", "not asked") },
  ];
  return [
    ...headOf(answer, paint),
    "",
    ...tableLines(columns, rows, (text) => paint("bold", text)),
    "",
    decisionOf(answer, paint),
  ];
}

function headOf({ model, version, policyId, policy, run, evidence, evidenceSha256 }: GatesAnswer, paint: Paint): string[] {
  const { set } = evidence;
  const policyText =
    policyId === null ? "the default: none has been set for this model" : `number ${policyId}${policy.dryRun ? ", dry run" : ""}`;
  return fieldLines(
    [
      ["version", `${model} ${paint("bold", version)}`],
      ["production", evidence.production?.version ?? "none"],
      ["policy", policyText],
      ["evaluation", set === null ? "no set" : `${set.name}, ${set.rows} rows, ${set.sha256.slice(0, DIGEST_CHARACTERS_SHOWN)}`],
      ["measured", run === null ? "never" : `${formatTime(run.at)} by ${run.by.name}, run ${run.id}`],
      ["evidence", evidenceSha256.slice(0, DIGEST_CHARACTERS_SHOWN)],
    ],
    (text) => paint("dim", text),
  );
}

function decisionOf({ outcome, version, verdicts }: GatesAnswer, paint: Paint): string {
  const stoppedBy = verdicts.filter(({ level, outcome }) => level === "block" && outcome !== "pass").map(({ gate }) => gate);
  switch (outcome) {
    case "passed":
      return paint("green", `${version} may go into production`);
    case "stopped":
      return paint("red", `${version} may not go into production: ${stoppedBy.join(", ")}`);
    case "stopped_in_dry_run":
      return paint("yellow", `${version} would be stopped by ${stoppedBy.join(", ")}; the policy is a dry run, so it may go`);
  }
}

export function policyView({ model, id, policy, history }: GatePolicyAnswer, paint: Paint): string[] {
  const head = id === null ? `${model} has no policy of its own; the default holds:` : `${model}, policy ${id}:`;
  const lines = [head, JSON.stringify(policy, null, 2)];
  if (history.length === 0) return lines;
  const columns: Column<GatePolicyAnswer["history"][number]>[] = [
    { title: "POLICY", cell: (row) => String(row.id), align: "right" },
    { title: "SET", cell: (row) => formatTime(row.at) },
    { title: "BY", cell: (row) => row.by.name },
    { title: "REASON", cell: (row) => row.reason },
  ];
  return [...lines, "", ...tableLines(columns, history, (text) => paint("bold", text))];
}

export function replayView({ model, promotions }: ReplayAnswer, paint: Paint): string[] {
  if (promotions.length === 0) return [`nothing of ${model} has been promoted yet`];
  const styles = { passes: "green", stopped: "red", unknown: "dim" } as const;
  const columns: Column<ReplayAnswer["promotions"][number]>[] = [
    { title: "AT", cell: ({ at }) => formatTime(at) },
    { title: "VERSION", cell: ({ version }) => version },
    { title: "GENERATION", cell: ({ generation }) => String(generation ?? "-"), align: "right" },
    { title: "BY", cell: ({ by }) => by.name },
    { title: "THIS POLICY", cell: ({ outcome }) => paint(styles[outcome], outcome) },
    {
      title: "WHY",
      cell: ({ outcome, stoppedBy }) => (outcome === "unknown" ? "its gates were not recorded" : whyStopped(stoppedBy)),
    },
  ];
  const stopped = promotions.filter(({ outcome }) => outcome === "stopped").length;
  return [
    ...tableLines(columns, promotions, (text) => paint("bold", text)),
    "",
    `${stopped} of ${promotions.length} promotions would have been stopped`,
  ];
}

const whyStopped = (stoppedBy: readonly Verdict[]): string =>
  stoppedBy.map(({ gate, outcome, sentence }) => `${gate} ${outcome}: ${sentence}`).join("; ") || "-";

export function setsView(sets: readonly EvaluationSetAnswer[], paint: Paint): string[] {
  if (sets.length === 0) return ["no evaluation sets: `edgewise evaluation add <model> <name> <file> --label <column>` adds one"];
  const columns: Column<EvaluationSetAnswer>[] = [
    { title: "NAME", cell: ({ name }) => name },
    { title: "ROWS", cell: ({ rows }) => String(rows), align: "right" },
    { title: "LABELLED", cell: ({ labelledRows }) => String(labelledRows), align: "right" },
    { title: "LABEL", cell: ({ spec }) => spec.label },
    { title: "GROUP", cell: ({ spec }) => (spec.group ? `${spec.group.column} (${spec.group.privileged})` : "-") },
    { title: "SIZE", cell: ({ bytes }) => formatBytes(bytes), align: "right" },
    { title: "SHA-256", cell: ({ sha256 }) => sha256.slice(0, DIGEST_CHARACTERS_SHOWN) },
    { title: "ADDED", cell: ({ at }) => formatTime(at) },
    { title: "BY", cell: ({ by }) => by.name },
  ];
  return tableLines(columns, sets, (text) => paint("bold", text));
}
