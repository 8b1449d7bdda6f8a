/** A JSON file that a command was given. What it may hold is decided elsewhere. */
import { readFile } from "node:fs/promises";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { CliFailure } from "./failure.ts";

export async function readJsonFile(path: string): Promise<Result<unknown, CliFailure>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    return fail({ reason: "file_unreadable", path, detail: (error as Error).message });
  }
  try {
    return succeed(JSON.parse(text) as unknown);
  } catch (error) {
    return fail({ reason: "file_invalid", path, detail: `not JSON: ${(error as Error).message}` });
  }
}
