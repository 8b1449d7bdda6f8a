import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyMinute, type Minute } from "./minute.ts";
import { rollUp, SCRAPE_GAP_MS_MAX, type Baseline, type EdgeSample } from "./roll-up.ts";

const T = Date.parse("2026-11-23T10:00:00.000Z");
const INF = Number.POSITIVE_INFINITY;

/** A look `seconds` after T; of the requests, `fast` took up to 0.1 s and the rest longer. */
const look = (seconds: number, requestsTotal: number, rest: Partial<EdgeSample> & { fast?: number } = {}): EdgeSample => {
  const { fast = requestsTotal, ...given } = rest;
  const latencyBuckets: [number, number][] = [
    [0.1, fast],
    [INF, requestsTotal],
  ];
  return { atMs: T + seconds * 1000, edgeUp: true, requestsTotal, errorsTotal: 0, latencyBuckets, ...given };
};
const first = (sample: EdgeSample): Baseline => {
  const rolled = rollUp(undefined, sample);
  if (!rolled.ok) throw new Error(rolled.failure);
  return rolled.value.baseline;
};
const minutesOf = (previous: EdgeSample, current: EdgeSample): Minute[] => {
  const rolled = rollUp(first(previous), current);
  if (!rolled.ok) throw new Error(rolled.failure);
  return rolled.value.minutes;
};
const minute = (seconds: number, parts: Partial<Minute>): Minute => ({ ...emptyMinute(T + seconds * 1000), ...parts });

