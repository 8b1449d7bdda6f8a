/** Retraining as lines for a person: runs, one run, its log, configurations, triggers. Pure: answers in, lines out. */
import type {
  ConfigAnswer,
  ConfigsAnswer,
  LogAnswer,
  PartOfData,
  RunAnswer,
  RunEvent,
  RunsAnswer,
  RunSummary,
  TriggersAnswer,
} from "../api/retrain-schemas.ts";
import type { RunState } from "../retraining/run-state.ts";
import { formatBytes, formatMs, formatRecord, formatTime } from "./format.ts";
import { fieldLines, tableLines, type Column } from "./table.ts";
import type { Style } from "./terminal.ts";
import type { Paint } from "./views.ts";

const STATE_STYLES: Partial<Record<RunState, Style>> = {
  done: "green",
  suggested: "yellow",
  rejected: "yellow",
  failed: "red",
  cancelled: "dim",
  dismissed: "dim",
};
const DIGEST_CHARACTERS_SHOWN = 12;

const paintState = (state: RunState, paint: Paint): string => paint(STATE_STYLES[state] ?? "cyan", state);
const digest = (sha256: string): string => sha256.slice(0, DIGEST_CHARACTERS_SHOWN);

const part = ({ rows, sha256, from, to }: PartOfData): string =>
  `${rows} rows, ${formatTime(from)} to ${formatTime(to)}, sha256 ${digest(sha256)}`;

export function runsView({ runs, next }: RunsAnswer, paint: Paint): string[] {
  if (runs.length === 0) return ["no runs match"];
  const columns: Column<RunSummary>[] = [
    { title: "RUN", cell: ({ id }) => String(id), align: "right" },
    { title: "MODEL", cell: ({ model }) => model },
    { title: "STATE", cell: ({ state }) => paintState(state, paint) },
    { title: "TRIGGER", cell: ({ trigger }) => trigger },
    { title: "VERSION", cell: ({ version }) => version ?? "-" },
    { title: "BEGAN", cell: ({ createdAt }) => formatTime(createdAt) },
    { title: "ENDED", cell: ({ finishedAt }) => formatTime(finishedAt) },
    { title: "OUTCOME", cell: ({ outcome, reason }) => outcome ?? reason },
  ];
  const lines = tableLines(columns, runs, (text) => paint("bold", text));
  return next === null ? lines : [...lines, "", "older runs exist: raise --limit"];
}

export function runView(run: RunAnswer, paint: Paint): string[] {
  return [
    ...fieldLines(runFields(run, paint), (text) => paint("dim", text)),
    "",
    ...run.events.map((event) => eventLine(event, paint)),
  ];
}

/** What is known of a run, name and value; what its steps have not found yet is left out. */
export function runFields(run: RunAnswer, paint: Paint): [string, string][] {
  const { fetched, preprocessed, trained, evaluated, compared } = run;
  const fields: [string, string][] = [
    ["run", `${run.id} of ${run.model}: ${paintState(run.state, paint)}${run.isCancelling ? ", is being cancelled" : ""}`],
    ["trigger", run.trigger],
    ["reason", run.reason],
    ["evidence", JSON.stringify(run.evidence)],
    ["asked by", `${run.requestedBy.name} at ${formatTime(run.createdAt)}, configuration ${run.configRevision}`],
  ];
  if (run.resumes > 0) fields.push(["resumed", `${run.resumes} times`]);
  if (fetched)
    fields.push([
      "files",
      fetched.files.map(({ name, bytes, sha256 }) => `${name} ${formatBytes(bytes)}, sha256 ${digest(sha256)}`).join("\n"),
    ]);
  if (preprocessed) {
    const { rowsRead, dropped, fit, validation, holdout } = preprocessed;
    fields.push(["rows read", `${rowsRead}${Object.keys(dropped).length > 0 ? `; left out: ${formatRecord(dropped)}` : ""}`]);
    fields.push(["to fit", part(fit)], ["to validate", part(validation)]);
    if (holdout) fields.push(["held out", part(holdout)]);
  }
  if (trained) {
    const { trainer, artifact, bytes, sha256, metrics, durationMs, memoryBytesMax, seed } = trained;
    fields.push(
      [
        "trainer",
        `${trainer.name} ${trainer.version}, seed ${seed}, ${formatMs(durationMs)}, ${formatBytes(memoryBytesMax)} of memory`,
      ],
      ["model file", `${artifact} ${formatBytes(bytes)}, sha256 ${digest(sha256)}`],
      ["its own metrics", formatRecord(metrics)],
    );
  }
  if (evaluated) fields.push(["measured", `${formatRecord(evaluated.metrics)} on ${evaluated.rows} ${evaluated.on} rows`]);
  if (compared) fields.push(["comparison", compared.sentence]);
  if (run.version !== null) fields.push(["version", paint("green", run.version)]);
  if (run.outcome !== null) fields.push(["outcome", `${run.outcome} (${formatTime(run.finishedAt)})`]);
  return fields;
}

export function eventLine({ at, kind, step, text, by }: RunEvent, paint: Paint): string {
  const what = kind.replace("_", " ");
  const name = step === null || text === step ? (step ?? "") : `${step}: `;
  return `${paint("dim", formatTime(at))}  ${what.padEnd(16)} ${name}${text === step ? "" : text}${by === "retraining" ? "" : paint("dim", ` (${by})`)}`;
}

export const logView = ({ lines }: LogAnswer): string[] =>
  lines.length === 0
    ? ["nothing was printed"]
    : lines.map(({ at, step, text }) => `${formatTime(at)} ${step.padEnd(13)} ${text}`);

export function configView({ model, revision, reason, at, by, config }: ConfigAnswer, paint: Paint): string[] {
  const fields: [string, string][] = [
    ["model", model],
    ["revision", `${revision}, by ${by.name} at ${formatTime(at)}: ${reason}`],
  ];
  return [...fieldLines(fields, (text) => paint("dim", text)), "", ...JSON.stringify(config, null, 2).split("\n")];
}

export function configsView({ revisions }: ConfigsAnswer, paint: Paint): string[] {
  if (revisions.length === 0) return ["no retraining is configured"];
  const columns: Column<ConfigAnswer>[] = [
    { title: "REVISION", cell: ({ revision }) => String(revision), align: "right" },
    { title: "AT", cell: ({ at }) => formatTime(at) },
    { title: "BY", cell: ({ by }) => by.name },
    { title: "REASON", cell: ({ reason }) => reason },
  ];
  return tableLines(columns, revisions, (text) => paint("bold", text));
}

export function triggersView({ triggers }: TriggersAnswer, paint: Paint): string[] {
  const styles = { off: "dim", quiet: "cyan", held: "yellow", fires: "green" } as const;
  const columns: Column<TriggersAnswer["triggers"][number]>[] = [
    { title: "TRIGGER", cell: ({ trigger }) => trigger },
    { title: "NOW", cell: ({ state }) => paint(styles[state], state) },
    { title: "WHY", cell: ({ sentence }) => sentence },
  ];
  return tableLines(columns, triggers, (text) => paint("bold", text));
}
