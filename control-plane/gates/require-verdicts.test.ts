/** Promotions against the real registry: what a stored run, a policy and a sign-off do to them, and what undoes it. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { succeed } from "../../contract/result.ts";
import { gatePolicies, gateRuns, signOffs } from "../registry/gate-schema.ts";
import { findVersionRow } from "../registry/versions.ts";
import { startTestControlPlane, type TestControlPlane } from "../testing/test-control-plane.ts";
import { currentEvidence } from "./current-evidence.ts";
import { evidenceSha256, type Evidence } from "./evidence.ts";
import { goodEvidence } from "./evidence.fixture.ts";
import { insertGateRun } from "./gate-runs.ts";
import { gatePolicy, type GatePolicyInput } from "./policy.ts";
import { judgeNow } from "./require-verdicts.ts";

let plane: TestControlPlane;
beforeEach(async () => void (plane = await startTestControlPlane()));
afterEach(() => plane.close());

const tools = () => ({ key: plane.controlPlane.key, artifactBytesMax: plane.controlPlane.registration.artifactBytesMax });
const registry = () => plane.controlPlane.registration.registry;
const by = { actorTokenId: "approver", actorName: "on duty" };
const actor = { tokenId: "operator", name: "ci" };
const promote = (version: string) =>
  plane.call("POST", `/api/models/m/versions/${version}/promote`, { stage: "production", reason: "a test" });

async function setPolicy(policy: GatePolicyInput): Promise<void> {
  const row = { model: "m", policy: gatePolicy.parse(policy), reason: "a test", at: new Date().toISOString(), ...by };
  await registry().write(async (db) => succeed(await db.insert(gatePolicies).values(row)));
}

/** Stores what a run that measured these pieces would have stored. */
async function storeRun(
  version: string,
  measured: Partial<Evidence>,
  change: (payload: string) => string = (payload) => payload,
) {
  const now = new Date();
  await registry().write(async (db) => {
    const row = await findVersionRow(db, "m", version);
    if (!row.ok) throw new Error(version);
    const record = await judgeNow(db, tools(), { actor, requestId: "r", now }, row.value, "run");
    const evidence = { ...record.evidence, collectedAt: now.toISOString(), ...measured };
    const key = { ...tools().key, signText: (text: string) => tools().key.signText(change(text)) };
    return succeed(await insertGateRun(db, key, { ...record, evidence }));
  });
}

async function signOff(version: string, who = by): Promise<void> {
  await registry().write(async (db) => {
    const row = await findVersionRow(db, "m", version);
    if (!row.ok) throw new Error(version);
    const evidence = await currentEvidence(db, tools(), row.value, gatePolicy.parse({}), new Date());
    const at = new Date().toISOString();
    const number = row.value.number;
    return succeed(
      await db.insert(signOffs).values({ model: "m", number, evidenceSha256: evidenceSha256(evidence), note: "", at, ...who }),
    );
  });
}

const { quality } = goodEvidence();

it("promotes a line without a policy when it fits, and stores what that stood on", async () => {
  await plane.stagedVersions("m", 1);
  expect((await promote("v1")).status).toBe(200);
  const runs = await registry().read((db) => db.select().from(gateRuns));
  expect(runs).toMatchObject([{ act: "promotion", model: "m", number: 1 }]);
  expect(tools().key.isTextSigned(runs[0]?.payload ?? "", runs[0]?.signature ?? "")).toBe(true);
  const { moves } = (await plane.call("GET", "/api/models/m/history")).body;
  expect(moves[0]).toMatchObject({ act: "promote", to: "production", gateRun: runs[0]?.id });
});

it("says that a rollback asked no gate", async () => {
  for (const version of await plane.stagedVersions("m", 2)) await promote(version);
  await setPolicy({ signOff: { level: "block" } });
  expect((await plane.call("POST", "/api/models/m/rollback", { reason: "a test" })).status).toBe(200);
  const { moves } = (await plane.call("GET", "/api/models/m/history")).body;
  expect(moves[0]).toMatchObject({ act: "rollback", to: "production", gateRun: null });
  const { entries } = (await plane.call("GET", "/api/audit?limit=1")).body;
  expect(entries[0]).toMatchObject({ act: "rollback", details: { gateRun: "skipped" } });
});