describe("rollUp", () => {
  it("of the first look knows nothing but that it was made", () => {
    const rolled = rollUp(undefined, look(10, 500));
    expect(rolled).toMatchObject({ ok: true, value: { minutes: [minute(10, { scrapesSeen: 1 })] } });
  });

  it("takes the increase of every counter", () => {
    const [only] = minutesOf(look(10, 100, { errorsTotal: 2, fast: 90 }), look(15, 130, { errorsTotal: 5, fast: 115 }));
    const watched = { edgeUpSeconds: 5, controlPlaneUpSeconds: 5, scrapesSeen: 1 };
    expect(only).toEqual(minute(10, { ...watched, requests: 30, errors: 3, latency: { "0.1": 25, "+Inf": 5 } }));
  });

  it("splits the time at the minute, and counts the requests where they were seen", () => {
    expect(minutesOf(look(58, 0), look(63, 7))).toEqual([
      minute(58, { edgeUpSeconds: 2, controlPlaneUpSeconds: 2 }),
      minute(63, { edgeUpSeconds: 3, controlPlaneUpSeconds: 3, requests: 7, latency: { "0.1": 7 }, scrapesSeen: 1 }),
    ]);
  });

  it("takes all counters to have begun again when one fell", () => {
    const [only] = minutesOf(look(0, 100, { errorsTotal: 1 }), look(5, 8, { errorsTotal: 3, fast: 6 }));
    expect(only).toMatchObject({ requests: 8, errors: 3, latency: { "0.1": 6, "+Inf": 2 } });
    const [byErrors] = minutesOf(look(0, 100, { errorsTotal: 50 }), look(5, 110, { errorsTotal: 3 }));
    expect(byErrors).toMatchObject({ requests: 110, errors: 3 });
  });

  it("counts time as down that a look found down, and compares with the counters before the outage", () => {
    const down = rollUp(first(look(0, 100)), look(5, 0, { edgeUp: false, latencyBuckets: [] }));
    if (!down.ok) throw new Error(down.failure);
    expect(down.value.minutes).toEqual([minute(0, { controlPlaneUpSeconds: 5, scrapesSeen: 1 })]);
    expect(rollUp(down.value.baseline, look(10, 104))).toMatchObject({
      value: { minutes: [{ requests: 4, edgeUpSeconds: 5, controlPlaneUpSeconds: 5 }] },
    });
  });

  it("calls a gap unknown, neither up nor down, and loses no request of it", () => {
    const longest = SCRAPE_GAP_MS_MAX / 1000;
    expect(minutesOf(look(0, 0), look(longest, 3))[0]?.controlPlaneUpSeconds).toBe(longest);
    expect(minutesOf(look(0, 0), look(longest + 0.001, 3))).toEqual([
      minute(longest, { requests: 3, latency: { "0.1": 3 }, scrapesSeen: 1 }),
    ]);
  });

  it("says nothing of latency across a change of the bounds", () => {
    const other: [number, number][] = [
      [0.2, 12],
      [INF, 12],
    ];
    expect(minutesOf(look(0, 10), look(5, 12, { latencyBuckets: other }))[0]).toMatchObject({ requests: 2, latency: {} });
  });

  it("refuses numbers that cannot be", () => {
    const refusal = (sample: EdgeSample) => rollUp(first(look(0, 10)), sample);
    for (const bad of [Number.NaN, -1, INF]) {
      expect(refusal(look(5, 10, { requestsTotal: bad }))).toEqual({ ok: false, failure: "counter_invalid" });
      expect(refusal(look(5, 10, { errorsTotal: bad }))).toEqual({ ok: false, failure: "counter_invalid" });
      expect(refusal(look(5, 10, { fast: bad }))).toEqual({ ok: false, failure: "buckets_invalid" });
    }
    expect(refusal(look(5, 10, { fast: 11 }))).toEqual({ ok: false, failure: "buckets_invalid" });
    expect(refusal(look(5, 10, { latencyBuckets: [[0.1, 1]] }))).toEqual({ ok: false, failure: "buckets_invalid" });
    for (const seconds of [0, -5, Number.NaN])
      expect(refusal(look(seconds, 10))).toEqual({ ok: false, failure: "time_not_after" });
  });

  it("adds up to the ledger over any run of increases, restarts and outages", () => {
    const step = fc.record({
      requests: fc.nat(1000),
      slow: fc.nat(1000),
      event: fc.constantFrom("none", "none", "restart", "down"),
      seconds: fc.integer({ min: 1, max: 90 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let at = 0;
        let total = 0;
        let fast = 0;
        let baseline = first(look(0, 0));
        const ledger = { requests: 0, fast: 0, known: 0, up: 0 };
        const seen = { requests: 0, fast: 0, known: 0, up: 0 };
        for (const { requests, slow, event, seconds } of steps) {
          at += seconds;
          // A restart is seen only when the counter is lower than before; what it counted up to that height is out of anybody's sight.
          if (event === "restart") [total, fast] = [-1, -1];
          const edgeUp = event !== "down";
          if (edgeUp) {
            const quick = Math.max(0, requests - slow);
            const before = baseline.counters?.requestsTotal ?? 0;
            if (total < 0) [total, fast] = requests < before ? [0, 0] : [before, baseline.counters?.latencyBuckets[0]?.[1] ?? 0];
            [total, fast] = [total + requests, fast + quick];
            ledger.requests += requests;
            ledger.fast += quick;
          }
          if (seconds * 1000 <= SCRAPE_GAP_MS_MAX) {
            ledger.known += seconds;
            if (edgeUp) ledger.up += seconds;
          }
          const rolled = rollUp(baseline, look(at, total < 0 ? 0 : total, { fast: fast < 0 ? 0 : fast, edgeUp }));
          if (!rolled.ok) throw new Error(rolled.failure);
          baseline = rolled.value.baseline;
          for (const part of rolled.value.minutes) {
            seen.requests += part.requests;
            seen.fast += part.latency["0.1"] ?? 0;
            seen.known += part.controlPlaneUpSeconds;
            seen.up += part.edgeUpSeconds;
          }
          if (event === "restart" || total < 0) total = Math.max(total, 0);
        }
        expect(seen).toEqual(ledger);
      }),
      { seed: 2026, numRuns: 300 },
    );
  });
});
