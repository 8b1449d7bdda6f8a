/** The API's answers as lines for a person. Pure: answers in, lines out. */
import type {
  HistoryAnswer,
  ModelAnswer,
  Move,
  MoveAnswer,
  ReleaseAnswer,
  Stage,
  TokenAnswer,
  VersionAnswer,
} from "../api/schemas.ts";
import { formatBytes, formatRecord, formatTime } from "./format.ts";
import { fieldLines, tableLines, type Column } from "./table.ts";
import type { Style } from "./terminal.ts";

export type Paint = (style: Style, text: string) => string;

const STAGE_STYLES: Record<Stage, Style> = { production: "green", staging: "yellow", development: "cyan", archived: "dim" };
const DIGEST_CHARACTERS_SHOWN = 12;

const paintStage = (stage: Stage, paint: Paint): string => paint(STAGE_STYLES[stage], stage);
const title =
  (paint: Paint) =>
  (text: string): string =>
    paint("bold", text);
const name =
  (paint: Paint) =>
  (text: string): string =>
    paint("dim", text);

export function modelsView(models: readonly ModelAnswer[], paint: Paint): string[] {
  if (models.length === 0) return ["no models yet: `edgewise register <file.onnx> --model <name>` makes the first"];
  const columns: Column<ModelAnswer>[] = [
    { title: "MODEL", cell: (model) => model.name },
    { title: "VERSIONS", cell: (model) => String(model.versions), align: "right" },
    { title: "LATEST", cell: (model) => model.latest },
    { title: "PRODUCTION", cell: ({ production }) => (production === null ? "-" : paint("green", production)) },
    { title: "STAGING", cell: ({ staging }) => (staging.length === 0 ? "-" : paint("yellow", staging.join(" "))) },
    { title: "GENERATION", cell: (model) => String(model.generation), align: "right" },
    { title: "CREATED", cell: (model) => formatTime(model.createdAt) },
  ];
  return tableLines(columns, models, title(paint));
}

export function versionsView(versions: readonly VersionAnswer[], paint: Paint): string[] {
  if (versions.length === 0) return ["no versions match"];
  const columns: Column<VersionAnswer>[] = [
    { title: "VERSION", cell: ({ version }) => version },
    { title: "STAGE", cell: ({ stage }) => paintStage(stage, paint) },
    { title: "METRICS", cell: ({ metrics }) => formatRecord(metrics) },
    { title: "TAGS", cell: ({ tags }) => formatRecord(tags) },
    { title: "SIZE", cell: ({ artifact }) => formatBytes(artifact.bytes), align: "right" },
    { title: "SHA-256", cell: ({ artifact }) => artifact.sha256.slice(0, DIGEST_CHARACTERS_SHOWN) },
    { title: "CREATED", cell: ({ createdAt }) => formatTime(createdAt) },
    { title: "BY", cell: ({ createdBy }) => createdBy.name },
  ];
  return tableLines(columns, versions, title(paint));
}

export function versionView(version: VersionAnswer, paint: Paint): string[] {
  const { artifact, inspection } = version;
  const features = version.inputs.flatMap((input) => (input.features ? [`${input.name}: ${input.features.join(", ")}`] : []));
  const missing = version.inputs.filter((input) => input.missing === "nan").map((input) => input.name);
  return fieldLines(
    [
      ["model", version.model],
      ["version", version.version],
      ["stage", paintStage(version.stage, paint)],
      ["description", version.description === "" ? "-" : version.description],
      ["metrics", formatRecord(version.metrics)],
      ["tags", formatRecord(version.tags)],
      ["artifact", `${artifact.sha256}  ${formatBytes(artifact.bytes)}`],
      ["manifest", version.manifest.sha256],
      ["inputs", tensorText(version.inputs)],
      ["features", features.join("\n") || "-"],
      ["missing values", missing.length === 0 ? "refused" : `allowed in ${missing.join(", ")}`],
      ["outputs", tensorText(version.outputs)],
      ["made by", inspection.producer || "-"],
      ["opsets", formatRecord(inspection.opsets)],
      ["operators", formatRecord(inspection.operators)],
      ["engine", inspection.engine ? `${inspection.engine.name}: ${inspection.engine.why}` : "onnxruntime"],
      ["rewrites", inspection.rewrites.join("\n") || "-"],
      [
        "WASM memory",
        `${formatBytes(inspection.wasmMemoryBytes.loaded)} loaded, ${formatBytes(inspection.wasmMemoryBytes.atLimits)} at the request limits`,
      ],
      ["created", `${formatTime(version.createdAt)} by ${version.createdBy.name}`],
    ],
    name(paint),
  );
}

