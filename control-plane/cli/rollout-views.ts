/** Rollouts, shadows and release policies as lines for a person. Pure: answers in, lines out. */
import type {
  ArmCounts,
  BakeState,
  Finding,
  ReleasePolicy,
  ReleasePolicyAnswer,
  RolloutAnswer,
  RolloutEvent,
  RolloutState,
  ShadowAnswer,
} from "../api/rollout-schemas.ts";
import { formatRecord, formatTime } from "./format.ts";
import { formatStep } from "./rollout-steps.ts";
import { fieldLines, tableLines, type Column } from "./table.ts";
import type { Style } from "./terminal.ts";
import type { Paint } from "./views.ts";

const STATE_STYLES: Record<RolloutState, Style> = { running: "cyan", paused: "yellow", completed: "green", aborted: "red" };
const OUTCOME_STYLES: Record<Finding["outcome"], Style> = { pass: "green", fail: "red", inconclusive: "yellow" };
const BAKE_STYLES: Record<BakeState, Style> = {
  watching: "cyan",
  passed: "green",
  rolled_back: "red",
  held: "red",
  ended: "dim",
};

const percent = (ratio: number | null): string => (ratio === null ? "-" : `${(ratio * 100).toFixed(2)} %`);

export function rolloutView(rollout: RolloutAnswer, paint: Paint): string[] {
  const { plan, step, state } = rollout;
  const { errorShareMargin, latencyMs, slowShareMargin, rmseRatioMax, predictionDistanceMax } = plan.thresholds;
  const places = [...(plan.cohort?.countries ?? []), ...(plan.cohort?.regions ?? [])];
  const fields: [string, string][] = [
    ["rollout", `${rollout.id}  ${rollout.model} ${paint("bold", rollout.version)} beside ${rollout.stable}`],
    ["state", paint(STATE_STYLES[state], state)],
    ["reason", rollout.reason],
    [
      "steps",
      plan.steps.map((one, at) => `${at === step && rollout.endedAt === null ? "▶" : " "} ${formatStep(one)}`).join("\n"),
    ],
    ["callers", places.length === 0 ? "everywhere" : places.join(" ")],
    [
      "limits",
      `errors +${percent(errorShareMargin)}, slower than ${latencyMs} ms +${percent(slowShareMargin)}, live RMSE ×${rmseRatioMax}, predictions elsewhere ${percent(predictionDistanceMax)}`,
    ],
    ["generation", String(rollout.generation)],
    ["begun", `${formatTime(rollout.startedAt)} by ${rollout.by.name}`],
    ["ended", formatTime(rollout.endedAt)],
  ];
  const events: Column<RolloutEvent>[] = [
    { title: "AT", cell: ({ at }) => formatTime(at) },
    { title: "EVENT", cell: ({ kind }) => kind },
    { title: "STEP", cell: (event) => `${plan.steps[event.step]?.percent ?? "-"} %`, align: "right" },
    { title: "GENERATION", cell: ({ generation }) => String(generation ?? "-"), align: "right" },
    { title: "BY", cell: ({ by }) => by.name },
    { title: "WHY", cell: ({ reason }) => reason },
  ];
  return [
    ...fieldLines(fields, (text) => paint("dim", text)),
    ...(rollout.current === null ? [] : ["", ...evidenceLines(rollout.current, paint)]),
    "",
    ...tableLines(events, rollout.events, (text) => paint("bold", text)),
  ];
}

function evidenceLines({ stable, canary, findings, notes = [] }: NonNullable<RolloutAnswer["current"]>, paint: Paint): string[] {
  const arms = [
    { name: "stable", arm: stable },
    { name: "canary", arm: canary },
  ].flatMap(({ name, arm }) => (arm === null ? [] : [{ name, arm }]));
  const columns: Column<{ name: string; arm: ArmCounts }>[] = [
    { title: "THIS STEP", cell: ({ name }) => name },
    { title: "REQUESTS", cell: ({ arm }) => String(arm.requests), align: "right" },
    { title: "ERRORS", cell: ({ arm }) => String(arm.errors), align: "right" },
    { title: "SLOW", cell: ({ arm }) => String(arm.slow), align: "right" },
  ];
  const counts = arms.length === 0 ? [] : tableLines(columns, arms, (text) => paint("bold", text));
  return [...counts, ...findingLines(findings, paint), ...notes.map((note) => paint("dim", note))];
}

