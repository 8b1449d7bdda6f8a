/** Files that hold a secret: whole or not there at all, readable by their owner only. */
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Writes `content()` to `path` unless there is a file already. */
export function createSecretFile(path: string, content: () => string): void {
  if (existsSync(path)) return;
  const temporary = writeBeside(path, content());
  try {
    // Unlike a rename, a link refuses to replace a file that another process made meanwhile.
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Writes `content` to `path`, over what is there. */
export function replaceSecretFile(path: string, content: string): void {
  renameSync(writeBeside(path, content), path);
}

function writeBeside(path: string, content: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}`;
  rmSync(temporary, { force: true });
  const file = openSync(temporary, "wx", 0o600);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return temporary;
}
