/** The digest of a run's file, and the check that it still is what an earlier step recorded. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import type { StepFailure } from "../step-failure.ts";

/** Null: there is no such file. */
export async function fileDigest(path: string): Promise<{ sha256: string; bytes: number } | null> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).byteLength;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  return { sha256: hash.digest("hex"), bytes };
}

export async function assertUnchanged(file: string, path: string, expected: string): Promise<Result<void, StepFailure>> {
  const digest = await fileDigest(path);
  const got = digest?.sha256 ?? null;
  return got === expected ? succeed(undefined) : fail({ reason: "input_changed", file, expected, got });
}