const findingLines = (findings: readonly Finding[], paint: Paint): string[] =>
  findings.map(({ metric, outcome, text }) => `${paint(OUTCOME_STYLES[outcome], outcome.padEnd(12))} ${metric}: ${text}`);

export function shadowView({ model, shadow, generation, counts }: ShadowAnswer, paint: Paint): string[] {
  if (shadow === null) return [`${model} has no shadow: \`edgewise shadow start ${model} <version>\` begins one`];
  const { absolute, relative } = shadow.tolerance;
  const fields: [string, string][] = [
    ["shadow", `${model} ${paint("bold", shadow.version)}, generation ${generation}`],
    ["agrees within", `${absolute} + ${percent(relative)} of the answer`],
  ];
  if (counts === null) return fieldLines([...fields, ["counts", "the edge cannot be read"]], (text) => paint("dim", text));
  fields.push(
    ["answers", formatRecord(counts.requests)],
    ["rows", formatRecord(counts.rows)],
    ["disagreement", percent(counts.disagreementRatio)],
    ["added errors", percent(counts.addedErrorRatio)],
    ["mean difference", counts.meanDifference === null ? "-" : counts.meanDifference.toPrecision(4)],
  );
  const filled = counts.differences.filter(({ higher, lower }) => higher + lower > 0);
  const columns: Column<(typeof filled)[number]>[] = [
    { title: "DIFFERENCE UP TO", cell: ({ le }) => le, align: "right" },
    { title: "SHADOW HIGHER", cell: ({ higher }) => String(higher), align: "right" },
    { title: "SHADOW LOWER", cell: ({ lower }) => String(lower), align: "right" },
  ];
  const lines = fieldLines(fields, (text) => paint("dim", text));
  return filled.length === 0 ? lines : [...lines, "", ...tableLines(columns, filled, (text) => paint("bold", text))];
}

export function releasePolicyView({ model, policy, bakes }: ReleasePolicyAnswer, paint: Paint): string[] {
  const lines =
    policy === null
      ? [`${model} has no release policy: nothing is rolled back automatically`]
      : fieldLines(policyFields(policy), (text) => paint("dim", text));
  if (bakes.length === 0) return lines;
  const columns: Column<ReleasePolicyAnswer["bakes"][number]>[] = [
    { title: "VERSION", cell: ({ version }) => version },
    { title: "GENERATION", cell: ({ generation }) => String(generation), align: "right" },
    { title: "STATE", cell: ({ state }) => paint(BAKE_STYLES[state], state.replace("_", " ")) },
    { title: "FROM", cell: ({ startedAt }) => formatTime(startedAt) },
    { title: "ENDED", cell: ({ endedAt }) => formatTime(endedAt) },
    { title: "WHY", cell: ({ text }) => text || "-" },
  ];
  return [...lines, "", ...tableLines(columns, bakes, (text) => paint("bold", text))];
}

function policyFields(policy: ReleasePolicy): [string, string][] {
  const { errorShareMax, p95MsMax, rmseMax, refusalsMax, alerts } = policy;
  return [
    ["watched for", `${policy.bakeMinutes} minutes, from ${policy.requestsMin} requests on`],
    ["errors", errorShareMax === undefined ? "not judged" : `at most ${percent(errorShareMax)}`],
    ["P95", p95MsMax === undefined ? "not judged" : `at most ${p95MsMax} ms`],
    ["live RMSE", rmseMax === undefined ? "not judged" : `at most ${rmseMax}, from ${policy.truthsMin} truths on`],
    ["refusals", refusalsMax === undefined ? "not judged" : `at most ${refusalsMax}`],
    ["alerts", alerts.join(", ") || "none"],
    ["cooldown", `${policy.cooldownMinutes} minutes`],
  ];
}
