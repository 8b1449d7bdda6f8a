/** For tests: one model line on a test control plane, with the acts on it in short, and an edge whose counts and clock are what each test says they are. */
import { sql } from "drizzle-orm";
import { seriesText } from "../../contract/series-text.ts";
import type { EdgeView } from "../metrics/edge-counts.ts";
import { look, type ControllerTools } from "../rollouts/controller.ts";
import { startTestControlPlane, type AnyJson, type TestControlPlane } from "./test-control-plane.ts";

const MINUTE_MS = 60_000;
const STEPS = [
  { percent: 10, durationMs: 10 * MINUTE_MS, requestsMin: 1000 },
  { percent: 50, durationMs: 10 * MINUTE_MS, requestsMin: 1000 },
];

export type TestLine = Awaited<ReturnType<typeof startTestLine>>;

/** The line `m` with v1 in production, v2 and v3 in staging, each registered with what `metadataOf` gives for its number. */
export async function startTestLine(metadataOf: (number: number) => object = () => ({})) {
  const plane: TestControlPlane = await startTestControlPlane({ PUBLISH_WAIT_MS: "0" });
  let counters: Map<string, number> | undefined = new Map();
  let nowMs = Date.now();
  let beforeBaseline: (() => Promise<void>) | undefined;

  const post = (path: string, body: object) => plane.call("POST", `/api/models/m/${path}`, { reason: "a test", ...body });
  const got = async (path: string): Promise<AnyJson> => (await plane.call("GET", path)).body;
  const promote = (version: string, stage = "production") => post(`versions/${version}/promote`, { stage });
  const start = (version = "v2", more: object = {}) => post(`versions/${version}/rollout`, { steps: STEPS, ...more });

  /** As the reconciler leaves the outbox a second later: the pace of KV writes is tried where it belongs. */
  async function publish(): Promise<void> {
    const done = sql`UPDATE outbox SET state = 'published', published_at = ${new Date().toISOString()} WHERE state = 'pending'`;
    await plane.controlPlane.registration.registry.write(async (db) => ({ ok: true, value: await db.run(done) }));
  }

  /** One look of the controller, so many minutes later. */
  async function lookAfter(minutes: number): Promise<void> {
    nowMs += minutes * MINUTE_MS;
    const { registration, key } = plane.controlPlane;
    const tools: ControllerTools = {
      registry: registration.registry,
      gateTools: { key, artifactBytesMax: registration.artifactBytesMax },
      collectWindows: async () => beforeBaseline?.(),
      timelineHours: 1,
      now: () => new Date(nowMs),
      log: { info() {}, warn() {} },
      wake() {},
      readEdgeCounts: async () =>
        ({
          look: { state: counters ? "answered" : "silent" },
          totals: { state: "complete", counters: counters ?? new Map<string, number>() },
        }) as unknown as EdgeView,
    };
    await look(tools);
  }

  for (const number of [1, 2, 3]) {
    const { status, body } = await plane.register("m", `m artifact ${number}`, { stage: "staging", ...metadataOf(number) });
    if (status !== 201) throw new Error(JSON.stringify(body));
  }
  await promote("v1");
  return {
    plane,
    STEPS,
    post,
    promote,
    start,
    publish,
    lookAfter,
    rollback: (more: object = {}) => post("rollback", more),
    act: (name: string) => post(`rollout/${name}`, {}),
    /** The clock of the looks is that of the machine again, and the controller looks once. */
    async lookNow(): Promise<void> {
      nowMs = Date.now();
      await lookAfter(0);
    },
    shown: () => got("/api/models/m/rollout"),
    released: async (): Promise<AnyJson> => (await got("/api/models/m/release")).release,
    stageOf: async (version: string): Promise<AnyJson> => (await got(`/api/models/m/versions/${version}`)).stage,
    audit: async (): Promise<AnyJson[]> => (await got("/api/audit")).entries,
    incidents: async (): Promise<AnyJson[]> => (await got("/api/incidents")).incidents,
    bakes: async (): Promise<AnyJson[]> => (await got("/api/models/m/release-policy")).bakes,
    /** What the edge tells of its drift windows when the first look at a step asks. */
    setWindowsToldAtBaseline(tell: () => Promise<void>): void {
      beforeBaseline = tell;
    },
    /** Whether the edge can be read; when it can be again, it has counted nothing. */
    setReadable(isReadable: boolean): void {
      counters = isReadable ? new Map() : undefined;
    },
    count(version: string, requests: number, errors = 0): void {
      const add = (name: string, labels: object, value: number): void => {
        const text = seriesText(name, { model: "m", version, ...labels });
        counters?.set(text, (counters.get(text) ?? 0) + value);
      };
      add("release_requests_total", { generation: "1", colo: "other" }, requests);
      add("version_errors_total", { reason: "output_not_finite" }, errors);
      add("version_latency_seconds_count", {}, requests);
      add("version_latency_seconds_bucket", { le: "0.1" }, requests);
    },
    /** A rollout of v2, published and looked at once. */
    async begin(more: object = {}): Promise<void> {
      const started = await start("v2", more);
      if (started.status !== 201) throw new Error(JSON.stringify(started.body));
      await publish();
      nowMs = Date.now();
      await lookAfter(0);
    },
  };
}
