import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rowBlocks } from "./blocks.ts";
import type { SourceFile } from "./source-file.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "drift-blocks-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function blocksOf(text: string | Buffer, blockBytes: number, isGzip = false): Promise<string[]> {
  const path = join(directory, "f.csv");
  await writeFile(path, text);
  const source: SourceFile = { path, shownAs: "f.csv", format: "csv", isGzip, bytes: text.length };
  const blocks: string[] = [];
  for await (const block of rowBlocks(source, "quoted", () => undefined, blockBytes))
    blocks.push(new TextDecoder().decode(block));
  return blocks;
}

describe("rowBlocks", () => {
  const rows = Array.from({ length: 200_000 }, (_, at) => (at % 7 === 0 ? `${at},"a ""quoted""\n text"` : `${at},plain`));
  const text = `${rows.join("\n")}\n`;

  it("cuts only where a row ends, and loses no byte", async () => {
    const blocks = await blocksOf(text, 300_000);
    expect(blocks.length).toBeGreaterThan(2);
    expect(blocks.join("")).toBe(text);
    for (const block of blocks) expect((block.match(/"/g)?.length ?? 0) % 2).toBe(0);
    expect(blocks.every((block) => block.endsWith("\n"))).toBe(true);
  });

  it("reads gzip the same, and says when it is cut short or none", async () => {
    expect((await blocksOf(gzipSync(text), 300_000, true)).join("")).toBe(text);
    await expect(blocksOf(gzipSync(text).subarray(0, 5000), 300_000, true)).rejects.toThrow("f.csv: it is no whole gzip file");
    await expect(blocksOf(text, 300_000, true)).rejects.toThrow("f.csv: it is no whole gzip file");
  });

  it("drops a byte order mark and ends the last row", async () => {
    expect(await blocksOf("\uFEFFa,b\n1,2", 100)).toEqual(["a,b\n1,2\n"]);
    expect(await blocksOf("", 100)).toEqual([]);
  });

  it("gives up on a row without an end", async () => {
    await expect(blocksOf(`"${"x".repeat(17 * 1024 * 1024)}\n`, 8 * 1024 * 1024)).rejects.toThrow(
      "a row is longer than 16777216 bytes",
    );
  });
});
