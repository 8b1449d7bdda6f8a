/** Reads every metrics shard for the control plane. A shard that does not answer is reported as silent, never left out or counted as 0. */
import { shardMetrics, type ShardReading } from "../../contract/metric-flush.ts";
import type { EdgeConfig, Env } from "../env.ts";
import { shardName } from "./flush-to-shard.ts";

/** A shard that hangs must not take the others with it: the control plane waits longer than this. */
const SHARD_ANSWER_MS = 3_000;

export async function readShards(env: Env, config: EdgeConfig): Promise<ShardReading[]> {
  return Promise.all(
    Array.from({ length: config.metricsShards }, async (_, shard): Promise<ShardReading> => {
      let timer: number | null = null;
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error("no answer")), SHARD_ANSWER_MS);
      });
      try {
        // Parsed: what came over RPC is another version's word during a gradual deploy.
        return shardMetrics.parse(await Promise.race([env.METRICS_SHARD.getByName(shardName(shard)).read(shard), late]));
      } catch {
        return { shard, silent: true };
      } finally {
        clearTimeout(timer);
      }
    }),
  );
}
