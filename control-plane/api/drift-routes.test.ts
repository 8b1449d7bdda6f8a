import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HOUR_MS, hourOf } from "../../contract/drift-window.ts";
import { startEdgeWindowsDouble, type EdgeWindowsDouble } from "../testing/edge-windows-double.ts";
import { startTestControlPlane, type AnyJson, type TestControlPlane } from "../testing/test-control-plane.ts";

const reference = {
  rows: 4000,
  source: "a test",
  features: { x: { kind: "numeric", min: 0, max: 4, edges: [1, 2, 3], counts: [0, 1000, 1000, 1000, 1000, 0, 0] } },
};
const iso = (hour: number): string => new Date(hour * HOUR_MS).toISOString();

let plane: TestControlPlane;
let edge: EdgeWindowsDouble;
const hour = hourOf(Date.now());

beforeAll(async () => {
  edge = await startEdgeWindowsDouble(1, () => new Date());
  plane = await startTestControlPlane({ EDGE_URL: edge.url, EDGE_TOKEN: edge.token, DRIFT_SCHEDULE: "0 0 1 1 *" });
  const { body } = await plane.register("m", "one", { stage: "staging", reference, metrics: { rmse: 1 } });
  await plane.register("m", "two", { stage: "staging" });
  await plane.call("POST", "/api/models/m/versions/v1/promote", { stage: "production", reason: "a test" });
  const key = { model: "m", version: "v1", manifest: body.manifest.sha256 };
  edge.count(0, { ...key, region: "FRA", hour, counts: [0, 500, 500, 500, 500, 0, 0] });
  edge.count(0, { ...key, region: "AMS", hour: hour - 3, counts: [0, 100, 100, 100, 2700, 0, 0] });
}, 60_000);
afterAll(async () => {
  await plane.close();
  await edge.close();
});

const live = (body: object, token?: string) => plane.call("POST", "/api/models/m/drift/live", body, token);