const tensorText = (tensors: readonly { name: string; datatype: string; shape: readonly number[] }[]): string =>
  tensors.map(({ name, datatype, shape }) => `${name}  ${datatype} [${shape.join(", ")}]`).join("\n");

export function moveView(move: MoveAnswer, paint: Paint): string[] {
  const stages = `${paintStage(move.from, paint)} → ${paintStage(move.to, paint)}`;
  const fields: [string, string][] = [
    [move.act, `${move.model} ${paint("bold", move.version)}  ${stages}`],
    ["reason", move.reason],
  ];
  if (move.replaced !== null) fields.push(["replaced", `${move.replaced}, now archived`]);
  if (move.generation !== null) {
    fields.push(["generation", String(move.generation)]);
    fields.push(["published", move.published ? paint("green", "yes") : paint("yellow", "not yet")]);
  }
  return fieldLines(fields, name(paint));
}

export function historyView(history: HistoryAnswer, paint: Paint): string[] {
  const lines: string[] = [];
  if (history.productionAt) {
    const { at, version, move } = history.productionAt;
    const by = move === null ? "" : `, moved by ${move.actor.name} at ${formatTime(move.at)}: ${move.reason}`;
    lines.push(`at ${formatTime(at)} production was ${version === null ? "nothing" : paint("bold", version)}${by}`, "");
  }
  const columns: Column<Move>[] = [
    { title: "AT", cell: (move) => formatTime(move.at) },
    { title: "ACT", cell: (move) => move.act },
    { title: "VERSION", cell: (move) => move.version },
    { title: "FROM", cell: (move) => (move.from === null ? "-" : paintStage(move.from, paint)) },
    { title: "TO", cell: (move) => paintStage(move.to, paint) },
    { title: "GENERATION", cell: (move) => (move.generation === null ? "-" : String(move.generation)), align: "right" },
    { title: "GATES", cell: gatesOf },
    { title: "BY", cell: (move) => move.actor.name },
    { title: "REASON", cell: (move) => move.reason },
  ];
  lines.push(...tableLines(columns, history.moves, title(paint)));
  if (history.next !== null) lines.push("", "older moves exist: raise --limit");
  return lines;
}

/** What a move into production asked: the gate run that let it, or nothing. */
function gatesOf({ act, to, gateRun }: Move): string {
  if (to !== "production") return "-";
  if (gateRun !== null) return `run ${gateRun}`;
  return act === "rollback" ? "skipped" : "not recorded";
}

export function releaseView({ model, release, publication }: ReleaseAnswer, paint: Paint): string[] {
  if (release === null) return [`${model} has no release yet: promote a version to production`];
  const state = publication?.state ?? "published";
  const fields: [string, string][] = [
    ["model", model],
    ["generation", String(release.generation)],
    ["stable", paint("bold", release.stable.version)],
    ...(release.canary ? [["canary", `${release.canary.version}, ${release.canary.percent} %`] as [string, string]] : []),
    ...(release.shadow ? [["shadow", release.shadow.version] as [string, string]] : []),
    ["issued", formatTime(release.issuedAt)],
    ["state", paint(state === "published" ? "green" : "yellow", state)],
  ];
  if (publication) {
    fields.push(["key", publication.key], ["attempts", String(publication.attempts)]);
    if (publication.publishedAt !== null) fields.push(["published", formatTime(publication.publishedAt)]);
    if (publication.lastError !== null) fields.push(["last error", paint("red", publication.lastError)]);
  }
  return fieldLines(fields, name(paint));
}

export function tokensView(tokens: readonly TokenAnswer[], nowMs: number, paint: Paint): string[] {
  const state = ({ revokedAt, expiresAt }: TokenAnswer): string => {
    if (revokedAt !== null) return paint("red", "revoked");
    return expiresAt !== null && Date.parse(expiresAt) <= nowMs ? paint("red", "expired") : paint("green", "valid");
  };
  const columns: Column<TokenAnswer>[] = [
    { title: "ID", cell: (token) => token.id },
    { title: "NAME", cell: (token) => token.name },
    { title: "ROLE", cell: (token) => token.role },
    { title: "STATE", cell: state },
    { title: "CREATED", cell: (token) => formatTime(token.createdAt) },
    { title: "EXPIRES", cell: (token) => formatTime(token.expiresAt) },
    { title: "LAST USED", cell: (token) => formatTime(token.lastUsedAt) },
  ];
  return tableLines(columns, tokens, title(paint));
}
