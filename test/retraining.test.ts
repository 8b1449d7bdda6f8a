/**
 * Retraining from the request to the registered version, through the control plane's API, with real trainer processes, the real inspection and
 * real scoring. The data is y = 2x, so a trainer that leaves y = 2x is right, and production's y = 1.5x is not.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { inspectArtifact } from "../control-plane/inspection/inspect.ts";
import { markedProcesses } from "../control-plane/retraining/confined/process-table.ts";
import { startTestControlPlane, type AnyJson, type TestControlPlane } from "../control-plane/testing/test-control-plane.ts";
import { lineCsv, lineParquet } from "./harness/line-rows.ts";
import { scaled } from "./harness/scale.ts";
import { constant, node, port, writeModel } from "./models/onnx-writer.ts";

const TRAINER = join(import.meta.dirname, "trainers/scripted-trainer.ts");
const MODEL = "line";
let data: string;
let plane: TestControlPlane;

const config = (behaviour: string, more: object = {}) => ({
  source: { kind: "files", files: ["*.csv"] },
  time: { column: "time" },
  split: { windowDays: 10, validationDays: 3, holdoutDays: 3 },
  features: ["x"],
  label: "y",
  trainer: { kind: "command", command: [process.execPath, TRAINER, behaviour] },
  limits: { timeoutSeconds: 20, memoryMib: 512, diskMib: 32 },
  ...more,
});

async function configure(behaviour: string, more: object = {}, model = MODEL): Promise<AnyJson> {
  const answer = await plane.call("PUT", `/api/models/${model}/retraining`, {
    config: config(behaviour, more),
    reason: "a test",
  });
  expect(answer.status).toBe(200);
  return answer.body;
}

async function ask(model = MODEL): Promise<number> {
  const answer = await plane.call("POST", `/api/models/${model}/retrain`, { reason: "a person asks" });
  expect([answer.status, answer.body.error]).toEqual([202, undefined]);
  return answer.body.id as number;
}

const show = async (id: number): Promise<AnyJson> => (await plane.call("GET", `/api/retrains/${id}`)).body;
const log = async (id: number): Promise<string> =>
  ((await plane.call("GET", `/api/retrains/${id}/log`)).body.lines as { text: string }[]).map(({ text }) => text).join("\n");

async function until(id: number, isReached: (run: AnyJson) => boolean): Promise<AnyJson> {
  for (;;) {
    const run = await show(id);
    if (isReached(run)) return run;
    await sleep(50);
  }
}
const over = (id: number): Promise<AnyJson> => until(id, (run) => run.finishedAt !== null);

/** Runs a trainer to its end, and answers with the run. */
async function retrain(behaviour: string, more: object = {}, model = MODEL): Promise<AnyJson> {
  await configure(behaviour, more, model);
  return over(await ask(model));
}

async function versionsOf(model = MODEL): Promise<{ version: string; stage: string }[]> {
  return (await plane.call("GET", `/api/models/${model}/versions`)).body.versions as { version: string; stage: string }[];
}

/** Nothing of any run is left: no process, no file. */
function expectNothingLeft(): void {
  const root = join(plane.directory, "retrain");
  expect(readdirSync(root)).toEqual([]);
  for (let id = 1; id < 60; id++) expect(markedProcesses(join(root, `run-${id}`))).toEqual([]);
}

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "edgewise-data-"));
  mkdirSync(join(data, "inside"));
  writeFileSync(join(data, "inside/rows.csv"), lineCsv(0, 24 * 20));
  plane = await startTestControlPlane(
    { RETRAIN_COMMANDS: "allow", RETRAIN_DATA_DIRECTORIES: join(data, "inside"), RETRAIN_TRIGGER_SECONDS: "1" },
    inspectArtifact,
  );
  const artifact = writeModel({
    inputs: [port("features", "FP32", ["rows", 1])],
    outputs: [port("y", "FP32", ["rows", 1])],
    initializers: [constant("factor", "FP32", [1, 1], Float32Array.of(1.5))],
    nodes: [node("MatMul", ["features", "factor"], ["y"])],
  });
  const form = new FormData();
  const inputs = [{ name: "features", features: ["x"], missing: "nan" }];
  form.set("metadata", JSON.stringify({ stage: "staging", metrics: { rmse: 1 }, inputs }));
  form.set("artifact", new Blob([artifact as never]), "model.onnx");
  const headers = { host: "localhost", authorization: `Bearer ${plane.adminToken}` };
  const registered = await plane.app.request(`/api/models/${MODEL}/versions`, { method: "POST", headers, body: form });
  expect(registered.status).toBe(201);
  const promoted = await plane.call("POST", `/api/models/${MODEL}/versions/v1/promote`, { stage: "production", reason: "first" });
  expect([promoted.status, promoted.body.error]).toEqual([200, undefined]);
});