describe("the drift routes", () => {
  it("compare live traffic up to now, of all regions or one, and keep the report", async () => {
    const whole = await live({ hours: 24 });
    expect(whole.status).toBe(201);
    expect(whole.body).toMatchObject({
      model: "m",
      version: "v1",
      origin: "manual",
      verdict: "drift",
      currentRows: 5000,
      region: null,
    });
    const { x } = whole.body.report.features;
    expect(x).toMatchObject({
      psi: { drift_level: "significant", drift_detected: true },
      drift_detected: true,
      current_rows: 5000,
    });
    expect(x.ks_test.statistic).toBeGreaterThan(0.3);
    expect(x.ks_test.bounds.low).toBe(x.ks_test.statistic);
    expect(x.ks_test.bounds.high).toBeGreaterThanOrEqual(x.ks_test.statistic);
    expect((await live({ hours: 24, region: "FRA" })).body).toMatchObject({
      verdict: "no_drift",
      currentRows: 2000,
      region: "FRA",
    });
    expect((await live({ hours: 1 })).body).toMatchObject({ verdict: "no_drift", currentRows: 2000 });
    expect((await live({ hours: 1, to: iso(hour - 10) })).body).toMatchObject({ verdict: "not_enough_data", currentRows: 0 });
    const listed = await plane.call("GET", "/api/drift/reports?model=m&origin=manual&limit=2");
    expect(listed.body.reports.map(({ verdict }: AnyJson) => verdict)).toEqual(["not_enough_data", "no_drift"]);
    const older = await plane.call("GET", `/api/drift/reports?model=m&before=${listed.body.next}`);
    expect(older.body.reports.at(-1)).toMatchObject({ id: whole.body.id, verdict: "drift" });
    expect((await plane.call("GET", `/api/drift/reports/${whole.body.id}`)).body).toEqual(whole.body);
  });

  it("make a window of live traffic the reference, and go back", async () => {
    const path = "/api/models/m/drift/reference";
    expect((await plane.call("GET", path)).body).toMatchObject({ source: "registered", rows: 4000, reason: null });
    const window = { from: iso(hour - 3), to: iso(hour - 2), region: "AMS" };
    const set = await plane.call("POST", path, { ...window, reason: "the new normal" });
    expect(set.status).toBe(201);
    expect(set.body).toMatchObject({ source: "live", rows: 3000, region: "AMS", reason: "the new normal", createdBy: "admin" });
    const against = await live({ hours: 2 });
    expect(against.body).toMatchObject({ verdict: "drift", referenceRows: 3000 });
    expect(against.body.report.notes[0]).toContain("live traffic");
    expect((await live({ hours: 24, region: "AMS" })).body.report.features.x.psi.psi).toBe(0);
    await plane.call("POST", path, { registered: true, reason: "it was a mistake" });
    expect((await plane.call("GET", path)).body).toMatchObject({ source: "registered", rows: 4000 });
    expect((await live({ hours: 2 })).body.verdict).toBe("no_drift");
    const tooFew = await plane.call("POST", path, { from: iso(hour - 9), to: iso(hour - 8), reason: "r" });
    expect([tooFew.status, tooFew.body.code, tooFew.body.details.min]).toEqual([409, "rows_too_few", 1000]);
    const audit = await plane.call("GET", "/api/audit?limit=2");
    expect(audit.body.entries.map(({ act, reason }: AnyJson) => [act, reason])).toEqual([
      ["drift_reference", "it was a mistake"],
      ["drift_reference", "the new normal"],
    ]);
  });

  it("take in the drift job's report, and show it as the model's newest", async () => {
    const [{ id }] = (await plane.call("GET", "/api/drift/reports?model=m&limit=200")).body.reports.slice(-1);
    const made = (await plane.call("GET", `/api/drift/reports/${id}`)).body.report;
    const { x } = made.features;
    const report = {
      ...made,
      source: { kind: "files", reference: ["2025.parquet"], current: ["today.csv"] },
      features: { PM10: { ...x, psi: { ...x.psi, psi: 0.3 }, ks_test: { ...x.ks_test, statistic: 0.5 } } },
    };
    const taken = await plane.call("POST", "/api/models/m/drift/reports", { report });
    expect(taken.status).toBe(201);
    expect(taken.body).toMatchObject({ origin: "file", verdict: "drift", version: null, windowTo: null, report });
    const less = await plane.call("POST", "/api/models/m/drift/reports", { report: { ...report, drift_detected: false } });
    expect(less.body).toMatchObject({ verdict: "some_features" });
    const metrics = await (await plane.app.request("/metrics", { headers: { host: "localhost" } })).text();
    expect(metrics).toContain('drift_psi{feature="PM10",model="m"} 0.3');
    expect(metrics).toContain('drift_ks_statistic{feature="PM10",model="m"} 0.5');
    expect(metrics).toContain('drift_detected{feature="PM10",model="m"} 1');
    expect(metrics).toContain('drift_rows{model="m",side="current"} 5000');
    const page = await plane.app.request(`/api/drift/reports/${taken.body.id}/page`, {
      headers: { host: "localhost", authorization: `Bearer ${plane.adminToken}` },
    });
    expect(page.headers.get("content-type")).toContain("text/html");
    expect(await page.text()).toContain("today.csv");
    expect(metrics).toContain('drift_key_feature{feature="x",model="m"} 1');
    expect(metrics).toMatch(/drift_last_run_timestamp_seconds\{model="m"\} \d+/);
    expect(metrics).toMatch(/drift_turn_due_timestamp_seconds\{model="m"\} \d+/);
  });

  it("refuse what cannot be, and say what is allowed", async () => {
    const refused = async (path: string, body: object): Promise<[number, string, string]> => {
      const answer = await plane.call("POST", path, body);
      return [answer.status, answer.body.code, answer.body.error];
    };
    const path = "/api/models/m/drift/live";
    expect(await refused(path, { hours: 0 })).toEqual([400, "body_invalid", expect.stringContaining("hours")]);
    expect(await refused(path, { hours: 24, to: "2026-11-23T10:30:00Z" })).toEqual([
      400,
      "body_invalid",
      expect.stringContaining("whole hour"),
    ]);
    expect(await refused(path, { hours: 24, region: "fra" })).toEqual([
      400,
      "body_invalid",
      expect.stringContaining("three capital letters"),
    ]);
    expect(await refused(path, { hours: 24, version: "v2" })).toEqual([
      409,
      "reference_absent",
      expect.stringContaining("no reference"),
    ]);
    expect(await refused(path, { hours: 24, version: "v9" })).toEqual([404, "version_unknown", expect.anything()]);
    expect(await refused("/api/models/none/drift/live", { hours: 24 })).toEqual([404, "model_unknown", expect.anything()]);
    expect(await refused("/api/models/none/drift/reports", { report: {} })).toEqual([400, "body_invalid", expect.anything()]);
    expect((await plane.call("GET", "/api/drift/reports/999")).body.code).toBe("drift_report_unknown");
    const viewer = await plane.token("viewer");
    expect((await live({ hours: 24 }, viewer)).status).toBe(403);
    expect((await plane.call("GET", "/api/drift/reports", undefined, viewer)).status).toBe(200);
    const { token } = edge;
    edge.token = "rotated";
    expect((await live({ hours: 24 })).body.code).toBe("edge_silent");
    edge.token = token;
  });

  it("refuse a registration whose reference does not fit the model, by name", async () => {
    const register = async (change: object): Promise<string> => {
      const { status, body } = await plane.register("m", `three ${JSON.stringify(change)}`, {
        reference: { ...reference, ...change },
      });
      expect(status).toBe(422);
      return body.error;
    };
    expect(await register({ features: { y: reference.features.x } })).toContain(
      "y is no feature of the model, which has the columns x",
    );
    expect(await register({ keyFeatures: ["y"] })).toContain("the key feature y is not in it; it has x");
    expect(await register({ features: {} })).toContain("neither a feature nor rows to predict");
    const prediction = { output: "z", rows: 1, reference: reference.features.x };
    expect(await register({ prediction })).toContain("the model has no output z; it has y");
    const broken = await plane.register("m", "four", {
      reference: { ...reference, features: { x: { ...reference.features.x, counts: [1] } } },
    });
    expect([broken.status, broken.body.code]).toEqual([400, "body_invalid"]);
  });
});
