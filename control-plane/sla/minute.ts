/** One minute of the service as it was watched, and how two parts of one minute become one. Pure. */

export const MINUTE_MS = 60_000;

export interface Minute {
  /** ISO time of its start. */
  minute: string;
  requests: number;
  errors: number;
  /** Requests by the upper bound in seconds of their latency bucket, not cumulative; `+Inf` the last. */
  latency: Record<string, number>;
  edgeUpSeconds: number;
  controlPlaneUpSeconds: number;
  scrapesSeen: number;
  scrapesMissed: number;
}

export const startOfMinute = (atMs: number): number => Math.floor(atMs / MINUTE_MS) * MINUTE_MS;

export const emptyMinute = (atMs: number): Minute => ({
  minute: new Date(startOfMinute(atMs)).toISOString(),
  requests: 0,
  errors: 0,
  latency: {},
  edgeUpSeconds: 0,
  controlPlaneUpSeconds: 0,
  scrapesSeen: 0,
  scrapesMissed: 0,
});

export function addMinutes(one: Minute, other: Minute): Minute {
  const latency = { ...one.latency };
  for (const [bound, count] of Object.entries(other.latency)) latency[bound] = (latency[bound] ?? 0) + count;
  return {
    minute: one.minute,
    requests: one.requests + other.requests,
    errors: one.errors + other.errors,
    latency,
    edgeUpSeconds: one.edgeUpSeconds + other.edgeUpSeconds,
    controlPlaneUpSeconds: one.controlPlaneUpSeconds + other.controlPlaneUpSeconds,
    scrapesSeen: one.scrapesSeen + other.scrapesSeen,
    scrapesMissed: one.scrapesMissed + other.scrapesMissed,
  };
}