it("refuses with every gate that stops it, and changes nothing", async () => {
  await plane.stagedVersions("m", 1);
  await setPolicy({ quality: { level: "block" }, signOff: { level: "block" }, latency: { level: "warn" } });
  const refused = await promote("v1");
  expect(refused).toMatchObject({ status: 409, body: { code: "gates_refused" } });
  expect(refused.body.details.stoppedBy).toMatchObject([
    { gate: "quality", outcome: "inconclusive", reason: "not_measured" },
    { gate: "sign_off", outcome: "inconclusive", reason: "sign_off_absent" },
  ]);
  expect((await plane.call("GET", "/api/models/m")).body).toMatchObject({ production: null, generation: 0 });
  expect(await registry().read((db) => db.select().from(gateRuns))).toEqual([]);
});

it("takes a sign-off for the evidence that it was given for, and for no other", async () => {
  await plane.stagedVersions("m", 1);
  await setPolicy({ quality: { level: "block" }, signOff: { level: "block" } });
  await storeRun("v1", { quality });
  await signOff("v1");
  await storeRun("v1", { quality, latency: goodEvidence().latency });
  expect((await promote("v1")).body.details.stoppedBy).toMatchObject([{ gate: "sign_off", reason: "sign_off_withdrawn" }]);
  await signOff("v1");
  expect(await promote("v1")).toMatchObject({ status: 200 });
});

it("does not take the registrant's own sign-off", async () => {
  await plane.stagedVersions("m", 1);
  await setPolicy({ signOff: { level: "block" } });
  await signOff("v1", { actorTokenId: "another", actorName: "admin" });
  expect((await promote("v1")).body.details.stoppedBy).toMatchObject([{ reason: "signed_off_by_registrant" }]);
});

it("lets quality lapse when another version has gone into production, when the evidence is old, and when its run was changed", async () => {
  await plane.stagedVersions("m", 3);
  await promote("v1");
  await setPolicy({ quality: { level: "block" } });
  await storeRun("v2", { quality });
  await storeRun("v3", { quality });
  expect((await promote("v2")).status).toBe(200);
  expect((await promote("v3")).body.details.stoppedBy).toMatchObject([
    {
      gate: "quality",
      outcome: "inconclusive",
      reason: "evidence_stale",
      sentence: expect.stringContaining("production version"),
    },
  ]);
  await storeRun("v3", { quality, collectedAt: new Date(Date.now() - 169 * 3_600_000).toISOString() });
  expect((await promote("v3")).body.details.stoppedBy).toMatchObject([
    { reason: "evidence_stale", sentence: expect.stringContaining("168 hours") },
  ]);
  await storeRun("v3", { quality }, (payload) => payload.replace('"rmse":21.3', '"rmse":99'));
  expect((await promote("v3")).body.details.stoppedBy).toMatchObject([{ reason: "run_signature_invalid" }]);
  await storeRun("v3", { quality });
  expect((await promote("v3")).status).toBe(200);
});

it("in a dry run promotes what it would have stopped, and the stored run says so", async () => {
  await plane.stagedVersions("m", 1);
  await setPolicy({ dryRun: true, quality: { level: "block" } });
  expect((await promote("v1")).status).toBe(200);
  const [run] = await registry().read((db) => db.select().from(gateRuns));
  expect(JSON.parse(run?.payload ?? "")).toMatchObject({
    outcome: "stopped_in_dry_run",
    verdicts: [{ gate: "fit" }, { gate: "quality", outcome: "inconclusive" }, { gate: "drift", level: "warn" }],
  });
});

it("refuses what no longer fits the edge, policy or not", async () => {
  await plane.register("m", "x".repeat(2000), { stage: "staging" });
  // The limit was lower when the control plane started: this asks the gate itself.
  const judged = await registry().read(async (db) => {
    const row = await findVersionRow(db, "m", "v1");
    return row.ok
      ? judgeNow(db, { ...tools(), artifactBytesMax: 1000 }, { actor, requestId: "r", now: new Date() }, row.value, "promotion")
      : undefined;
  });
  expect(judged).toMatchObject({
    outcome: "stopped",
    verdicts: [{ gate: "fit", outcome: "fail", reason: "artifact_too_large" }],
  });
});
