/** The audit log of a real control plane, tampered with in copies of its file as somebody with the file could. */
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestControlPlane, type TestControlPlane } from "../testing/test-control-plane.ts";
import { verifyRegistryFile } from "../cli/verify-registry-file.ts";
import { readAuditHead, type AuditHead } from "./audit-head.ts";
import { verifyRegistry, type AuditReport } from "./verify-registry.ts";

let plane: TestControlPlane;
let copies = 0;
beforeAll(async () => {
  plane = await startTestControlPlane();
  for (const version of await plane.stagedVersions("m", 2)) {
    await plane.call("POST", `/api/models/m/versions/${version}/promote`, { stage: "production", reason: "a test" });
  }
  await plane.call("POST", "/api/models/m/rollback", { reason: "back" });
});
afterAll(() => plane.close());

/** A copy of the registry as it is now, changed by SQL. */
function tampered(...statements: string[]): string {
  const path = join(plane.directory, `copy-${copies++}.db`);
  const source = new DatabaseSync(join(plane.directory, "registry.db"));
  source.exec(`VACUUM INTO '${path}'`);
  source.close();
  const copy = new DatabaseSync(path);
  for (const table of ["audit_log", "audit_seals"])
    for (const act of ["update", "delete"]) copy.exec(`DROP TRIGGER ${table}_no_${act}`);
  for (const statement of statements) copy.exec(statement);
  copy.close();
  return path;
}

const headPath = (): string => join(plane.directory, "audit-head.json");

interface VerifyParts {
  head?: AuditHead | undefined;
  keys?: string[];
}
async function verify(path: string, { head, keys = [plane.controlPlane.key.publicKey] }: VerifyParts = {}): Promise<AuditReport> {
  const client = createClient({ url: `file:${path}` });
  try {
    return await verifyRegistry(drizzle(client), keys, head);
  } finally {
    client.close();
  }
}
const kinds = ({ problems }: AuditReport) => problems.map(({ kind, id }) => [kind, id]);

it("finds nothing in a log that is as it was written, on the control plane and in a copy", async () => {
  const { status, body } = await plane.call("GET", "/api/audit/verify");
  expect({ status, body }).toMatchObject({ status: 200, body: { adopted: 0, problems: [] } });
  expect(body.rows).toBeGreaterThan(5);
  expect(await verify(tampered(), { head: readAuditHead(headPath()) })).toEqual({ rows: body.rows, adopted: 0, problems: [] });
});

