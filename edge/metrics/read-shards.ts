/** Reads every metrics shard for the control plane: its metrics, or its drift windows. A shard that does not answer is reported as silent, never left out or counted as 0. */
import { shardWindowsReading, type ShardWindowsReading } from "../../contract/drift-window.ts";
import { shardMetrics, type ShardReading } from "../../contract/metric-flush.ts";
import type { EdgeConfig, Env } from "../env.ts";
import { shardName } from "./flush-to-shard.ts";

/** A shard that hangs must not take the others with it: the control plane waits longer than this. */
const SHARD_ANSWER_MS = 3_000;

/** Parsed: what came over RPC is another version's word during a gradual deploy. */
export const readShards = (env: Env, config: EdgeConfig): Promise<ShardReading[]> =>
  askShards(env, config, async (stub, shard) => shardMetrics.parse(await stub.read(shard)));

/** The drift windows of the hours from `fromHour` on and before `toHour`. */
export const readWindows = (env: Env, config: EdgeConfig, fromHour: number, toHour: number): Promise<ShardWindowsReading[]> =>
  askShards(env, config, async (stub, shard) => shardWindowsReading.parse(await stub.readWindows(shard, fromHour, toHour)));

type ShardStub = ReturnType<Env["METRICS_SHARD"]["getByName"]>;

function askShards<Reading>(
  env: Env,
  { metricsShards }: EdgeConfig,
  ask: (stub: ShardStub, shard: number) => Promise<Reading>,
): Promise<(Reading | { shard: number; silent: true })[]> {
  return Promise.all(
    Array.from({ length: metricsShards }, async (_, shard) => {
      let timer: number | null = null;
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error("no answer")), SHARD_ANSWER_MS);
      });
      try {
        return await Promise.race([ask(env.METRICS_SHARD.getByName(shardName(shard)), shard), late]);
      } catch {
        return { shard, silent: true as const };
      } finally {
        clearTimeout(timer);
      }
    }),
  );
}
