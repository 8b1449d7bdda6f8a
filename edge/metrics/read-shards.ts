/** Reads every metrics shard for the control plane. A shard that does not answer is reported as silent, never left out or counted as 0. */
import { shardMetrics, type ShardMetrics } from "../../contract/metric-flush.ts";
import type { EdgeConfig, Env } from "../env.ts";
import { shardName } from "./flush-to-shard.ts";

export type ShardReading = ShardMetrics | { shard: number; silent: true };

export async function readShards(env: Env, config: EdgeConfig): Promise<ShardReading[]> {
  return Promise.all(
    Array.from({ length: config.metricsShards }, async (_, shard): Promise<ShardReading> => {
      try {
        // Parsed: what came over RPC is another version's word during a gradual deploy.
        return shardMetrics.parse(await env.METRICS_SHARD.getByName(shardName(shard)).read(shard));
      } catch {
        return { shard, silent: true };
      }
    }),
  );
}