describe("finds", () => {
  it.each([
    "actor_name = 'nobody'",
    "reason = 'another'",
    "at = '2020-01-01T00:00:00.000Z'",
    "act = 'move'",
    "number = 7",
    "model = 'other'",
    "details = '{}'",
    "request_id = 'r'",
    "actor_token_id = 't'",
  ])("a row in which %s", async (change) => {
    const report = await verify(tampered(`UPDATE audit_log SET ${change} WHERE id = 6`));
    expect(kinds(report)).toContainEqual(["row_changed", 6]);
  });

  it("a row that is gone, alone, with its seal, and from the end", async () => {
    expect(kinds(await verify(tampered("DELETE FROM audit_log WHERE id = 3")))).toEqual([["row_missing", 3]]);
    const both = ["DELETE FROM audit_log WHERE id = 3", "DELETE FROM audit_seals WHERE id = 3"];
    expect(kinds(await verify(tampered(...both)))).toEqual([["chain_broken", 4]]);
    const last = ["audit_log", "audit_seals"].map((table) => `DELETE FROM ${table} WHERE id = (SELECT max(id) FROM ${table})`);
    expect(kinds(await verify(tampered(...last)))).toContainEqual(["rows_cut_off", null]);
  });

  it("a tail that was cut off by somebody who knows SQLite's own count, with the head kept outside", async () => {
    const cut = [
      "DELETE FROM audit_log WHERE id > 3",
      "DELETE FROM audit_seals WHERE id > 3",
      "UPDATE sqlite_sequence SET seq = 3 WHERE name = 'audit_log'",
      "UPDATE versions SET stage = 'archived'",
    ];
    expect(kinds(await verify(tampered(...cut)))).toEqual([]);
    const copy = tampered(...cut);
    expect(kinds(await verify(copy, { head: readAuditHead(headPath()) }))).toEqual([["rows_cut_off", null]]);
    const options = { publicKey: [plane.controlPlane.key.publicKey] };
    const offline = await verifyRegistryFile(copy, { ...options, head: headPath() });
    expect(offline.ok && kinds(offline.value)).toEqual([["rows_cut_off", null]]);
    // A head that was asked for and is not there is not the same as none.
    const absent = await verifyRegistryFile(copy, { ...options, head: `${headPath()}.absent` });
    expect(absent).toMatchObject({ ok: false, failure: { reason: "file_unreadable" } });
  });

  it("a log that was written anew from a row on, with the head that was kept of that row", async () => {
    const copy = tampered();
    const database = new DatabaseSync(copy);
    const { hash } = database.prepare("SELECT hash FROM audit_seals WHERE id = 3").get() as { hash: string };
    database.close();
    expect(kinds(await verify(copy, { head: { id: 3, hash } }))).toEqual([]);
    expect(kinds(await verify(copy, { head: { id: 3, hash: "f".repeat(64) } }))).toEqual([["chain_broken", 3]]);
  });

  it("two rows that changed places", async () => {
    const swap = [
      "UPDATE audit_log SET id = 1000 WHERE id = 3",
      "UPDATE audit_log SET id = 3 WHERE id = 4",
      "UPDATE audit_log SET id = 4 WHERE id = 1000",
    ];
    expect(kinds(await verify(tampered(...swap)))).toEqual([
      ["row_changed", 3],
      ["row_changed", 4],
    ]);
    const seals = swap.map((statement) => statement.replaceAll("audit_log", "audit_seals"));
    expect(kinds(await verify(tampered(...swap, ...seals)))).toEqual(
      expect.arrayContaining([
        ["chain_broken", 3],
        ["row_changed", 3],
        ["signature_invalid", 3],
      ]),
    );
  });

  it("a row that the control plane did not write, and it goes on naming it", async () => {
    const copied =
      "INSERT INTO audit_log (at, actor_token_id, actor_name, act, details, request_id) SELECT at, actor_token_id, actor_name, act, details, request_id FROM audit_log WHERE id = 1";
    const { problems } = await verify(tampered(copied));
    expect(problems).toMatchObject([{ kind: "row_without_seal" }]);
  });

  it("a chain that was made anew with another key", async () => {
    const other = await startTestControlPlane();
    try {
      const report = await verify(tampered(), { keys: [other.controlPlane.key.publicKey] });
      expect(report.problems.length).toBe(report.rows);
      expect(report.problems.every(({ kind }) => kind === "key_unknown")).toBe(true);
    } finally {
      await other.close();
    }
    const renamed = await verify(
      tampered(`UPDATE audit_seals SET signature = (SELECT signature FROM audit_seals WHERE id = 1) WHERE id = 2`),
    );
    expect(kinds(renamed)).toEqual([["signature_invalid", 2]]);
  });

  it("a production version that the log does not tell of", async () => {
    const report = await verify(
      tampered("UPDATE versions SET stage = 'archived'", "UPDATE versions SET stage = 'production' WHERE number = 2"),
    );
    expect(report.problems).toMatchObject([{ kind: "production_differs", detail: expect.stringContaining("v1") }]);
  });
});

it("adopts the rows of a registry from before the chain, once, and says so", async () => {
  const old = await startTestControlPlane();
  try {
    await old.stagedVersions("m", 1);
    await old.controlPlane.close();
    const path = join(old.directory, "registry.db");
    const registry = new DatabaseSync(path);
    registry.exec("DROP TRIGGER audit_seals_no_delete");
    registry.exec("DELETE FROM audit_seals");
    registry.close();
    await old.restart();
    const first = (await old.call("GET", "/api/audit/verify")).status;
    expect(first).not.toBe(401);
    const report = await verify(path, { keys: [old.controlPlane.key.publicKey] });
    expect(report.problems).toEqual([]);
    expect(report.adopted).toBe(report.rows);
    expect(report.adopted).toBeGreaterThan(1);
  } finally {
    await old.close();
  }
});

it("keeps how far the log had come in a file of its own, and never ahead of it", async () => {
  const path = headPath();
  const before = readFileSync(path, "utf8");
  await plane.call("PATCH", "/api/models/m/versions/v1", { description: "new" });
  const after = readAuditHead(path);
  expect(after?.id).toBe((JSON.parse(before) as { id: number }).id + 1);
  // A refused act writes nothing, and moves nothing.
  await plane.call("POST", "/api/models/m/versions/v1/promote", { stage: "production", reason: "it is there already" });
  expect(readAuditHead(path)).toEqual(after);
  copyFileSync(path, `${path}.copy`);
  writeFileSync(path, JSON.stringify({ id: 9999, hash: "0".repeat(64) }));
  expect((await plane.call("GET", "/api/audit/verify")).body.problems).toMatchObject([{ kind: "rows_cut_off" }]);
  rmSync(path);
  expect((await plane.call("GET", "/api/audit/verify")).body.problems).toMatchObject([{ kind: "head_missing" }]);
  copyFileSync(`${path}.copy`, path);
});
