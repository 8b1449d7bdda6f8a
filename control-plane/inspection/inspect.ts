/** Inspection of an uploaded artifact: the one entry that registration calls. */
import { rm, stat, writeFile } from "node:fs/promises";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { inspectInChild } from "./child-inspection.ts";
import type { Inspection, InspectionOptions, InspectionRefusal } from "./inspection.ts";

/**
 * Inspects the model file at `path`, ONNX or a format that is converted to it: everything that the edge could not serve, or could be harmed by, is refused here, by reason.
 *
 * 1. size: the file is within `artifactBytesMax`; the rest happens in a child process
 * 2. conversion of XGBoost's own files (`xgboost_…`); then parse: strictly, within bounds (`not_onnx`)
 * 3. policy: external data, functions, operators, dimensions, sizes that a caller's values set
 * 4. ZipMap outputs become the tensors behind them; the rewritten file is written beside the uploaded one
 * 5. interface: tensor inputs and outputs of datatypes that the edge has, with the registrant's features
 * 6. load: in the edge's own WASM runtime, within the isolate's memory (`session_rejected`, `memory_over_budget`)
 * 7. golden rows: from the examples or made up, run twice, equal to the bit (`not_deterministic`)
 * 8. expected: all examples against the trainer's own values (`expected_mismatch`)
 * 9. reference: what the model predicts for rows of its training set (`reference_invalid`)
 * 10. limits: the largest requests that the edge lets through, for memory and time
 *
 * @example
 * const inspected = await inspectArtifact("/data/upload.onnx", { artifactBytesMax, inputs: [], tolerance, timeoutMs: 60_000 });
 * if (!inspected.ok) return inspected;
 */
export async function inspectArtifact(path: string, options: InspectionOptions): Promise<Result<Inspection, InspectionRefusal>> {
  const { size } = await stat(path);
  if (!(size <= options.artifactBytesMax))
    return fail({ reason: "artifact_too_large", bytes: size, max: options.artifactBytesMax });
  const outcome = await inspectInChild({ path, options });
  if (!outcome.ok) return outcome;
  const { rewritten, served, ...inspection } = outcome.value;
  if (rewritten === undefined) return succeed({ ...inspection, served: { ...served, path } });
  const rewrittenPath = `${path}.rewritten`;
  await rm(rewrittenPath, { force: true });
  await writeFile(rewrittenPath, rewritten, { flag: "wx" });
  return succeed({ ...inspection, served: { ...served, path: rewrittenPath } });
}
