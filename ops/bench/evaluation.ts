/**
 * `npm run bench:evaluation`: two versions scored on the 85,556 labelled rows from 2016-03 on, as a gate run does it, beside onnxruntime-node doing the same in a
 * process of its own (evaluation-peer.ts), in turn. Whole processes, from the start to the figures. Nothing here passes or fails.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Manifest } from "../../contract/manifest.ts";
import type { EvaluatedVersion } from "../../control-plane/evaluation/evaluation-outcome.ts";
import { evaluateInChild } from "../../control-plane/evaluation/run-evaluation.ts";
import { SerialQueue } from "../../control-plane/serial-queue.ts";
import { evaluationLines } from "../example-figures/write-evaluation.ts";
import { median } from "./load.ts";
import { hasPrsa, PRSA_DIRECTORY, PRSA_FEATURES } from "./prsa-job.ts";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 5);
const EXAMPLE = join(import.meta.dirname, "../../examples/pm25");
/** As registration finds them. */
const INTERFACE: Pick<Manifest, "engine" | "inputs" | "outputs"> = {
  engine: "tree_walk",
  inputs: [{ name: "features", datatype: "FP32", shape: [-1, 12], features: PRSA_FEATURES, missing: "nan" }],
  outputs: [{ name: "pm25", datatype: "FP32", shape: [-1, 1] }],
};

const version = (name: "v1" | "v2"): EvaluatedVersion => ({
  version: name,
  artifactPath: join(EXAMPLE, `pm25-${name}.onnx`),
  manifest: INTERFACE,
});

if (!hasPrsa) {
  console.log("not measured: ../shared is not here");
  process.exit(1);
}
const directory = mkdtempSync(join(tmpdir(), "bench-evaluation-"));
try {
  const path = join(directory, "holdout.csv");
  const lines = evaluationLines(PRSA_DIRECTORY);
  const text = `${lines.join("\n")}\n`;
  const sha256 = createHash("sha256").update(text).digest("hex");
  writeFileSync(path, text);
  console.log(
    `${cpus().length} × ${cpus()[0]?.model}; Node ${process.version}; ${lines.length - 1} rows, v1 and v2; ${ROUNDS} rounds in turn`,
  );
  const seconds: { ours: number[]; peer: number[] } = { ours: [], peer: [] };
  const figures = { ours: "", peer: "" };
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of round % 2 === 0 ? (["ours", "peer"] as const) : (["peer", "ours"] as const)) {
      const startedMs = performance.now();
      figures[side] = side === "ours" ? await ours(path, lines.length - 1, sha256) : await peer(path);
      seconds[side].push((performance.now() - startedMs) / 1000);
    }
  }
  const ratios = seconds.ours.map((own, round) => own / (seconds.peer[round] as number));
  console.log(`edgewise          ${median(seconds.ours).toFixed(2)} s  RMSE of v2 and v1 ${figures.ours}`);
  console.log(`onnxruntime-node  ${median(seconds.peer).toFixed(2)} s  RMSE of v2 and v1 ${figures.peer}`);
  console.log(
    `edgewise / onnxruntime-node: ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** With the bootstrap interval and what the other gates need of the same pass. */
async function ours(path: string, rows: number, sha256: string): Promise<string> {
  const scored = await evaluateInChild(new SerialQueue(), {
    set: { name: "holdout", sha256, rows, spec: { label: "PM2.5" }, file: { path, format: "csv", isGzipped: false } },
    candidate: version("v2"),
    production: version("v1"),
    seed: 1,
  });
  if (!scored.ok || scored.value.quality.state !== "measured") throw new Error(JSON.stringify(scored));
  const { candidate, production } = scored.value.quality.value;
  return `${candidate["rmse"]?.toFixed(3)} ${production?.["rmse"]?.toFixed(3)}`;
}

async function peer(path: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, "evaluation-peer.ts"), path]);
  return stdout.trim();
}
