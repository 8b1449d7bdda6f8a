/** Retraining on the real data as a stream, over the whole running system: ops/demonstration at a quick scale, or whole. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demonstrate } from "../ops/demonstration/demonstrate.ts";
import { rmseOf } from "../ops/demonstration/stream-line.ts";
import { REPOSITORY } from "./harness/run-edgewise.ts";
import { startSystem, type RunningSystem } from "./harness/running-system.ts";
import { isFullScale, scaled } from "./harness/scale.ts";

const PRSA = join(REPOSITORY, "../shared/data/prsa");
let system: RunningSystem;

describe.skipIf(!existsSync(PRSA))("retraining on the real data (skipped without ../shared)", () => {
  beforeAll(async () => void (system = await startSystem({ RETRAIN_TRIGGER_SECONDS: "1" })));
  afterAll(() => system?.stop());

  it("a model of 2013 decays in 2016, is retrained once by itself, and its successor is better and let through", async () => {
    const lines: string[] = [];
    const shown = await demonstrate({
      edgeUrl: system.edgeUrl,
      controlPlaneUrl: system.controlPlaneUrl,
      adminToken: system.adminToken,
      dataDirectory: join(system.directory, "data"),
      prsaDirectory: PRSA,
      // The quick run begins two days before the fireworks of the Spring Festival.
      from: new Date(isFullScale ? "2016-01-01T00:00:00Z" : "2016-02-06T00:00:00Z"),
      to: new Date("2016-04-01T00:00:00Z"),
      hoursAfter: scaled({ full: 24 * 60, quick: 6 }),
      feedbackMin: scaled({ full: 1500, quick: 200 }),
      rounds: scaled({ full: 200, quick: 40 }),
      syncEveryHours: scaled({ full: 48, quick: 24 }),
      report: (line) => void lines.push(line),
    });
    console.log([...lines, "", ...shown.why].join("\n"));
    expect([shown.runs, shown.run.trigger, shown.run.state]).toEqual([1, "performance", "done"]);
    expect(shown.run.evidence).toMatchObject({ version: "v1", baselineRmse: shown.baselineRmse });
    const before = shown.ledger.versions.get("v1");
    expect(before && rmseOf(before)).toBeGreaterThan(1.1 * shown.baselineRmse);
    // What the trigger stood on is what the callers' own ledger says, to the bits that adding up in another order leaves.
    if (!isFullScale || before?.rows === shown.run.evidence["feedback"])
      expect(shown.run.evidence["liveRmse"] as number).toBeCloseTo(rmseOf(before as never), 6);
    expect(shown.ledger.versions.get(shown.version)?.rows).toBeGreaterThan(0);
    // By the error model that the run gave it, at the edge, without any of the truth.
    expect(shown.estimate.rows).toBeGreaterThan(0);
    expect(shown.estimate.rmse).toBeGreaterThan(0);
    const chain = shown.why.join("\n");
    for (const link of ["trigger", "performance", "to fit", "held out", "comparison", "sign_off pass", "production, generation"])
      expect(chain).toContain(link);
    expect(await system.edgewise("why", shown.run.model, shown.version)).toContain(shown.run.reason);
  }, 1_800_000);
});