afterAll(async () => {
  await plane?.close();
  rmSync(data, { recursive: true, force: true });
});

/** How a trainer goes wrong, and what the record says then. The first six are what a quick run tries. */
const GONE_WRONG: [behaviour: string, state: string, outcome: string | RegExp, config: object][] = [
  ["crash", "failed", "the trainer command ended with exit code 1", {}],
  ["hang", "failed", "the trainer command was ended after its time limit of 2 s", { limits: { timeoutSeconds: 2 } }],
  ["fill", "failed", /the trainer command was ended at \d+ MiB on the disk \(limit 16 MiB\)/, { limits: { diskMib: 16 } }],
  ["broken", "failed", /the trainer's model is refused: the artifact is not an ONNX model/, {}],
  ["factor=1.2", "rejected", /^not better: rmse [\d.]+ against [\d.]+ of v1 on 72 holdout rows \(60.00 % worse\)$/, {}],
  ["tamper", "failed", /^holdout.csv is another file \([0-9a-f]{12}\) since it was recorded as [0-9a-f]{12}$/, {}],
  ["other-inputs", "failed", "the trainer's model does not take the configured features: it has 2 inputs, and must have one", {}],
  ["not-finite", "failed", /could not be scored|is not a finite number/, {}],
  ["no-model", "failed", "the trainer left no model.onnx, which its metrics.json names", {}],
  ["no-number", "failed", /the trainer's metrics.json is not as it must be: metrics.rmse/, {}],
  ["nothing", "failed", "the trainer left no metrics.json", {}],
  ["factor=1.5", "rejected", /^it is v1 again|^not better: .* \(0.00 % better\)$/, {}],
];

describe("a trainer that goes wrong leaves a clear record, production as it was, and nothing running", () => {
  it.each(GONE_WRONG.slice(0, scaled({ full: GONE_WRONG.length, quick: 6 })))("%s", async (behaviour, state, outcome, more) => {
    const run = await retrain(behaviour, more);
    expect([run.state, run.outcome]).toEqual([state, typeof outcome === "string" ? outcome : expect.stringMatching(outcome)]);
    expect(run.events.at(-1)).toMatchObject({ kind: state, text: run.outcome });
    expect(await log(run.id)).toContain(`trains ${MODEL} on 240 rows: ${behaviour}`);
    expect(await versionsOf()).toMatchObject([{ version: "v1", stage: "production" }]);
    expectNothingLeft();
  });

  it("crash: the trainer's last words are in the log", async () => {
    const { runs } = (await plane.call("GET", `/api/retrains?model=${MODEL}&limit=200`)).body;
    const crashed = runs.find(({ outcome }: { outcome: string }) => outcome.endsWith("exit code 1"));
    expect(await log(crashed.id)).toContain("the trainer's own mistake");
  });
});

describe("a run", () => {
  it("that makes a better version registers it in staging, with all that it came from", async () => {
    const run = await retrain("factor=2");
    expect([run.state, run.version, run.outcome]).toEqual([
      "done",
      "v2",
      "registered as v2, in staging: it waits for review and for the gates; without an error model: 72 rows with a label are too few to learn errors from: at least 500",
    ]);
    expect(run.preprocessed).toMatchObject({
      rowsRead: 480,
      fit: { rows: 240 },
      validation: { rows: 72 },
      holdout: { rows: 72 },
    });
    expect(run.compared).toMatchObject({ isBetter: true, candidate: 0, production: { version: "v1" }, on: "holdout" });
    const { body: version } = await plane.call("GET", `/api/models/${MODEL}/versions/v2`);
    expect(version).toMatchObject({
      stage: "staging",
      tags: { "retrain-run": String(run.id), "retrain-trigger": "manual" },
      metrics: { rmse: 0 },
      createdBy: { name: `retrain run ${run.id}` },
      uploaded: { sha256: run.trained.sha256 },
      inputs: [{ name: "features", features: ["x"], missing: "nan" }],
    });
    expect(version.description).toContain("Retrained: a person asks. scripted 1, fitted on 240 rows from 2026-01-05");
    // What its live traffic is compared with: the rows that it was fitted on, and what it predicts for them.
    const { body: manifest } = await plane.call("GET", `/api/models/${MODEL}/versions/v2/manifest`);
    expect(manifest.reference).toMatchObject({
      rows: 240,
      source: expect.stringMatching(new RegExp(`^fitting rows of retrain run ${run.id}, 2026-01-05`)),
      features: { x: { kind: "numeric", min: 0, max: 49 } },
      prediction: { output: "y" },
      keyFeatures: ["x", "prediction"],
    });
    const { body: why } = await plane.call("GET", `/api/models/${MODEL}/versions/v2/why`);
    expect(why).toMatchObject({
      run: { id: run.id, trigger: "manual", trained: { trainer: { name: "scripted" } } },
      moves: [{ act: "register", to: "staging" }],
    });
    const { body: byHand } = await plane.call("GET", `/api/models/${MODEL}/versions/v1/why`);
    expect([byHand.run, byHand.moves.length]).toEqual([null, 2]);
    expectNothingLeft();
  });

  it("that makes the same bytes again is rejected", async () => {
    expect(await retrain("factor=2")).toMatchObject({ state: "rejected", outcome: "it is v2 again, byte for byte" });
  });

  it("is one per model at a time, is cancelled by a person, and leaves nothing then", async () => {
    await configure("slow=2");
    const id = await ask();
    const second = await plane.call("POST", `/api/models/${MODEL}/retrain`, { reason: "impatient" });
    expect([second.status, second.body.code]).toEqual([409, "retrain_active"]);
    const running = await until(id, ({ progress }) => progress !== null);
    expect([running.state, running.progress]).toEqual(["training", { done: 1, of: 2, note: "half" }]);
    await plane.call("POST", `/api/retrains/${id}/cancel`, { reason: "not now" });
    const ended = await over(id);
    expect(ended.events.slice(-2)).toMatchObject(
      [{ kind: "cancel_requested", text: "not now", by: "first admin" }, { kind: "cancelled" }].map(({ kind }) => ({ kind })),
    );
    expectNothingLeft();
  });
});

describe("rows come from", () => {
  /** Of 480 hours, whatever way they took. */
  const expectWhole = (run: AnyJson, files: number): void => {
    expect([run.state, run.outcome]).toEqual(["done", expect.stringMatching(/^registered as v1, in staging/)]);
    expect(run.fetched.files).toHaveLength(files);
    expect(run.preprocessed).toMatchObject({
      rowsRead: 480,
      fit: { rows: 240 },
      validation: { rows: 72 },
      holdout: { rows: 72 },
    });
    expectNothingLeft();
  };

  afterEach(() => void (plane.double.decide = () => ({ state: "answer" })));

  it("objects of R2, listed page by page, CSV and Parquet", async () => {
    for (let at = 0; at < 3; at++) plane.double.objects.set(`truth/${at}.csv`, Buffer.from(lineCsv(at * 120, 120)));
    plane.double.objects.set("truth/3.parquet", lineParquet(360, 120));
    plane.double.objects.set("truth/notes.txt", Buffer.from("not rows"));
    plane.double.pageObjects = 2;
    expectWhole(await retrain("factor=2", { source: { kind: "r2", prefix: "truth/" } }, "from-r2"), 4);
    plane.double.pageObjects = 1000;
  });

  it.each([
    [404, /^truth\/ cannot be fetched: R2 LIST truth\/: refused with 404: there is no such bucket/],
    [403, /^truth\/ cannot be fetched: R2 LIST truth\/: refused with 403/],
  ])("nowhere when R2 answers %i to the list", async (status, outcome) => {
    plane.double.decide = ({ method }) => (method === "LIST" ? { state: "fail", status } : { state: "answer" });
    const run = await retrain("factor=2", { source: { kind: "r2", prefix: "truth/" } }, "from-r2");
    expect([run.state, run.outcome]).toEqual(["failed", expect.stringMatching(outcome)]);
    expectNothingLeft();
  });

  it("nowhere when a bucket has nothing under the prefix", async () => {
    const run = await retrain("factor=2", { source: { kind: "r2", prefix: "nothing/" } }, "from-r2");
    expect([run.state, run.outcome]).toEqual(["failed", expect.stringContaining("nothing/*")]);
  });

  it("a command, through a preprocessing command of one's own", async () => {
    const lines = `Array.from({ length: 480 }, (_, hour) => [new Date(Date.UTC(2026, 0, 1, hour)).toISOString(), hour % 50, (hour % 50) * 2])`;
    const exported = `require("node:fs").writeFileSync("exported.csv", ["time,x,twice", ...${lines}].join("\\n"))`;
    const renames =
      'const fs = require("node:fs"); fs.writeFileSync("output/rows.csv", fs.readFileSync("input/exported.csv", "utf8").replace("twice", "y"))';
    const run = await retrain(
      "factor=2",
      {
        source: { kind: "command", command: [process.execPath, "-e", exported] },
        preprocess: { command: [process.execPath, "-e", renames] },
      },
      "from-command",
    );
    expectWhole(run, 1);
  });
});

describe("the server's policy", () => {
  it("keeps files outside of its data directories out of reach, links and all", async () => {
    for (const pattern of [join(data, "*.csv"), "../outside.csv"]) {
      writeFileSync(join(data, "outside.csv"), lineCsv(0, 24 * 20));
      const run = await retrain("factor=2", { source: { kind: "files", files: [pattern] } }, "outside");
      expect([run.state, run.outcome]).toEqual(["failed", expect.stringMatching(/is not below/)]);
    }
  });

  it("lets only an admin configure, and an operator run", async () => {
    const operator = await plane.token("operator");
    const body = { config: config("factor=2"), reason: "r" };
    expect((await plane.call("PUT", `/api/models/${MODEL}/retraining`, body, operator)).body.code).toBe("role_insufficient");
    const viewer = await plane.token("viewer");
    expect((await plane.call("POST", `/api/models/${MODEL}/retrain`, { reason: "r" }, viewer)).body.code).toBe(
      "role_insufficient",
    );
  });

  it("names what is wrong with a configuration", async () => {
    const answer = await plane.call("PUT", `/api/models/${MODEL}/retraining`, {
      config: config("factor=2", { triggers: { schedule: { mode: "run", cron: "61 * * * *" } }, features: ["x", "x"] }),
      reason: "r",
    });
    expect([answer.status, answer.body.code]).toEqual([400, "body_invalid"]);
    expect(answer.body.error).toMatch(/cron/);
    const variables = await plane.call("PUT", `/api/models/${MODEL}/retraining`, {
      config: config("factor=2", { trainer: { kind: "command", command: ["x"], environment: ["EDGE_TOKEN"] } }),
      reason: "r",
    });
    expect([variables.status, variables.body.code]).toEqual([422, "retrain_config_refused"]);
  });
});
