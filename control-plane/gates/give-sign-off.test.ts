/** Signing off by the API, and runs that are not of the version whose gates they are shown for, against the real registry. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { succeed } from "../../contract/result.ts";
import { evaluationSets, gateRuns } from "../registry/gate-schema.ts";
import { findVersionRow } from "../registry/versions.ts";
import { startTestControlPlane, type TestControlPlane } from "../testing/test-control-plane.ts";
import { currentEvidence } from "./current-evidence.ts";
import { goodEvidence } from "./evidence.fixture.ts";
import { insertGateRun } from "./gate-runs.ts";
import { gatePolicy } from "./policy.ts";
import { judgeNow } from "./require-verdicts.ts";

let plane: TestControlPlane;
beforeEach(async () => {
  plane = await startTestControlPlane();
  await plane.stagedVersions("m", 2);
});
afterEach(() => plane.close());

const registry = () => plane.controlPlane.registration.registry;
const tools = () => ({ key: plane.controlPlane.key, artifactBytesMax: plane.controlPlane.registration.artifactBytesMax });
const context = () => ({ actor: { tokenId: "operator", name: "ci" }, requestId: "r", now: new Date() });
const evidenceShown = async (): Promise<string> =>
  (await plane.call("GET", "/api/models/m/versions/v1/gates")).body.evidenceSha256;
const signOff = (evidenceSha256: string, token?: string) =>
  plane.call("POST", "/api/models/m/versions/v1/sign-off", { evidenceSha256, note: "" }, token);

it("is refused to who registered the version, and to whoever has seen other evidence; nothing is stored of either", async () => {
  const approver = await plane.token("approver");
  expect(await signOff(await evidenceShown())).toMatchObject({ status: 409, body: { code: "sign_off_refused" } });
  expect(await signOff("f".repeat(64), approver)).toMatchObject({ status: 409, body: { code: "evidence_changed" } });
  expect((await plane.call("GET", "/api/models/m/versions/v1/gates")).body.signOff).toBeNull();
  expect(await signOff(await evidenceShown(), approver)).toMatchObject({ status: 200, body: { signOff: { by: {} } } });
});

/** v1's evidence as it is now, on a stored run that measured everything. */
async function evidenceOf(version: string) {
  return registry().read(async (db) => {
    const row = await findVersionRow(db, "m", version);
    if (!row.ok) throw new Error(version);
    return currentEvidence(db, tools(), row.value, gatePolicy.parse({}), new Date());
  });
}
async function storeRun(): Promise<void> {
  await registry().write(async (db) => {
    const row = await findVersionRow(db, "m", "v1");
    if (!row.ok) throw new Error("v1");
    const record = await judgeNow(db, tools(), context(), row.value, "run");
    const { quality, fairness, drift, latency } = goodEvidence();
    const measured = { collectedAt: new Date().toISOString(), quality, fairness, latency, ...(drift && { drift }) };
    return succeed(await insertGateRun(db, tools().key, { ...record, evidence: { ...record.evidence, ...measured } }));
  });
}

it("of a run holds for quality, fairness and drift until another evaluation set is added, for latency beyond it", async () => {
  await storeRun();
  const states = async () => {
    const { quality, fairness, drift, latency } = await evidenceOf("v1");
    return [quality, fairness, drift, latency].map((piece) => (piece?.state === "missing" ? piece.gap : "measured"));
  };
  expect(await states()).toEqual(["measured", "measured", "measured", "measured"]);
  const set = { model: "m", name: "new", sha256: "d".repeat(64), bytes: 1, format: "csv" as const, isGzipped: false };
  const more = {
    rows: 1,
    labelledRows: 1,
    spec: { label: "y" },
    at: new Date().toISOString(),
    actorTokenId: "t",
    actorName: "n",
  };
  await registry().write(async (db) => succeed(await db.insert(evaluationSets).values({ ...set, ...more })));
  const stale = { reason: "evidence_stale", what: "the evaluation set has changed" };
  expect(await states()).toEqual([stale, stale, stale, "measured"]);
});

it("of a run that is signed, and stands in the row of another version, is no evidence of that one", async () => {
  await storeRun();
  await registry().write(async (db) => {
    const [run] = await db.select().from(gateRuns);
    if (!run) throw new Error("no run");
    const { id: _, ...row } = run;
    return succeed(await db.insert(gateRuns).values({ ...row, number: 2 }));
  });
  expect((await evidenceOf("v2")).quality).toMatchObject({ state: "missing", gap: { reason: "run_signature_invalid" } });
});
