/** Bytes that a directory takes on the disk, with all below it. Links are counted, not followed. */
import { readdirSync, lstatSync } from "node:fs";
import { join } from "node:path";

const BLOCK_BYTES = 512;

/** What is deleted while it is counted counts as nothing. */
export function directoryBytes(path: string): number {
  let bytes = 0;
  const open = [path];
  for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
    let names: string[];
    try {
      names = readdirSync(directory);
    } catch {
      continue;
    }
    for (const name of names) {
      const at = join(directory, name);
      const status = lstatSync(at, { throwIfNoEntry: false });
      if (!status) continue;
      if (status.isDirectory()) open.push(at);
      // A file with holes has fewer blocks than bytes.
      else bytes += Math.min(status.size, status.blocks * BLOCK_BYTES);
    }
  }
  return bytes;
}
