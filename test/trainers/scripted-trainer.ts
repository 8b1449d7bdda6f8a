/**
 * A trainer for tests: `node scripted-trainer.ts BEHAVIOUR DIRECTORY`. `factor=2` leaves the model y = 2x; the others go wrong, each in its own
 * way. It learns nothing.
 */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { trainingJob } from "../../contract/training-job.ts";
import { constant, node, port, writeModel } from "../models/onnx-writer.ts";

const [behaviour = "", directory = ""] = process.argv.slice(2);
const job = trainingJob.parse(JSON.parse(readFileSync(join(directory, "job.json"), "utf8")));
const leave = (name: string, content: string | Uint8Array): void => writeFileSync(join(directory, name), content);
const leaveMetrics = (rmse: number | null): void =>
  leave(
    "metrics.json",
    JSON.stringify({ schema: 1, artifact: "model.onnx", trainer: { name: "scripted", version: "1" }, metrics: { rmse } }),
  );

function linearModel(factor: number, inputs = 1): Uint8Array {
  return writeModel({
    inputs: [
      port("features", "FP32", ["rows", job.features.length]),
      ...(inputs > 1 ? [port("other", "FP32", ["rows", 1])] : []),
    ],
    outputs: [port("y", "FP32", ["rows", 1])],
    initializers: [constant("factor", "FP32", [job.features.length, 1], new Float32Array(job.features.length).fill(factor))],
    nodes: [node("MatMul", ["features", "factor"], ["y"])],
  });
}

console.log(`trains ${job.model} on ${job.fit.rows} rows: ${behaviour}`);
const [name = "", value = ""] = behaviour.split("=");
switch (name) {
  case "factor":
  case "slow":
    console.log(JSON.stringify({ progress: { done: 1, of: 2 }, note: "half" }));
    // Until whoever watches says that it is enough.
    if (name === "slow") while (!existsSync(process.env["GO_FILE"] ?? "go")) await sleep(20);
    leave("model.onnx", linearModel(Number(value)));
    // By its own account it is always perfect.
    leaveMetrics(0);
    break;
  case "tamper":
    // The rows that it will be measured on.
    appendFileSync(join(directory, "../holdout.csv"), "1,1\n");
    leave("model.onnx", linearModel(2));
    leaveMetrics(0);
    break;
  case "crash":
    throw new Error("the trainer's own mistake");
  case "hang":
    process.on("SIGTERM", () => undefined);
    spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" }).unref();
    await sleep(3_600_000);
    break;
  case "fill":
    for (let at = 0; ; at++) appendFileSync(join(directory, `block-${at}`), Buffer.alloc(1024 * 1024, 1));
  case "broken":
    leave("model.onnx", linearModel(2).slice(0, 80));
    leaveMetrics(0);
    break;
  case "other-inputs":
    leave("model.onnx", linearModel(2, 2));
    leaveMetrics(0);
    break;
  case "not-finite":
    leave("model.onnx", linearModel(Number.NaN));
    leaveMetrics(0);
    break;
  case "no-model":
    leaveMetrics(0);
    break;
  case "no-number":
    leave("model.onnx", linearModel(2));
    leaveMetrics(null);
    break;
  case "nothing":
    break;
  default:
    throw new Error(`there is no behaviour ${behaviour}`);
}
