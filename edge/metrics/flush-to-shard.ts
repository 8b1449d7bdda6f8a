/** Carries an isolate's flushes to its shard. An isolate keeps to one shard, so that its sequences meet one memory. */
import type { EdgeConfig, Env } from "../env.ts";
import type { FlushSender } from "./recorder.ts";

export const shardName = (shard: number): string => `shard-${shard}`;

/** A new stub per send: one that has thrown stays broken. */
export function flushSender(env: Env, config: EdgeConfig, isolate: string): FlushSender {
  const shard = Number.parseInt(isolate.slice(0, 8), 16) % config.metricsShards;
  return async function sendFlush(flush) {
    await env.METRICS_SHARD.getByName(shardName(shard)).apply(flush);
  };
}
