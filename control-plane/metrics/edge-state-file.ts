/**
 * Keeps what is carried forward over a restart of the control plane: without it a wiped shard's past would leave the sum, and a fallen sum
 * reads as a reset of everything. Written before the values it holds are shown to anybody. The file only; its meaning is carry-forward.ts.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { EdgeState } from "./carry-forward.ts";

const values = z.array(z.tuple([z.string(), z.number().nonnegative()]));

const fileContent = z.strictObject({
  schema: z.literal(1),
  shards: z.array(
    z.strictObject({
      shard: z.int().nonnegative(),
      createdAt: z.string(),
      firstCreatedAt: z.string(),
      offsets: values,
      last: values,
    }),
  ),
});

/** The state as it was left, no shard of it seen yet; empty where there is no file. Fails with a sentence when the file cannot be read. */
export async function readEdgeState(path: string): Promise<Result<EdgeState, string>> {
  try {
    const { shards } = fileContent.parse(JSON.parse(await readFile(path, "utf8")));
    const unseen = { isUp: false, isListed: false, isSeen: false, gauges: new Map<string, number>(), isolates: 0 };
    return succeed(
      new Map(
        shards.map(({ offsets, last, ...shard }) => [
          shard.shard,
          { ...shard, ...unseen, offsets: new Map(offsets), last: new Map(last) },
        ]),
      ),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return succeed(new Map());
    return fail(`${path} cannot be read: ${error instanceof Error ? error.message.slice(0, 200) : String(error)}`);
  }
}

/** Whole or not at all. One writer at a time. */
export async function writeEdgeState(path: string, state: EdgeState): Promise<void> {
  const shards = [...state.values()]
    .filter(({ createdAt }) => createdAt !== "")
    .map(({ shard, createdAt, firstCreatedAt, offsets, last }) => ({
      shard,
      createdAt,
      firstCreatedAt,
      offsets: [...offsets],
      last: [...last],
    }));
  const temporary = `${path}.part`;
  await writeFile(temporary, JSON.stringify({ schema: 1, shards }), { mode: 0o600 });
  await rename(temporary, path);
}
