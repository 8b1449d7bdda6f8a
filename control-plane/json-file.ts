/** A JSON file that a command or a trainer was given. What it may hold is decided elsewhere. */
import { readFile } from "node:fs/promises";
import { fail, succeed, type Result } from "../contract/result.ts";

export type JsonFileFailure =
  { reason: "file_unreadable"; path: string; detail: string } | { reason: "file_invalid"; path: string; detail: string };

export async function readJsonFile(path: string): Promise<Result<unknown, JsonFileFailure>> {
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
