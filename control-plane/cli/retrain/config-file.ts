/** Reads a retraining configuration from a file. Whether it is a good one is the control plane's to say. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { CliFailure } from "../failure.ts";

export function readConfigFile(file: string, workingDirectory: string): Result<unknown, CliFailure> {
  let text: string;
  try {
    text = readFileSync(resolve(workingDirectory, file), "utf8");
  } catch (error) {
    return fail({ reason: "file_unreadable", path: file, detail: (error as Error).message });
  }
  try {
    return succeed(JSON.parse(text));
  } catch (error) {
    return fail({ reason: "file_invalid", path: file, detail: `it is not JSON: ${(error as Error).message}` });
  }
}
