/** One start at a time for one state directory: two control planes on one registry file would lose writes. */
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fail, succeed, type Result } from "../../contract/result.ts";

export interface DirectoryLock {
  release(): void;
}

/** The process of the start that has the directory now, if one does. */
export function directoryHolder(directory: string): number | undefined {
  const path = lockPath(directory);
  const processId = existsSync(path) ? Number(readFileSync(path, "utf8")) : Number.NaN;
  return isAlive(processId) ? processId : undefined;
}

/** Takes the directory, or names the process that has it. A lock whose process is gone is taken over. */
export function lockDirectory(directory: string): Result<DirectoryLock, { reason: "in_use"; processId: number }> {
  const path = lockPath(directory);
  for (;;) {
    try {
      const file = openSync(path, "wx", 0o600);
      writeSync(file, String(process.pid));
      closeSync(file);
      return succeed({ release: () => rmSync(path, { force: true }) });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const processId = directoryHolder(directory);
    if (processId !== undefined) return fail({ reason: "in_use", processId });
    rmSync(path, { force: true });
  }
}

const lockPath = (directory: string): string => join(directory, "start.lock");

function isAlive(processId: number): boolean {
  if (!(processId > 0)) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
