/**
 * The child process of an inspection: takes one request over the IPC channel, answers with its outcome, and ends. Its parent gives it
 * no environment, no permission to write files or start processes, a small heap and a time limit (child-inspection.ts).
 */
import { readFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { fail, type Result } from "../../contract/result.ts";
import { clipEvidence } from "./clip-evidence.ts";
import { inspectBytes, type BytesInspection } from "./inspect-bytes.ts";
import type { InspectionOptions, InspectionRefusal } from "./inspection.ts";

export interface InspectionRequest {
  path: string;
  options: InspectionOptions;
}

export type InspectionReport =
  { kind: "step"; step: string } | { kind: "outcome"; outcome: Result<BytesInspection, InspectionRefusal> };

function report(message: InspectionReport, onSent?: () => void): void {
  process.send?.(message, undefined, {}, onSent);
}

// A parent that is gone cannot use the outcome.
process.on("disconnect", () => process.exit(1));
process.once("message", (request: InspectionRequest) => {
  void answer(request);
});

async function answer({ path, options }: InspectionRequest): Promise<void> {
  const outcome = await inspectBytes(await readFile(path), options, {
    onStep: (step) => report({ kind: "step", step }),
    nowMs: () => performance.now(),
  });
  const clipped = outcome.ok ? outcome : fail(clipEvidence(outcome.failure));
  report({ kind: "outcome", outcome: clipped }, () => process.exit(0));
}
