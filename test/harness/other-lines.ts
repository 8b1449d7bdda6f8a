/**
 * What the example line lacks and dashboards show: a classifier whose rows have groups, with the truth of its predictions; error models of the example's
 * versions; retraining runs that end. Through the control plane and the command, as a person would.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GROUP_RECEIPTS_MIN } from "../../control-plane/quality/disparate-impact.ts";
import { CLASSIFIER_FEATURES, classifierModel, TEXT_LABELS } from "../models/classifier.ts";
import type { Callers } from "./callers.ts";
import { readGolden } from "./pm25.ts";
import { runEdgewise, type EdgewiseTarget } from "./run-edgewise.ts";
import { until } from "./until.ts";

const CLASSIFIER = "air_quality_class";
const EXAMPLE = "pm25_predictor";
const GROUPS = { names: ["north", "south"], privileged: "north", favourable: { class: TEXT_LABELS[0] } };

type Api = <Answer>(method: string, path: string, body?: unknown) => Promise<Answer>;

export async function serveClassifier(target: EdgewiseTarget): Promise<void> {
  const form = new FormData();
  form.set("metadata", JSON.stringify({ groups: GROUPS, stage: "staging" }));
  form.set("artifact", new Blob([classifierModel({ labels: "texts" }) as never]), "class.onnx");
  const response = await fetch(`${target.controlPlaneUrl}/api/models/${CLASSIFIER}/versions`, {
    method: "POST",
    body: form,
    headers: { authorization: `Bearer ${target.adminToken}` },
  });
  if (response.status !== 201) throw new Error(await response.text());
  await runEdgewise(target, "promote", CLASSIFIER, "v1", "--reason", "a line with classes and groups", "--wait");
}

/** Predictions of both groups, and the truth of each. */
export async function callClassifier({ edgeUrl }: EdgewiseTarget, callers: Callers): Promise<void> {
  const rows = Array.from({ length: 2 * GROUP_RECEIPTS_MIN }, (_, row) =>
    Array.from({ length: CLASSIFIER_FEATURES }, (_, column) => Math.sin(row * 7 + column * 3) * 2),
  );
  const receipts = await callers.sendRows(
    CLASSIFIER,
    rows,
    rows.map((_, row) => GROUPS.names[row % 2] as string),
  );
  const truths = receipts.map((prediction_id, row) => ({ prediction_id, actual: TEXT_LABELS[row % 3] }));
  const told = await fetch(`${edgeUrl}/feedback`, { method: "POST", body: JSON.stringify(truths) });
  const { counted } = (await told.json()) as { counted: number };
  if (counted !== rows.length) throw new Error(`${counted} of ${rows.length} truths were counted`);
}

/** Rows with a truth near what XGBoost predicts, to learn the errors from. */
export async function giveErrorModels(target: EdgewiseTarget): Promise<void> {
  const golden = readGolden();
  if (!golden) return;
  const directory = mkdtempSync(join(tmpdir(), "edgewise-errors-"));
  try {
    const path = join(directory, "rows.csv");
    const lines = golden.rows.map((row, at) =>
      [...row.map((value) => value ?? ""), (golden.expected.v2[at] as number) + 20 * Math.sin(at)].join(","),
    );
    writeFileSync(path, [[...golden.features, "PM2.5"].join(","), ...lines, ""].join("\n"));
    for (const version of ["v1", "v2"]) {
      const fit = ["--model", EXAMPLE, "--version", version, "--rows", path, "--label", "PM2.5"];
      await runEdgewise(target, "error-model", ...fit);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A run that finds no data. */
export async function failRetraining(api: Api): Promise<void> {
  const config = {
    source: { kind: "files", files: ["none-of-these-*.csv"] },
    time: { column: "time" },
    split: { windowDays: 10, validationDays: 3, holdoutDays: 3 },
    features: ["PM10"],
    label: "PM2.5",
    trainer: { kind: "builtin" },
    limits: { timeoutSeconds: 20, memoryMib: 512, diskMib: 32 },
  };
  await api("PUT", `/api/models/${EXAMPLE}/retraining`, { config, reason: "to have runs that end" });
  const { id } = await api<{ id: number }>("POST", `/api/models/${EXAMPLE}/retrain`, { reason: "to have a run that ends" });
  await until(async () => (await api<{ finishedAt: string | null }>("GET", `/api/retrains/${id}`)).finishedAt !== null, 100);
}
