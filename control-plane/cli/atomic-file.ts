/** A file that appears whole or not at all: written under a temporary name beside it, then renamed. */
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { CliFailure } from "./failure.ts";

/**
 * Calls `fill` with the open temporary file and renames it to `path` when `fill` succeeded. Whatever goes wrong, an exception
 * included, the temporary file is gone afterwards and a file that was at `path` before is untouched.
 */
export async function writeWholeFile<Value>(
  path: string,
  fill: (file: FileHandle) => Promise<Result<Value, CliFailure>>,
): Promise<Result<Value, CliFailure>> {
  const temporary = `${path}.${process.pid}.part`;
  let file: FileHandle;
  try {
    // "wx": never through somebody else's file or link of that name.
    file = await open(temporary, "wx");
  } catch (error) {
    return fail({ reason: "file_unwritable", path, detail: (error as Error).message });
  }
  let isRenamed = false;
  try {
    const filled = await fill(file);
    if (!filled.ok) return filled;
    await file.sync();
    await file.close();
    await rename(temporary, path);
    isRenamed = true;
    return succeed(filled.value);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return fail({ reason: "file_unwritable", path, detail: message });
  } finally {
    if (!isRenamed) {
      await file.close().catch(() => undefined);
      await rm(temporary, { force: true });
    }
  }
}
