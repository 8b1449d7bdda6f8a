/** Writes one part of the split as the CSV that a trainer gets (contract/training-job.ts), and says what is in it. */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { finished } from "node:stream/promises";
import type { PartOfData } from "../../api/retrain-schemas.ts";

export interface PartWriter {
  write(cells: readonly string[], timeMs: number): Promise<void>;
  /** Undefined when no row was written. */
  end(): Promise<PartOfData | undefined>;
}

export async function openPart(path: string, columns: readonly string[]): Promise<PartWriter> {
  const file = createWriteStream(path, { flags: "wx" });
  const failed = finished(file);
  // Awaited in end(); a failure before that must not surface as unhandled.
  failed.catch(() => undefined);
  const hash = createHash("sha256");
  let [rows, fromMs, toMs] = [0, Infinity, -Infinity];

  async function writeLine(line: string): Promise<void> {
    hash.update(line);
    if (!file.write(line)) await Promise.race([once(file, "drain"), failed]);
  }

  await writeLine(`${columns.map(quoted).join(",")}\n`);
  return {
    async write(cells, timeMs) {
      rows++;
      fromMs = Math.min(fromMs, timeMs);
      toMs = Math.max(toMs, timeMs);
      await writeLine(`${cells.join(",")}\n`);
    },
    async end() {
      file.end();
      await failed;
      if (rows === 0) return undefined;
      return { rows, sha256: hash.digest("hex"), from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
    },
  };
}

/** RFC 4180. Cells are numbers or nothing and need no quotes; names may. */
const quoted = (name: string): string => (/[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
